//! A token bucket: so many at once, and so many a second from then on.
//!
//! It reads no clock. Start from [`TokenBucket::take`].

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

/// A bucket that is filled at a steady rate. It begins full.
#[derive(Debug)]
pub(super) struct TokenBucket {
    /// The time in which one token comes.
    refill: Duration,
    /// The time in which an empty bucket is filled.
    depth: Duration,
    /// When it is full again; that says how full it is at any instant.
    full_at: Instant,
}

impl TokenBucket {
    /// One that gets `rate` tokens a second and holds `burst` of them.
    pub(super) fn new(rate: NonZeroU32, burst: NonZeroU32, now: Instant) -> Self {
        let refill = Duration::from_secs(1) / rate.get();
        Self { refill, depth: refill * burst.get(), full_at: now }
    }

    /// Takes a token, if one is there.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.take_within(now, Duration::ZERO).is_some()
    }

    /// Takes a token that is there by `patience` from now, and tells when; `None` where none is. Those
    /// who wait get theirs in the order in which they came.
    pub(super) fn take_within(&mut self, now: Instant, patience: Duration) -> Option<Instant> {
        let full_at = self.full_at.max(now) + self.refill;
        let wait = (full_at - now).saturating_sub(self.depth);
        (wait <= patience).then(|| {
            self.full_at = full_at;
            now + wait
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Ten a second and three at once: what comes of those who ask at these milliseconds, each with
    /// this patience.
    #[track_caller]
    fn check(patience: u64, asked_at: &[u64], expected: &[Option<u64>]) {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(n(10), n(3), start);
        let given = asked_at.iter().map(|at| {
            let given_at = bucket.take_within(start + ms(*at), ms(patience))?;
            Some((given_at - start).as_millis() as u64)
        });
        assert_eq!(given.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        check(
            0,
            &[0, 0, 0, 0, 99, 100, 100, 200],
            &[Some(0), Some(0), Some(0), None, None, Some(100), None, Some(200)],
        );
    }

    #[test]
    fn a_bucket_holds_no_more_than_its_burst() {
        let at = 60_000;
        check(0, &[at; 4], &[Some(at), Some(at), Some(at), None]);
    }

    #[test]
    fn those_with_patience_get_theirs_in_turn_and_those_refused_take_none() {
        check(
            150,
            &[0, 0, 0, 0, 0, 100, 100],
            &[Some(0), Some(0), Some(0), Some(100), None, Some(200), None],
        );
    }
}
