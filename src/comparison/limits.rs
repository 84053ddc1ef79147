//! How much worse figures may be.

use thiserror::Error;

use crate::metrics::{Statistic, Threshold, ThresholdError};

use super::figure::{Figure, Rate, is_service, latency, statistic};
use super::{Limit, Unit};

/// The most that may be asked of a figure of which less is worse: there is nothing below zero.
const WHOLE: f64 = 1.0;

/// How much worse each figure may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    given: Vec<Given>,
}

/// A limit that was asked for.
#[derive(Clone, Debug, PartialEq)]
struct Given {
    what: What,
    limit: Limit,
}

/// What a limit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A statistic of every latency metric.
    Every(Statistic),
    /// One figure.
    One(Figure),
}

/// Why a text is no limit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    /// It has not the two parts.
    #[error(
        "`{0}` is no limit: write it like `p99=10%`, `send_to_peer.p99=5ms` or `errors.rate=0.1%`"
    )]
    Malformed(String),
    /// Nothing is compared under this name.
    #[error(
        "`{text}`: nothing is compared as `{name}`; a limit is on `p50`, `p90`, `p95`, `p99`, `p999` or \
         `mean`, alone or of a metric, or on `sends.rate`, `events.rate`, `errors.rate` or `lost.rate`"
    )]
    UnknownFigure {
        /// As it was written.
        text: String,
        /// What it names.
        name: String,
    },
    /// The metric or its statistic is not known.
    #[error("`{text}`: {source}")]
    UnknownMetric {
        /// As it was written.
        text: String,
        /// What is wrong with it.
        source: ThresholdError,
    },
    /// The bound is of another kind than the figure, or no bound.
    #[error("`{text}`: `{bound}` is no limit of `{name}`: it is {wanted}")]
    WrongBound {
        /// As it was written.
        text: String,
        /// What it is about.
        name: String,
        /// The bound as it was written.
        bound: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A figure has more than one.
    #[error("`{text}`: `{name}` has a limit already: give one of them")]
    Twice {
        /// The later one as it was written.
        text: String,
        /// What it is about.
        name: String,
    },
}

const OF_LATENCIES: &str = "a percentage like `10%`, or a duration like `5ms`";
const OF_RATES: &str = "a percentage below `100%`, like `10%`";
const OF_SHARES: &str = "a number of percentage points, like `0.1%`";

impl Limits {
    /// What holds by default, and in its place what is given: a limit of any latency takes the place of
    /// that of the 99th percentiles, one of a rate that of the rate.
    ///
    /// # Errors
    /// Every mistake.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<LimitError>> {
        let (mut given, mut mistakes): (Vec<Given>, Vec<LimitError>) = Default::default();
        for text in texts {
            match limit(text) {
                Ok(next) if given.iter().any(|known| known.what == next.what) => {
                    mistakes
                        .push(LimitError::Twice { text: text.to_owned(), name: next.what.name() });
                }
                Ok(next) => given.push(next),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if mistakes.is_empty() { Ok(Self { given }) } else { Err(mistakes) }
    }

    /// Whether anything is to be read of a metric: of service times only what a limit names.
    pub fn wants(&self, metric: &str) -> bool {
        !is_service(metric) || self.named().any(|figure| is_of(figure, metric))
    }

    /// How much worse a figure may be; `None` where it is only shown.
    pub(super) fn of(&self, figure: &Figure) -> Option<Limit> {
        let find = |what: &What| self.given.iter().find(|given| given.what == *what);
        let own = find(&What::One(figure.clone()));
        let limit = |given: &Given| given.limit;
        match figure {
            _ if own.is_some() => own.map(limit),
            Figure::Latency(metric, _) if is_service(metric) => None,
            Figure::Latency(_, statistic) if self.has_latencies() => {
                find(&What::Every(*statistic)).map(limit)
            }
            Figure::Latency(_, statistic) => {
                (*statistic == Statistic::P99).then_some(Limit::Relative(0.1))
            }
            Figure::Rate(Rate::Sends | Rate::Events) => Some(Limit::Relative(0.1)),
            Figure::Rate(Rate::Errors | Rate::Lost) => Some(Limit::Absolute(0.001)),
        }
    }

    /// The figures that were named: without samples they fail.
    pub(super) fn named(&self) -> impl Iterator<Item = &Figure> {
        self.given.iter().filter_map(|given| match &given.what {
            What::One(figure) => Some(figure),
            What::Every(_) => None,
        })
    }

    fn has_latencies(&self) -> bool {
        self.given.iter().any(|given| !matches!(given.what, What::One(Figure::Rate(_))))
    }
}

impl What {
    fn name(&self) -> String {
        match self {
            Self::Every(statistic) => statistic.as_str().to_owned(),
            Self::One(figure) => figure.name(),
        }
    }

    fn unit(&self) -> Unit {
        match self {
            Self::Every(_) => Unit::Us,
            Self::One(figure) => figure.unit(),
        }
    }
}

fn is_of(figure: &Figure, metric: &str) -> bool {
    matches!(figure, Figure::Latency(name, _) if name == metric)
}

fn limit(text: &str) -> Result<Given, LimitError> {
    let malformed = || LimitError::Malformed(text.to_owned());
    let (name, bound) = text.split_once('=').ok_or_else(malformed)?;
    let (name, bound) = (name.trim(), bound.trim());
    if name.is_empty() || bound.is_empty() {
        return Err(malformed());
    }
    let what = what(text, name)?;
    let (limit, wanted) = match what.unit() {
        Unit::Us => {
            let share = percent(bound).map(Limit::Relative);
            (share.or_else(|| micros(bound).map(Limit::Absolute)), OF_LATENCIES)
        }
        Unit::PerSecond => {
            let below = percent(bound).filter(|share| *share < WHOLE);
            (below.map(Limit::Relative), OF_RATES)
        }
        Unit::Share => (percent(bound).map(Limit::Absolute), OF_SHARES),
    };
    let limit = limit.ok_or_else(|| LimitError::WrongBound {
        text: text.to_owned(),
        name: name.to_owned(),
        bound: bound.to_owned(),
        wanted,
    })?;
    Ok(Given { what, limit })
}

fn what(text: &str, name: &str) -> Result<What, LimitError> {
    if let Some(rate) = Rate::ALL.into_iter().find(|rate| rate.name() == name) {
        return Ok(What::One(Figure::Rate(rate)));
    }
    if let Some(statistic) = statistic(name) {
        return Ok(What::Every(statistic));
    }
    match latency(name) {
        Ok((metric, known)) if statistic(known.as_str()).is_some() => {
            Ok(What::One(Figure::Latency(metric, known)))
        }
        Err(source @ ThresholdError::UnknownMetric { .. }) if name.contains('.') => {
            Err(LimitError::UnknownMetric { text: text.to_owned(), source })
        }
        // It may be a threshold's all the same.
        Ok(_) | Err(_) => {
            Err(LimitError::UnknownFigure { text: text.to_owned(), name: name.to_owned() })
        }
    }
}

/// The fraction of `10%`.
fn percent(bound: &str) -> Option<f64> {
    let number = bound.strip_suffix('%')?.trim();
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse::<f64>().ok().filter(|_| is_plain).map(|percent| percent / 100.0)
}

/// A duration as thresholds have it, in microseconds.
fn micros(bound: &str) -> Option<f64> {
    Some(Threshold::parse(&format!("connect.p99 < {bound}")).ok()?.bound())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[&str]) -> Result<Limits, Vec<LimitError>> {
        Limits::parse(texts.iter().copied())
    }

    /// What limits say of some figures.
    #[track_caller]
    fn check(texts: &[&str], expected: &[(&str, Option<Limit>)]) {
        let limits = parse(texts).unwrap();
        for (name, limit) in expected {
            let rate = Rate::ALL.into_iter().find(|rate| rate.name() == *name).map(Figure::Rate);
            let figure = rate.unwrap_or_else(|| {
                let (metric, statistic) = latency(name).unwrap();
                Figure::Latency(metric, statistic)
            });
            assert_eq!(limits.of(&figure), *limit, "{texts:?} of {name}");
        }
    }

    #[test]
    fn by_default_p99_and_rates_are_judged() {
        let tenth = Some(Limit::Relative(0.1));
        let points = Some(Limit::Absolute(0.001));
        check(
            &[],
            &[
                ("send_to_peer.p99", tenth),
                ("rtt.probe.p99", tenth),
                ("send_to_peer.p50", None),
                ("send_to_peer.service.p99", None),
                ("sends.rate", tenth),
                ("events.rate", tenth),
                ("errors.rate", points),
                ("lost.rate", points),
            ],
        );
    }

    #[test]
    fn a_limit_of_a_latency_takes_the_place_of_that_of_all_p99() {
        let half = Some(Limit::Relative(0.5));
        check(
            &["p50=50%"],
            &[
                ("connect.p50", half),
                ("connect.p99", None),
                ("sends.rate", Some(Limit::Relative(0.1))),
            ],
        );
        check(
            &["p99=50%", "connect.p99 = 5ms", "rtt.send.service.p90=1%"],
            &[
                ("connect.p99", Some(Limit::Absolute(5_000.0))),
                ("rtt.send.p99", half),
                ("rtt.send.service.p99", None),
                ("rtt.send.service.p90", Some(Limit::Relative(0.01))),
            ],
        );
    }

    #[test]
    fn a_limit_of_a_rate_takes_the_place_of_its_own() {
        check(
            &["errors.rate=2%", "sends.rate=0%"],
            &[
                ("errors.rate", Some(Limit::Absolute(0.02))),
                ("lost.rate", Some(Limit::Absolute(0.001))),
                ("sends.rate", Some(Limit::Relative(0.0))),
                ("connect.p99", Some(Limit::Relative(0.1))),
            ],
        );
    }

    #[test]
    fn of_service_times_only_what_is_named_is_read() {
        let limits = parse(&["rtt.send.service.p99=10%"]).unwrap();
        assert!(limits.wants("rtt.send.service") && limits.wants("rtt.send"));
        assert!(!limits.wants("connect.service"));
    }

    #[track_caller]
    fn check_wrong(texts: &[&str], says: &[&str]) {
        let told = parse(texts).unwrap_err();
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), says.len(), "{told:?}");
        for (told, says) in told.iter().zip(says) {
            assert!(told.contains(says), "does not say {says:?}: {told}");
        }
    }

    #[test]
    fn every_mistake_is_told_with_how_it_would_be_right() {
        check_wrong(&["p99", "=1%", "p99=", ""], &["write it like"; 4]);
        check_wrong(&["p98=1%"], &["nothing is compared as `p98`"]);
        check_wrong(&["connect.max=1%", "connect.count=1%"], &["nothing is compared as"; 2]);
        check_wrong(&["violations.rate=1%", "rate=1%"], &["nothing is compared as"; 2]);
        check_wrong(&["send_to_per.p99=1%"], &["did you mean `send_to_peer`?"]);
        check_wrong(&["send_to_peer.p98=1%"], &["nothing is compared as `send_to_peer.p98`"]);
        check_wrong(&["p99=10", "p99=-1%", "p99=ten%"], &["`10%`, or a duration like `5ms`"; 3]);
        check_wrong(&["sends.rate=5ms", "sends.rate=100%"], &["below `100%`"; 2]);
        check_wrong(&["errors.rate=5ms"], &["percentage points"]);
        check_wrong(&["p99=1%", "p99=2%"], &["`p99` has a limit already"]);
        check_wrong(&["nothing", "p98=1%", "p99=x"], &["`nothing`", "`p98`", "`x`"]);
    }
}
