//! How long a device that lost its connection waits before it tries again, and for how long it tries.
//!
//! It knows no devices and no clock: numbers come in, times go out. Start from [`wait`].

use std::time::Duration;

use crate::scenario::Backoff;

use super::pace::jitter;

/// How long a device tries at least before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long devices try where none of the run has ever connected: most likely nobody is there.
const FIRST_PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before try `nth`, from 0: any part of a time that doubles with each try, up to the
/// longest ("full jitter"), so that devices that were cut off together do not come back together.
/// `chance` is any number, even over all of them.
pub(super) fn wait(backoff: Backoff, nth: u32, chance: u64) -> Duration {
    let doubled = backoff.shortest.saturating_mul(2_u32.saturating_pow(nth));
    jitter(doubled.min(backoff.longest), chance)
}

/// How long a device tries before it is given up: ten times the longest wait, and a minute at least.
pub(super) fn patience(backoff: Backoff, has_anybody_connected: bool) -> Duration {
    match has_anybody_connected {
        true => backoff.longest.saturating_mul(10).max(PATIENCE),
        false => FIRST_PATIENCE,
    }
}

#[cfg(test)]
mod tests {
    use crate::run::flow::mix;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn backoff(shortest_ms: u64, longest_ms: u64) -> Backoff {
        let [shortest, longest] = [shortest_ms, longest_ms].map(Duration::from_millis);
        Backoff { shortest, longest }
    }

    /// The longest wait before each of the first tries, in milliseconds.
    #[track_caller]
    fn check(backoff: Backoff, expected: &[u64]) {
        for (nth, ms) in (0..).zip(expected) {
            let longest = Duration::from_millis(*ms);
            assert_eq!(wait(backoff, nth, 0), Duration::ZERO);
            let most = wait(backoff, nth, u64::MAX);
            assert!(most < longest && most > longest.mul_f64(0.999), "try {nth}: {most:?}");
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        check(backoff(500, 30_000), &[500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        check(backoff(1_000, 1_000), &[1_000, 1_000, 1_000]);
    }

    #[test]
    fn a_try_beyond_counting_waits_the_longest() {
        assert!(wait(backoff(1, 2_000), u32::MAX, u64::MAX) > SECOND);
    }

    #[test]
    fn those_cut_off_together_come_back_spread_over_the_whole_wait() {
        let waits: Vec<_> =
            (0..1_000).map(|device| wait(backoff(1_000, 1_000), 0, mix(7, device, 1))).collect();
        for tenth in 0..10 {
            let is_in = |wait: &&Duration| wait.as_millis() / 100 == tenth;
            let share = waits.iter().filter(is_in).count();
            assert!((60..140).contains(&share), "{share} of 1000 in tenth {tenth}");
        }
    }

    #[test]
    fn patience_grows_with_the_longest_wait() {
        assert_eq!(patience(backoff(10, 100), true), Duration::from_secs(60));
        assert_eq!(patience(backoff(500, 30_000), true), Duration::from_secs(300));
        assert_eq!(patience(backoff(500, 30_000), false), Duration::from_secs(30));
    }
}
