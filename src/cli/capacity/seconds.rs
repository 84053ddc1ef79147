//! What was measured in the seconds of a run, and of those that count.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::conformance::IdSets;
use crate::metrics::{Blocks, Counted, Latency, Measure, Metric, Ratios, Totals};
use crate::protocol::Call;
use crate::run::{Begun, Onlooker, Second, Snapshot};

/// Into how many blocks the seconds of a run are cut, where there are as many.
const BLOCKS: u64 = 10;

/// Looks on, and keeps what is wanted of each second.
#[derive(Debug)]
pub(super) struct Seconds {
    wanted: Vec<String>,
    rows: Vec<Row>,
}

/// The seconds of a run that count, from the first up to the last, which does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What one run measured in the seconds that count.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    block_s: u64,
    /// Second, counts and errors, in order.
    counts: Vec<(u64, Totals, u64)>,
    totals: Totals,
    errors: u64,
    round_trips_s: f64,
    devices: f64,
    latencies: BTreeMap<String, (Latency, Blocks)>,
    lateness: Latency,
}

#[derive(Debug)]
struct Row {
    no: u64,
    devices: u64,
    totals: Totals,
    errors: u64,
    /// All round trips together, as long as they took, in seconds.
    round_trips_s: f64,
    latencies: Vec<(String, Latency)>,
    lateness: Option<Latency>,
}

impl Seconds {
    /// Of these latency metrics, and of how long what was planned really took.
    pub(super) fn of<'a>(metrics: impl Iterator<Item = &'a str>) -> Self {
        let mut wanted: Vec<_> =
            metrics.flat_map(|name| [name.to_owned(), service(name)]).collect();
        wanted.sort();
        wanted.dedup();
        Self { wanted, rows: Vec::new() }
    }

    /// What the seconds that count come to; `None` where there are none of them.
    pub(super) fn within(&self, window: Window) -> Option<Measured> {
        let rows: Vec<_> =
            self.rows.iter().filter(|row| (window.from..window.to).contains(&row.no)).collect();
        let seconds = rows.len() as u64;
        if seconds == 0 {
            return None;
        }
        let block_s = (seconds / BLOCKS).max(1);
        let mut measured = Measured {
            block_s,
            counts: Vec::new(),
            totals: Totals::default(),
            errors: 0,
            round_trips_s: 0.0,
            devices: 0.0,
            latencies: BTreeMap::new(),
            lateness: Latency::new(),
        };
        for row in rows {
            measured.add(row, row.no - window.from);
        }
        measured.devices /= seconds as f64;
        Some(measured)
    }
}

impl Onlooker for Seconds {
    fn began(&mut self, _: Timestamp) {}

    fn show(&mut self, _: &Snapshot) {}

    fn ended(&mut self, _: &IdSets) {}

    fn second(&mut self, second: &Second) {
        let recorder = &second.recorder;
        let latencies = self.wanted.iter().filter_map(|name| {
            recorder.by_name(name).map(|latency| (name.clone(), latency.clone()))
        });
        let round_trips_s = Call::ALL.into_iter().filter_map(|call| {
            let metric = Metric::Rtt(call);
            let all = recorder.get(metric)?;
            let mean_s = |one: &Latency| one.sum().as_secs_f64() / one.count().max(1) as f64;
            let taken = recorder.by_name(&service(metric.name())).unwrap_or(all);
            Some(mean_s(taken) * all.count() as f64)
        });
        self.rows.push(Row {
            no: second.no,
            devices: second.devices,
            totals: *recorder.totals(),
            errors: recorder.errors().total(),
            round_trips_s: round_trips_s.sum(),
            latencies: latencies.collect(),
            lateness: recorder.lateness().cloned(),
        });
    }
}

impl Window {
    /// The whole seconds from `warm_up` after the last instance began its load until the first one is done
    /// with it, of a load that lasts so long; `None` where there is none.
    pub(super) fn of(begun: Begun, warm_up: Duration, lasts: Duration) -> Option<Self> {
        let from = begun.last_at.saturating_add(warm_up);
        let from = from.as_secs() + u64::from(from.subsec_nanos() > 0);
        let to = begun.first_at.saturating_add(lasts).as_secs();
        (from < to).then_some(Self { from, to })
    }
}

impl Measured {
    fn add(&mut self, row: &Row, second: u64) {
        self.counts.push((second, row.totals, row.errors));
        self.totals.add(&row.totals);
        self.errors += row.errors;
        self.round_trips_s += row.round_trips_s;
        self.devices += row.devices as f64;
        row.lateness.iter().for_each(|late| self.lateness.add(late));
        for (name, latency) in &row.latencies {
            let new = || (Latency::new(), Blocks::of_seconds(self.block_s));
            let (sum, blocks) = self.latencies.entry(name.clone()).or_insert_with(new);
            sum.add(latency);
            blocks.add(second, latency);
        }
    }

    /// How many seconds count.
    pub(super) fn seconds(&self) -> f64 {
        self.counts.len() as f64
    }

    /// What was counted.
    pub(super) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Errors of all layers.
    pub(super) fn errors(&self) -> u64 {
        self.errors
    }

    /// Requests under way at once, on average, by Little's law.
    pub(super) fn concurrency(&self) -> f64 {
        self.round_trips_s / self.seconds()
    }

    /// Devices that were connected, on average.
    pub(super) fn devices(&self) -> f64 {
        self.devices
    }

    /// By how much the generator was late at the 99th percentile, in seconds.
    pub(super) fn lateness_s(&self) -> f64 {
        self.lateness.quantile(0.99).map_or(0.0, |late| late.as_secs_f64())
    }

    /// A latency metric; `None` without samples.
    pub(super) fn latency(&self, metric: &str) -> Option<&Latency> {
        self.latencies.get(metric).map(|(latency, _)| latency)
    }

    /// The same, in blocks.
    pub(super) fn blocks(&self, metric: &str) -> Option<&Blocks> {
        self.latencies.get(metric).map(|(_, blocks)| blocks)
    }

    /// What a rate or a share is of, second by second.
    pub(super) fn ratios(&self, measure: &Measure) -> Ratios {
        let mut ratios = Ratios::of_seconds(self.block_s);
        for (second, totals, errors) in &self.counts {
            let (part, whole) = part(measure, totals, *errors);
            ratios.add(*second, part as f64, whole as f64);
        }
        ratios
    }
}

/// Of what was counted in a second, the part and its whole; a rate's whole is the second itself.
fn part(measure: &Measure, totals: &Totals, errors: u64) -> (u64, u64) {
    let violations = totals.findings.must + totals.findings.should;
    match measure {
        Measure::Share(Counted::Events) => (totals.lost, totals.deliveries_expected),
        Measure::Share(Counted::Errors) => (errors, totals.requests),
        Measure::Share(Counted::Sends) => (totals.sends, totals.requests),
        Measure::PerSecond(Counted::Sends) => (totals.sends, 1),
        Measure::PerSecond(Counted::Events) => (totals.events, 1),
        Measure::PerSecond(Counted::Errors) => (errors, 1),
        _ => (violations, 1),
    }
}

/// The name of how long what was planned really took.
pub(super) fn service(metric: &str) -> String {
    format!("{metric}{}", Metric::SERVICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(began_ms: (u64, u64), warm_up_ms: u64, lasts_s: u64, expected: Option<(u64, u64)>) {
        let ms = Duration::from_millis;
        let begun = Begun { instances: 2, first_at: ms(began_ms.0), last_at: ms(began_ms.1) };
        let window = Window::of(begun, ms(warm_up_ms), Duration::from_secs(lasts_s));
        assert_eq!(window.map(|one| (one.from, one.to)), expected);
    }

    #[test]
    fn only_whole_seconds_count_in_which_all_are_under_load() {
        check((300, 300), 500, 3, Some((1, 3)));
        check((300, 2_300), 5_000, 10, Some((8, 10)));
        check((0, 0), 1_000, 3, Some((1, 3)));
        check((0, 4_000), 1_000, 3, None);
    }

    #[test]
    fn what_lies_outside_the_window_does_not_count() {
        let mut seconds = Seconds::of(["rtt.send"].into_iter());
        for no in 0..6 {
            let mut second = Second { no, devices: 4, ..Second::default() };
            let recorder = &mut second.recorder;
            recorder.totals_mut().requests = 10;
            recorder.totals_mut().responses = 10;
            let (waited, took) = (Duration::from_millis(200), Duration::from_millis(100));
            for _ in 0..10 {
                recorder.planned_latency(Metric::Rtt(Call::Send), waited, Some(took));
            }
            seconds.second(&second);
        }
        let measured = seconds.within(Window { from: 2, to: 5 }).unwrap();
        assert_eq!((measured.seconds(), measured.devices()), (3.0, 4.0));
        assert_eq!(measured.totals().responses, 30);
        assert_eq!(measured.latency("rtt.send").map(Latency::count), Some(30));
        assert!((measured.concurrency() - 1.0).abs() < 1e-6, "{}", measured.concurrency());
        assert!(seconds.within(Window { from: 8, to: 9 }).is_none());
    }
}
