//! A run of the harness against the server, both in this process: streams in memory, paused time.

mod link;
mod wire;

use std::io;
use std::num::NonZeroU32;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use deskbell::device::{AccessToken, MemoryDial, Target, TokioClock, World};
use deskbell::protocol::TenantId;
use deskbell::run::{
    Account, LoadOverride, Onlooker, RunPlan, RunRecord, Stop, StopReason, Watch, plan_scenarios,
    simulate,
};
use deskbell::scenario::{self, Listing, LoadChange, ParseContext, Scenario, SourceFile, Until};
use deskbell::server::{Config, EpochMillis, mint, mint_desk, serve};
use secrecy::ExposeSecret;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::time::{Instant, timeout};

pub(crate) use link::{Late, Latency, Link, between};

/// The tenant of the first account; those of the others follow it.
pub(crate) const FIRST_TENANT: u64 = 34;

/// What is simulated.
#[derive(Clone)]
pub(crate) struct Simulated<'a> {
    /// A scenario's text; `None` takes the built-in one.
    pub(crate) scenario: Option<&'a str>,
    /// Scenarios that are read already, in place of that text; empty where it is to be read.
    pub(crate) scenarios: Vec<Scenario>,
    /// Asked for in place of what the scenario says.
    pub(crate) devices: Option<u32>,
    pub(crate) tenants: u64,
    pub(crate) until: Option<Until>,
    pub(crate) seed: u64,
    /// Whether flows end the sessions that they leave open.
    pub(crate) ends_sessions: bool,
    pub(crate) server: Config,
    /// What lies between; `None` where nothing takes any time.
    pub(crate) link: Option<Link>,
    /// Who is told.
    pub(crate) watch: Watch,
    /// When the run is stopped from outside, and why.
    pub(crate) stopped: Option<(Duration, StopReason)>,
}

impl Default for Simulated<'_> {
    fn default() -> Self {
        Self {
            scenario: None,
            scenarios: Vec::new(),
            devices: Some(40),
            tenants: 20,
            until: None,
            seed: 7,
            ends_sessions: true,
            server: Config::default(),
            link: None,
            watch: Watch::default(),
            stopped: None,
        }
    }
}

fn context() -> ParseContext<'static> {
    ParseContext {
        env: &environment,
        read_file: &|path| std::fs::read(path),
        list_folder: &list_folder,
    }
}

/// Where the concierge is played, and by which token, on the server as it is by default.
fn environment(name: &str) -> Option<String> {
    let server = Config::default();
    match name {
        "DESK_URL" => Some("ws://127.0.0.1:80/desk".into()),
        "DESK_TOKEN" => {
            let token = mint_desk(&server.secret, DAY, server.epoch_at_start);
            Some(token.expose_secret().to_owned())
        }
        _ => None,
    }
}

fn list_folder(path: &Path) -> io::Result<Listing> {
    if !path.is_dir() {
        return Ok(None);
    }
    let inside: io::Result<_> = path.read_dir()?.map(|entry| Ok(entry?.path())).collect();
    inside.map(Some)
}

/// Reads scenarios as a command line names them: `scenarios/conformance`, `builtin:chat`.
pub(crate) fn scenarios(paths: &[&str]) -> Vec<Scenario> {
    let paths: Vec<_> = paths.iter().map(|&path| path.to_owned()).collect();
    scenario::load(&paths, &context()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A tenant's access token that is minted `at` this time of the server, and good for so long.
pub(crate) fn token_for(server: &Config, tenant: u64, ttl: Duration, at: Duration) -> String {
    let now = server.epoch_at_start.after(at);
    mint(&server.secret, TenantId(tenant), ttl, now).expose_secret().to_owned()
}

/// Reads a scenario's text.
pub(crate) fn parse(text: &str) -> Scenario {
    let source = SourceFile::new("test.yaml", text);
    let read = scenario::parse(source, Some(Path::new("scenarios")), &context());
    read.unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A tenant's access token, good for a day from when the server starts.
pub(crate) fn token(server: &Config, tenant: u64) -> String {
    minted(server, tenant, server.epoch_at_start)
}

/// A token of the first tenant that ran out a day before the server starts.
pub(crate) fn expired_token(server: &Config) -> String {
    let two_days_ms = 2 * DAY.as_millis() as u64;
    minted(server, FIRST_TENANT, EpochMillis(server.epoch_at_start.0 - two_days_ms))
}

const DAY: Duration = Duration::from_secs(24 * 3600);

fn minted(server: &Config, tenant: u64, now: EpochMillis) -> String {
    mint(&server.secret, TenantId(tenant), DAY, now).expose_secret().to_owned()
}

/// The plan that is simulated; another target makes it one for real sockets.
pub(crate) fn plan(simulated: &Simulated<'_>) -> RunPlan {
    let scenarios = match simulated.scenario {
        None if !simulated.scenarios.is_empty() => simulated.scenarios.clone(),
        None => scenarios(&[]),
        Some(text) => vec![parse(text)],
    };
    let change = LoadChange {
        devices: simulated.devices.and_then(NonZeroU32::new),
        until: simulated.until,
        ..LoadChange::default()
    };
    let asked = LoadOverride { change, ..LoadOverride::default() };
    let account = |tenant| {
        Account::new(AccessToken::new(token(&simulated.server, tenant)), Some(TenantId(tenant)))
    };
    RunPlan {
        run_id: "simulated".into(),
        seed: simulated.seed,
        ends_sessions: simulated.ends_sessions,
        target_label: "in memory".into(),
        upload_origin: Some("http://127.0.0.1:80".parse().unwrap()),
        expired_token: Some(AccessToken::new(expired_token(&simulated.server))),
        accounts: (FIRST_TENANT..FIRST_TENANT + simulated.tenants).map(account).collect(),
        scenarios: plan_scenarios(scenarios, &asked).unwrap(),
        connect_rate: Some(500.0),
        jobs: 8,
        watch: simulated.watch.clone(),
        ..RunPlan::against(Target::parse("ws://127.0.0.1:80/uat").unwrap())
    }
}

/// Runs, with the link between devices and server, where there is one.
pub(crate) fn run(simulated: &Simulated<'_>) -> RunRecord {
    run_between(simulated, |far_ends| match simulated.link {
        Some(link) => between(link, far_ends),
        None => far_ends,
    })
}

/// Runs, with something between devices and server: it is given the streams that devices open, and
/// gives those that the server gets.
pub(crate) fn run_between(
    simulated: &Simulated<'_>,
    between: impl FnOnce(mpsc::Receiver<DuplexStream>) -> mpsc::Receiver<DuplexStream>,
) -> RunRecord {
    run_changed(simulated, between, |plan| plan)
}

/// As [`run_between`], by a plan of the caller's.
pub(crate) fn run_plan(
    simulated: &Simulated<'_>,
    plan: RunPlan,
    between: impl FnOnce(mpsc::Receiver<DuplexStream>) -> mpsc::Receiver<DuplexStream>,
) -> RunRecord {
    run_changed(simulated, between, |_| plan)
}

/// Runs another plan than what is simulated has. It is made while the server runs, in its time.
pub(crate) fn run_changed(
    simulated: &Simulated<'_>,
    between: impl FnOnce(mpsc::Receiver<DuplexStream>) -> mpsc::Receiver<DuplexStream>,
    change: impl FnOnce(RunPlan) -> RunPlan,
) -> RunRecord {
    run_looked_on(simulated, between, change, &mut ())
}

/// As [`run_changed`], with somebody who looks on.
pub(crate) fn run_looked_on(
    simulated: &Simulated<'_>,
    between: impl FnOnce(mpsc::Receiver<DuplexStream>) -> mpsc::Receiver<DuplexStream>,
    change: impl FnOnce(RunPlan) -> RunPlan,
    onlooker: &mut dyn Onlooker,
) -> RunRecord {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (far_ends, listener) = mpsc::channel(64);
        let server = simulated.server.clone();
        tokio::spawn(serve(between(listener), server, std::future::pending()));
        let clock = Rc::new(TokioClock::since(Instant::now()));
        let world = World {
            clock,
            epoch: Duration::from_millis(simulated.server.epoch_at_start.0),
            dial: Rc::new(MemoryDial::new(far_ends)),
        };
        let stop = Stop::default();
        if let Some((after, reason)) = simulated.stopped.clone() {
            let stop = stop.clone();
            tokio::task::spawn_local(async move {
                tokio::time::sleep(after).await;
                stop.stop(reason);
            });
        }
        let playing = simulate(change(plan(simulated)), world, stop, onlooker);
        timeout(DAY, playing).await.expect("a run ends by itself").unwrap()
    })
}
