//! Where requests wait to be served, where the server takes its time: when each leaves, how much
//! waits, and how long it took until its answer was written.
//!
//! It knows no texts. Start from [`Station`].

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::Bounds;
use super::service::{Queue, Service};
use super::state::SocketNo;

/// An hour: what took longer stands in the percentiles as an hour.
const HIGHEST_US: u64 = 3_600_000_000;

/// How long requests took, each from when it was read to when its answer was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// How many were answered.
    pub count: u64,
    /// The median, to three digits.
    pub p50: Duration,
    /// The 99th percentile, to three digits.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

/// What all requests of a server wait in.
#[derive(Debug)]
pub(super) struct Station {
    queue: Queue,
    started_at: Instant,
    bounds: Bounds,
    /// By connection, what has not left yet.
    inside: BTreeMap<SocketNo, Inside>,
    /// In microseconds.
    took: Histogram<u64>,
    longest: Duration,
}

/// The requests of one connection that have not left yet.
#[derive(Debug)]
struct Inside {
    requests: usize,
    bytes: usize,
    /// When the last of them leaves.
    until: Instant,
}

impl Station {
    pub(super) fn new(service: Service, seed: u64, started_at: Instant, bounds: Bounds) -> Self {
        Self {
            queue: Queue::new(service, seed),
            started_at,
            bounds,
            inside: BTreeMap::new(),
            took: Histogram::new_with_bounds(1, HIGHEST_US, 3)
                .expect("the bounds are constants that hdrhistogram allows"),
            longest: Duration::ZERO,
        }
    }

    /// Takes in a request of so many bytes, and tells when it leaves; `None` where too much of its
    /// connection waits already, so that it is refused.
    pub(super) fn take_in(
        &mut self,
        socket: SocketNo,
        bytes: usize,
        now: Instant,
    ) -> Option<Instant> {
        let is_over = self.inside.get(&socket).is_some_and(|inside| {
            inside.requests >= self.bounds.queued_frames
                || inside.bytes.saturating_add(bytes) > self.bounds.queued_bytes
        });
        if is_over {
            return None;
        }
        let leaves = self.queue.take_in(now.duration_since(self.started_at));
        let leaves_at = self.started_at.checked_add(leaves)?;
        let inside = self.inside.entry(socket);
        let inside = inside.or_insert(Inside { requests: 0, bytes: 0, until: leaves_at });
        inside.requests += 1;
        inside.bytes += bytes;
        inside.until = inside.until.max(leaves_at);
        Some(leaves_at)
    }

    /// When a client's upgrade leaves, which waits for its turn as a request does.
    pub(super) fn visit(&mut self, now: Instant) -> Option<Instant> {
        let leaves = self.queue.take_in(now.duration_since(self.started_at));
        self.started_at.checked_add(leaves)
    }

    /// A request of so many bytes has left.
    pub(super) fn let_go(&mut self, socket: SocketNo, bytes: usize) {
        let Some(inside) = self.inside.get_mut(&socket) else { return };
        inside.requests -= 1;
        inside.bytes -= bytes;
        if inside.requests == 0 {
            self.inside.remove(&socket);
        }
    }

    /// The instant itself, or the end of the stall that it lies in.
    pub(super) fn awake_at(&self, at: Instant) -> Instant {
        let awake = self.queue.awake_at(at.duration_since(self.started_at));
        self.started_at.checked_add(awake).unwrap_or(at)
    }

    /// When all that a connection asked for has left, and the server is awake.
    pub(super) fn done_with(&self, socket: SocketNo, now: Instant) -> Instant {
        let awake = self.awake_at(now);
        self.inside.get(&socket).map_or(awake, |inside| inside.until.max(awake))
    }

    /// Counts a request whose answer was written.
    pub(super) fn note_answered(&mut self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.took.saturating_record(us);
        self.longest = self.longest.max(took);
    }

    /// What was answered so far.
    pub(super) fn served(&self) -> Served {
        let quantile = |share| {
            // A bucket's upper edge may lie beyond the longest.
            Duration::from_micros(self.took.value_at_quantile(share)).min(self.longest)
        };
        Served {
            count: self.took.len(),
            p50: quantile(0.5),
            p99: quantile(0.99),
            max: self.longest,
        }
    }
}
