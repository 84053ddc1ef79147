//! The faults that a network is to have: plain values, drawn beforehand.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

/// What goes wrong between devices and server, and how often.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Faults {
    /// Feeds what is left to chance of each connection.
    pub(super) seed: u64,
    /// From a device to the server.
    pub(super) up: Way,
    /// From the server to a device.
    pub(super) down: Way,
    /// Of connects, the share that is refused.
    pub(super) refused: f64,
    /// Of connects, the share that is never answered.
    pub(super) unanswered: f64,
    /// Of connections, the share that comes to a bad end, and which ones there are.
    pub(super) ended: f64,
    pub(super) ends: Vec<End>,
    /// How old a connection may get that comes to a bad end.
    pub(super) oldest: Duration,
    /// Of connections, the share that stands still once, and for how long.
    pub(super) stalled: f64,
    pub(super) stall: Duration,
    /// When the server cannot be reached.
    pub(super) outages: Vec<Outage>,
}

/// One direction of every stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Way {
    /// How long a message takes at least.
    pub(super) latency: Duration,
    /// How much longer it may take.
    pub(super) jitter: Duration,
    /// How much passes in a second, where that is bounded.
    pub(super) bytes_per_s: Option<u32>,
    /// Of messages, the share that is lost.
    pub(super) dropped: f64,
    /// Of messages, the share that comes twice.
    pub(super) doubled: f64,
    /// Of messages, the share that is held back while others overtake it, and for how long at most.
    pub(super) held: f64,
    pub(super) held_for: Duration,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Both sides find the stream at its end.
    Dropped,
    /// The device finds it reset.
    Reset,
    /// It is reset in the middle of a message to the device.
    MidFrame,
    /// Neither side finds anything: nothing passes any more.
    HalfOpen,
}

/// A time in which every connect is refused; all connections are cut as it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) at: Duration,
    pub(super) lasts: Duration,
    /// Whether the server begins anew, and knows nothing any more.
    pub(super) forgets: bool,
}

/// The longest way of an honest network. Above, a message of the concierge could be taken for one that a
/// connection is owed that joined after it (EVENT-1 gives it a second).
const HONEST_JITTER: Duration = Duration::from_millis(400);
const HONEST_STALL: Duration = Duration::from_millis(400);

impl Faults {
    /// A network that only takes its time, below every timeout, and breaks: nothing that a server could
    /// be blamed for.
    pub(super) fn honest(draw: &mut StdRng) -> Self {
        let way = |draw: &mut StdRng| Way {
            latency: up_to(draw, Duration::from_millis(700)),
            jitter: up_to(draw, HONEST_JITTER),
            bytes_per_s: chance(draw, 0.2).then(|| draw.random_range(200_000..2_000_000)),
            ..Way::default()
        };
        let breaks = chance(draw, 0.7);
        let is_outage = chance(draw, 0.3);
        let n_outages = if is_outage { draw.random_range(1..4) } else { 0 };
        Self {
            seed: draw.random(),
            up: way(draw),
            down: way(draw),
            refused: if chance(draw, 0.2) { draw.random_range(0.0..0.3) } else { 0.0 },
            unanswered: 0.0,
            ended: if breaks { draw.random_range(0.0..0.6) } else { 0.0 },
            ends: vec![End::Dropped, End::Reset, End::MidFrame],
            oldest: Duration::from_millis(draw.random_range(100..20_000)),
            stalled: if chance(draw, 0.3) { 0.5 } else { 0.0 },
            stall: up_to(draw, HONEST_STALL),
            outages: (0..n_outages).map(|_| Outage::draw(draw, false)).collect(),
        }
    }

    /// A network that does some of what none may do.
    pub(super) fn dishonest(draw: &mut StdRng, misdeeds: &[Misdeed]) -> Self {
        let mut faults = Self::honest(draw);
        for misdeed in misdeeds {
            let share = draw.random_range(0.01..0.1);
            let held_for = Duration::from_secs(1) + up_to(draw, Duration::from_secs(10));
            let (up, down) = (&mut faults.up, &mut faults.down);
            match misdeed {
                Misdeed::LosesRequests => up.dropped = share,
                Misdeed::LosesAnswers => down.dropped = share,
                Misdeed::DoublesRequests => up.doubled = share,
                Misdeed::DoublesAnswers => down.doubled = share,
                Misdeed::HoldsRequests => (up.held, up.held_for) = (share, held_for),
                Misdeed::HoldsAnswers => (down.held, down.held_for) = (share, held_for),
                Misdeed::FallsSilent => {
                    faults.ended = faults.ended.max(share);
                    faults.ends.push(End::HalfOpen);
                    faults.unanswered = share;
                    faults.stalled = share;
                    faults.stall = up_to(draw, Duration::from_secs(20));
                }
                Misdeed::TakesLong => {
                    down.jitter = up_to(draw, Duration::from_secs(2));
                    up.jitter = up_to(draw, Duration::from_secs(2));
                    down.bytes_per_s = Some(draw.random_range(2_000..20_000));
                }
                Misdeed::Forgets => {
                    let outages = (0..draw.random_range(1..3)).map(|_| Outage::draw(draw, true));
                    faults.outages = outages.collect();
                }
            }
        }
        faults
    }
}

/// What a network, or a service behind it, can be blamed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misdeed {
    LosesRequests,
    LosesAnswers,
    DoublesRequests,
    DoublesAnswers,
    HoldsRequests,
    HoldsAnswers,
    FallsSilent,
    TakesLong,
    Forgets,
}

impl Misdeed {
    const ALL: [Self; 9] = [
        Self::LosesRequests,
        Self::LosesAnswers,
        Self::DoublesRequests,
        Self::DoublesAnswers,
        Self::HoldsRequests,
        Self::HoldsAnswers,
        Self::FallsSilent,
        Self::TakesLong,
        Self::Forgets,
    ];

    /// One, or some: what comes of one alone is easily overlooked beside others, and the other way
    /// round.
    pub(super) fn some(draw: &mut StdRng) -> Vec<Self> {
        let first = Self::ALL[draw.random_range(0..Self::ALL.len())];
        let is_alone = chance(draw, 0.6);
        let others = Self::ALL.into_iter().filter(|other| *other != first);
        let others: Vec<_> = others.filter(|_| chance(draw, 0.3)).collect();
        [first].into_iter().chain(others.into_iter().filter(|_| !is_alone)).collect()
    }
}

impl Outage {
    fn draw(draw: &mut StdRng, forgets: bool) -> Self {
        let at = Duration::from_millis(draw.random_range(200..15_000));
        Self { at, lasts: up_to(draw, Duration::from_secs(3)), forgets }
    }
}

pub(super) fn chance(draw: &mut StdRng, of: f64) -> bool {
    draw.random::<f64>() < of
}

pub(super) fn up_to(draw: &mut StdRng, most: Duration) -> Duration {
    Duration::from_millis(draw.random_range(0..=most.as_millis() as u64))
}
