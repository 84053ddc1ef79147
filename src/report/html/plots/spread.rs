//! How the samples of each metric are spread: percentile curves and bars, as columns.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::metrics::Distribution;
use crate::run::RunRecord;

/// As many metrics are drawn; a scenario may name any number of them.
pub(in crate::report::html) const MOST_METRICS: usize = 48;

/// How the samples of a metric are spread.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    /// Of the percentile curve: of how many samples one is greater, which is 1 at the least sample, 2
    /// at the median, 100 at the 99th percentile.
    one_in: Vec<Odds>,
    /// Of the percentile curve: microseconds.
    us: Vec<u64>,
    /// Of the bars: from how many microseconds on.
    from: Vec<u64>,
    /// Of the bars: below how many.
    to: Vec<u64>,
    /// Of the bars: how many samples.
    count: Vec<u64>,
}

/// Of each metric that is drawn.
pub(super) fn spreads(record: &RunRecord) -> BTreeMap<&str, Spread> {
    let drawn = drawn(record).into_iter();
    drawn.map(|(name, distribution)| (name, Spread::of(distribution))).collect()
}

/// The metrics that are drawn, those with the most samples first.
pub(super) fn drawn(record: &RunRecord) -> Vec<(&str, &Distribution)> {
    let metrics = record.distributions.iter();
    let mut metrics: Vec<_> = metrics.map(|(name, one)| (name.as_str(), one)).collect();
    metrics.sort_by_key(|(_, distribution)| Reverse(samples(distribution)));
    metrics.truncate(MOST_METRICS);
    metrics
}

impl Spread {
    fn of(distribution: &Distribution) -> Self {
        let Distribution { curve, bars } = distribution;
        // Nothing is greater than the greatest sample: it stands where one in all samples would be.
        let all = samples(distribution) as f64;
        let one_in = curve.iter().scan(1.0_f64, |last, point| {
            let odds = if point.share < 1.0 { 1.0 / (1.0 - point.share) } else { all };
            *last = last.max(odds);
            Some(Odds(*last))
        });
        Self {
            one_in: one_in.collect(),
            us: curve.iter().map(|point| point.us).collect(),
            from: bars.iter().map(|bar| bar.from_us).collect(),
            to: bars.iter().map(|bar| bar.to_us).collect(),
            count: bars.iter().map(|bar| bar.count).collect(),
        }
    }
}

fn samples(distribution: &Distribution) -> u64 {
    distribution.bars.iter().map(|bar| bar.count).fold(0, u64::saturating_add)
}

/// One in so many; written to a thousandth, and whole from a thousand on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Odds(f64);

impl Serialize for Odds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 >= 1_000.0 {
            return to.serialize_u64(self.0.round() as u64);
        }
        to.serialize_f64((self.0 * 1_000.0).round() / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::metrics::{Bar, Quantile};

    use super::*;

    #[track_caller]
    fn check(shares: &[f64], samples: u64, expected: &str) {
        let point = |share: &f64| Quantile { share: *share, us: 7 };
        let spread = Spread::of(&Distribution {
            curve: shares.iter().map(point).collect(),
            bars: vec![Bar { from_us: 7, to_us: 8, count: samples }],
        });
        assert_eq!(serde_json::to_string(&spread.one_in).unwrap(), expected);
    }

    #[test]
    fn a_share_is_told_as_one_in_so_many() {
        check(&[0.0, 0.5, 0.9, 0.99, 0.9999, 1.0], 50_000, "[1.0,2.0,10.0,100.0,10000,50000]");
    }

    #[test]
    fn the_greatest_sample_never_lies_before_another_one() {
        check(&[0.0, 0.99, 1.0], 10, "[1.0,100.0,100.0]");
        check(&[1.0], 1, "[1.0]");
        check(&[], 0, "[]");
    }
}
