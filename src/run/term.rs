//! How long a flow instance still has: until its load is over, and then for the grace period.
//!
//! It knows no devices and no steps: it is told when the load is planned to be over, and whoever waits
//! asks it. Start from [`Term::run_out`].

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use tokio::sync::Notify;

use crate::device::Clock;

use super::stop::Stop;

/// The time that one flow instance has.
#[derive(Debug)]
pub(super) struct Term {
    grace: Duration,
    /// When no flow begins any more, where that is planned.
    ends_at: Cell<Option<Duration>>,
    /// When what is under way is cut off, once no flow begins any more.
    cut_at: Cell<Option<Duration>>,
    /// Told at each change of both.
    changed: Notify,
}

impl Term {
    /// A term without a planned end.
    pub(super) fn new(grace: Duration) -> Self {
        let (ends_at, cut_at) = (Cell::new(None), Cell::new(None));
        Self { grace, ends_at, cut_at, changed: Notify::new() }
    }

    /// No flow is to begin any more from then on.
    pub(super) fn end_at(&self, at: Duration) {
        self.ends_at.set(Some(at));
        self.changed.notify_waiters();
    }

    /// Whether no flow begins any more.
    pub(super) fn is_over(&self) -> bool {
        self.cut_at.get().is_some()
    }

    /// Ends once no flow begins any more.
    pub(super) async fn over(&self) {
        while !self.is_over() {
            self.changed.notified().await;
        }
    }

    /// Ends once it is known that what lasts until then will be cut off before.
    pub(super) async fn too_short_for(&self, at: Duration) {
        while self.cut_at.get().is_none_or(|cut_at| at < cut_at) {
            self.changed.notified().await;
        }
    }

    /// Ends when what is still under way is to be cut off: the grace period after the planned end or
    /// the stop of the run, whichever is first.
    pub(super) async fn run_out(&self, stop: &Stop, clock: &dyn Clock) {
        let mut is_stopped = false;
        loop {
            let next_at = self.cut_at.get().or(self.ends_at.get());
            tokio::select! {
                biased;
                () = stop.stopped(), if !is_stopped => {
                    is_stopped = true;
                    self.is_over_at(clock.now(), stop.grace(self.grace));
                }
                () = until(clock, next_at) => match self.cut_at.get() {
                    Some(_) => return,
                    None => self.is_over_at(clock.now(), self.grace),
                },
                () = self.changed.notified() => {}
            }
        }
    }

    fn is_over_at(&self, now: Duration, grace: Duration) {
        let cut_at = now.saturating_add(grace);
        self.cut_at.set(Some(self.cut_at.get().map_or(cut_at, |known| known.min(cut_at))));
        self.changed.notify_waiters();
    }
}

async fn until(clock: &dyn Clock, at: Option<Duration>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::device::TokioClock;
    use crate::run::StopReason;

    /// A term of a minute's grace that is planned to end, and is stopped, at these seconds, is over
    /// and cut at those.
    #[track_caller]
    fn check(ends_s: Option<u64>, stopped: Option<(u64, StopReason)>, expected: (u64, u64)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let told = runtime.block_on(async {
            let clock = TokioClock::since(Instant::now());
            let (term, stop) = (Term::new(Duration::from_secs(60)), Stop::default());
            let over = async {
                // The plan is known a little later than the term.
                sleep(Duration::from_millis(1)).await;
                ends_s.into_iter().for_each(|at| term.end_at(Duration::from_secs(at)));
                term.over().await;
                clock.now().as_secs()
            };
            let stopping = async {
                if let Some((at, reason)) = stopped {
                    sleep(Duration::from_secs(at)).await;
                    stop.stop(reason);
                }
            };
            let cut = async {
                term.run_out(&stop, &clock).await;
                clock.now().as_secs()
            };
            let (over_at, (), cut_at) = tokio::join!(over, stopping, cut);
            (over_at, cut_at)
        });
        assert_eq!(told, expected);
    }

    fn aborted() -> StopReason {
        StopReason::Aborted("as it was asked".into())
    }

    #[test]
    fn what_is_under_way_at_the_planned_end_is_cut_after_the_grace_period() {
        check(Some(100), None, (100, 160));
    }

    #[test]
    fn a_stop_ends_it_early_and_whoever_interrupts_waits_no_longer_than_ten_seconds() {
        check(Some(100), Some((30, aborted())), (30, 90));
        check(None, Some((30, aborted())), (30, 90));
        check(None, Some((30, StopReason::Interrupted)), (30, 40));
    }

    #[test]
    fn a_stop_within_the_grace_period_shortens_it_and_never_prolongs_it() {
        check(Some(100), Some((105, StopReason::Interrupted)), (100, 115));
        check(Some(100), Some((155, aborted())), (100, 160));
    }
}
