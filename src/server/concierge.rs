//! What the concierge does, and when. The acts themselves are the state machine's.

use std::time::Duration;

use crate::protocol::{MessageId, SessionId};

/// The entity id of the concierge, as in the document's examples.
pub(super) const CONCIERGE_ID: u64 = 32_314;

/// The concierge's part and its schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concierge {
    /// How far it takes part.
    pub part: Part,
    /// From a new session to its joining.
    pub join_after: Duration,
    /// From a text of the tenant to its reply.
    pub reply_after: Duration,
    /// From a message of the tenant to its marking it as seen; `None` for never.
    pub seen_after: Option<Duration>,
    /// From its joining to its ending the session; `None` for never.
    pub ends_after: Option<Duration>,
    /// Whether it unsends each of its replies, `reply_after` later.
    pub unsends: bool,
}

impl Default for Concierge {
    fn default() -> Self {
        Self {
            part: Part::Reply,
            join_after: Duration::from_millis(40),
            reply_after: Duration::from_millis(60),
            seen_after: None,
            ends_after: None,
            unsends: false,
        }
    }
}

/// How far the concierge takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It never shows up.
    Off,
    /// It joins every new session and says nothing.
    Join,
    /// It joins every new session and replies to each text.
    Reply,
}

/// Something the concierge has planned. An act whose session has closed meanwhile is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Join { session: SessionId },
    Reply { session: SessionId, to: MessageId },
    See { session: SessionId, message: MessageId },
    Unsend { session: SessionId, message: MessageId },
    End { session: SessionId },
}

impl Act {
    pub(super) fn session(&self) -> &SessionId {
        match self {
            Self::Join { session }
            | Self::Reply { session, .. }
            | Self::See { session, .. }
            | Self::Unsend { session, .. }
            | Self::End { session } => session,
        }
    }
}
