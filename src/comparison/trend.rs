//! A history, run by run.

use std::slice;

use crate::conformance::Level;
use crate::metrics::{Resampling, Sample};
use crate::run::ClauseStatus;

use super::figure::{Figure, Rate, latency};
use super::{Measured, MetricRow, TrendFigure, TrendRow};

/// The figures that are judged, of each run.
pub(super) fn trend(
    runs: &[&Measured],
    judged: &[&MetricRow],
    resampling: &Resampling,
) -> Vec<TrendRow> {
    let alone = Resampling { figures: 1, ..*resampling };
    let figures: Vec<_> = judged.iter().filter_map(|row| named(&row.name)).collect();
    let row = |run: &&Measured| TrendRow {
        run: run.brief(),
        figures: figures.iter().map(|figure| of_run(run, figure, &alone)).collect(),
        violations: violations(run),
    };
    runs.iter().map(row).collect()
}

/// The figure of a row's name.
fn named(name: &str) -> Option<Figure> {
    let rate = Rate::ALL.into_iter().find(|rate| rate.name() == name).map(Figure::Rate);
    rate.or_else(|| {
        let (metric, statistic) = latency(name).ok()?;
        Some(Figure::Latency(metric, statistic))
    })
}

fn of_run(run: &Measured, figure: &Figure, resampling: &Resampling) -> TrendFigure {
    let sample = match figure {
        Figure::Latency(metric, statistic) => {
            let known = run.blocks.latencies.get(metric);
            known.map(|known| Sample::Latency(slice::from_ref(&known.blocks), *statistic))
        }
        Figure::Rate(rate) => Some(Sample::Ratio(slice::from_ref(&rate.of(&run.blocks).ratios))),
    };
    let spread = sample.and_then(|sample| resampling.interval(&sample));
    TrendFigure {
        name: figure.name(),
        unit: figure.unit(),
        value: sample.and_then(|sample| sample.value()),
        low: spread.map(|spread| spread.low),
        high: spread.map(|spread| spread.high),
    }
}

fn violations(run: &Measured) -> u64 {
    let violated = run.record.clauses_of(ClauseStatus::Violated);
    violated.filter(|clause| clause.level != Level::Info).count() as u64
}
