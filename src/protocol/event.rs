//! The three pushed events, named by the `channel` of their frame.

use super::SessionId;

/// Which event a frame carries (document: Available WebSocket Events for Subscription).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `chat-message-<chatSessionId>`: a new message.
    Message(SessionId),
    /// `chat-message-delete`: a message was unsent.
    Delete,
    /// `chat-session-update-<chatSessionId>`: the session changed.
    Update(SessionId),
    /// A channel that begins like an event's, yet names none the document has.
    Other(Box<str>),
}

const DELETE: &str = "chat-message-delete";
const MESSAGE: &str = "chat-message-";
const UPDATE: &str = "chat-session-update-";
const PREFIX: &str = "chat-";

impl EventKind {
    /// The names of the document's events, without their sessions.
    pub const NAMES: [&str; 3] = ["chat-message", DELETE, "chat-session-update"];

    /// Reads a frame's `channel`; `None` where it names no event.
    pub fn parse(channel: &str) -> Option<Self> {
        if channel == DELETE {
            return Some(Self::Delete);
        }
        if let Some(session) = channel.strip_prefix(UPDATE) {
            return Some(Self::Update(SessionId::new(session)));
        }
        if let Some(session) = channel.strip_prefix(MESSAGE) {
            return Some(Self::Message(SessionId::new(session)));
        }
        channel.starts_with(PREFIX).then(|| Self::Other(channel.into()))
    }

    /// The `channel` of a frame that carries this event.
    pub fn channel(&self) -> String {
        match self {
            Self::Message(session) => format!("{MESSAGE}{session}"),
            Self::Delete => DELETE.to_owned(),
            Self::Update(session) => format!("{UPDATE}{session}"),
            Self::Other(channel) => channel.to_string(),
        }
    }

    /// The event's name without its session: `chat-message`, `chat-session-update`, ...
    pub fn name(&self) -> &str {
        match self {
            Self::Message(_) => "chat-message",
            Self::Delete => DELETE,
            Self::Update(_) => "chat-session-update",
            Self::Other(channel) => channel,
        }
    }
}

/// Under which key an event carries its payload; the document gives no envelope for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKey {
    /// `payload`
    Payload,
    /// `body`
    Body,
}

impl PayloadKey {
    /// The key as it stands in the frame.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Body => "body",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(channel: &str, expected: Option<EventKind>) {
        assert_eq!(EventKind::parse(channel), expected);
        if let Some(kind) = expected {
            assert_eq!(kind.channel(), channel);
        }
    }

    #[test]
    fn each_event_is_told_by_its_channel() {
        check("chat-message-delete", Some(EventKind::Delete));
        check("chat-message-4482", Some(EventKind::Message(SessionId::new("4482"))));
        check("chat-session-update-4482", Some(EventKind::Update(SessionId::new("4482"))));
    }

    #[test]
    fn an_unknown_event_is_kept_and_a_route_is_none() {
        check("chat-typing-4482", Some(EventKind::Other("chat-typing-4482".into())));
        check("client/send-message", None);
    }
}
