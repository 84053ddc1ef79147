//! The figures that thresholds are held to.

use std::time::Duration;

use crate::conformance::CATALOGUE;
use crate::metrics::{Figures, LatencySummary, Threshold, Totals};

use super::event::Interval;
use super::record::ThresholdResult;

/// Holds figures to thresholds.
pub(super) fn thresholds(thresholds: &[Threshold], figures: &Figured<'_>) -> Vec<ThresholdResult> {
    let result = |threshold: &Threshold| {
        let (value, ok) = threshold.evaluate(figures);
        ThresholdResult { expr: threshold.to_string(), value, ok }
    };
    thresholds.iter().map(result).collect()
}

/// What thresholds are held to.
pub(super) struct Figured<'a> {
    pub(super) sum: &'a Interval,
    pub(super) elapsed: Duration,
}

impl Figures for Figured<'_> {
    fn latency(&self, metric: &str) -> Option<LatencySummary> {
        self.sum.recorder.by_name(metric)?.summary()
    }

    fn totals(&self) -> &Totals {
        self.sum.recorder.totals()
    }

    fn errors(&self) -> u64 {
        self.sum.recorder.errors().total()
    }

    fn checks(&self) -> u64 {
        CATALOGUE.iter().map(|clause| self.sum.clauses.checked(clause.id)).sum()
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
