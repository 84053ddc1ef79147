//! The figures of a comparison in the order and the groups in which they are read.
//!
//! It knows no format. Start from [`judged`].

use crate::comparison::{Comparison, MetricRow, TrendFigure, TrendRow, Unit};

/// The statistics of a latency that stand side by side, and how their columns are called.
pub(super) const STATISTICS: [(&str, &str); 6] = [
    ("p50", "p50"),
    ("p90", "p90"),
    ("p95", "p95"),
    ("p99", "p99"),
    ("p999", "p99.9"),
    ("mean", "mean"),
];

/// The statistics of one latency.
#[derive(Debug)]
pub(super) struct Latency<'a> {
    /// The metric: `send_to_peer`.
    pub(super) metric: &'a str,
    /// As [`STATISTICS`] has them; `None` where one is not in the record.
    pub(super) statistics: [Option<&'a MetricRow>; STATISTICS.len()],
}

/// What is judged, the worst first.
pub(super) fn judged(comparison: &Comparison) -> Vec<&MetricRow> {
    let mut judged: Vec<_> =
        comparison.metrics.iter().filter(|row| row.outcome.is_some()).collect();
    judged.sort_by_key(|row| row.outcome);
    judged
}

/// Every latency, those with a judged statistic first.
pub(super) fn latencies(comparison: &Comparison) -> Vec<Latency<'_>> {
    let mut latencies: Vec<Latency<'_>> = Vec::new();
    for row in &comparison.metrics {
        let Some((metric, nth)) = statistic(row) else { continue };
        let at = latencies.iter().position(|one| one.metric == metric).unwrap_or_else(|| {
            latencies.push(Latency { metric, statistics: [None; STATISTICS.len()] });
            latencies.len() - 1
        });
        latencies[at].statistics[nth] = Some(row);
    }
    latencies
}

/// What is no statistic of a latency: rates and shares.
pub(super) fn rates(comparison: &Comparison) -> Vec<&MetricRow> {
    comparison.metrics.iter().filter(|row| statistic(row).is_none()).collect()
}

/// The names of the figures of a history, in the order in which they come first.
pub(super) fn trend_names(trend: &[TrendRow]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for figure in trend.iter().flat_map(|row| &row.figures) {
        if !names.contains(&figure.name.as_str()) {
            names.push(&figure.name);
        }
    }
    names
}

/// A run's figure of that name.
pub(super) fn trend_figure<'a>(row: &'a TrendRow, name: &str) -> Option<&'a TrendFigure> {
    row.figures.iter().find(|figure| figure.name == name)
}

/// The metric that a row is of, and which of its statistics it is.
fn statistic(row: &MetricRow) -> Option<(&str, usize)> {
    let (metric, name) = row.name.rsplit_once('.')?;
    let nth = STATISTICS.iter().position(|(statistic, _)| *statistic == name)?;
    (row.unit == Unit::Us).then_some((metric, nth))
}
