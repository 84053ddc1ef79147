//! The messages of a session, as digests, in the order of their ids: bounded, whatever comes.

use std::collections::VecDeque;

use super::digest::Digest;

/// How many messages of a session are remembered where a flow lists them.
const MOST_LISTED: usize = 10_000;

/// And where it does not: what agrees must come within so many others.
const MOST_RECENT: usize = 64;

/// A point in the order of what a monitor is fed.
pub(super) type Tick = u32;

/// What is known of one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) digest: Digest,
    /// When it came to stand as it does: was first heard of, unsent, or marked as seen.
    pub(super) since: Tick,
    /// The paging that listed it last.
    pub(super) listed: u16,
    flags: u16,
}

/// Something that holds of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// The concierge's, not the tenant's.
    Concierge = 1,
    /// A send of ours, acknowledged.
    Acknowledged = 2,
    /// Its unsend was acknowledged.
    Unsent = 4,
    /// A delete event said that it is gone.
    Gone = 8,
    /// Its marking as seen was acknowledged.
    Seen = 16,
    /// An unsend of it was not answered: it may stand or not.
    Unsure = 32,
    /// It carries what was uploaded.
    Upload = 64,
    /// It was first heard of from a listing.
    Listed = 128,
}

impl Record {
    pub(super) fn is(self, mark: Mark) -> bool {
        self.flags & mark as u16 != 0
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        self.flags |= mark as u16;
    }

    pub(super) fn unmark(&mut self, mark: Mark) {
        self.flags &= !(mark as u16);
    }

    /// Whether it must be listed by what was asked after `tick`.
    pub(super) fn stands(self, tick: Tick) -> bool {
        let gone = [Mark::Unsent, Mark::Gone, Mark::Unsure].into_iter().any(|mark| self.is(mark));
        !gone && self.since < tick
    }
}

/// The messages of one session.
#[derive(Debug)]
pub(super) struct History {
    records: VecDeque<Record>,
    is_kept: bool,
    /// The greatest id that was forgotten.
    floor: Option<u64>,
    /// Whether some message could not be noted.
    is_over: bool,
}

impl History {
    pub(super) fn new(is_kept: bool) -> Self {
        Self { records: VecDeque::new(), is_kept, floor: None, is_over: false }
    }

    pub(super) fn get(&self, id: u64) -> Option<&Record> {
        let at = self.records.binary_search_by_key(&id, |record| record.id).ok()?;
        self.records.get(at)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Record> {
        let at = self.records.binary_search_by_key(&id, |record| record.id).ok()?;
        self.records.get_mut(at)
    }

    /// Notes a message that is not known yet; none where there is no room for it.
    pub(super) fn add(&mut self, id: u64, digest: Digest, since: Tick) -> Option<&mut Record> {
        if self.records.len() >= MOST_LISTED {
            self.is_over = true;
            return None;
        }
        if !self.is_kept && self.records.len() >= MOST_RECENT {
            let oldest = self.records.pop_front()?.id;
            self.floor = self.floor.max(Some(oldest));
        }
        let at = self.records.partition_point(|record| record.id < id);
        self.records.insert(at, Record { id, digest, since, listed: 0, flags: 0 });
        self.records.get_mut(at)
    }

    /// Whether a message of this id may have been forgotten.
    pub(super) fn may_have_had(&self, id: u64) -> bool {
        self.is_over || self.floor.is_some_and(|floor| id <= floor)
    }

    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn greatest(&self) -> u64 {
        self.records.back().map_or(0, |record| record.id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }
}
