//! What is drawn anew, blocks or runs, and what a statistic of a draw is.

use std::borrow::Cow;
use std::ops::Range;

use crate::metrics::Statistic;
use crate::metrics::blocks::{Blocks, Quotient, Ratios, Tally, edges_of, share_of};
use crate::metrics::buckets::Bucket;
use crate::metrics::counts::rank;

/// A percentile of a draw is found among so many buckets: where samples lie in more, neighbours are taken
/// together.
const MOST_STEPS: usize = 1024;

/// Blocks or runs, in order, such that a statistic of any number of each is found quickly.
pub(super) enum Units {
    /// A percentile.
    Percentile(Steps),
    /// A mean, or a part by its whole.
    Quotient(Vec<Quotient>),
}

/// How many samples of each unit lie up to each of a few values.
pub(super) struct Steps {
    share: f64,
    /// Ascending, in microseconds.
    values: Vec<f64>,
    /// Of each value in turn, how many samples of each unit do not exceed it.
    upto: Vec<f64>,
    /// All samples of each unit.
    counts: Vec<f64>,
}

impl Units {
    /// The blocks of a side's runs with samples, and which of them are of one run. `None` where such a
    /// statistic cannot be drawn.
    pub(super) fn of_blocks(
        runs: &[Blocks],
        statistic: Statistic,
    ) -> Option<(Self, Vec<Range<usize>>)> {
        let tallies: Vec<Vec<_>> = runs.iter().map(Blocks::tallies).collect();
        let groups = groups(tallies.iter().map(Vec::len));
        let tallies = tallies.concat();
        let units = match share_of(statistic) {
            Some(share) => Self::Percentile(Steps::of(&tallies, share, edges_of(runs))),
            None if statistic == Statistic::Max => return None,
            None => Self::Quotient(tallies.iter().map(|tally| mean(tally)).collect()),
        };
        Some((units, groups))
    }

    /// The same of what was counted.
    pub(super) fn of_ratios(runs: &[Ratios]) -> (Self, Vec<Range<usize>>) {
        let each: Vec<Vec<_>> = runs.iter().map(|run| run.quotients().collect()).collect();
        (Self::Quotient(each.concat()), groups(each.iter().map(Vec::len)))
    }

    /// Each group as one unit: blocks as runs.
    pub(super) fn joined(&self, groups: &[Range<usize>]) -> Self {
        match self {
            Self::Percentile(steps) => Self::Percentile(steps.joined(groups)),
            Self::Quotient(each) => {
                let join = |group: &Range<usize>| {
                    let of = &each[group.clone()];
                    let part = of.iter().map(|one| one.part).sum();
                    Quotient { part, whole: of.iter().map(|one| one.whole).sum() }
                };
                Self::Quotient(groups.iter().map(join).collect())
            }
        }
    }

    /// How many units.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Percentile(steps) => steps.counts.len(),
            Self::Quotient(each) => each.len(),
        }
    }

    /// The statistic where each unit is there so many times. There is one unit at least.
    pub(super) fn statistic(&self, times: &[f64]) -> f64 {
        match self {
            Self::Percentile(steps) => steps.statistic(times),
            Self::Quotient(each) => {
                let part: f64 = each.iter().zip(times).map(|(one, times)| one.part * times).sum();
                let whole: f64 = each.iter().zip(times).map(|(one, times)| one.whole * times).sum();
                part / whole
            }
        }
    }
}

impl Steps {
    fn of(units: &[Cow<'_, Tally>], share: f64, (least, most): (u64, u64)) -> Self {
        let buckets = steps(units, share);
        let value = |bucket: &u16| Bucket(*bucket).highest().clamp(least, most) as f64;
        let upto = buckets
            .iter()
            .flat_map(|bucket| units.iter().map(|unit| unit.upto(Bucket(*bucket)) as f64));
        Self {
            share,
            values: buckets.iter().map(value).collect(),
            upto: upto.collect(),
            counts: units.iter().map(|unit| unit.count() as f64).collect(),
        }
    }

    fn joined(&self, groups: &[Range<usize>]) -> Self {
        let sum = |of: &[f64]| groups.iter().map(|group| of[group.clone()].iter().sum()).collect();
        let upto =
            self.upto.chunks(self.counts.len().max(1)).flat_map(|row| -> Vec<f64> { sum(row) });
        Self {
            share: self.share,
            values: self.values.clone(),
            upto: upto.collect(),
            counts: sum(&self.counts),
        }
    }

    fn statistic(&self, times: &[f64]) -> f64 {
        let units = self.counts.len();
        let rank = (self.share * dot(&self.counts, times)).ceil().max(1.0);
        let (mut low, mut high) = (0, self.values.len() - 1);
        while low < high {
            let middle = usize::midpoint(low, high);
            let upto = dot(&self.upto[middle * units..][..units], times);
            if upto < rank { low = middle + 1 } else { high = middle }
        }
        self.values[low]
    }
}

/// The buckets among which the percentile of any draw lies: it is neither below the least percentile of
/// any unit, nor above the greatest.
fn steps(units: &[Cow<'_, Tally>], share: f64) -> Vec<u16> {
    let percentile =
        |unit: &Cow<'_, Tally>| unit.at_rank(rank(share, unit.count())).map(|bucket| bucket.0);
    let percentiles = || units.iter().filter_map(percentile);
    let (Some(low), Some(high)) = (percentiles().min(), percentiles().max()) else {
        return Vec::new();
    };
    let mut is_used = vec![false; usize::from(high - low) + 1];
    for unit in units {
        let all = unit.buckets();
        let from = all.partition_point(|bucket| *bucket < low);
        let used = all[from..].iter().take_while(|bucket| **bucket <= high);
        used.for_each(|bucket| is_used[usize::from(bucket - low)] = true);
    }
    let used: Vec<u16> = (low..=high).filter(|bucket| is_used[usize::from(bucket - low)]).collect();
    // The last of each few is kept, and with it the greatest.
    let each = used.len().div_ceil(MOST_STEPS).max(1);
    let mut kept: Vec<u16> = used.iter().rev().step_by(each).copied().collect();
    kept.reverse();
    kept
}

fn mean(tally: &Tally) -> Quotient {
    Quotient { part: tally.sum_us(), whole: tally.count() as f64 }
}

/// Which of consecutive units are of the same run; runs without any are left out.
fn groups(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut end = 0;
    let group = lengths.filter(|length| *length > 0).map(|length| {
        let start = end;
        end += length;
        start..end
    });
    group.collect()
}

/// In eight sums beside each other, so that the processor adds several at once.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (lefts, left_rest) = left.as_chunks::<8>();
    let (rights, right_rest) = right.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in lefts.iter().zip(rights) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + rest
}
