//! Throttling by the gateway: how often, and when it began.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the gateway throttled. Instants are microseconds since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Throttling {
    /// Connects refused with HTTP status 429.
    pub connects: u64,
    /// Requests answered with the gateway's message that there are too many.
    pub requests: u64,
    /// When the first of them was.
    pub first_at_us: u64,
    /// When the last of them was.
    pub last_at_us: u64,
}

impl Throttling {
    /// A connect that was throttled at this instant.
    pub fn connect(at: Duration) -> Self {
        Self { connects: 1, ..Self::nothing(at) }
    }

    /// A request that was throttled at this instant.
    pub fn request(at: Duration) -> Self {
        Self { requests: 1, ..Self::nothing(at) }
    }

    /// Adds what was counted elsewhere or later to what was counted, where there is either.
    pub fn add(sum: &mut Option<Self>, other: Option<Self>) {
        let both = sum.zip(other).map(|(one, other)| Self {
            connects: one.connects + other.connects,
            requests: one.requests + other.requests,
            first_at_us: one.first_at_us.min(other.first_at_us),
            last_at_us: one.last_at_us.max(other.last_at_us),
        });
        *sum = both.or(*sum).or(other);
    }

    /// When it began.
    pub fn first_at(&self) -> Duration {
        Duration::from_micros(self.first_at_us)
    }

    /// When it was noticed last.
    pub fn last_at(&self) -> Duration {
        Duration::from_micros(self.last_at_us)
    }

    fn nothing(at: Duration) -> Self {
        let at_us = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        Self { connects: 0, requests: 0, first_at_us: at_us, last_at_us: at_us }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What adds up of these, in whatever order they come.
    #[track_caller]
    fn check(told: &[Throttling], expected: Option<(u64, u64, u64, u64)>) {
        let sum = |told: &mut dyn Iterator<Item = &Throttling>| {
            let mut sum = None;
            told.for_each(|one| Throttling::add(&mut sum, Some(*one)));
            Throttling::add(&mut sum, None);
            sum.map(|one: Throttling| (one.connects, one.requests, one.first_at_us, one.last_at_us))
        };
        assert_eq!(sum(&mut told.iter()), expected);
        assert_eq!(sum(&mut told.iter().rev()), expected);
    }

    #[test]
    fn it_adds_up_whichever_worker_tells_first() {
        let ms = Duration::from_millis;
        check(&[], None);
        check(&[Throttling::connect(ms(5))], Some((1, 0, 5_000, 5_000)));
        check(
            &[Throttling::request(ms(40)), Throttling::connect(ms(7)), Throttling::request(ms(9))],
            Some((1, 2, 7_000, 40_000)),
        );
    }
}
