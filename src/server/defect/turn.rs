//! What set the server going, and what it is about to tell.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::protocol::{EventKind, Route};
use crate::server::EpochMillis;
use crate::server::state::{Input, SocketNo};

/// What set the server going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Connect,
    Request,
    Disconnect,
    /// The concierge acts.
    Act,
}

/// One step of the server.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) cause: Cause,
    pub(super) now: EpochMillis,
    /// Who caused it; `None` for the concierge.
    pub(super) socket: Option<SocketNo>,
    /// The route that was called; [`Route::Other`] where none was.
    pub(super) route: Route,
    /// The request as it came; null where it is no JSON text.
    asked: Value,
    /// The request as the state gets it.
    pub(super) request: Value,
    /// In whose name the state takes it in.
    pub(super) acts_as: Option<SocketNo>,
}

impl Turn {
    pub(super) fn of(input: &Input<'_>, now: EpochMillis) -> Self {
        let (cause, socket, asked) = match input {
            Input::Connect { socket, .. } | Input::ConnectDesk { socket } => {
                (Cause::Connect, Some(*socket), Value::Null)
            }
            Input::Disconnect { socket } => (Cause::Disconnect, Some(*socket), Value::Null),
            Input::Binary { socket } => (Cause::Request, Some(*socket), Value::Null),
            Input::Text { socket, text } => {
                let asked = serde_json::from_str(text).unwrap_or_default();
                (Cause::Request, Some(*socket), asked)
            }
            Input::Act(_) => (Cause::Act, None, Value::Null),
        };
        let route = asked.pointer("/data/route").and_then(Value::as_str).unwrap_or_default();
        let route = Route::parse_with_query(route).0;
        Self { cause, now, socket, route, request: asked.clone(), asked, acts_as: None }
    }

    /// The body of the request as it came.
    pub(super) fn body(&self) -> &Value {
        self.asked.pointer("/data/body").unwrap_or(&Value::Null)
    }

    /// The body of the request as the state gets it.
    pub(super) fn body_mut(&mut self) -> &mut Value {
        &mut self.request["data"]["body"]
    }

    /// The session that the request is about; empty where it names none.
    pub(super) fn session(&self) -> &str {
        self.body()["chatSessionId"].as_str().unwrap_or_default()
    }

    /// Whether it is a request as the document has it, up to the fields of its body.
    pub(super) fn is_request(&self) -> bool {
        self.cause == Cause::Request && self.asked["action"] == "api" && self.body().is_object()
    }

    /// Whether the request opens a new session.
    pub(super) fn is_opening(&self) -> bool {
        self.route == Route::Init && self.body()["newSession"] == true
    }

    /// Whether the request resumes a session.
    pub(super) fn is_resuming(&self) -> bool {
        self.route == Route::Init && self.body()["newSession"] == false
    }

    /// A field of the request's query, as in `page=2`.
    pub(super) fn query(&self, name: &str) -> Option<u64> {
        let query = self.channel()?.split_once('?')?.1;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name)?.1.parse().ok()
    }

    /// The route as it was called, with its query.
    pub(super) fn channel(&self) -> Option<&str> {
        self.asked.pointer("/data/route")?.as_str()
    }

    /// Whether a hook has changed the request.
    pub(super) fn is_changed(&self) -> bool {
        self.request != self.asked
    }

    /// A reply to whoever asked, on the channel that was called.
    pub(super) fn answer(&self, status: u16, body: &Value) -> Vec<Told> {
        let frame = json!({ "channel": self.channel(), "status": status, "body": body });
        let to = self.socket.into_iter().collect();
        vec![Told::now(to, What::Reply { frame })]
    }
}

/// Something that the server tells.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::server) struct Told {
    pub(in crate::server) to: Vec<SocketNo>,
    /// How long it is held back.
    pub(in crate::server) after: Duration,
    pub(in crate::server) what: What,
}

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::server) enum What {
    Reply {
        frame: Value,
    },
    Event {
        kind: EventKind,
        frame: Value,
    },
    Raw(Message),
    /// The connection is dropped without a word.
    Cut,
}

impl Told {
    pub(super) fn now(to: Vec<SocketNo>, what: What) -> Self {
        Self { to, after: Duration::ZERO, what }
    }

    /// A close with this code (RFC 6455 section 7.4).
    pub(super) fn close(to: SocketNo, code: CloseCode) -> Self {
        let frame = CloseFrame { code, reason: Default::default() };
        Self::now(vec![to], What::Raw(Message::Close(Some(frame))))
    }

    pub(super) fn later(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    pub(super) fn frame(&self) -> Option<&Value> {
        match &self.what {
            What::Reply { frame } | What::Event { frame, .. } => Some(frame),
            What::Raw(_) | What::Cut => None,
        }
    }

    pub(super) fn frame_mut(&mut self) -> Option<&mut Value> {
        match &mut self.what {
            What::Reply { frame } | What::Event { frame, .. } => Some(frame),
            What::Raw(_) | What::Cut => None,
        }
    }

    pub(super) fn is_reply(&self) -> bool {
        matches!(self.what, What::Reply { .. })
    }

    /// Whether it is a reply with status 200.
    pub(super) fn is_ok(&self) -> bool {
        matches!(&self.what, What::Reply { frame } if frame["status"] == 200)
    }

    /// Whether it is a reply that refuses.
    pub(super) fn is_refusal(&self) -> bool {
        self.is_reply() && !self.is_ok()
    }

    /// The event, where it is one.
    pub(super) fn event(&self) -> Option<&EventKind> {
        match &self.what {
            What::Event { kind, .. } => Some(kind),
            _ => None,
        }
    }

    pub(super) fn is_message(&self) -> bool {
        matches!(self.event(), Some(EventKind::Message(_)))
    }

    /// The session of a message, as it stands in JSON.
    pub(super) fn message_session(&self) -> String {
        self.inside()["chatMessage"]["chatSessionId"].to_string()
    }

    pub(super) fn is_delete(&self) -> bool {
        matches!(self.event(), Some(EventKind::Delete))
    }

    pub(super) fn is_update(&self) -> bool {
        matches!(self.event(), Some(EventKind::Update(_)))
    }

    /// The payload of an event, or the body of a reply; null where there is none.
    pub(super) fn inside(&self) -> &Value {
        let Some(frame) = self.frame() else { return &Value::Null };
        if frame["payload"].is_null() { &frame["body"] } else { &frame["payload"] }
    }

    /// The payload of an event, or the body of a reply.
    pub(super) fn inside_mut(&mut self) -> Option<&mut Value> {
        let frame = self.frame_mut()?;
        let key = if frame["payload"].is_null() { "body" } else { "payload" };
        Some(&mut frame[key])
    }

    /// Its text on the wire; empty where it is none.
    pub(super) fn text(&self) -> String {
        self.frame().map(Value::to_string).unwrap_or_default()
    }
}
