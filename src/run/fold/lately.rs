//! The last seconds of a run, as a live display needs them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::metrics::{Latency, Metric, Recorder, Totals};
use crate::run::second::round_trips;
use crate::run::snapshot::RecentLatency;

/// What a live display's rates and percentiles are taken over.
const LATELY: Duration = Duration::from_secs(5);

/// What workers told lately.
#[derive(Default)]
pub(super) struct Lately(VecDeque<Glance>);

struct Glance {
    at: Duration,
    totals: Totals,
    quickness: Option<Quickness>,
}

/// Round trips are looked at only where no event came.
enum Quickness {
    Events(Latency),
    RoundTrips(Latency),
}

impl Lately {
    /// Takes what a worker told at this time of the run.
    pub(super) fn take(&mut self, recorder: &Recorder, at: Duration) {
        let events = recorder.get(Metric::SendToEvent).cloned().map(Quickness::Events);
        let quickness = events.or_else(|| round_trips(recorder).map(Quickness::RoundTrips));
        self.0.push_back(Glance { at, totals: *recorder.totals(), quickness });
        while self.0.front().is_some_and(|oldest| oldest.at + LATELY < at) {
            self.0.pop_front();
        }
    }

    /// What was counted, and over how many seconds that is.
    pub(super) fn counted(&self, elapsed: Duration) -> (Totals, f64) {
        let mut totals = Totals::default();
        self.0.iter().for_each(|one| totals.add(&one.totals));
        (totals, elapsed.min(LATELY).as_secs_f64().max(1.0))
    }

    /// How quick the service was: by events, or by round trips where there was no event at all.
    pub(super) fn latency(&self) -> Option<RecentLatency> {
        let glances = || self.0.iter().filter_map(|one| one.quickness.as_ref());
        let events = glances().filter_map(|one| match one {
            Quickness::Events(latency) => Some(latency),
            Quickness::RoundTrips(_) => None,
        });
        let trips = glances().filter_map(|one| match one {
            Quickness::RoundTrips(latency) => Some(latency),
            Quickness::Events(_) => None,
        });
        percentiles("send_to_event", events).or_else(|| percentiles("rtt", trips))
    }
}

fn percentiles<'a>(
    metric: &'static str,
    each: impl Iterator<Item = &'a Latency>,
) -> Option<RecentLatency> {
    let sum = each.cloned().reduce(|mut sum, one| {
        sum.add(&one);
        sum
    })?;
    let (p50, p95, p99) = (sum.quantile(0.5)?, sum.quantile(0.95)?, sum.quantile(0.99)?);
    Some(RecentLatency { metric, p50, p95, p99 })
}

#[cfg(test)]
mod tests {
    use crate::protocol::Call;

    use super::*;

    /// What is told of intervals that hold so many milliseconds of these metrics, a second each.
    #[track_caller]
    fn check(intervals: &[&[(Metric, u64)]], expected: Option<(&str, u64)>) {
        let mut lately = Lately::default();
        for (second, samples) in (0..).zip(intervals) {
            let mut recorder = Recorder::default();
            for (metric, ms) in *samples {
                recorder.latency(*metric, Duration::from_millis(*ms));
            }
            lately.take(&recorder, Duration::from_secs(second));
        }
        let told = lately.latency().map(|told| (told.metric, told.p99.as_millis() as u64));
        assert_eq!(told, expected);
    }

    #[test]
    fn events_are_told_and_round_trips_where_there_are_none() {
        let (event, ping) = (Metric::SendToEvent, Metric::Rtt(Call::Ping));
        check(&[], None);
        check(&[&[]], None);
        check(&[&[(ping, 3)], &[(ping, 5)]], Some(("rtt", 5)));
        check(&[&[(ping, 30)], &[(event, 2), (ping, 9)]], Some(("send_to_event", 2)));
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let event = |ms| (Metric::SendToEvent, ms);
        check(&[&[event(90)], &[], &[], &[], &[], &[], &[event(2)]], Some(("send_to_event", 2)));
    }
}
