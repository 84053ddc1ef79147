//! How sessions, messages and connections stand on the wire: digits in strings in responses,
//! numbers in events, as the document has it in each place.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::protocol::{ContentType, EventKind, PayloadKey, TenantId};

use super::concierge::CONCIERGE_ID;
use super::state::{Channel, Connection};
use super::store::{Message, Sender, Session};

const ORG_ID: u64 = 367;
/// INIT-6: a connection expires one hour after it was updated.
const CONNECTION_MILLIS: u64 = 3_600_000;
const TENANT: &str = "TENANT";
const BACKEND_USER: &str = "BACKEND_USER";
/// The `status` of a message: delivered, seen.
const DELIVERED: u8 = 3;
const SEEN: u8 = 4;

/// The text of a response.
pub(super) fn encode_reply(channel: &Channel, status: u16, body: &Value) -> String {
    #[derive(Serialize)]
    struct Reply<'a> {
        channel: String,
        status: u16,
        body: &'a Value,
    }
    encode(&Reply { channel: channel.to_string(), status, body })
}

/// The text of an event.
pub(super) fn encode_event(kind: &EventKind, key: PayloadKey, payload: &Value) -> String {
    #[derive(Serialize)]
    struct Event<'a> {
        channel: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<&'a Value>,
    }
    encode(&Event {
        channel: kind.channel(),
        payload: (key == PayloadKey::Payload).then_some(payload),
        body: (key == PayloadKey::Body).then_some(payload),
    })
}

fn encode(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("values and strings always serialise")
}

/// An object of values already made, which `json!` would copy.
pub(super) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(Map::from_iter(entries.map(|(key, value)| (key.to_owned(), value))))
}

/// `chatSession` in a response.
pub(super) fn session_in_response(session: &Session) -> Value {
    let joined = session.joiner_pinged_at.is_some();
    json!({
        "id": session.no.to_string(),
        "orgId": ORG_ID.to_string(),
        "chatSessionId": session.id.as_str(),
        "chatInitiatedByEntityType": TENANT,
        "chatInitiatedByEntityId": session.tenant.to_string(),
        "lastPingedByChatInitiator": session.initiator_pinged_at.to_string(),
        "chatJoinedByEntityType": joined.then_some(BACKEND_USER),
        "chatJoinedByEntityId": joined.then(|| CONCIERGE_ID.to_string()),
        "lastPingedByChatJoiner": session.joiner_pinged_at.map(|at| at.to_string()),
        "isSessionClosed": session.is_closed,
    })
}

/// `chatSession` in an event.
pub(super) fn session_in_event(session: &Session) -> Value {
    let joined = session.joiner_pinged_at.is_some();
    json!({
        "id": session.no,
        "chatInitiatedByEntityId": session.tenant.0,
        "chatInitiatedByEntityType": TENANT,
        "chatJoinedByEntityId": joined.then_some(CONCIERGE_ID),
        "chatJoinedByEntityType": joined.then_some(BACKEND_USER),
        "chatSessionId": session.id.as_str(),
        "isSessionClosed": session.is_closed,
        "lastPingedByChatInitiator": session.initiator_pinged_at.0,
        "lastPingedByChatJoiner": session.joiner_pinged_at.map(|at| at.0),
        "orgId": ORG_ID,
    })
}

/// `chatMessage` in a response; its metadata stands under `metadata_key`.
pub(super) fn message_in_response(message: &Message, metadata_key: &str) -> Value {
    let draft = &message.draft;
    let (sender_type, sender_id) = sender(draft.sender, draft.tenant);
    let mut value = json!({
        "id": message.id.to_string(),
        "orgId": ORG_ID.to_string(),
        "chatSessionId": draft.session.as_str(),
        "senderEntityType": sender_type,
        "senderEntityId": sender_id.to_string(),
        "messageContent": &*draft.content,
        "sentAt": draft.sent_at.to_string(),
        "status": status(message),
        "seenAt": message.seen_at.map(|at| at.to_string()),
        "deliveredAt": draft.sent_at.to_string(),
        "contentType": draft.content_type.as_str(),
    });
    value[metadata_key] = metadata(message);
    value
}

/// `chatMessage` in an event.
pub(super) fn message_in_event(message: &Message) -> Value {
    let draft = &message.draft;
    let (sender_type, sender_id) = sender(draft.sender, draft.tenant);
    let mut value = json!({
        "id": message.id.0,
        "type": type_number(&draft.content_type),
        "chatSessionId": draft.session.as_str(),
        "contentType": draft.content_type.as_str(),
        "deliveredAt": draft.sent_at.0,
        "messageContent": &*draft.content,
        "orgId": ORG_ID,
        "seenAt": message.seen_at.map(|at| at.0),
        "senderEntityId": sender_id,
        "senderEntityType": sender_type,
        "sentAt": draft.sent_at.0,
        "status": status(message),
    });
    value["metadata"] = metadata(message);
    value
}

/// `connection` in a response.
pub(super) fn connection_in_response(connection: &Connection) -> Value {
    let connected_at = connection.connected_at;
    json!({
        "id": connection.no.to_string(),
        "connectionId": &*connection.id,
        "entityType": TENANT,
        "entityId": connection.tenant.to_string(),
        "deviceId": &*connection.device_id,
        "expiredAt": connected_at.0.saturating_add(CONNECTION_MILLIS).to_string(),
        "createdAt": connected_at.to_string(),
        "updatedAt": connected_at.to_string(),
        "orgId": ORG_ID.to_string(),
    })
}

fn sender(sender: Sender, tenant: TenantId) -> (&'static str, u64) {
    match sender {
        Sender::Tenant => (TENANT, tenant.0),
        Sender::Concierge => (BACKEND_USER, CONCIERGE_ID),
    }
}

fn status(message: &Message) -> u8 {
    if message.seen_at.is_some() { SEEN } else { DELIVERED }
}

fn metadata(message: &Message) -> Value {
    match &message.draft.metadata {
        Some(metadata) => Value::Object((**metadata).clone()),
        None => Value::Null,
    }
}

/// `type` of a message in an event: 1, 2 or 3. The document does not say which is which.
fn type_number(content_type: &ContentType) -> u8 {
    match content_type {
        ContentType::Text | ContentType::Other(_) => 1,
        ContentType::Image => 2,
        ContentType::File => 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::protocol::{Route, SessionId};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &Value) {
        assert_eq!(&serde_json::from_str::<Value>(text).unwrap(), expected);
    }

    #[test]
    fn a_reply_names_the_route_as_it_was_called() {
        let channel = Channel { route: Route::Messages, query: Some("page=1&limit=50".into()) };
        check(
            &encode_reply(&channel, 200, &json!({ "messages": [] })),
            &json!({
                "channel": "client/get-chat-messages?page=1&limit=50",
                "status": 200,
                "body": { "messages": [] },
            }),
        );
    }

    #[test]
    fn an_event_carries_its_payload_under_the_key_asked_for() {
        let kind = EventKind::Message(SessionId::new("4482"));
        for key in [PayloadKey::Payload, PayloadKey::Body] {
            let mut expected = json!({ "channel": "chat-message-4482" });
            expected[key.as_str()] = json!({ "k": 1 });
            check(&encode_event(&kind, key, &json!({ "k": 1 })), &expected);
        }
    }
}
