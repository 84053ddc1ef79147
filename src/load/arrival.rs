//! When flows start at a rate, and how many devices play when they come in stages.

use std::time::Duration;

/// Planned starts at a rate that is constant for a while, then another one, and so on.
///
/// ```text
/// R(t)   = integral of the rate from 0 to t
/// offset = the least t with R(t) = n, for n = 0, 1, ... below R(end)
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    stages: Vec<Stage>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Stage {
    per_s: f64,
    /// When it begins, in seconds.
    from_s: f64,
    length_s: f64,
    /// `R` at its beginning.
    before: f64,
}

/// Rounding of `R` stays far below this part of a start.
const A_TRIFLE: f64 = 1e-6;

impl Arrivals {
    /// So many starts a second, for so long.
    pub fn constant(per_s: f64, time: Duration) -> Self {
        Self::staged([(per_s, time)])
    }

    /// Starts a second, and for how long, one stage after the other. A rate is zero or more.
    pub fn staged(stages: impl IntoIterator<Item = (f64, Duration)>) -> Self {
        let (mut from_s, mut before) = (0.0, 0.0);
        let stages = stages.into_iter().map(|(per_s, time)| {
            let stage = Stage { per_s, from_s, length_s: time.as_secs_f64(), before };
            from_s += stage.length_s;
            before = stage.after();
            stage
        });
        Self { stages: stages.collect() }
    }

    /// How many starts there are.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates, and no rate is negative"
    )]
    pub fn count(&self) -> u64 {
        (self.total() - A_TRIFLE).ceil() as u64
    }

    /// The highest rate of any stage, in starts a second.
    pub fn fastest(&self) -> f64 {
        self.stages.iter().map(|stage| stage.per_s).fold(0.0, f64::max)
    }

    /// When the last stage is over.
    pub fn end(&self) -> Duration {
        let end_s = self.stages.last().map_or(0.0, |stage| stage.from_s + stage.length_s);
        Duration::try_from_secs_f64(end_s).unwrap_or(Duration::MAX)
    }

    /// When the `n`-th start is due, from 0; `None` past the last one.
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 starts")]
    pub fn offset(&self, n: u64) -> Option<Duration> {
        if n >= self.count() {
            return None;
        }
        let wanted = n as f64;
        let at = self.stages.partition_point(|stage| stage.after() - A_TRIFLE <= wanted);
        let stage = self.stages.get(at)?;
        let into_s = ((wanted - stage.before) / stage.per_s).clamp(0.0, stage.length_s);
        Duration::try_from_secs_f64(stage.from_s + into_s).ok()
    }

    /// Every start's instant, since the beginning, in order.
    pub fn offsets(&self) -> impl Iterator<Item = Duration> + '_ {
        (0..self.count()).map_while(|n| self.offset(n))
    }

    fn total(&self) -> f64 {
        self.stages.last().map_or(0.0, |stage| stage.after())
    }
}

impl Stage {
    /// `R` at its end.
    fn after(&self) -> f64 {
        self.before + self.per_s * self.length_s
    }
}

/// How many devices play, stage by stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// When a stage begins, and how many devices play in it.
    stages: Vec<(Duration, u32)>,
    end: Duration,
}

impl Population {
    /// Devices, and for how long, one stage after the other.
    pub fn staged(stages: impl IntoIterator<Item = (u32, Duration)>) -> Self {
        let mut end = Duration::ZERO;
        let stages = stages.into_iter().map(|(devices, time)| {
            let from = end;
            end = end.saturating_add(time);
            (from, devices)
        });
        Self { stages: stages.collect(), end }
    }

    /// When the last stage is over.
    pub fn end(&self) -> Duration {
        self.end
    }

    /// The same, with no more than so many at once.
    pub fn at_most(mut self, most: u32) -> Self {
        self.stages.iter_mut().for_each(|(_, devices)| *devices = (*devices).min(most));
        self
    }

    /// The most devices that play at once.
    pub fn most(&self) -> u32 {
        self.stages.iter().map(|(_, devices)| *devices).max().unwrap_or(0)
    }

    /// How many devices play at an instant since the beginning; none after the end.
    pub fn at(&self, at: Duration) -> u32 {
        if at >= self.end {
            return 0;
        }
        let stage = self.stages.partition_point(|(from, _)| *from <= at);
        stage.checked_sub(1).map_or(0, |stage| self.stages[stage].1)
    }

    /// When another number of devices is to play, and how many; the end is the last change, to none.
    pub fn changes(&self) -> impl Iterator<Item = (Duration, u32)> + '_ {
        self.stages.iter().copied().chain([(self.end, 0)])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[track_caller]
    fn check(stages: &[(f64, u64)], expected_ms: &[u128]) {
        let arrivals = Arrivals::staged(stages.iter().map(|(rate, time)| (*rate, ms(*time))));
        let offsets: Vec<u128> = arrivals.offsets().map(|at| at.as_millis()).collect();
        assert_eq!(offsets, expected_ms);
        assert_eq!(arrivals.count(), expected_ms.len() as u64);
    }

    #[test]
    fn a_constant_rate_starts_at_once_and_then_evenly() {
        check(&[(4.0, 1_000)], &[0, 250, 500, 750]);
        check(&[(0.5, 4_000)], &[0, 2_000]);
        check(&[(0.1, 5_000)], &[0]);
        let arrivals = Arrivals::constant(50.0, Duration::from_secs(2));
        assert_eq!((arrivals.count(), arrivals.offset(99)), (100, Some(ms(1_980))));
        assert_eq!(arrivals.offset(100), None);
    }

    #[test]
    fn a_start_that_one_stage_began_is_due_in_the_next() {
        // One and a half starts are due after the first stage; the second one completes it.
        check(&[(1.0, 1_500), (2.0, 1_000)], &[0, 1_000, 1_750, 2_250]);
        check(&[(1.0, 1_000), (0.0, 9_000), (1.0, 2_000)], &[0, 10_000, 11_000]);
        check(&[(0.0, 1_000), (1.0, 1_000)], &[1_000]);
    }

    #[test]
    fn without_stages_nothing_starts() {
        check(&[], &[]);
        check(&[(0.0, 1_000)], &[]);
    }

    #[test]
    fn a_rate_without_an_end_is_no_loop() {
        let arrivals = Arrivals::constant(1_000.0, Duration::MAX);
        assert_eq!(arrivals.offset(1_000_000), Some(Duration::from_secs(1_000)));
    }

    #[track_caller]
    fn devices(stages: &[(u32, u64)], at_ms: u64, expected: u32) {
        let stages = stages.iter().map(|(devices, time)| (*devices, ms(*time)));
        assert_eq!(Population::staged(stages).at(ms(at_ms)), expected);
    }

    #[test]
    fn devices_play_as_their_stage_says() {
        let stages = [(10, 1_000), (50, 2_000), (5, 1_000)];
        for (at, expected) in
            [(0, 10), (999, 10), (1_000, 50), (2_999, 50), (3_000, 5), (4_000, 0), (9_000, 0)]
        {
            devices(&stages, at, expected);
        }
        devices(&[], 0, 0);
    }

    #[test]
    fn changes_end_with_nobody() {
        let population = Population::staged([(10, ms(1_000)), (50, ms(2_000))]);
        let changes: Vec<_> = population.changes().collect();
        assert_eq!(changes, [(ms(0), 10), (ms(1_000), 50), (ms(3_000), 0)]);
        assert_eq!((population.most(), population.end()), (50, ms(3_000)));
    }

    proptest! {
        #[test]
        fn starts_ascend_and_are_as_many_as_the_integral_of_the_rate(
            stages in proptest::collection::vec((0_u32..200, 0_u64..5_000), 0..6),
        ) {
            let arrivals =
                Arrivals::staged(stages.iter().map(|(rate, time)| (f64::from(*rate), ms(*time))));
            let offsets: Vec<Duration> = arrivals.offsets().collect();
            prop_assert!(offsets.is_sorted());
            // In thousandths of a start, exact.
            let integral: u64 = stages.iter().map(|(rate, time)| u64::from(*rate) * time).sum();
            prop_assert_eq!(offsets.len() as u64, integral.div_ceil(1_000));
            let end = Duration::from_millis(stages.iter().map(|(_, time)| time).sum());
            prop_assert!(offsets.iter().all(|at| *at <= end));
        }

        #[test]
        fn at_any_instant_as_many_have_started_as_the_integral_says(
            stages in proptest::collection::vec((1_u32..50, 1_u64..2_000), 1..5),
            at_ms in 0_u64..8_000,
        ) {
            let arrivals =
                Arrivals::staged(stages.iter().map(|(rate, time)| (f64::from(*rate), ms(*time))));
            let started = arrivals.offsets().filter(|at| *at < ms(at_ms)).count() as u64;
            let mut left = at_ms;
            let mut integral = 0;
            for (rate, time) in &stages {
                integral += u64::from(*rate) * left.min(*time);
                left = left.saturating_sub(*time);
            }
            // A start that is due at this very instant may round to either side of it.
            let due = integral.div_ceil(1_000);
            prop_assert!(started.abs_diff(due) <= 1, "{started} of {due}");
        }
    }
}
