//! Reads thresholds.

use jiff::fmt::friendly::SpanParser;
use thiserror::Error;

use crate::metrics::Metric;

use super::{Comparison, Counted, Measure, Statistic, Threshold, is_metric};

/// Why a text is no threshold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ThresholdError {
    /// It has not the three parts.
    #[error(
        "a threshold is written like `send_to_peer.p99 < 250ms`, `errors.rate < 1%` or `violations.must == 0`"
    )]
    Malformed,
    /// `=` alone.
    #[error("`=` compares nothing; did you mean `==`?")]
    SingleEquals,
    /// Nothing is measured under this name.
    #[error("there is no metric `{name}`{}", meant(.near.as_deref()))]
    UnknownMetric {
        /// As it was written.
        name: String,
        /// The name that was probably meant.
        near: Option<String>,
    },
    /// The metric has no such statistic.
    #[error("`{metric}` has no `{name}`; it has {known}")]
    UnknownStatistic {
        /// The metric.
        metric: String,
        /// The statistic as it was written.
        name: String,
        /// What it has.
        known: &'static str,
    },
    /// The bound is of another kind than the figure.
    #[error("`{bound}` is no bound for `{figure}`, which is {wanted}")]
    WrongBound {
        /// Metric and statistic.
        figure: String,
        /// As it was written.
        bound: String,
        /// What it has to be.
        wanted: &'static str,
    },
}

const OF_LATENCIES: &str = "`p50`, `p90`, `p95`, `p99`, `p999`, `mean`, `max` and `count`";
const OF_VIOLATIONS: &str = "`rate`, `must` and `should`";
const OF_COUNTS: &str = "`rate`";
const A_DURATION: &str = "a duration like `250ms`";
const A_NUMBER: &str = "a number";
const A_RATE: &str = "a rate like `100/s`";
const A_RATE_OR_SHARE: &str = "a rate like `100/s` or a share like `1%`";

impl Threshold {
    /// Reads a threshold.
    ///
    /// # Errors
    /// Tells how it would be right.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let written = text.trim();
        let (figure, comparison, bound) = split(written)?;
        let (metric, statistic) = figure.rsplit_once('.').ok_or_else(|| no_metric(figure))?;
        let counted = Counted::NAMES.iter().find(|(name, _)| *name == metric);
        let no_statistic = |known| ThresholdError::UnknownStatistic {
            metric: metric.to_owned(),
            name: statistic.to_owned(),
            known,
        };
        let (measure, bound) = match (counted, statistic) {
            (Some((_, counted)), "rate") => rate(*counted, figure, bound)?,
            (Some((_, Counted::Violations)), "must") => (Measure::Must, number(figure, bound)?),
            (Some((_, Counted::Violations)), "should") => (Measure::Should, number(figure, bound)?),
            (Some((_, Counted::Violations)), _) => return Err(no_statistic(OF_VIOLATIONS)),
            (Some(_), _) => return Err(no_statistic(OF_COUNTS)),
            (None, _) if !is_metric(metric) => return Err(no_metric(metric)),
            (None, "count") => (Measure::Count(metric.to_owned()), number(figure, bound)?),
            (None, _) => {
                let found = Statistic::NAMES.iter().find(|(name, _)| *name == statistic);
                let (_, statistic) = found.ok_or_else(|| no_statistic(OF_LATENCIES))?;
                let bound = micros(bound).ok_or_else(|| wrong(figure, bound, A_DURATION))?;
                (Measure::Latency(metric.to_owned(), *statistic), bound)
            }
        };
        Ok(Self { written: written.to_owned(), measure, comparison, bound })
    }
}

/// The figure, the comparison and the bound.
fn split(text: &str) -> Result<(&str, Comparison, &str), ThresholdError> {
    let at = text.find(['<', '>', '=']).ok_or(ThresholdError::Malformed)?;
    let (figure, rest) = text.split_at(at);
    let sign = Comparison::SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
    let (sign, comparison) = sign.ok_or(ThresholdError::SingleEquals)?;
    let (figure, bound) = (figure.trim(), rest[sign.len()..].trim());
    if figure.is_empty() || bound.is_empty() {
        return Err(ThresholdError::Malformed);
    }
    Ok((figure, *comparison, bound))
}

fn rate(counted: Counted, figure: &str, bound: &str) -> Result<(Measure, f64), ThresholdError> {
    let wanted = if counted == Counted::Sends { A_RATE } else { A_RATE_OR_SHARE };
    let not_read = || wrong(figure, bound, wanted);
    if let Some(share) = bound.strip_suffix('%').filter(|_| counted != Counted::Sends) {
        let percent = decimal(share).ok_or_else(not_read)?;
        return Ok((Measure::Share(counted), percent / 100.0));
    }
    let per_s = bound.strip_suffix("/s").and_then(decimal).ok_or_else(not_read)?;
    Ok((Measure::PerSecond(counted), per_s))
}

fn number(figure: &str, bound: &str) -> Result<f64, ThresholdError> {
    decimal(bound).ok_or_else(|| wrong(figure, bound, A_NUMBER))
}

/// A number without a sign.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| is_plain)
}

fn micros(text: &str) -> Option<f64> {
    if text.contains([':', '-']) {
        return None;
    }
    let duration = SpanParser::new().parse_unsigned_duration(text).ok()?;
    Some(duration.as_secs_f64() * 1e6)
}

fn wrong(figure: &str, bound: &str, wanted: &'static str) -> ThresholdError {
    ThresholdError::WrongBound { figure: figure.to_owned(), bound: bound.to_owned(), wanted }
}

fn no_metric(name: &str) -> ThresholdError {
    let near = Metric::all()
        .map(Metric::name)
        .chain(Counted::NAMES.map(|(name, _)| name))
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= name.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known.to_owned());
    ThresholdError::UnknownMetric { name: name.to_owned(), near }
}

fn meant(near: Option<&str>) -> String {
    near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
