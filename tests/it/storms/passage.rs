//! One direction of one stream through the network: what passes, when, and what does not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until};

use super::faults::{End, Way, chance, up_to};
use super::framing::{Framing, Piece};

/// Bytes under way in one direction; a sender that has so many there waits.
const UNDER_WAY: usize = 128 * 1024;

/// Bytes read at once.
const READ: usize = 16 * 1024;

/// What is to happen to one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Troubles {
    pub(super) end: Option<(Instant, End)>,
    /// From when to when nothing passes.
    pub(super) stall: Option<(Instant, Instant)>,
    /// Of both directions.
    pub(super) seeds: [u64; 2],
}

/// A stream that was broken off.
pub(super) struct BrokenOff;

impl Troubles {
    /// From when on nothing passes any more, and no side is told.
    pub(super) fn silent_at(&self) -> Option<Instant> {
        self.end.filter(|(_, end)| *end == End::HalfOpen).map(|(at, _)| at)
    }

    /// When the stream ends for both sides.
    pub(super) fn dropped_at(&self) -> Option<Instant> {
        self.end.filter(|(_, end)| matches!(end, End::Dropped | End::Reset)).map(|(at, _)| at)
    }

    /// Whether the device then finds it reset.
    pub(super) fn is_reset(&self) -> bool {
        self.end.is_some_and(|(_, end)| end == End::Reset)
    }

    /// From when on the next message is broken off in its middle.
    fn torn_at(&self) -> Option<Instant> {
        self.end.filter(|(_, end)| *end == End::MidFrame).map(|(at, _)| at)
    }
}

/// One direction of one stream.
pub(super) struct Passage {
    way: Way,
    draw: StdRng,
    framing: Framing,
    stall: Option<(Instant, Instant)>,
    torn_at: Option<Instant>,
    under_way: BinaryHeap<Reverse<Packet>>,
    bytes_under_way: usize,
    packets: u64,
    /// When the last of what keeps its place arrives.
    last_at: Instant,
    /// When the last of what is no message arrives: no message overtakes it.
    fixed_at: Instant,
}

/// Bytes that arrive together; of those due at once, the earlier ones first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Packet {
    due_at: Instant,
    no: u64,
    bytes: Vec<u8>,
}

impl Passage {
    pub(super) fn new(way: Way, seed: u64, troubles: &Troubles) -> Self {
        Self {
            way,
            draw: StdRng::seed_from_u64(seed),
            framing: Framing::default(),
            stall: troubles.stall,
            torn_at: troubles.torn_at(),
            under_way: BinaryHeap::new(),
            bytes_under_way: 0,
            packets: 0,
            last_at: Instant::now(),
            fixed_at: Instant::now(),
        }
    }

    /// Passes on what comes, until the stream ends; from an instant on, nothing.
    pub(super) async fn pass(
        mut self,
        mut from: ReadHalf<impl AsyncRead>,
        mut to: WriteHalf<impl AsyncWrite>,
        silent_at: Option<Instant>,
    ) -> Result<(), BrokenOff> {
        let mut buffer = vec![0; READ];
        let mut is_open = true;
        let is_silent = || silent_at.is_some_and(|at| at <= Instant::now());
        while is_open || !self.under_way.is_empty() {
            let due_at = self.under_way.peek().map(|Reverse(packet)| packet.due_at);
            let has_room = self.bytes_under_way < UNDER_WAY;
            tokio::select! {
                biased;
                () = sleep_until(due_at.unwrap_or_else(Instant::now)), if due_at.is_some() => {
                    let Some(Reverse(packet)) = self.under_way.pop() else { continue };
                    self.bytes_under_way -= packet.bytes.len();
                    if is_silent() {
                        continue;
                    }
                    if self.torn_at.is_some_and(|at| at <= Instant::now()) {
                        // Whoever is gone already is not told.
                        let _ = to.write_all(&packet.bytes[..packet.bytes.len() / 2]).await;
                        return Err(BrokenOff);
                    }
                    if to.write_all(&packet.bytes).await.is_err() {
                        break;
                    }
                }
                read = from.read(&mut buffer), if is_open && has_room => match read {
                    Ok(length @ 1..) => self.take(&buffer[..length]),
                    _ => is_open = false,
                },
            }
        }
        if is_silent() {
            std::future::pending::<()>().await;
        }
        // The other side may have gone already.
        let _ = to.shutdown().await;
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) {
        for piece in self.framing.read(bytes) {
            match piece {
                Piece::Fixed(bytes) => {
                    self.send(bytes, None);
                    self.fixed_at = self.last_at;
                }
                Piece::Message(bytes) => self.message(bytes),
            }
        }
    }

    fn message(&mut self, bytes: Vec<u8>) {
        let (way, draw) = (self.way, &mut self.draw);
        if chance(draw, way.dropped) {
            return;
        }
        let hold = |draw: &mut _| chance(draw, way.held).then(|| up_to(draw, way.held_for));
        let (first, is_doubled) = (hold(draw), chance(draw, way.doubled));
        let second = is_doubled.then(|| hold(draw));
        if let Some(second) = second {
            self.send(bytes.clone(), second);
        }
        self.send(bytes, first);
    }

    /// Sends a packet on its way, in its place or held back for so long.
    fn send(&mut self, bytes: Vec<u8>, held: Option<Duration>) {
        let way = self.way;
        let width = way.bytes_per_s.map_or(Duration::ZERO, |per_s| {
            Duration::from_secs_f64(bytes.len() as f64 / f64::from(per_s))
        });
        let now = Instant::now();
        let arrives_at = now + way.latency + up_to(&mut self.draw, way.jitter);
        let due_at = match held {
            Some(held) => (arrives_at + held).max(self.fixed_at),
            None => {
                self.last_at = self.after_stall(arrives_at.max(self.last_at) + width);
                self.last_at
            }
        };
        self.packets += 1;
        self.bytes_under_way += bytes.len();
        self.under_way.push(Reverse(Packet { due_at, no: self.packets, bytes }));
    }

    fn after_stall(&self, at: Instant) -> Instant {
        match self.stall {
            Some((from, to)) if (from..to).contains(&at) => to,
            _ => at,
        }
    }
}
