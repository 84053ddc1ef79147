//! The runs of the matrix: all conformance scenarios or a crowd, in memory or over sockets.

use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, SystemTime};

use deskbell::device::Target;
use deskbell::run::{self, RunPlan, RunRecord, Stop};
use deskbell::scenario::Scenario;
use deskbell::server::{Config, Defect, EpochMillis, Needs, serve};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::simulated::{Simulated, plan, run as run_simulated, scenarios};

/// Flow instances of each scenario.
const INSTANCES: u32 = 2;
const TENANTS: u64 = 8;

/// Twenty people with two devices each, who write at once and for a while.
const CROWD: &str = r#"
name: crowd
actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
load: { devices: 40, iterations: 2 }
setup: [init]
flow:
  - parallel:
      - [{ repeat: { times: 20, steps: [{ send: "one ${turn}" }, { think: 20ms..200ms }] } }]
      - [{ repeat: { times: 20, steps: [{ send: { text: "two ${turn}", by: tablet } }, ping] } }]
  - send: { text: a slip, as: slip }
  - unsend: slip
  - unread
  - messages: { limit: 50, all: true }
teardown: [end]
"#;

static CONFORMANCE: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| scenarios(&["scenarios/conformance"]));

/// A run in paused time; without a defect, of the faithful server.
pub(super) fn simulate(defect: Option<&'static Defect>) -> RunRecord {
    let crowd = Simulated { scenario: Some(CROWD), devices: None, ..Simulated::default() };
    let mut simulated = match defect.map(|defect| defect.needs) {
        Some(Needs::Load) => crowd,
        _ => conformance(INSTANCES),
    };
    simulated.server.defects.extend(defect);
    run_simulated(&simulated)
}

fn conformance(instances: u32) -> Simulated<'static> {
    let mut scenarios = CONFORMANCE.clone();
    for scenario in &mut scenarios {
        scenario.load.devices = NonZeroU32::new(scenario.actors.len() as u32 * instances);
    }
    Simulated { scenarios, devices: None, tenants: TENANTS, ..Simulated::default() }
}

/// A run over real sockets, in real time, against a server on a port of its own.
pub(super) fn over_sockets(defect: &'static Defect) -> RunRecord {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let epoch_at_start = EpochMillis(now.as_millis() as u64);
    let server = Config { epoch_at_start, defects: vec![defect], ..Config::default() };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let mut simulated = Simulated { server, ..conformance(1) };
    for scenario in &mut simulated.scenarios {
        // What never comes need not be waited for as long as over a network.
        scenario.settings.response_timeout = Duration::from_secs(5);
        scenario.settings.delivery_timeout = Duration::from_secs(3);
    }
    let plan = RunPlan {
        target: Target::parse(&format!("ws://{address}/uat")).unwrap(),
        upload_origin: Some(format!("http://{address}").parse().unwrap()),
        jobs: simulated.scenarios.len(),
        ..plan(&simulated)
    };
    let (is_over, over) = oneshot::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| serve_until(over, listener, simulated.server.clone()));
        let record = run::run(plan, &Stop::default(), &mut ()).unwrap();
        drop(is_over);
        record
    })
}

/// Serves until the other end of `over` is dropped.
fn serve_until(over: oneshot::Receiver<()>, listener: std::net::TcpListener, config: Config) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).unwrap();
        serve(listener, config, async { drop(over.await) }).await;
    });
}
