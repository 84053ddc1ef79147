//! What the objectives are about, and the figures of it that are drawn.

use crate::capacity::{CapacityRecord, Level, LevelOutcome, ObjectiveValue, Quantity};
use crate::metrics::{Measure, Statistic, Threshold};

/// A figure by load.
pub(super) struct Series {
    /// The style of its line, and its name.
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    /// The levels that have it, by load, ascending.
    pub(super) points: Vec<(f64, LevelOutcome, Quantity)>,
}

/// The figures that are drawn: the median, the 99th percentile, and what the first objective is about
/// where that is neither.
pub(super) fn drawn(record: &CapacityRecord) -> Vec<Series> {
    let of = |class, name, figure: &dyn Fn(&Level) -> Option<Quantity>| {
        let told = |level: &Level| Some((level.load, level.outcome, figure(level)?));
        Series { class, name, points: record.levels.iter().filter_map(told).collect() }
    };
    let mut series =
        vec![of("p50", "p50", &|level| level.p50), of("p99", "p99", &|level| level.p99)];
    let objectives = record.objectives.iter().enumerate();
    let first = objectives.filter_map(|(nth, expr)| Some((nth, latency(expr)?.1))).next();
    if let Some((nth, statistic)) =
        first.filter(|(_, one)| !matches!(one, Statistic::P50 | Statistic::P99))
    {
        let figure = |level: &Level| value(level.objectives.get(nth)?);
        series.push(of("other", statistic.as_str(), &figure));
    }
    series.retain(|one| !one.points.is_empty());
    series
}

fn value(of: &ObjectiveValue) -> Option<Quantity> {
    of.value
}

/// The latency metric that the objectives are about first.
pub(super) fn metric(record: &CapacityRecord) -> Option<String> {
    record.objectives.iter().find_map(|expr| Some(latency(expr)?.0))
}

/// Objectives on that metric, as written and with their bounds in microseconds.
pub(super) fn bounds(record: &CapacityRecord) -> Vec<(&str, f64)> {
    let metric = metric(record);
    let of = |expr: &'_ String| {
        let bound = Threshold::parse(expr).ok()?.bound();
        (Some(latency(expr)?.0) == metric).then_some(bound)
    };
    record.objectives.iter().filter_map(|expr| Some((expr.as_str(), of(expr)?))).collect()
}

/// Objectives on errors as a share of requests, as written and with their bounds as fractions.
pub(super) fn error_bounds(record: &CapacityRecord) -> Vec<(&str, f64)> {
    let of = |expr: &'_ String| {
        let read = Threshold::parse(expr).ok()?;
        matches!(read.measure(), Measure::Share(crate::metrics::Counted::Errors))
            .then(|| read.bound())
    };
    record.objectives.iter().filter_map(|expr| Some((expr.as_str(), of(expr)?))).collect()
}

/// The metric and the statistic of an objective on a latency.
fn latency(expr: &str) -> Option<(String, Statistic)> {
    match Threshold::parse(expr).ok()?.measure() {
        Measure::Latency(metric, statistic) => Some((metric.clone(), *statistic)),
        Measure::Count(_)
        | Measure::PerSecond(_)
        | Measure::Share(_)
        | Measure::Must
        | Measure::Should => None,
    }
}
