//! Events of sessions that nobody opened where they came.

use std::time::Duration;

use crate::conformance::SessionKey;
use crate::protocol::{AccountNo, DeviceNo, SessionId};

/// An event of a session that no device here has opened. They are in the order of their sessions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// The key of its session.
    pub session: SessionKey,
    /// When it came, since the beginning of the run.
    pub at: Duration,
    /// The scope of the claim, as it was given.
    pub scope: usize,
    /// Whose connection it came on.
    pub account: AccountNo,
    /// On which device.
    pub device: DeviceNo,
    /// Its name: `chat-message`.
    pub event: Box<str>,
    /// The id of its session as it may be told: cleaned and cut, so that the key need not be its own.
    pub told: SessionId,
}
