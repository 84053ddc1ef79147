//! How many samples lie in each bucket, and up to it.

use crate::metrics::buckets::Bucket;

use super::stretches::Sum;

/// The samples of a stretch. Only buckets with samples take room.
#[derive(Clone, Debug, Default)]
pub(in crate::metrics) struct Tally {
    /// Ascending.
    buckets: Vec<u16>,
    /// How many samples lie in each of these and below.
    upto: Vec<u64>,
    sum_us: f64,
}

/// The samples of a stretch that is not over: quick to add to.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenTally {
    /// By bucket.
    counts: Vec<u64>,
    sum_us: f64,
}

impl Tally {
    /// How many samples.
    pub(in crate::metrics) fn count(&self) -> u64 {
        self.upto.last().copied().unwrap_or_default()
    }

    /// All samples together, in microseconds.
    pub(in crate::metrics) fn sum_us(&self) -> f64 {
        self.sum_us
    }

    /// How many samples lie in a bucket and below.
    pub(in crate::metrics) fn upto(&self, bucket: Bucket) -> u64 {
        match self.buckets.partition_point(|one| *one <= bucket.0) {
            0 => 0,
            n => self.upto[n - 1],
        }
    }

    /// The bucket of the sample of a rank, from 1.
    pub(in crate::metrics) fn at_rank(&self, rank: u64) -> Option<Bucket> {
        self.buckets.get(self.upto.partition_point(|upto| *upto < rank)).copied().map(Bucket)
    }

    /// The buckets with samples, ascending, and how many lie in each.
    pub(super) fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let before = std::iter::once(&0).chain(&self.upto);
        let counts = self.upto.iter().zip(before).map(|(upto, before)| upto - before);
        self.buckets.iter().copied().zip(counts)
    }

    /// The buckets with samples, ascending.
    pub(in crate::metrics) fn buckets(&self) -> &[u16] {
        &self.buckets
    }

    fn push(&mut self, bucket: u16, count: u64) {
        self.buckets.push(bucket);
        self.upto.push(self.count().saturating_add(count));
    }
}

impl Sum for Tally {
    fn add(&mut self, other: &Self) {
        if self.buckets.is_empty() {
            self.clone_from(other);
            return;
        }
        let mut open = OpenTally::default();
        open.add_counts(self.counts().chain(other.counts()));
        *self = Self { sum_us: self.sum_us + other.sum_us, ..open.close() };
    }
}

impl OpenTally {
    /// Adds samples by bucket.
    pub(super) fn add_counts(&mut self, counts: impl Iterator<Item = (u16, u64)>) {
        for (bucket, count) in counts {
            let at = usize::from(bucket);
            if self.counts.len() <= at {
                self.counts.resize(at + 1, 0);
            }
            self.counts[at] = self.counts[at].saturating_add(count);
        }
    }

    /// Adds what samples that were added come to, in microseconds.
    pub(super) fn add_sum(&mut self, sum_us: f64) {
        self.sum_us += sum_us;
    }

    /// The samples, as what does not change any more; none are left here.
    pub(super) fn take(&mut self) -> Tally {
        let tally = self.close();
        self.counts.fill(0);
        self.sum_us = 0.0;
        tally
    }

    /// The samples so far.
    pub(super) fn close(&self) -> Tally {
        let mut tally = Tally { sum_us: self.sum_us, ..Tally::default() };
        for (bucket, count) in (0..).zip(&self.counts) {
            if *count > 0 {
                tally.push(bucket, *count);
            }
        }
        tally
    }
}
