//! What one flow instance says of the whole run: whether it holds can only be told where the claims
//! of all instances come together.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::quality::FixedState;

use crate::protocol::{AccountNo, DeviceNo, SessionId};

/// A session id in 8 bytes: its hash by foldhash, of a fixed seed, the same in every process. Two ids
/// of a run share a key by chance about once in 30 million runs of a million sessions.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Shards are held to each other by keys that they have written into files: where this one changes,
    /// the version of that format has to, too.
    #[test]
    fn a_key_is_the_same_wherever_it_is_made() {
        let session = SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3");
        assert_eq!(SessionKey::of(&session), SessionKey(0x0396_bb37_eaaa_9430));
    }
}
