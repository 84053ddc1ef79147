//! How the samples of a latency are spread: what percentile curves and bars are drawn from.

use std::collections::BTreeMap;

use super::Latency;

/// Steps a curve takes for each halving of the distance to the greatest sample.
const STEPS_PER_HALVING: u32 = 5;

/// Bars for each tenfold of microseconds.
const BARS_PER_DECADE: f64 = 20.0;

/// How samples are spread. A hundred points or so, whatever the number of samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// The percentile curve, ascending; the last point is the greatest sample, at 1.
    pub curve: Vec<Quantile>,
    /// Samples by their size, ascending; bars without samples are left out.
    pub bars: Vec<Bar>,
}

/// A point of a percentile curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// Which share of the samples, from 0 to 1, does not exceed it.
    pub share: f64,
    /// Microseconds.
    pub us: u64,
}

/// Samples of about the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// They are at least this, in microseconds.
    pub from_us: u64,
    /// And below this.
    pub to_us: u64,
    /// How many.
    pub count: u64,
}

impl Distribution {
    /// Of a latency; empty without samples.
    pub fn of(latency: &Latency) -> Self {
        let Some(summary) = latency.summary() else { return Self::default() };
        let histogram = latency.histogram();
        // A bucket's upper edge may lie beyond the greatest sample.
        let curve = histogram.iter_quantiles(STEPS_PER_HALVING).map(|step| Quantile {
            share: step.quantile(),
            us: step.value_iterated_to().clamp(summary.min_us, summary.max_us),
        });
        let mut bars = BTreeMap::new();
        for step in histogram.iter_recorded() {
            *bars.entry(bar_of(step.value_iterated_to())).or_default() += step.count_at_value();
        }
        let bars = bars.into_iter();
        let bars = bars.map(|(nth, count)| Bar { from_us: edge(nth), to_us: edge(nth + 1), count });
        Self { curve: curve.collect(), bars: bars.collect() }
    }
}

fn bar_of(us: u64) -> i32 {
    // At most 180: ten minutes.
    ((us.max(1) as f64).log10() * BARS_PER_DECADE).floor() as i32
}

/// Where the nth bar begins.
fn edge(nth: i32) -> u64 {
    10_f64.powf(f64::from(nth) / BARS_PER_DECADE).ceil() as u64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(samples: impl IntoIterator<Item = u64>) -> Distribution {
        let mut latency = Latency::new();
        samples.into_iter().for_each(|us| latency.record(Duration::from_micros(us)));
        Distribution::of(&latency)
    }

    #[test]
    fn nothing_is_spread_over_nothing() {
        assert_eq!(of([]), Distribution::default());
    }

    #[test]
    fn bars_hold_every_sample_once_and_do_not_overlap() {
        let spread = of((0..100_000).map(|us| us * 97 % 1_000_003));
        assert_eq!(spread.bars.iter().map(|bar| bar.count).sum::<u64>(), 100_000);
        assert!(spread.bars.is_sorted_by(|one, next| one.to_us <= next.from_us));
        assert!(spread.bars.iter().all(|bar| bar.from_us < bar.to_us || bar.to_us <= 2));
    }

    #[test]
    fn the_curve_rises_to_the_greatest_sample() {
        let Distribution { curve, .. } = of(1..=1_000);
        assert!(curve.is_sorted_by(|one, next| one.share <= next.share && one.us <= next.us));
        assert_eq!(curve.last(), Some(&Quantile { share: 1.0, us: 1_000 }));
        let median = curve.iter().find(|point| point.share >= 0.5).unwrap();
        assert_eq!(median.us, 500);
    }

    #[test]
    fn a_million_samples_make_no_more_points_than_a_page_can_hold() {
        let spread = of((0..1_000_000).map(|nth| nth % 600_000 * 1_000));
        assert!(spread.curve.len() < 200 && spread.bars.len() < 200);
    }
}
