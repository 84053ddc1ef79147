//! How a run stands at one moment, for a live display.

use std::time::Duration;

/// A run at one moment. Rates and percentiles are of the last seconds, counts of the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Since the run began.
    pub elapsed: Duration,
    /// Devices connected.
    pub devices: u64,
    /// Messages sent, per second.
    pub sends_per_s: f64,
    /// Events received, per second.
    pub events_per_s: f64,
    /// Median of `send_to_event`; `None` without samples.
    pub p50: Option<Duration>,
    /// 99th percentile of `send_to_event`; `None` without samples.
    pub p99: Option<Duration>,
    /// Errors of all layers.
    pub errors: u64,
    /// Findings that are not waived.
    pub violations: u64,
    /// Until the planned end; `None` where the plan has none.
    pub left: Option<Duration>,
}
