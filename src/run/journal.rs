//! What is told of chat sessions at once, so that they can be ended even where a run was broken off.

use crate::protocol::{AccountNo, SessionId, TenantId};

/// Is told of each session that is opened or ended, at once. All workers share it, so it must not
/// keep them waiting.
pub trait Journal: Send + Sync {
    /// Takes what became of a session of a scenario.
    fn note(&self, scenario: &str, news: &SessionNews);
}

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionNews {
    /// It was opened.
    Opened(OpenedSession),
    /// It is closed.
    Ended {
        /// Which session.
        session: SessionId,
        /// Who ended it.
        by: EndedBy,
    },
}

/// A session that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedSession {
    /// Its id, as the server gave it.
    pub session: SessionId,
    /// By which account.
    pub account: AccountNo,
    /// Whose account that is, where it is known.
    pub tenant: Option<TenantId>,
    /// The `deviceId` of the connection.
    pub device_id: Option<Box<str>>,
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The run.
    Us,
    /// The concierge.
    Concierge,
    /// Nobody knows: it was found closed.
    Unknown,
}
