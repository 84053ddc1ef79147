//! What was measured in consecutive stretches of a run, kept apart so that it can be drawn anew.

mod stretches;
mod tally;

use std::borrow::Cow;

use super::buckets::Bucket;
use super::counts::rank;
use super::{Counts, Latency, Statistic};
use stretches::{Stretches, Sum};
use tally::OpenTally;

pub(super) use stretches::MOST;
pub(super) use tally::Tally;

/// The samples of one latency metric of one run, in blocks of consecutive seconds: at most 60, so that
/// they are longer where the run is. Counts and percentiles are those of one [`Latency`] of all of them.
#[derive(Clone, Debug)]
pub struct Blocks {
    closed: Stretches<Tally>,
    /// The newest block's samples.
    open: OpenTally,
    edges_us: (u64, u64),
    count: u64,
}

/// Something counted and what it is a part of, of one run, in blocks of consecutive seconds: errors and
/// requests, sends and seconds. There are at most 60 blocks.
#[derive(Clone, Debug)]
pub struct Ratios {
    each: Stretches<Quotient>,
}

/// A part and its whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quotient {
    pub(super) part: f64,
    pub(super) whole: f64,
}

impl Blocks {
    /// None yet; so many seconds make a block, and twice as many whenever there would be more than 60.
    pub fn of_seconds(block_s: u64) -> Self {
        let closed = Stretches::of_seconds(block_s);
        Self { closed, open: OpenTally::default(), edges_us: (u64::MAX, 0), count: 0 }
    }

    /// Adds the samples of a second of the run; seconds do not descend. The first block begins with the
    /// first second.
    pub fn add(&mut self, second: u64, latency: &Latency) {
        self.begin(second);
        let counts = latency.histogram().iter_recorded();
        let counts =
            counts.map(|step| (Bucket::of(step.value_iterated_to()).0, step.count_at_value()));
        self.open.add_counts(counts);
        self.open.add_sum(latency.sum().as_micros() as f64);
        let (least, most) = latency.edges_us();
        self.edges_us = (self.edges_us.0.min(least), self.edges_us.1.max(most));
        self.count = self.count.saturating_add(latency.count());
    }

    /// As [`Self::add`], with edges and sum as near as the counts tell them.
    pub fn add_counts(&mut self, second: u64, counts: &Counts) {
        let steps = counts.steps();
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return };
        self.begin(second);
        self.open.add_counts(steps.iter().map(|step| (step.bucket.0, step.count)));
        self.open.add_sum(steps.iter().map(|step| step.sum_us() as f64).sum());
        self.edges_us.0 = self.edges_us.0.min(first.bucket.lowest());
        self.edges_us.1 = self.edges_us.1.max(last.bucket.highest());
        self.count = self.count.saturating_add(counts.count());
    }

    /// All samples together. Count and percentiles are exact, edges and mean within a thousandth.
    pub fn whole(&self) -> Latency {
        let mut sum = OpenTally::default();
        self.tallies().iter().for_each(|tally| sum.add_counts(tally.counts()));
        let mut counts = Counts::default();
        sum.close().counts().for_each(|(bucket, count)| counts.push(Bucket(bucket), count));
        let mut latency = Latency::new();
        latency.add_counts(&counts);
        latency
    }

    /// How many samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many seconds make a block by now.
    pub fn block_s(&self) -> u64 {
        self.closed.seconds()
    }

    /// A statistic of all of them, in microseconds; `None` without samples.
    pub fn statistic(&self, statistic: Statistic) -> Option<f64> {
        statistic_of(std::slice::from_ref(self), statistic)
    }

    /// The blocks with samples, the earliest first.
    pub(super) fn tallies(&self) -> Vec<Cow<'_, Tally>> {
        let mut all: Vec<_> = self.closed.iter().map(Cow::Borrowed).collect();
        if let Some(newest) = all.last_mut() {
            newest.to_mut().add(&self.open.close());
        }
        all.retain(|tally| tally.count() > 0);
        all
    }

    /// The least and the greatest sample, in microseconds.
    pub(super) fn edges_us(&self) -> (u64, u64) {
        self.edges_us
    }

    /// Sees that there is a block that this second belongs to.
    fn begin(&mut self, second: u64) {
        if self.closed.ends_before(second) {
            self.close_newest();
        }
        self.closed.at(second);
    }

    fn close_newest(&mut self) {
        if let Some(newest) = self.closed.newest() {
            newest.add(&self.open.take());
        }
    }
}

/// A statistic of the samples of all runs, in microseconds; `None` without samples.
pub(super) fn statistic_of(runs: &[Blocks], statistic: Statistic) -> Option<f64> {
    let count: u64 = runs.iter().map(Blocks::count).sum();
    if count == 0 {
        return None;
    }
    let (least, most) = edges_of(runs);
    let tallies: Vec<_> = runs.iter().flat_map(Blocks::tallies).collect();
    Some(match share_of(statistic) {
        Some(share) => {
            let rank = rank(share, count);
            let buckets: Vec<u16> = (0..=Bucket::LAST.0).collect();
            let upto =
                |bucket: u16| tallies.iter().map(|tally| tally.upto(Bucket(bucket))).sum::<u64>();
            let at = buckets.partition_point(|bucket| upto(*bucket) < rank);
            Bucket(at as u16).highest().clamp(least, most) as f64
        }
        None if statistic == Statistic::Max => most as f64,
        None => tallies.iter().map(|tally| tally.sum_us()).sum::<f64>() / count as f64,
    })
}

/// The least and the greatest sample of all runs, in microseconds.
pub(super) fn edges_of(runs: &[Blocks]) -> (u64, u64) {
    let edges = runs.iter().map(Blocks::edges_us);
    edges.fold((u64::MAX, 0), |all, one| (all.0.min(one.0), all.1.max(one.1)))
}

/// Which share of the samples a percentile is not exceeded by; `None` where it is no percentile.
pub(super) fn share_of(statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::P50 => Some(0.5),
        Statistic::P90 => Some(0.9),
        Statistic::P95 => Some(0.95),
        Statistic::P99 => Some(0.99),
        Statistic::P999 => Some(0.999),
        Statistic::Mean | Statistic::Max => None,
    }
}

impl Ratios {
    /// None yet; so many seconds make a block, and twice as many whenever there would be more than 60.
    pub fn of_seconds(block_s: u64) -> Self {
        Self { each: Stretches::of_seconds(block_s) }
    }

    /// Adds what a second of the run counted; seconds do not descend. The first block begins with the first
    /// second.
    pub fn add(&mut self, second: u64, part: f64, whole: f64) {
        self.each.at(second).add(&Quotient { part, whole });
    }

    /// How many seconds make a block by now.
    pub fn block_s(&self) -> u64 {
        self.each.seconds()
    }

    /// The part by the whole; `None` where the whole is nothing.
    pub fn value(&self) -> Option<f64> {
        self.total().value()
    }

    /// All blocks together.
    pub(super) fn total(&self) -> Quotient {
        let mut total = Quotient::default();
        self.each.iter().for_each(|one| total.add(one));
        total
    }

    /// The blocks of which there is a whole, the earliest first.
    pub(super) fn quotients(&self) -> impl Iterator<Item = Quotient> {
        self.each.iter().copied().filter(|one| one.whole > 0.0)
    }
}

impl Quotient {
    /// The part by the whole; `None` where the whole is nothing.
    pub(super) fn value(&self) -> Option<f64> {
        (self.whole > 0.0).then(|| self.part / self.whole)
    }
}

impl Sum for Quotient {
    fn add(&mut self, other: &Self) {
        self.part += other.part;
        self.whole += other.whole;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const PERCENTILES: [Statistic; 5] =
        [Statistic::P50, Statistic::P90, Statistic::P95, Statistic::P99, Statistic::P999];

    fn of(samples: &[u64]) -> Latency {
        let mut latency = Latency::new();
        samples.iter().for_each(|us| latency.record(Duration::from_micros(*us)));
        latency
    }

    /// Blocks of runs whose seconds have these samples tell what one latency of all of them tells.
    #[track_caller]
    fn check(runs: &[Vec<(u64, Vec<u64>)>]) {
        let mut whole = Latency::new();
        let mut sides = Vec::new();
        for run in runs {
            let mut blocks = Blocks::of_seconds(2);
            for (second, samples) in run {
                blocks.add(*second, &of(samples));
                whole.add(&of(samples));
            }
            let tallied: u64 = blocks.tallies().iter().map(|tally| tally.count()).sum();
            assert_eq!(tallied, blocks.count());
            assert!(blocks.tallies().len() <= 60);
            sides.push(blocks);
        }
        assert_eq!(sides.iter().map(Blocks::count).sum::<u64>(), whole.count());
        for statistic in PERCENTILES {
            let share = share_of(statistic).unwrap();
            let expected = whole.quantile(share).map(|quantile| quantile.as_micros() as f64);
            assert_eq!(statistic_of(&sides, statistic), expected, "{statistic:?}");
        }
        let summary = whole.summary();
        let most = summary.map(|summary| summary.max_us as f64);
        assert_eq!(statistic_of(&sides, Statistic::Max), most);
        let mean = statistic_of(&sides, Statistic::Mean);
        assert_eq!(mean.map(|mean| mean as u64), summary.map(|summary| summary.mean_us));
    }

    #[test]
    fn blocks_without_samples_are_no_blocks() {
        check(&[]);
        check(&[vec![]]);
        check(&[vec![(0, vec![]), (9, vec![])]]);
        check(&[vec![(7, vec![5])], vec![(0, vec![]), (100, vec![3, 4_000_000])]]);
    }

    #[test]
    fn the_longer_the_run_the_longer_its_blocks() {
        for (seconds, block_s) in [(1, 5), (300, 5), (301, 10), (1_300, 40)] {
            let (mut blocks, mut ratios) = (Blocks::of_seconds(5), Ratios::of_seconds(5));
            for second in 30..30 + seconds {
                blocks.add(second, &of(&[second]));
                ratios.add(second, 1.0, 2.0);
            }
            assert_eq!((blocks.block_s(), ratios.block_s()), (block_s, block_s));
            let n = seconds.div_ceil(block_s) as usize;
            assert_eq!((blocks.tallies().len(), ratios.quotients().count()), (n, n));
            let counts: Vec<_> = blocks.tallies().iter().map(|tally| tally.count()).collect();
            assert!(counts[..n - 1].iter().all(|count| *count == block_s));
            assert_eq!(ratios.value(), Some(0.5));
        }
    }

    #[test]
    fn a_part_of_nothing_is_no_ratio() {
        let mut ratios = Ratios::of_seconds(5);
        assert_eq!(ratios.value(), None);
        ratios.add(3, 1.0, 0.0);
        assert_eq!(ratios.value(), None);
        ratios.add(900, 1.0, 8.0);
        assert_eq!(ratios.value(), Some(0.25));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_blocks_tell_what_their_samples_tell_together(
            runs in proptest::collection::vec(
                proptest::collection::vec(
                    (0..400_u64, proptest::collection::vec(
                        prop_oneof![0..3_000_u64, 0..200_000_u64, 0..600_000_000_u64],
                        0..20,
                    )),
                    0..8,
                ),
                0..4,
            ),
        ) {
            let mut runs = runs;
            runs.iter_mut().for_each(|run| run.sort_by_key(|(second, _)| *second));
            check(&runs);
        }
    }
}
