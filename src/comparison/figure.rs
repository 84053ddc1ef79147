//! Which figures are compared.

use crate::metrics::{
    Measure, Metric, RatioBlocks, RunBlocks, Statistic, Threshold, ThresholdError,
};

use super::Unit;

/// What is compared of two sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    /// A statistic of a latency metric.
    Latency(String, Statistic),
    /// Something counted, by what it is a part of.
    Rate(Rate),
}

/// What is counted, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rate {
    /// Messages sent a second.
    Sends,
    /// Events received a second.
    Events,
    /// Errors by requests.
    Errors,
    /// Lost events by expected deliveries.
    Lost,
}

/// The statistics that are shown of a latency, and that limits may name. The greatest sample is but
/// one, and nothing tells how far to believe it.
pub(super) const STATISTICS: [Statistic; 6] = [
    Statistic::P50,
    Statistic::P90,
    Statistic::P95,
    Statistic::P99,
    Statistic::P999,
    Statistic::Mean,
];

impl Figure {
    /// Its name in reports and limits.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Latency(metric, statistic) => format!("{metric}.{}", statistic.as_str()),
            Self::Rate(rate) => rate.name().to_owned(),
        }
    }

    /// What its values are in.
    pub(super) fn unit(&self) -> Unit {
        match self {
            Self::Latency(..) => Unit::Us,
            Self::Rate(rate) => rate.unit(),
        }
    }
}

impl Rate {
    /// Every rate.
    pub(super) const ALL: [Self; 4] = [Self::Sends, Self::Events, Self::Errors, Self::Lost];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sends => "sends.rate",
            Self::Events => "events.rate",
            Self::Errors => "errors.rate",
            Self::Lost => "lost.rate",
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Sends | Self::Events => Unit::PerSecond,
            Self::Errors | Self::Lost => Unit::Share,
        }
    }

    /// What a run has of it.
    pub(super) fn of(self, blocks: &RunBlocks) -> &RatioBlocks {
        match self {
            Self::Sends => &blocks.sends,
            Self::Events => &blocks.events,
            Self::Errors => &blocks.errors,
            Self::Lost => &blocks.lost,
        }
    }
}

/// The statistic of this name, where it is compared.
pub(super) fn statistic(name: &str) -> Option<Statistic> {
    STATISTICS.into_iter().find(|statistic| statistic.as_str() == name)
}

/// The metric and statistic of this name, as a threshold would name them.
pub(super) fn latency(figure: &str) -> Result<(String, Statistic), ThresholdError> {
    match Threshold::parse(&format!("{figure} < 1s"))?.measure() {
        Measure::Latency(metric, statistic) => Ok((metric.clone(), *statistic)),
        _ => Err(ThresholdError::Malformed),
    }
}

/// Whether a metric counts from the actual instant and not from the planned one: what such a metric
/// tells leaves out the time that requests wait for their turn.
pub(super) fn is_service(metric: &str) -> bool {
    metric.ends_with(Metric::SERVICE)
}
