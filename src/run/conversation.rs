//! What was seen last in a flow when something was found wrong: what sequence diagrams are drawn
//! from. It holds who, when, which route or event and which ids; never what was said.

use std::cell::Cell;
use std::time::Duration;

use serde::Deserialize;

use crate::protocol::{ConnectionNo, DeviceNo, MessageId, RequestNo, Route, SessionId};

/// Conversations that are kept of a run.
pub const CONVERSATIONS_KEPT: u32 = 100;

/// Conversations among those whose finding is waived.
pub const WAIVED_CONVERSATIONS_KEPT: u32 = 10;

/// A conversation, and what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRecord {
    /// The scenario's name.
    pub scenario: String,
    /// What was found wrong.
    pub of: Occasion,
    /// What was seen until then.
    pub conversation: Conversation,
}

/// What a conversation is kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A finding, by its place among the record's findings.
    Finding(usize),
    /// A step's expectation that was not met.
    Step {
        /// The scenario's file, as given, or `builtin:...`.
        file: String,
        /// The step's line in it, from 1.
        line: usize,
        /// The step's name.
        step: String,
        /// What is wrong, in a sentence.
        message: String,
        /// What was expected.
        expected: String,
        /// What came instead.
        actual: String,
    },
}

/// The last frames of a session up to when something was told of it, in the order they were seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// When it was wrong, since the start of the run. What is told late, as it might have come right
    /// yet, has later frames too.
    pub at: Duration,
    /// On which device.
    pub device: DeviceNo,
    /// In which session; without one, frames of all sessions of the flow are there.
    pub session: Option<SessionId>,
    /// What was seen, the oldest first.
    pub frames: Vec<ConversationFrame>,
}

/// One frame, or what else happened on a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationFrame {
    /// When, since the start of the run, in whole microseconds.
    pub at: Duration,
    /// Whose connection.
    pub device: DeviceNo,
    /// Whether the device plays the concierge.
    pub is_at_desk: bool,
    /// Which of the device's connections; the 65 536th and later ones are told as that.
    pub connection: ConnectionNo,
    /// What it was.
    pub what: Passage,
    /// The route that was called, or answered.
    pub route: Option<Route>,
    /// The event's name, without its session.
    pub event: Option<Box<str>>,
    /// The status that came, of a frame or over HTTP; of a close its code (RFC 6455 section 7.4).
    pub status: Option<u16>,
    /// The request, or which one is answered: its number for the device's life.
    pub request: Option<RequestNo>,
    /// The session it speaks of; of an answer the one that was asked about.
    pub session: Option<SessionId>,
    /// The message it speaks of.
    pub message: Option<MessageId>,
    /// Whether the concierge wrote the message that it carries.
    pub is_by_concierge: bool,
}

/// What can pass between a device and the server, or fail to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passage {
    /// A connection was opened.
    Opened,
    /// A connect came to nothing.
    NotOpened,
    /// A request, or whatever else was sent.
    Request,
    /// A response, in time or not.
    Response,
    /// An error frame of the gateway's own.
    GatewayError,
    /// A pushed event.
    Event,
    /// A connection's acknowledgment.
    Acknowledgment,
    /// A frame that is none of these.
    Stray,
    /// A file was uploaded over HTTP, or was tried to be.
    Upload,
    /// A pong of the WebSocket protocol.
    Pong,
    /// A request was not answered within its deadline.
    Expired,
    /// A request was cut off with its connection.
    CutOff,
    /// We closed the connection.
    Left,
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Broken,
}

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the device to the server.
    Out,
    /// From the server to the device.
    In,
}

impl Passage {
    /// As it stands in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::NotOpened => "not-opened",
            Self::Request => "request",
            Self::Response => "response",
            Self::GatewayError => "gateway-error",
            Self::Event => "event",
            Self::Acknowledgment => "acknowledgment",
            Self::Stray => "stray",
            Self::Upload => "upload",
            Self::Pong => "pong",
            Self::Expired => "expired",
            Self::CutOff => "cut-off",
            Self::Left => "left",
            Self::Closed => "closed",
            Self::Broken => "broken",
        }
    }

    /// Which way it went; `None` for what went no way at all.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::Opened | Self::NotOpened | Self::Request | Self::Upload | Self::Left => {
                Some(Direction::Out)
            }
            Self::Response
            | Self::GatewayError
            | Self::Event
            | Self::Acknowledgment
            | Self::Stray
            | Self::Pong
            | Self::Closed => Some(Direction::In),
            Self::Expired | Self::CutOff | Self::Broken => None,
        }
    }
}

impl Direction {
    /// As it stands in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
        }
    }
}

/// How many conversations there may still be.
#[derive(Debug)]
pub(super) struct Room {
    all: Cell<u32>,
    waived: Cell<u32>,
}

impl Default for Room {
    fn default() -> Self {
        Self { all: Cell::new(CONVERSATIONS_KEPT), waived: Cell::new(WAIVED_CONVERSATIONS_KEPT) }
    }
}

impl Room {
    /// Takes the room of one, where there is some: whatever is waived leaves room for the rest.
    pub(super) fn take(&self, is_waived: bool) -> bool {
        let Some(all) = self.all.get().checked_sub(1) else { return false };
        if is_waived {
            let Some(waived) = self.waived.get().checked_sub(1) else { return false };
            self.waived.set(waived);
        }
        self.all.set(all);
        true
    }
}
