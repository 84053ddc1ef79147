//! Everything that a seed decides, drawn before anything runs.

use std::time::Duration;

use deskbell::run::StopReason;
use deskbell::server::{Config, Part};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::faults::{Faults, Misdeed, chance, up_to};
use super::flows::{self, Kind};

/// A run over a network with faults.
#[derive(Clone, Debug)]
pub(super) struct Storm {
    pub(super) seed: u64,
    /// None where the network only takes its time and breaks, so that no server could be blamed.
    pub(super) misdeeds: Vec<Misdeed>,
    pub(super) faults: Faults,
    pub(super) kinds: Vec<Kind>,
    /// The scenarios' texts.
    pub(super) scenarios: Vec<String>,
    pub(super) tenants: u64,
    pub(super) server: Config,
    pub(super) ends_sessions: bool,
    pub(super) stopped: Option<(Duration, StopReason)>,
}

/// From this seed on, a storm has a thousand devices and more.
pub(super) const LARGE: u64 = 1_000_000;

/// The most devices of a storm, of a large one and of the others.
const MANY: u32 = 2000;
const FEW: u32 = 50;

impl Storm {
    /// The storm of a seed. Every second one is honest.
    pub(super) fn of(seed: u64) -> Self {
        let draw = &mut StdRng::seed_from_u64(seed);
        let is_large = seed >= LARGE;
        let is_honest = seed.is_multiple_of(2);
        let misdeeds = if is_honest { Vec::new() } else { Misdeed::some(draw) };
        let faults = Faults::dishonest(draw, &misdeeds);
        let mut kinds = vec![flows::draw(draw, is_large)];
        if chance(draw, 0.2) && !is_large {
            let another = flows::draw(draw, false);
            kinds.extend(Some(another).filter(|other| other.name != kinds[0].name));
        }
        let settings = settings(draw);
        let scenarios = kinds
            .iter()
            .map(|kind| {
                // Most are small: there are more of them in the time that there is.
                let devices = match chance(draw, 0.8) {
                    _ if is_large => draw.random_range(MANY / 2..=MANY),
                    true => draw.random_range(2..=FEW / 4),
                    false => draw.random_range(2..=FEW),
                };
                let devices = devices.max(kind.devices_each);
                let load = kind.load(draw, devices / kind.devices_each * kind.devices_each);
                kind.scenario(&load, &settings)
            })
            .collect();
        let stopped = chance(draw, 0.1).then(|| {
            let at = up_to(draw, Duration::from_secs(20));
            (at, StopReason::Interrupted)
        });
        Self {
            seed,
            misdeeds,
            faults,
            scenarios,
            kinds,
            tenants: draw.random_range(1..12),
            server: server(draw),
            ends_sessions: chance(draw, 0.8),
            stopped,
        }
    }
}

/// Timeouts that an honest network stays below, and a server that takes its time.
fn settings(draw: &mut StdRng) -> String {
    let coming_back = coming_back(draw);
    let mut time = |name: &str, from_ms: u64, to_ms: u64| {
        format!("{name}: {}ms", draw.random_range(from_ms..to_ms))
    };
    [
        time("response_timeout", 6_000, 15_000),
        time("connect_timeout", 6_000, 15_000),
        time("delivery_timeout", 5_000, 9_000),
        time("ack_timeout", 5_000, 9_000),
        time("grace", 5_000, 15_000),
        time("ping_every", 4_000, 30_000),
        coming_back,
    ]
    .join(", ")
}

/// What flows do where their connection is lost.
fn coming_back(draw: &mut StdRng) -> String {
    if chance(draw, 0.4) {
        return "reconnect: never".to_owned();
    }
    let shortest = draw.random_range(10..1_000);
    let longest = shortest + draw.random_range(0..10_000);
    format!("reconnect: {shortest}ms..{longest}ms, retries: {}", draw.random_range(0..4))
}

fn server(draw: &mut StdRng) -> Config {
    let mut server = Config { seed: draw.random(), ..Config::default() };
    server.concierge.part = match draw.random_range(0..6) {
        0 => Part::Off,
        1 => Part::Join,
        _ => Part::Reply,
    };
    server.concierge.join_after = up_to(draw, Duration::from_millis(400));
    server.concierge.reply_after = up_to(draw, Duration::from_millis(600));
    server
}
