//! One paging through a session's messages: consecutive listings on one connection.

use crate::conformance::monitor::Endpoint;

use super::history::Tick;
use super::session::Session;

/// Page 1, 2, 3, ... of one session, asked for with one limit on one connection.
#[derive(Clone, Debug)]
pub(super) struct Paging {
    pub(super) at: Endpoint,
    pub(super) limit: u64,
    /// The page that comes next.
    pub(super) next: u64,
    /// When the first page was asked for.
    pub(super) began: Tick,
    /// Tells its messages from those of other pagings of the session.
    pub(super) number: u16,
    /// `sentAt` and `id` of the last message listed.
    pub(super) last: Option<(u64, u64)>,
    /// How many messages were listed.
    pub(super) listed: u64,
    /// A message that was listed twice.
    pub(super) doubled: Option<u64>,
    /// A page was short, so it was the last.
    pub(super) is_done: bool,
    /// When it was done, where nothing changed meanwhile: how many there are is known since.
    pub(super) counted: Option<Tick>,
}

impl Paging {
    /// Whether a page of so many messages is past the end, as all were counted before and nothing
    /// has changed since.
    pub(super) fn ends_before(&self, (page, per_page): (u64, u64), session: &Session) -> bool {
        let is_same = |counted: Tick| session.changed <= counted && session.changes == 0;
        (page - 1).saturating_mul(per_page) >= self.listed && self.counted.is_some_and(is_same)
    }

    pub(super) fn begin(at: Endpoint, limit: u64, began: Tick, before: Option<&Self>) -> Self {
        let number = before.map_or(1, |before| before.number.wrapping_add(1).max(1));
        let (last, doubled, counted) = (None, None, None);
        Self {
            at,
            limit,
            next: 1,
            began,
            number,
            last,
            listed: 0,
            doubled,
            is_done: false,
            counted,
        }
    }
}
