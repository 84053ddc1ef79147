//! The buckets of a latency's histogram, by number: exact up to 2 047 microseconds, from there on 1 024 to
//! each doubling.
//!
//! The numbers are those of HdrHistogram with three digits, whose own are not public. Start from [`Bucket`].

use super::latency::HIGHEST_US;

/// As many buckets as tell three digits apart in a doubling.
const TO_A_DOUBLING: u64 = 1 << 10;

/// The number of a bucket: what lies in a greater one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bucket(pub(super) u16);

impl Bucket {
    /// The one of ten minutes, where all that is longer is counted too.
    pub(super) const LAST: Self = Self::of(HIGHEST_US);

    /// Where a duration in microseconds is counted.
    pub(super) const fn of(us: u64) -> Self {
        let us = if us > HIGHEST_US { HIGHEST_US } else { us };
        let shift =
            u64::BITS - (us | TO_A_DOUBLING).leading_zeros() - 1 - TO_A_DOUBLING.trailing_zeros();
        // At most 20 600 or so, at ten minutes.
        Self((shift as u64 * TO_A_DOUBLING + (us >> shift)) as u16)
    }

    /// The least that is counted here, in microseconds.
    pub(super) const fn lowest(self) -> u64 {
        let no = self.0 as u64;
        (no - self.shift() * TO_A_DOUBLING) << self.shift()
    }

    /// The greatest that is counted here, in microseconds.
    pub(super) const fn highest(self) -> u64 {
        self.lowest() + (1 << self.shift()) - 1
    }

    const fn shift(self) -> u64 {
        (self.0 as u64 / TO_A_DOUBLING).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use crate::metrics::Latency;

    use super::*;

    #[test]
    fn edges_are_those_of_the_histogram() {
        let histogram = Latency::new();
        let histogram = histogram.histogram();
        let mut us = 0;
        while us <= HIGHEST_US {
            let bucket = Bucket::of(us);
            let edges = (bucket.lowest(), bucket.highest());
            assert_eq!(
                edges,
                (histogram.lowest_equivalent(us), histogram.highest_equivalent(us)),
                "{us}"
            );
            assert_eq!(
                Bucket::of(edges.1 + 1).0.min(Bucket::LAST.0),
                (bucket.0 + 1).min(Bucket::LAST.0)
            );
            us = edges.1 + 1;
        }
        assert_eq!(Bucket::of(u64::MAX), Bucket::LAST);
    }
}
