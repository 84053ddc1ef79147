//! What one flow instance says of the whole run: whether it holds can only be told where the claims
//! of all instances come together.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::quality::FixedState;

use crate::protocol::{AccountNo, DeviceNo, SessionId};

/// A session id in 8 bytes. Two ids of a run share a key by chance about once in 30 million runs of
/// a million sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

impl SessionKey {
    /// The key of a session id.
    pub fn of(session: &SessionId) -> Self {
        Self(FixedState::default().hash_one(session.as_str()))
    }
}

/// Something that has to agree with all other flow instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A new session was opened; no other may have its id (INIT-1).
    Session {
        /// The session.
        session: SessionId,
        /// Whose it is.
        account: AccountNo,
        /// On which device.
        device: DeviceNo,
        /// When.
        at: Duration,
    },
    /// A message was first seen, acknowledged or announced; no other may have its id (SEND-4).
    Message {
        /// Its id.
        id: u64,
        /// Its session.
        session: SessionKey,
        /// On which device.
        device: DeviceNo,
        /// When.
        at: Duration,
    },
    /// An event came of a session of which this flow instance knows nothing (EVENT-6, EVENT-10).
    Foreign {
        /// The session.
        session: SessionId,
        /// Whose connection it came on.
        account: AccountNo,
        /// On which device.
        device: DeviceNo,
        /// When.
        at: Duration,
        /// The event's name: `chat-message`, `chat-session-update`.
        event: &'static str,
    },
}
