//! The planned starts of an open model, dealt out to whichever flow instance is idle.

use std::cell::RefCell;
use std::time::Duration;

use crate::load::{Arrivals, Offsets, Share};

/// How late a start may be made; beyond, no instance was idle in time, and it is dropped.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// One worker's share of a scenario's starts.
#[derive(Debug)]
pub(super) struct Starts {
    offsets: RefCell<Offsets>,
    end: Duration,
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
    pub(super) fn new(arrivals: &Arrivals, seed: u64, share: Share) -> Self {
        Self { offsets: RefCell::new(arrivals.share(seed, share)), end: arrivals.end() }
    }

    /// The next start that can still be made at `now`, of a plan that began at `began_at`, and how
    /// many were missed before it; without one, only how many were missed.
    pub(super) fn take(&self, began_at: Duration, now: Duration) -> Result<Start, u64> {
        let mut dropped = 0;
        for offset in self.offsets.borrow_mut().by_ref() {
            let at = began_at.saturating_add(offset);
            if at.saturating_add(PATIENCE) >= now {
                return Ok(Start { at, dropped });
            }
            dropped += 1;
        }
        Err(dropped)
    }

    /// How many nobody has taken; from then on there are none.
    pub(super) fn drain(&self) -> u64 {
        self.offsets.borrow_mut().drain()
    }

    /// When no start is made any more, since the plan's beginning.
    pub(super) fn over(&self) -> Duration {
        self.end.saturating_add(PATIENCE)
    }

    /// When the plan is over, since its beginning.
    pub(super) fn end(&self) -> Duration {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes starts at these instants, of ten a second for a second, shared by two workers.
    #[track_caller]
    fn check(first: u64, taken_at_ms: &[u64], expected: &[Result<(u128, u64), u64>]) {
        let arrivals = Arrivals::constant(10.0, Duration::from_secs(1));
        let starts = Starts::new(&arrivals, 0, Share::nth(first, 2));
        let take = |ms: &u64| {
            let taken = starts.take(Duration::from_secs(5), Duration::from_millis(*ms));
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

    #[test]
    fn what_nobody_took_is_told() {
        let arrivals = Arrivals::constant(10.0, Duration::from_secs(1));
        let starts = Starts::new(&arrivals, 0, Share::nth(1, 2));
        assert!(starts.take(Duration::ZERO, Duration::ZERO).is_ok());
        assert_eq!((starts.drain(), starts.drain()), (4, 0));
    }
}
