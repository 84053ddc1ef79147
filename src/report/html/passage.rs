//! What passed between a device and the server, in words.

use std::time::Duration;

use crate::protocol::{ConnectionNo, Route, SessionId, cut};
use crate::run::{ConversationFrame, Passage};

/// How much of a name is told in a label, in bytes.
const LONGEST_NAME: usize = 60;

/// How much of a session's id is told in a label, in bytes.
const SHORT_ID: usize = 8;

/// How a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// As what a device sent.
    Asked,
    /// As what the server sent.
    Told,
    /// As a remark.
    Remark,
}

/// How a passage looks.
pub(super) fn look(what: Passage) -> Look {
    match what {
        Passage::Request | Passage::Upload => Look::Asked,
        Passage::Response
        | Passage::GatewayError
        | Passage::Event
        | Passage::Acknowledgment
        | Passage::Stray
        | Passage::Pong => Look::Told,
        Passage::Opened
        | Passage::NotOpened
        | Passage::Expired
        | Passage::CutOff
        | Passage::Left
        | Passage::Closed
        | Passage::Broken => Look::Remark,
    }
}

/// Whether it is anything but the usual. A scenario may have asked for it.
pub(super) fn is_unusual(frame: &ConversationFrame) -> bool {
    match frame.what {
        Passage::NotOpened
        | Passage::GatewayError
        | Passage::Stray
        | Passage::Expired
        | Passage::CutOff
        | Passage::Closed
        | Passage::Broken => true,
        Passage::Response | Passage::Upload => frame.status.is_some_and(|status| status >= 400),
        Passage::Opened
        | Passage::Request
        | Passage::Event
        | Passage::Acknowledgment
        | Passage::Pong
        | Passage::Left => false,
    }
}

/// A line: `send-message 200, message 133`. A session is told by its beginning, where it is not the
/// one that the whole conversation is of.
pub(super) fn label(frame: &ConversationFrame, of: Option<&SessionId>) -> String {
    let route = || frame.route.as_ref().map(short);
    let named = |else_said: &str| route().unwrap_or_else(|| else_said.to_owned());
    let status = |before: &str| frame.status.map_or(String::new(), |it| format!("{before}{it}"));
    let mut label = match frame.what {
        Passage::Opened => match frame.connection {
            ConnectionNo(0) => "connection opened".to_owned(),
            ConnectionNo(no) => format!("connection {no} opened"),
        },
        Passage::NotOpened => format!("connection not opened{}", status(": status ")),
        Passage::Request => named("request"),
        Passage::Response => format!("{}{}", named("response"), status(" ")),
        Passage::GatewayError => format!("error of the gateway{}", after(route())),
        Passage::Event => frame.event.as_deref().map_or("event", name).to_owned(),
        Passage::Acknowledgment => "acknowledgment".to_owned(),
        Passage::Stray => "a frame that the document does not have".to_owned(),
        Passage::Upload => format!("upload over HTTP{}", status(": status ")),
        Passage::Pong => "pong".to_owned(),
        Passage::Expired => format!("no answer in time{}", after(route())),
        Passage::CutOff => format!("cut off with the connection{}", after(route())),
        Passage::Left => "connection closed by the device".to_owned(),
        Passage::Closed => format!("connection closed by the server{}", status(": code ")),
        Passage::Broken => "connection broke".to_owned(),
    };
    if let Some(message) = frame.message {
        label += &format!(", message {message}");
    }
    if frame.is_by_concierge {
        label += " by the concierge";
    }
    if let Some(session) = frame.session.as_ref().filter(|session| Some(*session) != of) {
        label += &format!(", session {}", cut(session.as_str(), SHORT_ID));
    }
    label
}

/// All that is known of it.
pub(super) fn fields(frame: &ConversationFrame) -> String {
    let mut fields = vec![
        format!("at {} s", decimal(frame.at)),
        format!("device {}", frame.device),
        format!("connection {}", frame.connection),
        frame.what.as_str().to_owned(),
    ];
    if frame.is_at_desk {
        fields.push("at the concierge's desk".to_owned());
    }
    let mut add = |name: &str, value: Option<String>| {
        fields.extend(value.map(|value| format!("{name} {value}")));
    };
    add("route", frame.route.as_ref().map(|route| name(route.as_str()).to_owned()));
    add("event", frame.event.as_deref().map(|event| name(event).to_owned()));
    let status = if frame.what == Passage::Closed { "code" } else { "status" };
    add(status, frame.status.map(|status| status.to_string()));
    add("request", frame.request.map(|request| request.to_string()));
    add("session", frame.session.as_ref().map(|session| name(session.as_str()).to_owned()));
    add("message", frame.message.map(|message| message.to_string()));
    if frame.is_by_concierge {
        fields.push("written by the concierge".to_owned());
    }
    fields.join(" \u{b7} ")
}

/// A route without the part that all documented ones begin with.
fn short(route: &Route) -> String {
    let path = route.as_str();
    name(path.strip_prefix("client/").unwrap_or(path)).to_owned()
}

fn name(text: &str) -> &str {
    cut(text, LONGEST_NAME)
}

fn after(route: Option<String>) -> String {
    route.map_or(String::new(), |route| format!(": {route}"))
}

fn decimal(at: Duration) -> String {
    format!("{}.{:06}", at.as_secs(), at.subsec_micros())
}
