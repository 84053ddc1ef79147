//! What a run has counted and measured so far, as Prometheus reads it: OpenMetrics 1.0 text.
//!
//! Names follow Prometheus' own rules: base units (seconds, bytes), `_total` on what only grows, and
//! few values a label. Nothing in it is of one device, one session or one message.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::metrics::{FindingCounts, Latency, Measure, Recorder, Threshold, Totals};
use crate::run::Second;

/// What the text is, for the header `Content-Type` (OpenMetrics 1.0, section "Protocol Negotiation").
pub const EXPOSITION_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Edges of buckets that every latency has, in microseconds: of a machine next door to a minute.
const EDGES_US: [u64; 19] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000, 20_000_000, 30_000_000, 60_000_000,
];

/// Edges that thresholds add, at most: a bucket is a series for each metric.
const MOST_OWN_EDGES: usize = 16;

/// A run as far as its seconds are complete. It may be asked for its text on any thread.
#[derive(Debug)]
pub struct Exposition {
    state: Arc<Mutex<State>>,
    registry: Registry,
}

#[derive(Debug)]
struct State {
    target: String,
    run_id: String,
    edges_us: Vec<u64>,
    /// Complete seconds.
    seconds: u64,
    devices: u64,
    sum: Recorder,
}

impl Exposition {
    /// Of a run that has not begun, by its name and target. The bounds of its thresholds are edges of
    /// buckets, so that what a threshold asks can be asked of the buckets too.
    pub fn new<'a>(
        run_id: &str,
        target: String,
        thresholds: impl Iterator<Item = &'a Threshold>,
    ) -> Self {
        let state = State {
            target,
            run_id: run_id.to_owned(),
            edges_us: edges(thresholds),
            seconds: 0,
            devices: 0,
            sum: Recorder::default(),
        };
        let state = Arc::new(Mutex::new(state));
        let mut registry = Registry::with_prefix("deskbell");
        registry.register_collector(Box::new(Told(Arc::clone(&state))));
        Self { state, registry }
    }

    /// Adds a second that is complete.
    pub fn add(&self, second: &Second) {
        // A thread that panicked leaves whole numbers behind.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.seconds = second.no + 1;
        state.devices = second.devices;
        state.sum.merge(&second.recorder);
    }

    /// The text, in the form that [`EXPOSITION_TYPE`] names.
    pub fn text(&self) -> String {
        let mut written = String::new();
        text::encode(&mut written, &self.registry).expect("a string takes all text");
        written
    }
}

fn edges<'a>(thresholds: impl Iterator<Item = &'a Threshold>) -> Vec<u64> {
    let of_latency = thresholds.filter(|one| matches!(one.measure(), Measure::Latency(..)));
    // A bound is a duration that was written down: whole microseconds, and not negative.
    let own = of_latency.map(|one| one.bound() as u64).take(MOST_OWN_EDGES);
    let mut edges: Vec<_> = EDGES_US.into_iter().chain(own.filter(|us| *us > 0)).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

#[derive(Debug)]
struct Told(Arc<Mutex<State>>);

impl Collector for Told {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = Page(encoder);
        state.tell_run(&mut page)?;
        state.tell_counts(&mut page)?;
        state.tell_latencies(&mut page)
    }
}

impl State {
    fn tell_run(&self, page: &mut Page<'_>) -> fmt::Result {
        let of = [
            ("run_id", self.run_id.as_str()),
            ("target", &self.target),
            ("version", env!("CARGO_PKG_VERSION")),
        ];
        page.family("run", "The run that is going on.", MetricType::Info)?.encode_info(&of)?;
        page.gauge("elapsed_seconds", "How long the run has been going on.", self.seconds)?;
        page.gauge("connected_devices", "Devices that are connected.", self.devices)
    }

    fn tell_counts(&self, page: &mut Page<'_>) -> fmt::Result {
        // Taken apart whole, so that a new count cannot be forgotten here.
        let Totals {
            devices: _,
            connections,
            reconnects,
            requests,
            responses,
            events,
            sends,
            sends_acked,
            deliveries_expected,
            deliveries,
            lost,
            duplicates,
            bytes_in,
            bytes_out,
            findings: FindingCounts { must, should, info, waived },
            dropped,
        } = *self.sum.totals();
        for (name, help, count) in [
            ("connections", "Connections opened.", connections),
            ("reconnects", "Connections opened by a device that had one before.", reconnects),
            ("requests", "Requests sent.", requests),
            ("responses", "Responses received.", responses),
            ("events", "Events received.", events),
            ("sends", "Messages sent.", sends),
            ("acknowledged_sends", "Messages acknowledged with status 200.", sends_acked),
            ("expected_deliveries", "Events that clause EVENT-1 asks for.", deliveries_expected),
            ("deliveries", "Those that came in time.", deliveries),
            ("lost_deliveries", "Those that did not.", lost),
            ("duplicates", "Events that came again on one connection.", duplicates),
            ("dropped_starts", "Planned starts that were not made.", dropped),
            ("received_bytes", "Bytes of messages received.", bytes_in),
            ("sent_bytes", "Bytes of messages sent.", bytes_out),
        ] {
            page.family(name, help, MetricType::Counter)?.count(count)?;
        }
        let levels = [("must", must), ("should", should), ("info", info), ("waived", waived)];
        let help = "Violations of clauses by their level; waived ones stand there alone.";
        let mut findings = page.family("findings", help, MetricType::Counter)?;
        for (level, count) in levels {
            findings.encode_family(&[("level", level)])?.count(count)?;
        }
        self.tell_errors(page)
    }

    fn tell_errors(&self, page: &mut Page<'_>) -> fmt::Result {
        // Some readers take no family without a sample.
        if self.sum.errors().total() == 0 {
            return Ok(());
        }
        let help = "Errors by the layer they came from, and their kind.";
        let mut errors = page.family("errors", help, MetricType::Counter)?;
        for (layer, kinds) in self.sum.errors().layers() {
            for (kind, count) in kinds {
                let labels = [("layer", layer.as_str().to_owned()), ("kind", kind.to_string())];
                errors.encode_family(&labels)?.count(*count)?;
            }
        }
        Ok(())
    }

    fn tell_latencies(&self, page: &mut Page<'_>) -> fmt::Result {
        if self.sum.latencies().next().is_none() {
            return Ok(());
        }
        let help = "Latencies by metric; a planned one counts from its planned instant.";
        let mut latencies = page.family("latency_seconds", help, MetricType::Histogram)?;
        for (metric, latency) in self.sum.latencies() {
            latencies.encode_family(&[("metric", &*metric)])?.spread(latency, &self.edges_us)?;
        }
        let Some(lateness) = self.sum.lateness() else { return Ok(()) };
        let help = "By how much deskbell itself was late: planned wake-up to actual.";
        page.family("lateness_seconds", help, MetricType::Histogram)?
            .spread(lateness, &self.edges_us)
    }
}

/// What is written to.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn family<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        self.family(name, help, MetricType::Gauge)?.encode_gauge(&value)
    }
}

trait Encode {
    fn count(&mut self, count: u64) -> fmt::Result;
    fn spread(&mut self, latency: &Latency, edges_us: &[u64]) -> fmt::Result;
}

impl Encode for MetricEncoder<'_> {
    fn count(&mut self, count: u64) -> fmt::Result {
        self.encode_counter::<NoLabelSet, u64, u64>(&count, None)
    }

    fn spread(&mut self, latency: &Latency, edges_us: &[u64]) -> fmt::Result {
        let edges = edges_us.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
        let buckets: Vec<_> = edges.zip(latency.counts_between(edges_us)).collect();
        let sum = latency.sum().as_secs_f64();
        self.encode_histogram::<NoLabelSet>(sum, latency.count(), &buckets, None)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use openmetrics_parser::openmetrics::parse_openmetrics;

    use crate::metrics::{ErrorKind, Layer, Metric};

    use super::*;

    fn exposition(thresholds: &[&str]) -> Exposition {
        let thresholds: Vec<_> =
            thresholds.iter().map(|text| Threshold::parse(text).unwrap()).collect();
        Exposition::new("r1", "wss://uat.example.com/\"uat\"".to_owned(), thresholds.iter())
    }

    fn second(no: u64) -> Second {
        let mut second = Second { no, devices: 3, ..Second::default() };
        let totals = second.recorder.totals_mut();
        (totals.sends, totals.bytes_in, totals.findings.must) = (2, 1_000, 1);
        second.recorder.error(Layer::Application, ErrorKind::status(403));
        for ms in [1, 4, 90_000] {
            second.recorder.latency(Metric::SendToEvent, Duration::from_millis(ms));
        }
        second.recorder.named_latency("rtt.a \"b\"\n", Duration::from_millis(7));
        second.recorder.late_by(Duration::from_micros(30));
        second
    }

    #[track_caller]
    fn check(told: &Exposition, lines: &[&str]) {
        let text = told.text();
        parse_openmetrics(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let missing: Vec<_> =
            lines.iter().filter(|line| !text.lines().any(|one| one == **line)).collect();
        assert!(missing.is_empty(), "{missing:?} in\n{text}");
    }

    #[test]
    fn a_run_that_has_not_begun_can_be_read() {
        check(&exposition(&[]), &["deskbell_sends_total 0", "deskbell_elapsed_seconds 0", "# EOF"]);
    }

    #[test]
    fn seconds_add_up() {
        let told = exposition(&["send_to_event.p99 < 3ms", "errors.rate < 1%"]);
        (0..2).for_each(|no| told.add(&second(no)));
        check(
            &told,
            &[
                "deskbell_elapsed_seconds 2",
                "deskbell_connected_devices 3",
                "deskbell_sends_total 4",
                "deskbell_received_bytes_total 2000",
                r#"deskbell_findings_total{level="must"} 2"#,
                r#"deskbell_errors_total{layer="application",kind="status_403"} 2"#,
                r#"deskbell_latency_seconds_count{metric="send_to_event"} 6"#,
                r#"deskbell_latency_seconds_sum{metric="send_to_event"} 180.01"#,
                r#"deskbell_latency_seconds_bucket{le="0.001",metric="send_to_event"} 2"#,
                r#"deskbell_latency_seconds_bucket{le="0.003",metric="send_to_event"} 2"#,
                r#"deskbell_latency_seconds_bucket{le="0.005",metric="send_to_event"} 4"#,
                r#"deskbell_latency_seconds_bucket{le="60.0",metric="send_to_event"} 4"#,
                r#"deskbell_latency_seconds_bucket{le="+Inf",metric="send_to_event"} 6"#,
                "deskbell_lateness_seconds_count 2",
            ],
        );
    }

    #[test]
    fn many_thresholds_do_not_make_many_series() {
        let many: Vec<_> = (1..200).map(|ms| format!("connect.p99 < {ms}ms")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let told = exposition(&many);
        told.add(&second(0));
        assert!(told.text().lines().count() < 250);
    }
}
