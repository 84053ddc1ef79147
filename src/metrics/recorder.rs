//! What one worker records, handed over once an interval.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::kept::KeptRecorder;
use super::{Counts, ErrorKind, Errors, Latency, Layer, Metric, Totals};

/// Latencies, counts and errors of one worker. It has no lock: each worker owns one, and hands
/// over what it recorded by [`Self::take`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(from = "KeptRecorder", into = "KeptRecorder")]
pub struct Recorder {
    /// Histograms are large, so a metric has one from its first sample on.
    latencies: [Option<Box<Latency>>; Metric::COUNT],
    /// The same from the actual instant, of what was planned.
    services: [Option<Box<Latency>>; Metric::COUNT],
    lateness: Option<Box<Latency>>,
    /// Metrics that a scenario names, by their whole name.
    named: BTreeMap<Box<str>, Box<Latency>>,
    totals: Totals,
    errors: Errors,
}

impl Recorder {
    /// What the harness's own lateness is called where it stands among the metrics.
    pub const LATENESS: &'static str = "lateness";

    /// One that has counted so much.
    pub(super) fn counted(totals: Totals, errors: Errors) -> Self {
        Self { totals, errors, ..Self::default() }
    }

    /// Records one latency.
    pub fn latency(&mut self, metric: Metric, duration: Duration) {
        self.latencies[metric.index()].get_or_insert_default().record(duration);
    }

    /// Records one latency of a metric that a scenario names, such as `rtt.probe`.
    pub fn named_latency(&mut self, metric: &str, duration: Duration) {
        if !self.named.contains_key(metric) {
            self.named.insert(metric.into(), Box::default());
        }
        if let Some(latency) = self.named.get_mut(metric) {
            latency.record(duration);
        }
    }

    /// Records a latency that counts from a planned instant, and as `<name>.service` beside it how
    /// long it took from the actual one.
    pub fn planned_latency(
        &mut self,
        metric: Metric,
        duration: Duration,
        service: Option<Duration>,
    ) {
        self.latency(metric, duration);
        if let Some(service) = service {
            self.services[metric.index()].get_or_insert_default().record(service);
        }
    }

    /// Records by how much the harness itself was late: planned wake-up to actual.
    pub fn late_by(&mut self, duration: Duration) {
        self.lateness.get_or_insert_default().record(duration);
    }

    /// Counts one error.
    pub fn error(&mut self, layer: Layer, kind: ErrorKind) {
        self.errors.count(layer, kind);
    }

    /// The counts, to be raised.
    pub fn totals_mut(&mut self) -> &mut Totals {
        &mut self.totals
    }

    /// The counts.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The errors.
    pub fn errors(&self) -> &Errors {
        &self.errors
    }

    /// How late the harness was; `None` where nothing was planned.
    pub fn lateness(&self) -> Option<&Latency> {
        self.lateness.as_deref()
    }

    /// One metric; `None` without samples.
    pub fn get(&self, metric: Metric) -> Option<&Latency> {
        self.latencies[metric.index()].as_deref()
    }

    /// One metric by its name; `None` without samples.
    pub fn by_name(&self, name: &str) -> Option<&Latency> {
        let (known, name_of_known) = match name.strip_suffix(Metric::SERVICE) {
            Some(name) => (&self.services, name),
            None => (&self.latencies, name),
        };
        Metric::parse(name_of_known)
            .and_then(|metric| known[metric.index()].as_deref())
            .or_else(|| self.named.get(name).map(Box::as_ref))
    }

    /// The metrics that have samples, by name.
    pub fn latencies(&self) -> impl Iterator<Item = (Cow<'_, str>, &Latency)> {
        let known = Metric::all().zip(&self.latencies).filter_map(|(metric, latency)| {
            Some((Cow::Borrowed(metric.name()), latency.as_deref()?))
        });
        let services = Metric::all().zip(&self.services).filter_map(|(metric, latency)| {
            let name = || Cow::Owned(format!("{metric}{}", Metric::SERVICE));
            latency.as_deref().map(|latency| (name(), latency))
        });
        let named = self.named.iter().map(|(name, one)| (Cow::Borrowed(&**name), &**one));
        known.chain(services).chain(named)
    }

    /// Adds to a metric by its name.
    pub(super) fn add_by_name(&mut self, name: &str, latency: &Latency) {
        let (known, name_of_known) = match name.strip_suffix(Metric::SERVICE) {
            Some(name) => (&mut self.services, name),
            None => (&mut self.latencies, name),
        };
        match Metric::parse(name_of_known) {
            Some(metric) => merge_one(&mut known[metric.index()], Some(latency)),
            None => self.named.entry(name.into()).or_default().add(latency),
        }
    }

    /// Adds samples to a metric by its name, or to [`Self::LATENESS`]; the greatest of them is known, in
    /// microseconds.
    pub fn add_counts(&mut self, name: &str, counts: &Counts, greatest_us: u64) {
        let (known, name_of_known) = match name.strip_suffix(Metric::SERVICE) {
            Some(name) => (&mut self.services, name),
            None => (&mut self.latencies, name),
        };
        let latency = match Metric::parse(name_of_known) {
            _ if name == Self::LATENESS => self.lateness.get_or_insert_default(),
            Some(metric) => known[metric.index()].get_or_insert_default(),
            None => self.named.entry(name.into()).or_default(),
        };
        latency.add_counts_up_to(counts, greatest_us);
    }

    /// Adds to how late the harness was.
    pub(super) fn add_lateness(&mut self, lateness: &Latency) {
        merge_one(&mut self.lateness, Some(lateness));
    }

    /// Hands over what was recorded since the last time, and begins anew.
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Adds what another one recorded.
    pub fn merge(&mut self, other: &Self) {
        let known = self.latencies.iter_mut().chain(&mut self.services);
        for (mine, theirs) in known.zip(other.latencies.iter().chain(&other.services)) {
            merge_one(mine, theirs.as_deref());
        }
        merge_one(&mut self.lateness, other.lateness.as_deref());
        for (name, theirs) in &other.named {
            self.named.entry(name.clone()).or_default().add(theirs);
        }
        self.totals.add(&other.totals);
        self.errors.add(&other.errors);
    }
}

fn merge_one(mine: &mut Option<Box<Latency>>, theirs: Option<&Latency>) {
    if let Some(theirs) = theirs {
        mine.get_or_insert_default().add(theirs);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::metrics::{HistogramDecoder, HistogramEncoder};
    use crate::protocol::Call;

    use super::*;

    fn record(recorder: &mut Recorder, (metric, us): (usize, u64)) {
        let metric = Metric::all().nth(metric).unwrap();
        let service = (us % 2 == 0).then(|| Duration::from_micros(us / 2));
        recorder.planned_latency(metric, Duration::from_micros(us), service);
        recorder.named_latency("rtt.probe", Duration::from_micros(us / 3));
        recorder.late_by(Duration::from_micros(us / 100));
        recorder.totals_mut().requests += 1;
        recorder.error(Layer::Application, ErrorKind::status(500));
    }

    #[track_caller]
    fn check_equal(one: &Recorder, other: &Recorder) {
        let summaries = |recorder: &Recorder| {
            recorder
                .latencies()
                .map(|(metric, latency)| (metric.into_owned(), latency.summary()))
                .collect::<Vec<_>>()
        };
        assert_eq!(summaries(one), summaries(other));
        assert_eq!(one.lateness().map(Latency::summary), other.lateness().map(Latency::summary));
        assert_eq!(one.totals(), other.totals());
        assert_eq!(one.errors(), other.errors());
    }

    #[test]
    fn a_planned_latency_is_found_under_both_of_its_names() {
        let mut recorder = Recorder::default();
        let (planned, service) = (Duration::from_micros(9), Duration::from_micros(4));
        recorder.planned_latency(Metric::Rtt(Call::Send), planned, Some(service));
        recorder.planned_latency(Metric::SendToAck, planned, None);
        let names: Vec<_> = recorder.latencies().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["rtt.send", "send_to_ack", "rtt.send.service"]);
        for (name, expected) in [
            ("rtt.send", Some(planned)),
            ("rtt.send.service", Some(service)),
            ("send_to_ack.service", None),
            ("service", None),
        ] {
            let found = recorder.by_name(name).and_then(|latency| latency.quantile(0.5));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn samples_are_added_by_name_and_the_greatest_stays_as_it_was() {
        let mut latency = Latency::new();
        [7, 123_456].into_iter().for_each(|us| latency.record(Duration::from_micros(us)));
        let bytes = HistogramEncoder::new().encode(&latency);
        let mut decoder = HistogramDecoder::new();
        let counts = decoder.counts(&bytes).unwrap();
        let mut recorder = Recorder::default();
        for name in ["rtt.send", "rtt.send.service", "rtt.probe", Recorder::LATENESS] {
            recorder.add_counts(name, counts, 123_456);
            recorder.add_counts(name, counts, 0);
        }
        let (lateness, names) =
            (recorder.lateness(), ["rtt.send", "rtt.send.service", "rtt.probe"]);
        for added in names.map(|name| recorder.by_name(name)).into_iter().chain([lateness]) {
            let added = added.unwrap();
            assert_eq!((added.count(), added.edges_us()), (4, (7, 123_456)));
        }
    }

    #[test]
    fn taking_leaves_an_empty_recorder() {
        let mut recorder = Recorder::default();
        record(&mut recorder, (Metric::Rtt(Call::Send).index(), 5));
        let taken = recorder.take();
        assert_eq!(taken.latencies().count(), 2);
        check_equal(&recorder, &Recorder::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn merged_recorders_equal_one_recorder(
            samples in proptest::collection::vec(
                (0..Metric::COUNT, 0..400_000_u64, 0..3_usize, any::<bool>()),
                0..30,
            ),
        ) {
            let mut whole = Recorder::default();
            let mut workers: [Recorder; 3] = Default::default();
            let mut merged = Recorder::default();
            for (metric, us, worker, hand_over) in samples {
                record(&mut whole, (metric, us));
                record(&mut workers[worker], (metric, us));
                if hand_over {
                    merged.merge(&workers[worker].take());
                }
            }
            workers.iter().for_each(|worker| merged.merge(worker));
            check_equal(&merged, &whole);
        }
    }
}
