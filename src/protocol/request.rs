//! Requests as a client sends them.

use serde_json::Value;

use super::{Call, ContentType, Json, MessageId, MetadataKey, Route, SessionId, json};

/// A request of no more bytes is written into a text that never grows.
const USUAL: usize = 512;

/// One request, before it is put on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which route is called.
    pub route: Route,
    /// The query after the route's path, without its question mark.
    pub query: Option<String>,
    /// The `body`.
    pub body: Json,
}

impl Request {
    fn new(route: Route, body: Json) -> Self {
        Self { route, query: None, body }
    }

    /// Opens a new session (document: 1. Init Chat With Concierge).
    pub fn init() -> Self {
        Self::new(Route::Init, Json::object([("newSession", true.into())]))
    }

    /// Continues a session (document: 2. Continue Previous Chat Session, step 2).
    pub fn resume(session: &SessionId) -> Self {
        Self::new(
            Route::Init,
            Json::object([
                ("newSession", false.into()),
                ("chatSessionId", session.as_str().into()),
            ]),
        )
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

    /// Sends a message (document: 5. Send Message). Metadata goes under its key; `None` sends none.
    pub fn send(
        session: &SessionId,
        content_type: &ContentType,
        content: &str,
        metadata: Option<(MetadataKey, Json)>,
    ) -> Self {
        let body = [
            ("chatSessionId", session.as_str().into()),
            ("contentType", content_type.as_str().into()),
            ("messageContent", content.into()),
        ];
        let metadata = metadata.map(|(key, metadata)| (key.as_str(), metadata));
        Self::new(Route::Send, Json::object(body.into_iter().chain(metadata)))
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
        Self::new(Route::Unread, Json::object([]))
    }

    /// Ends a session (document: 9. End Chat Session).
    pub fn end(session: &SessionId) -> Self {
        Self::new(Route::End, of(session))
    }

    /// A call of any route, with a query where the text has one.
    pub fn any(route: &str, body: impl Into<Json>) -> Self {
        let (route, query) = Route::parse_with_query(route);
        Self { route, query: query.map(str::to_owned), body: body.into() }
    }

    /// What a frame asks for, as far as its text is a request; else a request of no route.
    /// [`Form::of`] tells what else the text is.
    pub fn read(text: &str) -> Self {
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        let route = json["data"]["route"].as_str().unwrap_or_default();
        Self::any(route, json["data"]["body"].clone())
    }

    /// Whether it carries a route at all; without one, its answer may name any (ENV-2).
    pub fn has_route(&self) -> bool {
        !self.route.as_str().is_empty()
    }

    /// What the request asks for.
    pub fn call(&self) -> Call {
        match &self.route {
            Route::Init if self.body["newSession"] == false => Call::Resume,
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

    /// The request as its frame has it.
    pub fn to_json(&self) -> Value {
        let data =
            serde_json::json!({ "route": self.route_with_query(), "body": self.body.to_value() });
        serde_json::json!({ "action": "api", "data": data })
    }

    /// The request as the text of one frame.
    pub fn encode(&self) -> String {
        let with_query = self.query.as_ref().map(|_| self.route_with_query());
        let route = with_query.as_deref().unwrap_or_else(|| self.route.as_str());
        let mut text = String::with_capacity(USUAL);
        text.push_str(r#"{"action":"api","data":{"body":"#);
        json::append(&self.body, &mut text);
        text.push_str(r#","route":"#);
        json::append_text(route, &mut text);
        text.push_str("}}");
        text
    }
}

/// What a text that was sent is by its shape alone, whatever it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A request: JSON with the action `api` and a route.
    Request,
    /// JSON whose `action` names another.
    OtherAction,
    /// JSON without an `action` or a route, or where they are no text.
    Incomplete,
    /// No JSON text.
    NotJson,
}

impl Form {
    /// The form of a text.
    pub fn of(text: &str) -> Self {
        let Ok(json) = serde_json::from_str::<Value>(text) else { return Self::NotJson };
        match (json["action"].as_str(), json["data"]["route"].as_str()) {
            (Some("api"), Some(route)) if !route.is_empty() => Self::Request,
            (Some(action), _) if action != "api" => Self::OtherAction,
            _ => Self::Incomplete,
        }
    }
}

fn of(session: &SessionId) -> Json {
    Json::object([("chatSessionId", session.as_str().into())])
}

fn of_message(session: &SessionId, message: MessageId) -> Json {
    Json::object([("chatSessionId", session.as_str().into()), ("messageId", message.0.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Form) {
        assert_eq!(Form::of(text), expected, "{text}");
    }

    #[test]
    fn a_text_is_told_by_its_shape() {
        check(&Request::unread().encode(), Form::Request);
        check(r#"{"action":"nothing","data":{"route":"client/send-message"}}"#, Form::OtherAction);
        check(r#"{"action":"nothing"}"#, Form::OtherAction);
        for text in ["[]", "7", "{}", r#"{"action":7}"#, r#"{"action":"api","data":{"route":7}}"#] {
            check(text, Form::Incomplete);
        }
        for text in ["", "hello", "{", "{}{}", "\u{feff}{}"] {
            check(text, Form::NotJson);
        }
    }
}
