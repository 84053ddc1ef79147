//! The nine routes a client may call, and what each call asks for.

use std::fmt;

/// A route of the protocol (document: Available WebSocket Events to Call). Unknown ones are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// `client/init-chat-with-concierge`: opens a session, or resumes one.
    Init,
    /// `client/get-chat-session`
    Session,
    /// `client/get-chat-messages`
    Messages,
    /// `client/ping-on-chat-session`
    Ping,
    /// `client/send-message`
    Send,
    /// `client/delete-message`
    Unsend,
    /// `client/update-message-seen-at`
    Seen,
    /// `client/get-unread-msg-count`
    Unread,
    /// `client/end-chat-with-concierge`
    End,
    /// A route that the document does not have.
    Other(Box<str>),
}

const PATHS: [(Route, &str); 9] = [
    (Route::Init, "client/init-chat-with-concierge"),
    (Route::Session, "client/get-chat-session"),
    (Route::Messages, "client/get-chat-messages"),
    (Route::Ping, "client/ping-on-chat-session"),
    (Route::Send, "client/send-message"),
    (Route::Unsend, "client/delete-message"),
    (Route::Seen, "client/update-message-seen-at"),
    (Route::Unread, "client/get-unread-msg-count"),
    (Route::End, "client/end-chat-with-concierge"),
];

impl Route {
    /// The documented routes, in the document's order.
    pub fn documented() -> impl Iterator<Item = Self> {
        PATHS.iter().map(|(route, _)| route.clone())
    }

    /// The route of a path without its query.
    pub fn parse(path: &str) -> Self {
        PATHS
            .iter()
            .find(|(_, known)| *known == path)
            .map_or_else(|| Self::Other(path.into()), |(route, _)| route.clone())
    }

    /// Splits `path?query` as it stands in a request's `route` or a response's `channel`.
    pub fn parse_with_query(text: &str) -> (Self, Option<&str>) {
        match text.split_once('?') {
            Some((path, query)) => (Self::parse(path), Some(query)),
            None => (Self::parse(text), None),
        }
    }

    /// The path as it stands on the wire, without a query.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(path) => path,
            known => PATHS.iter().find(|(route, _)| route == known).map_or("", |(_, path)| path),
        }
    }

    /// Whether the document has this route.
    pub fn is_documented(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a request asks for. The route alone does not tell: init opens a session or resumes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Init with `newSession: true`.
    Init,
    /// Get the session.
    Session,
    /// Init with `newSession: false`.
    Resume,
    /// List messages.
    Messages,
    /// Ping.
    Ping,
    /// Send a message.
    Send,
    /// Delete a message.
    Unsend,
    /// Mark a message as seen.
    Seen,
    /// Count unread messages.
    Unread,
    /// End the session.
    End,
    /// A route that the document does not have.
    Other,
}

impl Call {
    /// Every call, in the document's order.
    pub const ALL: [Self; 11] = [
        Self::Init,
        Self::Session,
        Self::Resume,
        Self::Messages,
        Self::Ping,
        Self::Send,
        Self::Unsend,
        Self::Seen,
        Self::Unread,
        Self::End,
        Self::Other,
    ];

    /// The scenario language's name of the step that makes this call.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Session => "session",
            Self::Resume => "resume",
            Self::Messages => "messages",
            Self::Ping => "ping",
            Self::Send => "send",
            Self::Unsend => "unsend",
            Self::Seen => "seen",
            Self::Unread => "unread",
            Self::End => "end",
            Self::Other => "call",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &(Route, Option<&str>)) {
        assert_eq!(&Route::parse_with_query(text), expected);
    }

    #[test]
    fn a_query_is_kept_apart_from_the_path() {
        check(
            "client/get-chat-messages?page=1&limit=50",
            &(Route::Messages, Some("page=1&limit=50")),
        );
        check("client/send-message", &(Route::Send, None));
    }

    #[test]
    fn an_unknown_route_keeps_its_text() {
        check("client/no-such-route", &(Route::Other("client/no-such-route".into()), None));
        assert_eq!(Route::parse("client/x").as_str(), "client/x");
    }

    #[test]
    fn every_documented_route_survives_a_round_trip() {
        for route in Route::documented() {
            check(route.as_str(), &(route.clone(), None));
        }
    }
}
