//! How a server takes its time: what each request is served for, how many at once, and pauses.
//!
//! All of it is arithmetic on time since the server's start: it reads no clock, and knows nothing of
//! what is served. Start from [`Service`], and from [`Queue`] for when a request leaves.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How a server takes its time, so that a measurement can be held against what is known. The default
/// takes none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Service {
    /// How long each request is served for; `None`: for no longer than the work takes.
    pub time: Option<ServiceTime>,
    /// When the server does nothing.
    pub stall: Option<Stall>,
    /// How many requests are served at once, over all connections; the others wait, first in,
    /// first out. It bounds nothing where service takes no time.
    pub capacity: Option<NonZeroU32>,
}

/// How long a request is served for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ServiceTime {
    /// Each for the same time.
    Constant(Duration),
    /// Evenly spread from the first to the second.
    Uniform(Duration, Duration),
    /// Log-normally: `median * exp(sigma * z)` with a standard normal `z`. The mean is
    /// `median * exp(sigma^2 / 2)`.
    LogNormal {
        /// As many are served for longer as for less.
        median: Duration,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
}

/// From each multiple of a period since its start on, the first one excepted, a server does nothing for
/// a while. Work that was going on goes on afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    every: u64,
    lasts: u64,
}

impl Stall {
    /// `None` unless a stall is over before the next one begins, and lasts at all.
    pub fn new(every: Duration, lasts: Duration) -> Option<Self> {
        let (every, lasts) = (nanos(every), nanos(lasts));
        (0 < lasts && lasts < every).then_some(Self { every, lasts })
    }

    /// How long the server has worked by an instant.
    fn worked_by(self, at: u64) -> u64 {
        let (nth, into) = (at / self.every, at % self.every);
        if nth == 0 { at } else { at - nth * self.lasts + self.lasts.saturating_sub(into) }
    }

    /// When the server has worked for so long and goes on: after a stall, where one begins then.
    fn instant_after(self, worked: u64) -> u64 {
        let Some(beyond) = worked.checked_sub(self.every) else { return worked };
        let between = self.every - self.lasts;
        let nth = 1 + beyond / between;
        nth.saturating_mul(self.every).saturating_add(self.lasts + beyond % between)
    }
}

/// The requests of a server: first in, first out, to as many places as there are.
///
/// ```text
/// w(t)   = t less all time in stalls until t
/// begins = max(w(came), when the first place is free, or 0 without a capacity)
/// leaves = the last t with w(t) = begins + service time
/// ```
#[derive(Debug)]
pub(super) struct Queue {
    service: Service,
    random: StdRng,
    /// When each place that was ever taken is free again, in time worked.
    free_at: BinaryHeap<Reverse<u64>>,
}

impl Queue {
    /// An empty one; the seed feeds the service times.
    pub(super) fn new(service: Service, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self { service, random, free_at: BinaryHeap::new() }
    }

    /// When a request leaves that comes at an instant, which never goes back.
    pub(super) fn take_in(&mut self, came_at: Duration) -> Duration {
        let came = self.worked_by(came_at);
        let begins = self.next_place().map_or(came, |free| free.max(came));
        let done = begins.saturating_add(self.service_time());
        if self.service.capacity.is_some() {
            self.free_at.push(Reverse(done));
        }
        self.instant_after(done)
    }

    /// The instant itself, or the end of the stall that it lies in.
    pub(super) fn awake_at(&self, at: Duration) -> Duration {
        self.instant_after(self.worked_by(at))
    }

    /// Takes the place that is free first; `None` where one is free that was never taken.
    fn next_place(&mut self) -> Option<u64> {
        let places = usize::try_from(self.service.capacity?.get()).unwrap_or(usize::MAX);
        if self.free_at.len() < places {
            return None;
        }
        self.free_at.pop().map(|Reverse(free)| free)
    }

    fn service_time(&mut self) -> u64 {
        match self.service.time {
            None => 0,
            Some(ServiceTime::Constant(time)) => nanos(time),
            Some(ServiceTime::Uniform(shortest, longest)) => {
                let spread = longest.saturating_sub(shortest);
                nanos(shortest.saturating_add(spread.mul_f64(self.share())))
            }
            Some(ServiceTime::LogNormal { median, sigma }) => {
                // Box-Muller: two uniform shares to one normal deviate.
                let (radius, angle) = ((-2.0 * self.share().ln()).sqrt(), self.share());
                let normal = radius * (std::f64::consts::TAU * angle).cos();
                let seconds = median.as_secs_f64() * (sigma * normal).exp();
                nanos(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
        }
    }

    /// A share above 0, up to 1.
    fn share(&mut self) -> f64 {
        1.0 - self.random.random::<f64>()
    }

    fn worked_by(&self, at: Duration) -> u64 {
        self.service.stall.map_or(nanos(at), |stall| stall.worked_by(nanos(at)))
    }

    fn instant_after(&self, worked: u64) -> Duration {
        let at = self.service.stall.map_or(worked, |stall| stall.instant_after(worked));
        Duration::from_nanos(at)
    }
}

/// Nanoseconds; beyond five hundred years, as many as there are.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
