//! What a figure must be: `send_to_peer.p99 < 250ms`, `errors.rate < 1%`.

mod parse;

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LatencySummary, Metric, Totals};

pub use parse::ThresholdError;

/// A figure, a comparison and a bound.
///
/// It is shown as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    written: String,
    measure: Measure,
    comparison: Comparison,
    /// In the measure's own unit.
    bound: f64,
}

/// The figure that a threshold is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A statistic of a latency metric, in microseconds.
    Latency(String, Statistic),
    /// How many samples a latency metric has.
    Count(String),
    /// How many there are a second.
    PerSecond(Counted),
    /// Which fraction they are: errors of requests, lost events of expected deliveries, violations
    /// of checks.
    Share(Counted),
    /// Violations of `must` clauses.
    Must,
    /// Violations of `should` clauses.
    Should,
}

/// Statistics of a latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The 99.9th percentile.
    P999,
    /// The mean.
    Mean,
    /// The greatest.
    Max,
}

/// What is counted over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Messages sent.
    Sends,
    /// Events received; as a share, those that were lost.
    Events,
    /// Errors of any layer.
    Errors,
    /// Violations of `must` and `should` clauses.
    Violations,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// The figures that thresholds are judged by: a scenario's, or a whole run's.
pub trait Figures {
    /// What was measured under a metric's name, such as `send_to_ack`, `rtt.send.service` or the
    /// `rtt.probe` of a call's own metric; `None` without samples.
    fn latency(&self, metric: &str) -> Option<LatencySummary>;
    /// What was counted.
    fn totals(&self) -> &Totals;
    /// Errors of all layers.
    fn errors(&self) -> u64;
    /// How often any clause was checked.
    fn checks(&self) -> u64;
    /// How long it took.
    fn elapsed(&self) -> Duration;
}

impl Threshold {
    /// The figure that it is about. A threshold takes the place of another one of the same figure.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// What the figure is compared with, in its own unit: microseconds, a number a second, a fraction
    /// or a count.
    pub fn bound(&self) -> f64 {
        self.bound
    }

    /// Whether a value of the figure, in its own unit, is as it must be.
    pub fn is_met_by(&self, value: f64) -> bool {
        self.comparison.holds(value, self.bound)
    }

    /// The same for one of so many who share evenly what it is about: of a number a second, and of a
    /// count, the bound of each is its part; a share and a latency are the same for each as for all.
    #[must_use]
    pub fn share_of(&self, count: u32) -> Self {
        let is_shared = match self.measure {
            Measure::Latency(..) | Measure::Share(_) => false,
            Measure::Count(_) | Measure::PerSecond(_) | Measure::Must | Measure::Should => true,
        };
        if count <= 1 || !is_shared {
            return self.clone();
        }
        let bound = self.bound / f64::from(count);
        let part = self.with_unit(bound);
        Self {
            written: format!("{}, {part} for one of {count}", self.written),
            bound,
            ..self.clone()
        }
    }

    /// A value of the figure with its unit: `84.4ms`, `12.5/s`, `0.25 %`, `3`.
    pub fn with_unit(&self, value: f64) -> String {
        match self.measure {
            Measure::Latency(..) => {
                let read = Duration::try_from_secs_f64(value / 1e6);
                read.map_or_else(|_| value.to_string(), |read| format!("{read:?}"))
            }
            Measure::PerSecond(_) => format!("{}/s", short(value)),
            Measure::Share(_) => format!("{} %", short(value * 100.0)),
            Measure::Count(_) | Measure::Must | Measure::Should => short(value),
        }
    }

    /// The figure's value (microseconds, a number a second, a fraction or a count; `None` without
    /// samples), and whether it is as it must be. Without samples it is not.
    pub fn evaluate(&self, figures: &impl Figures) -> (Option<f64>, bool) {
        let value = self.measure.value(figures);
        let is_met = value.is_some_and(|value| self.is_met_by(value));
        (value, is_met)
    }
}

/// At most three digits behind the point, and none that say nothing.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl Measure {
    /// The name of the latency metric, where it is one's.
    pub fn metric(&self) -> Option<&str> {
        match self {
            Self::Latency(metric, _) | Self::Count(metric) => Some(metric),
            Self::PerSecond(_) | Self::Share(_) | Self::Must | Self::Should => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no run counts up to 2^53")]
    fn value(&self, figures: &impl Figures) -> Option<f64> {
        let totals = figures.totals();
        let judged = |count: u64| (figures.checks() > 0).then_some(count as f64);
        match self {
            Self::Latency(metric, statistic) => {
                Some(statistic.of(&figures.latency(metric)?) as f64)
            }
            Self::Count(metric) => Some(figures.latency(metric)?.count as f64),
            Self::PerSecond(counted) => {
                let seconds = figures.elapsed().as_secs_f64();
                (seconds > 0.0).then(|| counted.count(figures) as f64 / seconds)
            }
            Self::Share(counted) => {
                let (part, whole) = match counted {
                    Counted::Events => (totals.lost, totals.deliveries_expected),
                    Counted::Violations => (counted.count(figures), figures.checks()),
                    Counted::Errors | Counted::Sends => (counted.count(figures), totals.requests),
                };
                (whole > 0).then(|| part as f64 / whole as f64)
            }
            Self::Must => judged(totals.findings.must),
            Self::Should => judged(totals.findings.should),
        }
    }
}

impl Statistic {
    const NAMES: [(&str, Self); 7] = [
        ("p50", Self::P50),
        ("p90", Self::P90),
        ("p95", Self::P95),
        ("p99", Self::P99),
        ("p999", Self::P999),
        ("mean", Self::Mean),
        ("max", Self::Max),
    ];

    /// The statistic as it is written in a threshold: `p999`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p999",
            Self::Mean => "mean",
            Self::Max => "max",
        }
    }

    fn of(self, summary: &LatencySummary) -> u64 {
        match self {
            Self::P50 => summary.p50_us,
            Self::P90 => summary.p90_us,
            Self::P95 => summary.p95_us,
            Self::P99 => summary.p99_us,
            Self::P999 => summary.p999_us,
            Self::Mean => summary.mean_us,
            Self::Max => summary.max_us,
        }
    }
}

impl Counted {
    const NAMES: [(&str, Self); 4] = [
        ("sends", Self::Sends),
        ("events", Self::Events),
        ("errors", Self::Errors),
        ("violations", Self::Violations),
    ];

    fn count(self, figures: &impl Figures) -> u64 {
        let totals = figures.totals();
        match self {
            Self::Sends => totals.sends,
            Self::Events => totals.events,
            Self::Errors => figures.errors(),
            Self::Violations => totals.findings.must + totals.findings.should,
        }
    }
}

impl Comparison {
    /// The longer signs first: one of them begins with another one.
    const SIGNS: [(&str, Self); 5] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    #[expect(clippy::float_cmp, reason = "`==` is about counts, which are exact")]
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
            Self::Equal => value == bound,
        }
    }
}

/// Whether a latency metric can have this name. Those of a scenario's own calls are `rtt.` and a
/// word.
fn is_metric(name: &str) -> bool {
    let name = name.strip_suffix(Metric::SERVICE).unwrap_or(name);
    let word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    Metric::parse(name).is_some() || name.strip_prefix("rtt.").is_some_and(word)
}

#[cfg(test)]
mod tests;
