//! What is to happen later, in order.
//!
//! It knows instants and no clock, and not what it holds. Start from [`Agenda`].

use std::collections::BTreeMap;

use tokio::time::Instant;

/// What is to happen, by instant, and of the same instant in the order in which it was planned.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    planned: BTreeMap<(Instant, u64), T>,
    count: u64,
}

impl<T> Agenda<T> {
    /// Plans something; whether it is what comes next.
    pub(super) fn plan(&mut self, at: Instant, what: T) -> bool {
        self.count += 1;
        self.planned.insert((at, self.count), what);
        self.next_at() == Some(at)
    }

    /// When something is to happen next.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.planned.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out what comes next, if its time has come by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<T> {
        let first = self.planned.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { planned: BTreeMap::new(), count: 0 }
    }
}
