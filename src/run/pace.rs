//! Bounds on how often something is done a second, over all workers of a shard: each shard has an even
//! part of what the plan allows all of them.
//!
//! It knows no devices and no clock: instants come in and go out. Start from [`Pace`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::plan::RunPlan;

/// How far whoever wakes late may catch up, so that a timer's lateness does not slow all down.
const CATCH_UP: Duration = Duration::from_millis(100);

/// A wait that is shorter is none: timers are no finer.
pub(super) const GRAIN: Duration = Duration::from_millis(1);

/// Handshakes under way at once, over all workers: TCP, TLS and the upgrade take four round trips, so
/// that 500 connects a second over 200 ms keep 400 of them. Far fewer than a listener lets wait, and
/// than would keep open connections waiting.
const HANDSHAKES: usize = 512;

/// Handshakes under way at once that a worker may have at least, however many workers there are.
const HANDSHAKES_EACH: usize = 64;

/// How many handshakes one of so many workers may have under way at once.
pub(super) fn handshakes(workers: usize) -> usize {
    (HANDSHAKES / workers.max(1)).max(HANDSHAKES_EACH)
}

/// What is paced over a whole run.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) connects: Pacer,
    pub(super) sends: Pacer,
}

impl Pace {
    pub(super) fn of(plan: &RunPlan) -> Self {
        let here = |per_s: Option<f64>| Pacer::new(per_s.map(|rate| plan.shard.part_of(rate)));
        Self { connects: here(plan.connects_per_s()), sends: here(plan.safety.most_sends_per_s) }
    }
}

/// Deals out turns, evenly spaced, in the order in which they are asked for.
#[derive(Debug)]
pub(super) struct Pacer {
    /// Nanoseconds between turns; `None` sets no bound.
    spacing: Option<u64>,
    /// When the next turn is, in nanoseconds since the start of the run.
    next: AtomicU64,
}

impl Pacer {
    pub(super) fn new(per_s: Option<f64>) -> Self {
        let spacing = per_s.map(|rate| nanos(Duration::from_secs_f64(1.0 / rate)));
        Self { spacing, next: AtomicU64::new(0) }
    }

    /// Whether there is a bound at all.
    pub(super) fn is_bounded(&self) -> bool {
        self.spacing.is_some()
    }

    /// The turn of whoever asks at `now`, having planned for `planned_at`.
    pub(super) fn turn(&self, planned_at: Duration, now: Duration) -> Duration {
        let Some(spacing) = self.spacing else { return planned_at };
        let earliest = nanos(planned_at.max(now.saturating_sub(CATCH_UP)));
        let after = |next: u64| Some(next.max(earliest).saturating_add(spacing));
        let next = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        // The update is never given up, so both arms hold what was there before.
        let next = next.unwrap_or_else(|next| next);
        Duration::from_nanos(next.max(earliest))
    }

    /// Time between turns; none without a bound.
    pub(super) fn spacing(&self) -> Duration {
        Duration::from_nanos(self.spacing.unwrap_or(0))
    }
}

/// How long after its turn a device connects, so that devices do not march in lockstep: some part of
/// the time to the next turn, which leaves their order and their rate as they are. `chance` is any
/// number, even over all of them.
pub(super) fn jitter(between: Duration, chance: u64) -> Duration {
    let part = (u128::from(nanos(between)) * u128::from(chance)) >> u64::BITS;
    // A part of what fits a u64 fits it as well.
    Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use crate::run::flow::mix;

    use super::*;

    /// Turns for these pairs of planned instant and now, in milliseconds.
    #[track_caller]
    fn check(per_s: Option<f64>, asked: &[(u64, u64)], expected: &[u128]) {
        let pacer = Pacer::new(per_s);
        let ms = Duration::from_millis;
        let turn = |(planned, now): &(u64, u64)| pacer.turn(ms(*planned), ms(*now)).as_millis();
        assert_eq!(asked.iter().map(turn).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn without_a_bound_a_turn_is_when_it_was_planned() {
        check(None, &[(5, 5), (5, 9)], &[5, 5]);
    }

    #[test]
    fn whoever_plans_for_the_same_instant_goes_one_after_the_other() {
        check(Some(10.0), &[(0, 0), (0, 0), (0, 0), (1000, 1000)], &[0, 100, 200, 1000]);
    }

    #[test]
    fn a_late_timer_slows_nobody_down_and_a_long_stall_is_no_burst() {
        check(Some(50.0), &[(0, 1), (20, 21), (40, 42)], &[0, 20, 40]);
        check(Some(50.0), &[(0, 0), (20, 900), (40, 900), (60, 900)], &[0, 800, 820, 840]);
    }

    #[test]
    fn jitter_breaks_the_lockstep_and_leaves_order_and_rate() {
        let pacer = Pacer::new(Some(500.0));
        let turn = |nth: u64| {
            let turn = pacer.turn(Duration::ZERO, Duration::ZERO);
            turn + jitter(pacer.spacing(), mix(7, nth, 0))
        };
        let turns: Vec<_> = (0..5_000).map(turn).collect();
        assert!(turns.is_sorted());
        for (second, nth) in (0..5_000).step_by(500).enumerate() {
            let is_in = |turn: &Duration| turn.as_secs() == second as u64;
            assert_eq!(turns.iter().filter(|turn| is_in(turn)).count(), 500, "from the {nth}th");
        }
        let between = turns.windows(2).map(|pair| pair[1] - pair[0]);
        let ms = |ms| Duration::from_millis(ms);
        assert!(between.clone().min() < Some(ms(1)) && between.max() > Some(ms(3)));
    }

    #[test]
    fn jitter_is_less_than_the_time_to_the_next_turn() {
        let second = Duration::from_secs(1);
        assert_eq!(jitter(second, 0), Duration::ZERO);
        assert!(jitter(second, u64::MAX) < second);
        assert_eq!(jitter(Duration::ZERO, u64::MAX), Duration::ZERO);
    }

    #[test]
    fn workers_share_the_handshakes_of_a_run() {
        assert_eq!([1, 2, 4, 64].map(handshakes), [512, 256, 128, 64]);
    }
}
