//! A network in memory between devices and server: frames take their time, and those that do not
//! depend on each other overtake. The same by seed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use deskbell::protocol::{Frame, FrameKind};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex,
    split,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::wire;

/// Bytes that one direction of a stream holds.
const BUFFER: usize = 64 * 1024;

/// Above it, a message of the concierge could be taken for one that a connection is owed that
/// joined after it (EVENT-1 gives it a second).
const SLOWEST: Duration = Duration::from_millis(400);

/// What lies between devices and server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) seed: u64,
    pub(crate) latency: Latency,
    /// What comes later than the rest.
    pub(crate) late: Late,
}

/// How long a frame takes one way; never longer than [`SLOWEST`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Latency {
    Constant(Duration),
    Uniform(Duration, Duration),
    /// Half of the frames take less than the median; a spread of 1 makes one in twenty take five
    /// times as long.
    LogNormal {
        median: Duration,
        spread: f64,
    },
}

/// What a server gets round to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Nothing,
    Responses(Duration),
    Events(Duration),
}

impl Latency {
    fn sample(self, rng: &mut StdRng) -> Duration {
        let sample = match self {
            Self::Constant(time) => time,
            Self::Uniform(least, most) => least + (most - least).mul_f64(rng.random()),
            Self::LogNormal { median, spread } => {
                // Twelve uniform numbers less six are as good as normal.
                let normal = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
                median.mul_f64((spread * normal).exp())
            }
        };
        sample.min(SLOWEST)
    }
}

/// Passes streams on, each over the link. It has to be called within a tokio runtime.
pub(crate) fn between(
    link: Link,
    mut far_ends: mpsc::Receiver<DuplexStream>,
) -> mpsc::Receiver<DuplexStream> {
    let (onward, listener) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut rng = StdRng::seed_from_u64(link.seed);
        while let Some(device) = far_ends.recv().await {
            let (server, far_end) = duplex(BUFFER);
            if onward.send(far_end).await.is_err() {
                return;
            }
            let (from_device, to_device) = split(device);
            let (from_server, to_server) = split(server);
            // What a device sends stays in order, be it frames or an upload.
            let up = Way::new(link, rng.random(), None);
            let down = Way::new(link, rng.random(), Some(wire::Reading::default()));
            tokio::spawn(up.pass(from_device, to_server));
            tokio::spawn(down.pass(from_server, to_device));
        }
    });
    listener
}

/// One direction of one stream.
struct Way {
    link: Link,
    rng: StdRng,
    /// Tells frames apart; `None` where everything stays in order.
    reading: Option<wire::Reading>,
    under_way: BinaryHeap<Reverse<Packet>>,
    /// Packets so far.
    packets: u64,
    last_event_at: Instant,
    last_at: Instant,
    /// Nothing arrives before it any more.
    not_before: Instant,
}

/// Bytes that arrive together; of those due at once, the earlier ones first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Packet {
    due_at: Instant,
    no: u64,
    bytes: Vec<u8>,
}

/// What a packet has to stay behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The events before it.
    Event,
    /// Nothing: it answers a request that was outstanding beside others.
    Response,
    /// All that is under way, and all that comes later stays behind it.
    InOrder,
}

impl Way {
    fn new(link: Link, seed: u64, reading: Option<wire::Reading>) -> Self {
        let now = Instant::now();
        Self {
            link,
            rng: StdRng::seed_from_u64(seed),
            reading,
            under_way: BinaryHeap::new(),
            packets: 0,
            last_event_at: now,
            last_at: now,
            not_before: now,
        }
    }

    async fn pass(
        mut self,
        mut from: ReadHalf<impl AsyncRead>,
        mut to: WriteHalf<impl AsyncWrite>,
    ) {
        let mut buffer = vec![0; BUFFER];
        let mut is_open = true;
        while is_open || !self.under_way.is_empty() {
            let due_at = self.under_way.peek().map(|Reverse(packet)| packet.due_at);
            let due = async {
                match due_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = due => {
                    let Some(Reverse(packet)) = self.under_way.pop() else { continue };
                    if to.write_all(&packet.bytes).await.is_err() {
                        break;
                    }
                }
                read = from.read(&mut buffer), if is_open => match read {
                    Ok(length @ 1..) => self.take(&buffer[..length]),
                    _ => is_open = false,
                },
            }
        }
        // The other side may have gone already.
        let _ = to.shutdown().await;
    }

    fn take(&mut self, bytes: &[u8]) {
        let Some(mut reading) = self.reading.take() else {
            return self.send(Place::InOrder, bytes.to_vec());
        };
        for (bytes, text) in reading.read(bytes) {
            self.send(text.as_deref().map_or(Place::InOrder, place), bytes);
        }
        self.reading = Some(reading);
    }

    fn send(&mut self, place: Place, bytes: Vec<u8>) {
        let late = match (self.link.late, place) {
            (Late::Responses(time), Place::Response) | (Late::Events(time), Place::Event) => time,
            _ => Duration::ZERO,
        };
        let due_at = Instant::now() + self.link.latency.sample(&mut self.rng) + late;
        let due_at = due_at.max(match place {
            Place::Event => self.not_before.max(self.last_event_at),
            Place::Response => self.not_before,
            Place::InOrder => self.last_at,
        });
        match place {
            Place::Event => self.last_event_at = due_at,
            Place::Response => {}
            Place::InOrder => self.not_before = due_at,
        }
        self.last_at = self.last_at.max(due_at);
        self.packets += 1;
        self.under_way.push(Reverse(Packet { due_at, no: self.packets, bytes }));
    }
}

/// A gateway's error and whatever else carries no name stay in order: by their order alone it is
/// told which request they answer.
fn place(text: &str) -> Place {
    match Frame::from_text(text).kind {
        FrameKind::Event { .. } => Place::Event,
        FrameKind::Response { .. } => Place::Response,
        _ => Place::InOrder,
    }
}
