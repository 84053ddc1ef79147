//! By how much a shard began later than the first one.

use std::time::Duration;

use jiff::Timestamp;

/// By how much a shard began later than the first one, by the clocks of both. It moves instants exactly,
/// and what is kept second by second by whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    time: Duration,
}

impl Offset {
    /// That of a shard; none where it did not begin later.
    pub fn between(first: Timestamp, began: Timestamp) -> Self {
        let micros = began.as_microsecond().saturating_sub(first.as_microsecond());
        Self { time: Duration::from_micros(micros.try_into().unwrap_or_default()) }
    }

    /// For instants.
    pub fn time(self) -> Duration {
        self.time
    }

    /// For seconds: to the nearest.
    pub fn seconds(self) -> u64 {
        self.time.saturating_add(Duration::from_millis(500)).as_secs()
    }

    /// For instants in microseconds.
    pub(super) fn micros(self) -> u64 {
        u64::try_from(self.time.as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(began: &str, micros: u64, seconds: u64) {
        let first = "2026-03-02T18:30:00.25Z".parse().expect("it is an instant");
        let offset = Offset::between(first, began.parse().expect("it is an instant"));
        assert_eq!((offset.micros(), offset.seconds()), (micros, seconds), "{began}");
    }

    #[test]
    fn seconds_are_the_nearest_whole_ones() {
        check("2026-03-02T18:30:00.25Z", 0, 0);
        check("2026-03-02T18:30:00.749999Z", 499_999, 0);
        check("2026-03-02T18:30:00.75Z", 500_000, 1);
        check("2026-03-02T18:31:01Z", 60_750_000, 61);
        check("2026-03-02T18:29:00Z", 0, 0);
    }
}
