//! One latency metric: an HDR histogram with exact edges beside it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::Counts;
use super::kept::KeptLatency;

/// Ten minutes: what lies above counts as overflow.
pub(super) const HIGHEST_US: u64 = 600_000_000;

/// What a new histogram takes without growing: 131 ms in 64 KiB. The whole range needs 160 KiB.
const FIRST_ROOM_US: u64 = (1 << 17) - 1;

/// Three significant digits: a percentile is off by a thousandth at most.
pub(super) const DIGITS: u8 = 3;

/// Durations of one kind, in microseconds. Merging any parts in any order gives the same numbers
/// as recording into one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "KeptLatency", into = "KeptLatency")]
pub struct Latency {
    histogram: Histogram<u64>,
    min_us: u64,
    max_us: u64,
    sum_us: u64,
    overflow: u64,
}

/// What reports show of a [`Latency`]. Count, min, mean and max are exact; percentiles have three
/// significant digits and lie within min and max. Of what overflowed they know ten minutes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LatencySummary {
    /// How many samples.
    pub count: u64,
    /// The least.
    pub min_us: u64,
    /// The mean.
    pub mean_us: u64,
    /// The median.
    pub p50_us: u64,
    /// The 90th percentile.
    pub p90_us: u64,
    /// The 95th percentile.
    pub p95_us: u64,
    /// The 99th percentile.
    pub p99_us: u64,
    /// The 99.9th percentile.
    pub p999_us: u64,
    /// The greatest.
    pub max_us: u64,
    /// How many samples were above ten minutes; left out where there were none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub overflow: u64,
}

impl Latency {
    /// One without samples.
    pub fn new() -> Self {
        let mut histogram = Histogram::new_with_bounds(1, FIRST_ROOM_US, DIGITS)
            .expect("the bounds are constants that hdrhistogram allows");
        histogram.auto(true);
        Self { histogram, min_us: u64::MAX, max_us: 0, sum_us: 0, overflow: 0 }
    }

    /// Adds samples of which the size is known to a thousandth: so are the edges and the mean then.
    pub fn add_counts(&mut self, counts: &Counts) {
        self.add_counts_up_to(counts, u64::MAX);
    }

    /// As [`Self::add_counts`], where the greatest of them is known, in microseconds.
    pub(super) fn add_counts_up_to(&mut self, counts: &Counts, greatest_us: u64) {
        for step in counts.steps() {
            self.histogram
                .record_n(step.bucket.lowest(), step.count)
                .expect("a histogram that resizes itself takes ten minutes");
            self.sum_us = self.sum_us.saturating_add(step.sum_us());
        }
        if let (Some(first), Some(last)) = (counts.steps().first(), counts.steps().last()) {
            self.min_us = self.min_us.min(first.bucket.lowest());
            let greatest_us = greatest_us.clamp(last.bucket.lowest(), last.bucket.highest());
            self.max_us = self.max_us.max(greatest_us);
        }
    }

    /// The same samples with exact edges and mean, of a summary of them.
    pub fn with_edges_of(self, summary: &LatencySummary) -> Self {
        let LatencySummary { min_us, max_us, mean_us, overflow, .. } = *summary;
        let sum_us = mean_us.saturating_mul(self.count());
        self.with_edges((min_us, max_us.max(min_us)), sum_us, overflow)
    }

    /// The same samples with exact edges and sum, in microseconds, and so many above ten minutes.
    pub(super) fn with_edges(
        self,
        (min_us, max_us): (u64, u64),
        sum_us: u64,
        overflow: u64,
    ) -> Self {
        Self { min_us, max_us, sum_us, overflow, ..self }
    }

    /// Counts one duration. Above ten minutes it stands in the histogram as ten minutes, in
    /// overflow, and as itself in mean and max.
    pub fn record(&mut self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.min_us = self.min_us.min(us);
        self.max_us = self.max_us.max(us);
        self.sum_us = self.sum_us.saturating_add(us);
        self.overflow += u64::from(us > HIGHEST_US);
        self.histogram
            .record(us.min(HIGHEST_US))
            .expect("a histogram that resizes itself takes ten minutes");
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        self.min_us = self.min_us.min(other.min_us);
        self.max_us = self.max_us.max(other.max_us);
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
        self.overflow += other.overflow;
        self.histogram
            .add(&other.histogram)
            .expect("a histogram that resizes itself takes ten minutes");
    }

    /// How many samples, overflow included.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// How many samples were above ten minutes.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }

    /// The duration that a share of the samples, from 0 to 1, does not exceed; `None` without
    /// samples.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.quantile_us(share)))
    }

    /// What reports show; `None` without samples.
    pub fn summary(&self) -> Option<LatencySummary> {
        let count = self.count();
        (count > 0).then(|| LatencySummary {
            count,
            min_us: self.min_us,
            mean_us: self.sum_us / count,
            p50_us: self.quantile_us(0.5),
            p90_us: self.quantile_us(0.9),
            p95_us: self.quantile_us(0.95),
            p99_us: self.quantile_us(0.99),
            p999_us: self.quantile_us(0.999),
            max_us: self.max_us,
            overflow: self.overflow,
        })
    }

    /// How many samples lie in each bucket: up to the first edge, from there up to the second, and in
    /// the end those above the last. Edges ascend, in microseconds; what lies near one is told apart
    /// to three significant digits.
    pub fn counts_between(&self, edges_us: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; edges_us.len() + 1];
        for step in self.histogram.iter_recorded() {
            let us = self.histogram.lowest_equivalent(step.value_iterated_to());
            counts[edges_us.partition_point(|edge| *edge < us)] += step.count_at_value();
        }
        counts
    }

    /// All samples together, those above ten minutes at their true length.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_us)
    }

    /// The same in microseconds.
    pub(super) fn sum_us(&self) -> u64 {
        self.sum_us
    }

    /// The samples themselves, those above ten minutes as ten minutes.
    pub(super) fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// The least and the greatest, in microseconds; the first is above the second without samples.
    pub(super) fn edges_us(&self) -> (u64, u64) {
        (self.min_us, self.max_us)
    }

    /// A bucket's upper edge, which may lie beyond the greatest sample: hence the clamp.
    fn quantile_us(&self, share: f64) -> u64 {
        self.histogram.value_at_quantile(share).clamp(self.min_us, self.max_us)
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(samples: &[u64]) -> Latency {
        let mut latency = Latency::new();
        for us in samples {
            latency.record(Duration::from_micros(*us));
        }
        latency
    }

    #[track_caller]
    fn check(samples: &[u64], expected: Option<LatencySummary>) {
        assert_eq!(of(samples).summary(), expected);
    }

    fn same(us: u64, count: u64) -> LatencySummary {
        LatencySummary {
            count,
            min_us: us,
            mean_us: us,
            p50_us: us,
            p90_us: us,
            p95_us: us,
            p99_us: us,
            p999_us: us,
            max_us: us,
            overflow: if us > HIGHEST_US { count } else { 0 },
        }
    }

    #[test]
    fn without_samples_there_is_no_summary() {
        check(&[], None);
        assert_eq!(Latency::new().quantile(0.5), None);
    }

    #[test]
    fn equal_samples_are_told_exactly_however_large() {
        for us in [0, 1, 999, 123_457, HIGHEST_US, HIGHEST_US + 1, u64::MAX / 4] {
            check(&[us; 3], Some(same(us, 3)));
        }
    }

    #[test]
    fn percentiles_are_those_of_the_ranks() {
        let samples: Vec<u64> = (1..=1000).collect();
        let expected = LatencySummary {
            count: 1000,
            min_us: 1,
            mean_us: 500,
            p50_us: 500,
            p90_us: 900,
            p95_us: 950,
            p99_us: 990,
            p999_us: 999,
            max_us: 1000,
            overflow: 0,
        };
        check(&samples, Some(expected));
    }

    #[test]
    fn what_is_beyond_ten_minutes_stands_in_overflow_count_and_max() {
        let latency = of(&[1, HIGHEST_US, HIGHEST_US + 5]);
        assert_eq!((latency.count(), latency.overflow()), (3, 1));
        let summary = latency.summary().unwrap();
        assert_eq!((summary.max_us, summary.overflow), (HIGHEST_US + 5, 1));
        let told = serde_json::to_string(&summary).unwrap();
        assert!(told.ends_with(r#""max_us":600000005,"overflow":1}"#), "{told}");
    }

    #[test]
    fn a_duration_without_end_is_counted_without_a_panic() {
        let mut latency = Latency::new();
        latency.record(Duration::MAX);
        latency.record(Duration::MAX);
        assert_eq!((latency.count(), latency.overflow()), (2, 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn merged_parts_equal_the_whole(
            parts in proptest::collection::vec(
                proptest::collection::vec(
                    prop_oneof![0..3_000_u64, 0..200_000_u64, 0..700_000_000_u64],
                    0..40,
                ),
                0..6,
            ),
        ) {
            let whole = of(&parts.concat());
            let mut forward = Latency::new();
            parts.iter().for_each(|part| forward.add(&of(part)));
            let mut backward = Latency::new();
            parts.iter().rev().for_each(|part| backward.add(&of(part)));
            for merged in [forward, backward] {
                prop_assert_eq!(merged.summary(), whole.summary());
                prop_assert_eq!(merged.overflow(), whole.overflow());
                for share in [0.0, 0.1, 0.25, 0.75, 0.9999, 1.0] {
                    prop_assert_eq!(merged.quantile(share), whole.quantile(share));
                }
            }
        }

        #[test]
        fn a_summary_ascends_and_is_within_a_thousandth(
            samples in proptest::collection::vec(0..600_000_000_u64, 1..100),
        ) {
            let summary = of(&samples).summary().unwrap();
            let ascending = [
                summary.min_us, summary.p50_us, summary.p90_us, summary.p95_us,
                summary.p99_us, summary.p999_us, summary.max_us,
            ];
            prop_assert!(ascending.is_sorted(), "{:?}", summary);
            let mut sorted = samples;
            sorted.sort_unstable();
            let median = sorted[(sorted.len() - 1) / 2];
            prop_assert!(summary.p50_us.abs_diff(median) <= median / 1000 + 1);
        }
    }
}
