//! An instant of a run, in half the space of a `Duration`.
//!
//! It knows nothing of what happened then.
//! Start from [`Moment`].

use std::num::NonZeroU64;
use std::time::Duration;

/// An instant since the run's zero, in nanoseconds; one after 584 years is taken for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(
    /// One more than the nanoseconds, so that an optional one takes no more space.
    NonZeroU64,
);

impl From<Duration> for Moment {
    fn from(at: Duration) -> Self {
        Self(NonZeroU64::MIN.saturating_add(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl From<Moment> for Duration {
    fn from(at: Moment) -> Self {
        Self::from_nanos(at.0.get() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(at: Duration, expected: Duration) {
        assert_eq!(Duration::from(Moment::from(at)), expected);
    }

    #[test]
    fn an_instant_is_kept_to_the_nanosecond() {
        for nanos in [0, 1, 7_200_000_000_001] {
            check(Duration::from_nanos(nanos), Duration::from_nanos(nanos));
        }
    }

    #[test]
    fn an_instant_in_all_eternity_is_the_last() {
        check(Duration::MAX, Duration::from_nanos(u64::MAX - 1));
    }
}
