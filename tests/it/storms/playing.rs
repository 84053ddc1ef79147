//! Plays a storm: harness and server in this process, in paused time.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use deskbell::device::{TokioClock, World};
use deskbell::run::{RunRecord, Stop, Watch, simulate};
use deskbell::server::{Config, EpochMillis, serve};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, LocalSet, spawn_local};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::count::{Count, Counter};
use super::network::{Dialer, Network};
use super::storm::Storm;
use crate::simulated::{Simulated, parse, plan};

/// How long any run may take, in simulated time: the longest flow, had every one of its requests to
/// wait until it is given up.
const LONGEST: Duration = Duration::from_secs(4 * 3600);

/// What became of a storm.
pub(super) struct Played {
    pub(super) record: RunRecord,
    pub(super) count: Count,
}

/// Plays a storm to its end.
///
/// # Panics
/// Where it does not end within [`LONGEST`].
pub(super) fn play(storm: &Storm) -> Played {
    let counter = Arc::new(Counter::default());
    let watch = Watch {
        tracer: Some(Arc::clone(&counter) as _),
        traced_below: u32::MAX,
        ..Watch::default()
    };
    let simulated = Simulated {
        scenarios: storm.scenarios.iter().map(|text| parse(text)).collect(),
        devices: None,
        tenants: storm.tenants,
        seed: storm.seed,
        ends_sessions: storm.ends_sessions,
        server: storm.server.clone(),
        watch,
        ..Simulated::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let record = LocalSet::new().block_on(&runtime, async {
        let began_at = Instant::now();
        let (network, server) = begin(storm);
        spawn_local(go_out(storm.clone(), Rc::clone(&network), server));
        let world = World {
            clock: Rc::new(TokioClock::since(began_at)),
            epoch: Duration::from_millis(storm.server.epoch_at_start.0),
            dial: Rc::new(Dialer(network)),
        };
        let stop = Stop::default();
        if let Some((at, reason)) = storm.stopped.clone() {
            let stop = stop.clone();
            spawn_local(async move {
                sleep(at).await;
                stop.stop(reason);
            });
        }
        let mut nobody = ();
        let playing = simulate(plan(&simulated), world, stop, &mut nobody);
        timeout(LONGEST, playing).await.expect("a run ends by itself").unwrap()
    });
    Played { record, count: counter.take() }
}

fn begin(storm: &Storm) -> (Rc<Network>, AbortHandle) {
    let (far_ends, server) = start(storm.server.clone());
    (Network::new(storm.faults.clone(), far_ends), server)
}

fn start(config: Config) -> (mpsc::Sender<DuplexStream>, AbortHandle) {
    let (far_ends, listener) = mpsc::channel(64);
    let server = tokio::spawn(serve(listener, config, std::future::pending()));
    (far_ends, server.abort_handle())
}

/// Lets the server be out of reach as planned; one that forgets is another one afterwards.
async fn go_out(storm: Storm, network: Rc<Network>, mut server: AbortHandle) {
    let began_at = Instant::now();
    let mut outages = storm.faults.outages.clone();
    outages.sort_by_key(|outage| outage.at);
    let mut draw = StdRng::seed_from_u64(storm.faults.seed);
    for outage in outages {
        sleep_until(began_at + outage.at).await;
        network.go_out(outage.lasts);
        if outage.forgets {
            server.abort();
            let now_ms = began_at.elapsed().as_millis() as u64;
            let epoch_at_start = EpochMillis(storm.server.epoch_at_start.0 + now_ms);
            let config = Config { seed: draw.random(), epoch_at_start, ..storm.server.clone() };
            let (far_ends, another) = start(config);
            network.lead_to(far_ends);
            server = another;
        }
    }
}
