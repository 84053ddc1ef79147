//! One second of a run, and what is kept of it.

use serde::{Deserialize, Serialize};

use crate::metrics::{Latency, Metric, Recorder};
use crate::protocol::Call;

/// One second of a run, added up over all workers and scenarios.
#[derive(Debug, Default)]
pub struct Second {
    /// Which second of the run, from 0.
    pub no: u64,
    /// Devices that were connected at its end.
    pub devices: u64,
    /// What was measured and counted in it.
    pub recorder: Recorder,
}

/// What is kept of a second, in the order of the columns of `timeline.csv`. Percentiles are in
/// microseconds, `None` without samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct TimelineRow {
    /// Which second of the run, from 0.
    pub second: u64,
    /// Devices that were connected at its end.
    pub devices: u64,
    /// Connections opened.
    pub connects: u64,
    /// Messages sent.
    pub sends: u64,
    /// Responses received.
    pub responses: u64,
    /// Events received.
    pub events: u64,
    /// Errors of all layers.
    pub errors: u64,
    /// Violations of `must` and `should` clauses that are not waived.
    pub violations: u64,
    /// Median of `send_to_event`.
    pub send_to_event_p50_us: Option<u64>,
    /// 99th percentile of `send_to_event`.
    pub send_to_event_p99_us: Option<u64>,
    /// Median of `send_to_peer`.
    pub send_to_peer_p50_us: Option<u64>,
    /// 99th percentile of `send_to_peer`.
    pub send_to_peer_p99_us: Option<u64>,
    /// 99th percentile of all round trips together.
    pub rtt_p99_us: Option<u64>,
    /// 99th percentile of the harness's own lateness.
    pub lateness_p99_us: Option<u64>,
}

impl Second {
    /// What is kept of it.
    pub fn row(&self) -> TimelineRow {
        let Self { no, devices, recorder } = self;
        let totals = recorder.totals();
        let event = recorder.get(Metric::SendToEvent);
        let peer = recorder.get(Metric::SendToPeer);
        TimelineRow {
            second: *no,
            devices: *devices,
            connects: totals.connections,
            sends: totals.sends,
            responses: totals.responses,
            events: totals.events,
            errors: recorder.errors().total(),
            violations: totals.findings.must + totals.findings.should,
            send_to_event_p50_us: quantile_us(event, 0.5),
            send_to_event_p99_us: quantile_us(event, 0.99),
            send_to_peer_p50_us: quantile_us(peer, 0.5),
            send_to_peer_p99_us: quantile_us(peer, 0.99),
            rtt_p99_us: quantile_us(round_trips(recorder).as_ref(), 0.99),
            lateness_p99_us: quantile_us(recorder.lateness(), 0.99),
        }
    }
}

fn quantile_us(latency: Option<&Latency>, share: f64) -> Option<u64> {
    let quantile = latency?.quantile(share)?;
    Some(u64::try_from(quantile.as_micros()).unwrap_or(u64::MAX))
}

/// Round trips of every kind; those that a scenario names are among them, under their call.
pub(super) fn round_trips(recorder: &Recorder) -> Option<Latency> {
    let each = Call::ALL.into_iter().filter_map(|call| recorder.get(Metric::Rtt(call)));
    each.cloned().reduce(|mut sum, one| {
        sum.add(&one);
        sum
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::metrics::{ErrorKind, FindingCounts, Layer, Totals};

    use super::*;

    #[test]
    fn a_second_without_samples_has_counts_and_no_percentiles() {
        let second = Second { no: 7, devices: 3, ..Second::default() };
        assert_eq!(second.row(), TimelineRow { second: 7, devices: 3, ..TimelineRow::default() });
    }

    #[test]
    fn a_row_tells_what_was_counted_and_measured() {
        let mut second = Second::default();
        let recorder = &mut second.recorder;
        let findings = FindingCounts { must: 1, should: 2, info: 4, waived: 8 };
        *recorder.totals_mut() = Totals {
            connections: 5,
            sends: 6,
            responses: 7,
            events: 9,
            findings,
            ..Totals::default()
        };
        recorder.error(Layer::Network, ErrorKind::RESET);
        recorder.error(Layer::Schema, ErrorKind::INVALID_FRAME);
        for us in 1..=100 {
            let time = Duration::from_micros(us);
            recorder.latency(Metric::SendToEvent, time);
            recorder.latency(Metric::SendToPeer, 2 * time);
            recorder.latency(Metric::Rtt(Call::Send), 3 * time);
            recorder.late_by(4 * time);
        }
        (0..100).for_each(|_| {
            recorder.latency(Metric::Rtt(Call::Ping), Duration::from_micros(500));
        });
        let expected = TimelineRow {
            second: 0,
            devices: 0,
            connects: 5,
            sends: 6,
            responses: 7,
            events: 9,
            errors: 2,
            violations: 3,
            send_to_event_p50_us: Some(50),
            send_to_event_p99_us: Some(99),
            send_to_peer_p50_us: Some(100),
            send_to_peer_p99_us: Some(198),
            rtt_p99_us: Some(500),
            lateness_p99_us: Some(396),
        };
        assert_eq!(second.row(), expected);
    }
}
