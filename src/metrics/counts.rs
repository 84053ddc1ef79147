//! How many samples there are of which size: what an encoded histogram tells, before it is added up.

use super::buckets::Bucket;

/// Samples by their size, ascending; sizes without samples are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    steps: Vec<Step>,
    count: u64,
}

/// Samples that are told apart no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// How large they are.
    pub(super) bucket: Bucket,
    /// How many.
    pub(super) count: u64,
}

impl Step {
    /// What they come to, in microseconds, each in the middle of its bucket. Saturates where the count is
    /// nobody's.
    pub(super) fn sum_us(self) -> u64 {
        self.bucket.lowest().midpoint(self.bucket.highest() + 1).saturating_mul(self.count)
    }
}

/// Which of so many samples, in their order and from 1, a share of them, from 0 to 1, does not exceed.
pub(super) fn rank(share: f64, count: u64) -> u64 {
    ((share * count as f64).ceil() as u64).max(1)
}

impl Counts {
    /// How many samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The microseconds that a share of the samples, from 0 to 1, does not exceed; `None` without
    /// samples.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        let rank = rank(share, self.count);
        let mut below = 0;
        let step = self.steps.iter().find(|step| {
            below += step.count;
            below >= rank
        })?;
        Some(step.bucket.highest())
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.count = 0;
    }

    /// Adds a count of a bucket above those that are there.
    pub(super) fn push(&mut self, bucket: Bucket, count: u64) {
        self.steps.push(Step { bucket, count });
        self.count = self.count.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::metrics::{HistogramDecoder, HistogramEncoder, Latency};

    use super::*;

    #[test]
    fn percentiles_are_those_of_the_latency_that_was_encoded() {
        let mut latency = Latency::new();
        (0..1_000_u64).for_each(|nth| latency.record(Duration::from_micros(nth * nth * 600)));
        let bytes = HistogramEncoder::new().encode(&latency);
        let mut decoder = HistogramDecoder::new();
        let counts = decoder.counts(&bytes).unwrap();
        assert_eq!(counts.count(), 1_000);
        for share in [0.0, 0.001, 0.5, 0.9, 0.999] {
            let expected = u64::try_from(latency.quantile(share).unwrap().as_micros()).unwrap();
            assert_eq!(counts.quantile_us(share), Some(expected), "{share}");
        }
        assert_eq!(Counts::default().quantile_us(0.5), None);
    }
}
