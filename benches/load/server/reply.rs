//! What the server answers: the document's own examples, with ids, times and contents in their
//! places. Contents and metadata go back as the very bytes that came.

use memchr::{memchr2, memmem};
use serde_json::Value;

use super::wire::{Opcode, put_frame};
use super::{Service, epoch_ms, next};

/// The document: a connection expires one hour after it was made.
const HOUR_MS: u64 = 3_600_000;

/// The tenant whom every token stands for, as JSON.
pub(super) struct Tenant {
    /// As only the reply to an init has it.
    full: String,
    brief: String,
}

impl Tenant {
    /// The document's own, with two properties: its reply to an init has 3 KB then.
    pub(super) fn of_the_document() -> Self {
        let example = include_str!("../../../tests/it/schemas/examples/responses/init.new.json");
        let example: Value =
            serde_json::from_str(example).expect("the tests hold it to its schema");
        let mut full = example["body"]["tenant"].clone();
        full["id"] = "34".into();
        let mut brief = full.clone();
        if let Value::Object(brief) = &mut brief {
            brief.retain(|key, _| {
                ["id", "email", "countryId", "code", "phoneNumber"].contains(&&**key)
            });
        }
        if let Value::Array(properties) = &mut full["properties"] {
            properties.extend(properties.first().cloned());
        }
        Self { full: full.to_string(), brief: brief.to_string() }
    }
}

/// Whoever is at the other end of a connection, and its session.
pub(super) struct Caller {
    device_id: Box<str>,
    connection: u64,
    connected_at: u64,
    session: u64,
    pinged_at: u64,
    is_closed: bool,
}

impl Caller {
    pub(super) fn new(device_id: &str, connection: u64) -> Self {
        let now = epoch_ms();
        let device_id = device_id.into();
        Self {
            device_id,
            connection,
            connected_at: now,
            session: 0,
            pinged_at: now,
            is_closed: false,
        }
    }

    /// The first frame, which nobody asked for.
    pub(super) fn acknowledge(&self, out: &mut Vec<u8>) {
        let Self { connection, device_id, .. } = self;
        let text = format!(
            r#"{{"channel":"connection","status":200,"body":{{"connectionId":"c{connection}=","deviceId":"{device_id}"}}}}"#
        );
        put_frame(out, Opcode::Text, text.as_bytes());
    }

    /// Answers one request, with its event where it has one. Tells whether it was a send.
    pub(super) fn answer(&mut self, request: &str, service: &Service, out: &mut Vec<u8>) -> bool {
        let route = string_after(request, r#""route":"client/"#).unwrap_or_default();
        let session = string_after(request, r#""chatSessionId":""#);
        match (route, session) {
            ("send-message", Some(session)) => {
                return self.send(request, session, service, out);
            }
            ("init-chat-with-concierge", None) => {
                self.session = next(&service.sessions);
                self.pinged_at = epoch_ms();
                let session = session_id(self.session);
                self.tell(route, &session, Some(&service.tenant.full), out);
            }
            ("ping-on-chat-session", Some(session)) => {
                self.pinged_at = epoch_ms();
                self.tell(route, session, Some(&service.tenant.brief), out);
            }
            ("get-chat-session", Some(session)) => {
                self.tell(route, session, Some(&service.tenant.brief), out);
            }
            ("end-chat-with-concierge", Some(session)) => {
                self.is_closed = true;
                self.tell(route, session, None, out);
                self.announce_end(session, out);
            }
            _ => {
                let refused = format!(
                    r#"{{"channel":"client/{route}","status":400,"body":{{"message":"not of this server"}}}}"#
                );
                put_frame(out, Opcode::Text, refused.as_bytes());
            }
        }
        false
    }

    /// A message: the answer and the sender's own event.
    fn send(&self, request: &str, session: &str, service: &Service, out: &mut Vec<u8>) -> bool {
        let content = value_after(request, r#""messageContent":"#).unwrap_or(r#""""#);
        let metadata = value_after(request, r#""metdata":"#).unwrap_or("null");
        let (id, now) = (next(&service.messages).to_string(), epoch_ms().to_string());
        let mut text = Vec::with_capacity(512 + content.len() + metadata.len());
        put(
            &mut text,
            &[
                r#"{"channel":"client/send-message","status":200,"body":{"chatSessionId":""#,
                session,
                r#"","chatMessage":{"id":""#,
                &id,
                r#"","orgId":"367","chatSessionId":""#,
                session,
                r#"","senderEntityType":"TENANT","senderEntityId":"34","messageContent":"#,
                content,
                r#","sentAt":""#,
                &now,
                r#"","status":3,"seenAt":null,"deliveredAt":""#,
                &now,
                r#"","contentType":"TEXT","metdata":"#,
                metadata,
                "}}}",
            ],
        );
        put_frame(out, Opcode::Text, &text);
        text.clear();
        put(
            &mut text,
            &[
                r#"{"channel":"chat-message-"#,
                session,
                r#"","payload":{"chatMessage":{"id":"#,
                &id,
                r#","type":1,"orgId":367,"chatSessionId":""#,
                session,
                r#"","senderEntityType":"TENANT","senderEntityId":34,"messageContent":"#,
                content,
                r#","sentAt":"#,
                &now,
                r#","status":3,"seenAt":null,"deliveredAt":"#,
                &now,
                r#","contentType":"TEXT","metadata":"#,
                metadata,
                "}}}",
            ],
        );
        put_frame(out, Opcode::Text, &text);
        true
    }

    /// The session, and with a tenant the connection and the tenant as well.
    fn tell(&self, route: &str, session: &str, tenant: Option<&str>, out: &mut Vec<u8>) {
        let Self { device_id, connection, connected_at, session: no, pinged_at, is_closed } = self;
        let beside = tenant.map(|tenant| {
            let expires_at = connected_at + HOUR_MS;
            format!(
                r#","connection":{{"id":"{connection}","connectionId":"c{connection}=","entityType":"TENANT","entityId":"34","deviceId":"{device_id}","expiredAt":"{expires_at}","createdAt":"{connected_at}","updatedAt":"{connected_at}","orgId":"367"}},"tenant":{tenant}"#
            )
        });
        let beside = beside.unwrap_or_default();
        let text = format!(
            r#"{{"channel":"client/{route}","status":200,"body":{{"chatSessionId":"{session}","chatSession":{{"id":"{no}","orgId":"367","chatSessionId":"{session}","chatInitiatedByEntityType":"TENANT","chatInitiatedByEntityId":"34","lastPingedByChatInitiator":"{pinged_at}","chatJoinedByEntityType":null,"chatJoinedByEntityId":null,"lastPingedByChatJoiner":null,"isSessionClosed":{is_closed}}}{beside}}}}}"#
        );
        put_frame(out, Opcode::Text, text.as_bytes());
    }

    fn announce_end(&self, session: &str, out: &mut Vec<u8>) {
        let Self { session: no, pinged_at, .. } = self;
        let text = format!(
            r#"{{"channel":"chat-session-update-{session}","payload":{{"chatSession":{{"id":{no},"orgId":367,"chatSessionId":"{session}","chatInitiatedByEntityType":"TENANT","chatInitiatedByEntityId":34,"lastPingedByChatInitiator":{pinged_at},"chatJoinedByEntityType":null,"chatJoinedByEntityId":null,"lastPingedByChatJoiner":null,"isSessionClosed":true}}}}}}"#
        );
        put_frame(out, Opcode::Text, text.as_bytes());
    }
}

/// A UUID of version 4, in which the session's number stands.
fn session_id(no: u64) -> String {
    format!("4482e256-da14-47cc-b119-{no:012x}")
}

fn put(out: &mut Vec<u8>, parts: &[&str]) {
    parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
}

/// What follows a key, up to the next quote: for strings without escapes.
fn string_after<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    after(json, key)?.split('"').next()
}

/// The string or object that follows a key, as it is written.
fn value_after<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let value = after(json, key)?;
    let (mut depth, mut at) = (0, 0);
    loop {
        match value.as_bytes().get(at)? {
            b'"' => at = end_of_string(value.as_bytes(), at)?,
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(&value[..at]);
        }
    }
}

/// Contents are long, and no text of a JSON string has a quote that is not escaped: what looks like a
/// key is one.
fn after<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let at = memmem::find(json.as_bytes(), key.as_bytes())?;
    Some(&json[at + key.len()..])
}

/// The index of the quote that ends a string, which begins at `start`.
fn end_of_string(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}
