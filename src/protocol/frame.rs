//! One pass over an incoming frame: what it is by its shape alone.

use super::{EventKind, Json, PayloadKey, Route, SessionId, json};

/// An incoming message, parsed once.
#[derive(Debug, PartialEq)]
pub struct Frame {
    /// The parsed text; null where there is none.
    pub json: Json,
    /// What the frame is.
    pub kind: FrameKind,
    /// What RFC 8259 holds against a text that parsed all the same.
    pub flaw: Option<JsonFlaw>,
}

/// What a frame is by its shape. Which request it answers is the [`Correlator`]'s business.
///
/// [`Correlator`]: super::Correlator
#[derive(Debug, PartialEq)]
pub enum FrameKind {
    /// An object with a `channel` that names no event.
    Response {
        /// The route named by `channel`.
        route: Route,
        /// The query that `channel` carries.
        query: Option<Box<str>>,
    },
    /// An object whose `channel` names an event.
    Event {
        /// Which event.
        kind: EventKind,
        /// The key its payload stands under; `None` where there is none.
        key: Option<PayloadKey>,
    },
    /// API Gateway's own error: `message` with `connectionId` or `requestId`, and no `channel`.
    GatewayError,
    /// JSON of any other shape.
    Other,
    /// No JSON text; what is wrong with it.
    Malformed(String),
    /// A binary message of so many bytes.
    Binary(usize),
}

/// A flaw of a text that parsed all the same (ENV-1).
#[derive(Debug, PartialEq, Eq)]
pub enum JsonFlaw {
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// An object has this key twice.
    DuplicateKey(String),
}

impl Frame {
    /// Reads a text message.
    pub fn from_text(text: &str) -> Self {
        match json::parse(text) {
            Ok(json) => {
                let flaw = match (json.byte_order_mark, json.duplicate_key) {
                    (true, _) => Some(JsonFlaw::ByteOrderMark),
                    (false, key) => key.map(JsonFlaw::DuplicateKey),
                };
                Self { kind: kind_of(&json.value), json: json.value, flaw }
            }
            Err(why) => Self { json: Json::Null, kind: FrameKind::Malformed(why), flaw: None },
        }
    }

    /// Stands for a binary message of `length` bytes.
    pub fn binary(length: usize) -> Self {
        Self { json: Json::Null, kind: FrameKind::Binary(length), flaw: None }
    }

    /// `status`, where it is an integer.
    pub fn status(&self) -> Option<i64> {
        self.json.get("status")?.as_i64()
    }

    /// Whether this is a response with status 200.
    pub fn is_ok(&self) -> bool {
        matches!(self.kind, FrameKind::Response { .. }) && self.status() == Some(200)
    }

    /// Whether this is an error that only says: too many requests, by the service or the gateway.
    pub fn is_throttling(&self) -> bool {
        const THROTTLES: [&str; 3] = ["too many requests", "limit exceeded", "rate exceeded"];
        match self.kind {
            FrameKind::GatewayError => {
                let message = self.json["message"].as_str().unwrap_or_default().to_lowercase();
                THROTTLES.iter().any(|known| message.contains(known))
            }
            _ => self.status() == Some(429),
        }
    }

    /// Whether this is an error that says that the caller is not let in, by the service (401 or 403)
    /// or the gateway.
    pub fn is_unauthorized(&self) -> bool {
        match self.kind {
            FrameKind::GatewayError => {
                let message = self.json["message"].as_str().unwrap_or_default();
                ["unauthorized", "forbidden"].iter().any(|one| message.eq_ignore_ascii_case(one))
            }
            _ => matches!(self.status(), Some(401 | 403)),
        }
    }

    /// `body` of a response; null where there is none.
    pub fn body(&self) -> &Json {
        &self.json["body"]
    }

    /// The payload of an event, under whichever key it came; null where there is none.
    pub fn payload(&self) -> &Json {
        match &self.kind {
            FrameKind::Event { key: Some(key), .. } => &self.json[key.as_str()],
            _ => &Json::Null,
        }
    }

    /// The session that the body or payload speaks of.
    pub fn session_id(&self) -> Option<SessionId> {
        match &self.kind {
            FrameKind::Event {
                kind: EventKind::Message(session) | EventKind::Update(session),
                ..
            } => Some(session.clone()),
            _ => self.session().map(SessionId::new),
        }
    }

    /// The same, as it stands in the frame.
    pub fn session(&self) -> Option<&str> {
        match &self.kind {
            FrameKind::Event { kind, .. } => match kind {
                EventKind::Message(session) | EventKind::Update(session) => Some(session.as_str()),
                EventKind::Delete | EventKind::Other(_) => None,
            },
            _ => self.body()["chatSessionId"].as_str(),
        }
    }

    /// The message object of a response or event; null where there is none.
    pub fn message(&self) -> &Json {
        match self.kind {
            FrameKind::Event { .. } => &self.payload()["chatMessage"],
            _ => &self.body()["chatMessage"],
        }
    }
}

fn kind_of(json: &Json) -> FrameKind {
    let Some(object) = json.as_object() else {
        return FrameKind::Other;
    };
    let Some(channel) = object.get("channel").and_then(Json::as_str) else {
        let is_gateways = object.get("message").is_some_and(Json::is_string)
            && ["connectionId", "requestId"].iter().any(|key| object.contains_key(key))
            && !object.contains_key("channel");
        return if is_gateways { FrameKind::GatewayError } else { FrameKind::Other };
    };
    if let Some(kind) = EventKind::parse(channel) {
        let key = [PayloadKey::Payload, PayloadKey::Body]
            .into_iter()
            .find(|key| object.contains_key(key.as_str()));
        return FrameKind::Event { kind, key };
    }
    let (route, query) = Route::parse_with_query(channel);
    FrameKind::Response { route, query: query.map(Into::into) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &FrameKind) {
        assert_eq!(&Frame::from_text(text).kind, expected, "{text}");
    }

    #[test]
    fn a_frame_is_told_by_its_shape() {
        let session = SessionId::new("4482");
        check(
            r#"{"channel":"client/get-chat-messages?page=1","status":200,"body":{}}"#,
            &FrameKind::Response { route: Route::Messages, query: Some("page=1".into()) },
        );
        check(
            r#"{"channel":"chat-message-4482","payload":{}}"#,
            &FrameKind::Event {
                kind: EventKind::Message(session.clone()),
                key: Some(PayloadKey::Payload),
            },
        );
        check(
            r#"{"channel":"chat-session-update-4482","body":{}}"#,
            &FrameKind::Event { kind: EventKind::Update(session), key: Some(PayloadKey::Body) },
        );
        check(
            r#"{"message":"Internal server error","connectionId":"a","requestId":"b"}"#,
            &FrameKind::GatewayError,
        );
    }

    #[test]
    fn anything_else_is_kept_as_it_is() {
        for text in ["[]", "7", "{}", r#"{"message":"hello"}"#, r#"{"channel":7}"#] {
            check(text, &FrameKind::Other);
        }
        assert!(matches!(Frame::from_text("{").kind, FrameKind::Malformed(_)));
    }
}
