//! What a level is held to: thresholds over the seconds that count.

use crate::capacity::{ObjectiveValue, Quantity};
use crate::metrics::{
    Blocks, Counted, Latency, Measure, Ratios, Resampling, Sample, Statistic, Threshold,
};

use super::seconds::Measured;

/// How likely the truth may lie beyond one given end of an interval: 95 % between both.
const TAIL: f64 = 0.025;

/// What is added where no objective is about errors.
const ON_ERRORS: &str = "errors.rate < 1%";

/// Thresholds that a level is held to.
#[derive(Clone, Debug)]
pub(super) struct Objectives {
    thresholds: Vec<Threshold>,
    seed: u64,
}

impl Objectives {
    /// These, and one on errors where there is none; whether one was added.
    pub(super) fn new(mut thresholds: Vec<Threshold>, seed: u64) -> (Self, bool) {
        let lacks_one = !thresholds.iter().any(Self::is_on_errors);
        if lacks_one {
            thresholds.extend(Threshold::parse(ON_ERRORS));
        }
        (Self { thresholds, seed }, lacks_one)
    }

    /// Whether a threshold is about errors.
    pub(super) fn is_on_errors(threshold: &Threshold) -> bool {
        matches!(
            threshold.measure(),
            Measure::Share(Counted::Errors) | Measure::PerSecond(Counted::Errors)
        )
    }

    /// Why a threshold is of no use for a level; `None` where it is.
    pub(super) fn objection(threshold: &Threshold) -> Option<String> {
        match threshold.measure() {
            Measure::Count(_) => {
                Some("how many samples there are depends on how long a level lasts".to_owned())
            }
            Measure::Share(Counted::Violations) => Some(
                "violations are told by run, not by second; `violations.must` counts them"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Threshold> {
        self.thresholds.iter()
    }

    /// The latency metric that the first of them about one is about.
    pub(super) fn main_metric(&self) -> Option<&str> {
        self.thresholds.iter().find_map(|one| one.measure().metric())
    }

    /// Every latency metric that one of them is about.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.thresholds.iter().filter_map(|one| one.measure().metric())
    }

    /// The longest latency that any of them allows, in seconds.
    pub(super) fn longest_s(&self) -> Option<f64> {
        let of_latency =
            self.thresholds.iter().filter(|one| matches!(one.measure(), Measure::Latency(..)));
        of_latency.map(|one| one.bound() / 1e6).reduce(f64::max)
    }

    /// The share of samples that lies above the strictest percentile: 0.01 of p99.
    pub(super) fn rarest(&self) -> f64 {
        let above = self.thresholds.iter().filter_map(|one| match one.measure() {
            Measure::Latency(_, statistic) => above(*statistic),
            _ => None,
        });
        above.fold(1.0, f64::min)
    }

    /// What each of them comes to over all attempts together.
    pub(super) fn values(&self, attempts: &[&Measured]) -> Vec<ObjectiveValue> {
        let value =
            |one: &Threshold| ObjectiveValue::of(one, self.quantity(one.measure(), attempts));
        self.thresholds.iter().map(value).collect()
    }

    /// A statistic of a latency metric over all attempts together, in microseconds. Of samples that are too
    /// few for an interval, it may be anywhere among them.
    pub(super) fn latency(
        &self,
        metric: &str,
        statistic: Statistic,
        attempts: &[&Measured],
    ) -> Option<Quantity> {
        let blocks: Vec<Blocks> =
            attempts.iter().filter_map(|one| one.blocks(metric).cloned()).collect();
        self.spread(&Sample::Latency(&blocks, statistic)).or_else(|| {
            let mut all = Latency::new();
            attempts.iter().filter_map(|one| one.latency(metric)).for_each(|one| all.add(one));
            anywhere(&all, statistic)
        })
    }

    fn quantity(&self, measure: &Measure, attempts: &[&Measured]) -> Option<Quantity> {
        let sum = |of: fn(&Measured) -> u64| attempts.iter().map(|one| of(one)).sum::<u64>();
        match measure {
            Measure::Latency(metric, statistic) => self.latency(metric, *statistic, attempts),
            Measure::PerSecond(_) | Measure::Share(_) => {
                let ratios: Vec<Ratios> = attempts.iter().map(|one| one.ratios(measure)).collect();
                self.spread(&Sample::Ratio(&ratios))
            }
            Measure::Must => Some(point(sum(|one| one.totals().findings.must) as f64)),
            Measure::Should => Some(point(sum(|one| one.totals().findings.should) as f64)),
            Measure::Count(metric) => {
                let counts = attempts.iter().filter_map(|one| one.latency(metric));
                Some(point(counts.map(Latency::count).sum::<u64>() as f64))
            }
        }
    }

    fn spread(&self, sample: &Sample<'_>) -> Option<Quantity> {
        let resampling = Resampling { seed: self.seed, tail: TAIL, ..Resampling::default() };
        let spread = resampling.interval(sample)?;
        Some(Quantity { value: spread.estimate, low: spread.low, high: spread.high })
    }
}

fn point(value: f64) -> Quantity {
    Quantity { value, low: value, high: value }
}

/// A statistic, from the least to the greatest sample; the greatest one is what it is.
fn anywhere(all: &Latency, statistic: Statistic) -> Option<Quantity> {
    let summary = all.summary()?;
    let value = match above(statistic) {
        Some(above) => all.quantile(1.0 - above)?.as_secs_f64() * 1e6,
        None if statistic == Statistic::Max => return Some(point(summary.max_us as f64)),
        None => summary.mean_us as f64,
    };
    Some(Quantity { value, low: summary.min_us as f64, high: summary.max_us as f64 })
}

/// The share of samples above a percentile; `None` of what is none.
fn above(statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::P50 => Some(0.5),
        Statistic::P90 => Some(0.1),
        Statistic::P95 => Some(0.05),
        Statistic::P99 => Some(0.01),
        Statistic::P999 => Some(0.001),
        Statistic::Mean | Statistic::Max => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(slo: &[&str], expected: (usize, bool, Option<&str>, f64)) {
        let thresholds = slo.iter().map(|text| Threshold::parse(text).unwrap()).collect();
        let (objectives, is_added) = Objectives::new(thresholds, 1);
        let told =
            (objectives.iter().count(), is_added, objectives.main_metric(), objectives.rarest());
        assert_eq!(told, expected, "{slo:?}");
    }

    #[test]
    fn one_on_errors_is_added_where_there_is_none() {
        check(&["rtt.send.p99 < 250ms"], (2, true, Some("rtt.send"), 0.01));
        check(&["errors.rate < 5%"], (1, false, None, 1.0));
        check(
            &["errors.rate < 2/s", "send_to_peer.p999 < 1s", "rtt.send.p50 < 1s"],
            (3, false, Some("send_to_peer"), 0.001),
        );
    }

    #[test]
    fn what_depends_on_the_length_of_a_level_is_no_objective() {
        let objection = |text| Objectives::objection(&Threshold::parse(text).unwrap());
        assert!(objection("rtt.send.count > 100").is_some());
        assert!(objection("violations.rate < 1%").is_some());
        assert!(objection("violations.must == 0").is_none());
    }
}
