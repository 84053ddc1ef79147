//! Requests as a client sends them.

use serde_json::{Map, Value, json};

use super::{Call, ContentType, MessageId, Route, SessionId};

/// One request, before it is put on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which route is called.
    pub route: Route,
    /// The query after the route's path, without its question mark.
    pub query: Option<String>,
    /// The `body`.
    pub body: Value,
}

impl Request {
    fn new(route: Route, body: Value) -> Self {
        Self { route, query: None, body }
    }

    /// Opens a new session (document: 1. Init Chat With Concierge).
    pub fn init() -> Self {
        Self::new(Route::Init, json!({ "newSession": true }))
    }

    /// Continues a session (document: 2. Continue Previous Chat Session, step 2).
    pub fn resume(session: &SessionId) -> Self {
        Self::new(Route::Init, json!({ "newSession": false, "chatSessionId": session.as_str() }))
    }

    /// Asks for a session (document: 2. Continue Previous Chat Session, step 1).
    pub fn session(session: &SessionId) -> Self {
        Self::new(Route::Session, of(session))
    }

    /// Lists one page of messages, the first being 1 (document: 3. Get All Chat Messages).
    pub fn messages(session: &SessionId, page: u64, limit: u64) -> Self {
        let query = Some(format!("page={page}&limit={limit}"));
        Self { route: Route::Messages, query, body: of(session) }
    }

    /// Keeps a session active (document: 4. Ping Chat Session).
    pub fn ping(session: &SessionId) -> Self {
        Self::new(Route::Ping, of(session))
    }

    /// Sends a message (document: 5. Send Message). `metadata` goes under `metdata`, as the
    /// document spells it; `None` sends none.
    pub fn send(
        session: &SessionId,
        content_type: &ContentType,
        content: &str,
        metadata: Option<Map<String, Value>>,
    ) -> Self {
        let mut body = json!({
            "chatSessionId": session.as_str(),
            "contentType": content_type.as_str(),
            "messageContent": content,
        });
        if let Some(metadata) = metadata {
            body["metdata"] = Value::Object(metadata);
        }
        Self::new(Route::Send, body)
    }

    /// Unsends a message (document: 6. UnSent Message).
    pub fn unsend(session: &SessionId, message: MessageId) -> Self {
        Self::new(Route::Unsend, of_message(session, message))
    }

    /// Marks a message as seen (document: 7. Mark Message As seen).
    pub fn seen(session: &SessionId, message: MessageId) -> Self {
        Self::new(Route::Seen, of_message(session, message))
    }

    /// Asks for the number of unread messages (document: 8. Get Unread Message Count).
    pub fn unread() -> Self {
        Self::new(Route::Unread, json!({}))
    }

    /// Ends a session (document: 9. End Chat Session).
    pub fn end(session: &SessionId) -> Self {
        Self::new(Route::End, of(session))
    }

    /// What the request asks for.
    pub fn call(&self) -> Call {
        match &self.route {
            Route::Init if self.body["newSession"] == Value::Bool(false) => Call::Resume,
            Route::Init => Call::Init,
            Route::Session => Call::Session,
            Route::Messages => Call::Messages,
            Route::Ping => Call::Ping,
            Route::Send => Call::Send,
            Route::Unsend => Call::Unsend,
            Route::Seen => Call::Seen,
            Route::Unread => Call::Unread,
            Route::End => Call::End,
            Route::Other(_) => Call::Other,
        }
    }

    /// The session the request speaks of.
    pub fn session_id(&self) -> Option<SessionId> {
        self.body["chatSessionId"].as_str().map(SessionId::new)
    }

    /// The route with its query, as it stands on the wire.
    pub fn route_with_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.route),
            None => self.route.to_string(),
        }
    }

    /// The request as the text of one frame.
    pub fn encode(&self) -> String {
        let data = json!({ "route": self.route_with_query(), "body": self.body });
        json!({ "action": "api", "data": data }).to_string()
    }
}

fn of(session: &SessionId) -> Value {
    json!({ "chatSessionId": session.as_str() })
}

fn of_message(session: &SessionId, message: MessageId) -> Value {
    json!({ "chatSessionId": session.as_str(), "messageId": message.0 })
}
