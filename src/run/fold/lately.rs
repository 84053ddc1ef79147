//! The last seconds of a run, as a live display needs them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::metrics::{Latency, Metric, Recorder, Totals};

/// What a live display's rates and percentiles are taken over.
const LATELY: Duration = Duration::from_secs(5);

/// What workers told lately.
#[derive(Default)]
pub(super) struct Lately(VecDeque<Glance>);

struct Glance {
    at: Duration,
    totals: Totals,
    send_to_event: Option<Latency>,
}

impl Lately {
    /// Takes what a worker told at this time of the run.
    pub(super) fn take(&mut self, recorder: &Recorder, at: Duration) {
        self.0.push_back(Glance {
            at,
            totals: *recorder.totals(),
            send_to_event: recorder.get(Metric::SendToEvent).cloned(),
        });
        while self.0.front().is_some_and(|oldest| oldest.at + LATELY < at) {
            self.0.pop_front();
        }
    }

    /// What was counted, `send_to_event`, and over how many seconds that is.
    pub(super) fn sum(&self, elapsed: Duration) -> (Totals, Latency, f64) {
        let mut totals = Totals::default();
        let mut latency = Latency::default();
        for one in &self.0 {
            totals.add(&one.totals);
            if let Some(one) = &one.send_to_event {
                latency.add(one);
            }
        }
        (totals, latency, elapsed.min(LATELY).as_secs_f64().max(1.0))
    }
}
