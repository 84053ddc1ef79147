//! The planned starts of an open model, dealt out to whichever flow instance is idle.

use std::cell::Cell;
use std::time::Duration;

use crate::load::Arrivals;

/// How late a start may be made; beyond, no instance was idle in time, and it is dropped.
const PATIENCE: Duration = Duration::from_secs(1);

/// One worker's share of a scenario's starts: every `of`-th from its first.
#[derive(Debug)]
pub(super) struct Starts {
    arrivals: Arrivals,
    began_at: Duration,
    next: Cell<u64>,
    of: u64,
}

/// A start that is due, or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// When it is planned, since the start of the run.
    pub(super) at: Duration,
    /// How many starts before it found no idle instance in time.
    pub(super) dropped: u64,
}

impl Starts {
    pub(super) fn new(arrivals: Arrivals, began_at: Duration, (first, of): (u64, u64)) -> Self {
        Self { arrivals, began_at, next: Cell::new(first), of }
    }

    /// When no start is made any more.
    pub(super) fn over_at(&self) -> Duration {
        self.began_at + self.arrivals.end() + PATIENCE
    }

    /// The next start that can still be made at `now`, and how many were missed before it; without
    /// one, only how many were missed.
    pub(super) fn take(&self, now: Duration) -> Result<Start, u64> {
        let mut dropped = 0;
        loop {
            let n = self.next.get();
            let Some(offset) = self.arrivals.offset(n) else { return Err(dropped) };
            self.next.set(n + self.of);
            let at = self.began_at + offset;
            if at + PATIENCE >= now {
                return Ok(Start { at, dropped });
            }
            dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes starts at these instants, of ten a second for a second, shared by two workers.
    #[track_caller]
    fn check(first: u64, taken_at_ms: &[u64], expected: &[Result<(u128, u64), u64>]) {
        let arrivals = Arrivals::constant(10.0, Duration::from_secs(1));
        let starts = Starts::new(arrivals, Duration::from_secs(5), (first, 2));
        let take = |ms: &u64| {
            let taken = starts.take(Duration::from_millis(*ms));
            taken.map(|start| (start.at.as_millis(), start.dropped))
        };
        assert_eq!(taken_at_ms.iter().map(take).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn workers_share_starts_between_them() {
        check(0, &[5000, 5000], &[Ok((5000, 0)), Ok((5200, 0))]);
        check(1, &[5000, 5000], &[Ok((5100, 0)), Ok((5300, 0))]);
    }

    #[test]
    fn what_no_one_was_idle_for_is_dropped_and_counted() {
        check(0, &[6300], &[Ok((5400, 2))]);
        check(0, &[9000, 9000], &[Err(5), Err(0)]);
    }
}
