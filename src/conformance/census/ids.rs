//! The ids of a run, as far as other shards of it have to be held to them.

use crate::conformance::SessionKey;
use crate::protocol::{AccountNo, SessionId};

use super::Stranger;
use super::marks::Marks;
use super::tenants::Tenants;

/// What one shard leaves for the others to be held to: 12 bytes for each session that it opened, two
/// or three for each message that it saw. [`Self::encode`] has its form as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSets {
    /// The keys of the sessions that were opened, in their order, each once.
    pub(super) keys: Vec<u64>,
    /// The account that opened each.
    pub(super) accounts: Vec<u32>,
    pub(super) marks: Marks,
    /// In their order.
    pub(super) strangers: Vec<Stranger>,
    pub(super) tenants: Tenants,
    pub(super) untold: u64,
}

impl IdSets {
    /// The sessions that were opened, in the order of their keys, each with the account that did.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (SessionKey, AccountNo)> {
        let keys = self.keys.iter().copied().map(SessionKey);
        keys.zip(self.accounts.iter().copied().map(AccountNo))
    }

    /// The ids of messages in their order, each with the mark of its session. Equal marks are one
    /// session's, or by chance those of two once in 255 times.
    pub fn messages(&self) -> impl Iterator<Item = (u64, u8)> {
        self.marks.iter()
    }

    /// Events of sessions that nobody opened here, in the order of sessions.
    pub fn strangers(&self) -> &[Stranger] {
        &self.strangers
    }

    /// How many claims were not kept, so that nothing is concluded from them.
    pub fn untold(&self) -> u64 {
        self.untold
    }

    /// The same, with what a server wrote in other words. Keys stay what they were.
    #[must_use]
    pub fn retold(mut self, words: impl Fn(&SessionId) -> SessionId) -> Self {
        for stranger in &mut self.strangers {
            stranger.told = words(&stranger.told);
        }
        self.strangers.sort();
        self
    }

    /// The bytes that sessions and messages take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let keys = self.keys.capacity() * size_of::<u64>();
        keys + self.accounts.capacity() * size_of::<u32>() + self.marks.bytes().len()
    }
}
