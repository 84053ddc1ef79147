//! Whether a run is to be ended early: by what was asked of the service lately, and how much of
//! that failed.
//!
//! A shard guards itself, by its share of each bound. It knows neither workers nor what a run is told
//! by. Start from [`Guard`].

use std::collections::VecDeque;
use std::time::Duration;

use crate::conformance::CATALOGUE;
use crate::metrics::{Figures, Latency, LatencySummary, Threshold, Totals};

use super::event::Interval;
use super::plan::RunPlan;

/// How long what has happened counts as recent.
const LATELY: Duration = Duration::from_secs(10);

/// Below so many requests and connects nothing is known of a service.
const FEW: u64 = 20;

/// Watches a run for its bounds: those of scenarios, and the one over all.
pub(super) struct Guard {
    scenarios: Vec<Option<Watched>>,
    run: Option<Watched>,
}

impl Guard {
    pub(super) fn new(plan: &RunPlan) -> Self {
        let watched = |bound: &Option<Threshold>| {
            bound.as_ref().map(|bound| Watched::new(bound.share_of(plan.shard.count)))
        };
        let scenarios = plan.scenarios.iter().map(|plan| watched(&plan.abort_on)).collect();
        Self { scenarios, run: watched(&plan.safety.abort_on) }
    }

    /// Each scenario's own bound, in their order.
    pub(super) fn bounds(&self) -> impl Iterator<Item = Option<&Threshold>> {
        self.scenarios.iter().map(|watched| watched.as_ref().map(|watched| &watched.bound))
    }

    /// Takes what a worker has told of a scenario.
    pub(super) fn take(&mut self, scenario: usize, interval: &Interval, at: Duration) {
        for watched in [&mut self.scenarios[scenario], &mut self.run].into_iter().flatten() {
            watched.take(interval, at);
        }
    }

    /// The first bound that holds over the last seconds, in words.
    pub(super) fn abort(&self, now: Duration) -> Option<String> {
        let of_scenarios = self.scenarios.iter().flatten();
        let asked = of_scenarios.filter_map(|watched| watched.broken(now));
        let asked = asked.map(|lately| format!("as `abort_on` asks: {lately}")).next();
        asked.or_else(|| {
            let lately = self.run.as_ref()?.broken(now)?;
            Some(format!("so that nothing more is asked of a service that fails: {lately}"))
        })
    }
}

/// A bound, and what it is held to.
struct Watched {
    bound: Threshold,
    lately: VecDeque<(Duration, Glance)>,
}

impl Watched {
    fn new(bound: Threshold) -> Self {
        Self { bound, lately: VecDeque::new() }
    }

    fn take(&mut self, interval: &Interval, at: Duration) {
        self.lately.push_back((at, Glance::of(interval, self.bound.measure().metric())));
        while self.lately.front().is_some_and(|(oldest, _)| *oldest + LATELY < at) {
            self.lately.pop_front();
        }
    }

    fn broken(&self, now: Duration) -> Option<String> {
        let mut sum = Glance { elapsed: now.min(LATELY), ..Glance::default() };
        let lately = self.lately.iter().filter(|(at, _)| *at + LATELY >= now);
        lately.for_each(|(_, glance)| sum.add(glance));
        let made = sum.totals.requests;
        let (value, holds) = self.bound.evaluate(&sum);
        (made >= FEW && value.is_some() && holds).then(|| {
            let seconds = LATELY.as_secs();
            format!("{} ({} of {made} in the last {seconds} s failed)", self.bound, sum.failed)
        })
    }
}

/// The figures of a moment. Requests are those that should succeed, and connects.
#[derive(Default)]
struct Glance {
    totals: Totals,
    failed: u64,
    checks: u64,
    /// What was measured under the metric that is asked for.
    latency: Latency,
    elapsed: Duration,
}

impl Glance {
    fn of(interval: &Interval, metric: Option<&str>) -> Self {
        let latency = metric.and_then(|name| interval.recorder.by_name(name)).cloned();
        Self {
            totals: Totals { requests: interval.tries.made, ..*interval.recorder.totals() },
            failed: interval.tries.failed,
            checks: CATALOGUE.iter().map(|clause| interval.clauses.checked(clause.id)).sum(),
            latency: latency.unwrap_or_default(),
            elapsed: Duration::ZERO,
        }
    }

    fn add(&mut self, other: &Self) {
        self.totals.add(&other.totals);
        self.failed += other.failed;
        self.checks += other.checks;
        self.latency.add(&other.latency);
    }
}

impl Figures for Glance {
    fn latency(&self, _: &str) -> Option<LatencySummary> {
        self.latency.summary()
    }

    fn totals(&self) -> &Totals {
        &self.totals
    }

    fn errors(&self) -> u64 {
        self.failed
    }

    fn checks(&self) -> u64 {
        self.checks
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::Tries;

    /// Takes what was made and failed at these seconds, and says whether the run is ended then.
    #[track_caller]
    fn check(told: &[(u64, u64, u64)], now_s: u64, is_broken: bool) {
        let bound = crate::run::Safety::broken_service();
        let mut watched = Watched::new(bound);
        for (at_s, made, failed) in told {
            let tries = Tries { made: *made, failed: *failed };
            let interval = Interval { tries, ..Interval::default() };
            watched.take(&interval, Duration::from_secs(*at_s));
        }
        let broken = watched.broken(Duration::from_secs(now_s));
        assert_eq!(broken.is_some(), is_broken, "{broken:?}");
    }

    #[test]
    fn a_service_that_breaks_after_an_hour_is_found_within_seconds() {
        let hour: Vec<_> = (0..3600).map(|second| (second, 100, 0)).collect();
        let broken = (3600..3607).map(|second| (second, 100, 100));
        check(&hour, 3600, false);
        check(&hour.into_iter().chain(broken).collect::<Vec<_>>(), 3606, true);
    }

    #[test]
    fn half_of_what_is_asked_may_fail() {
        check(&[(1, 40, 20)], 1, false);
        check(&[(1, 40, 21)], 1, true);
    }

    #[test]
    fn little_tells_nothing() {
        check(&[(1, 19, 19)], 1, false);
        check(&[(1, 19, 19), (2, 1, 1)], 2, true);
        check(&[(1, 19, 19), (20, 1, 1)], 20, false);
    }

    #[test]
    fn what_is_long_past_does_not_count() {
        check(&[(1, 40, 40)], 60, false);
    }
}
