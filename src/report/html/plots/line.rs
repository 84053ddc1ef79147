//! Thresholds as lines in the plots of latencies.

use serde::Serialize;

use crate::metrics::{Measure, Threshold};
use crate::run::{RunRecord, ThresholdResult};

/// More would cover what they are about.
const MOST_LINES: usize = 64;

/// A threshold of a latency.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Line {
    metric: String,
    /// Which statistic of it: `p99`.
    statistic: &'static str,
    /// What it must be below or above, in microseconds.
    us: f64,
    /// As it was written, after the scenario's name where it is one scenario's.
    text: String,
    ok: bool,
}

/// Of the run and of each scenario.
pub(super) fn lines(record: &RunRecord) -> Vec<Line> {
    let is_one = record.scenarios.len() == 1;
    let lines = record.every_threshold().filter_map(|(scenario, one)| {
        line(scenario.filter(|_| !is_one).map(|scenario| scenario.name.as_str()), one)
    });
    lines.take(MOST_LINES).collect()
}

fn line(scenario: Option<&str>, result: &ThresholdResult) -> Option<Line> {
    let threshold = Threshold::parse(&result.expr).ok()?;
    let Measure::Latency(metric, statistic) = threshold.measure() else { return None };
    let text = match scenario {
        Some(scenario) => format!("{scenario}: {threshold}"),
        None => threshold.to_string(),
    };
    let (metric, statistic) = (metric.clone(), statistic.as_str());
    Some(Line { metric, statistic, us: threshold.bound(), text, ok: result.ok })
}
