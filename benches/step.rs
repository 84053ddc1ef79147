//! What interpreting a step costs beside its I/O: loops of steps that send nothing, played by one
//! device against the reference server, all in memory.

use std::future;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use deskbell::device::{AccessToken, MemoryDial, Target, TokioClock, World};
use deskbell::protocol::TenantId;
use deskbell::run::{
    Account, LoadOverride, RunPlan, RunRecord, Stop, Verdict, plan_scenarios, simulate,
};
use deskbell::scenario::{Listing, ParseContext, SourceFile, parse};
use deskbell::server::{Config, mint, serve};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

/// Turns of the loop; each interprets [`STEPS`] steps.
const TURNS: u32 = 25_000;
const STEPS: u32 = 4;
/// The best of so many runs is told, as other processes only ever add to it.
const RUNS: usize = 5;

/// A name, and the four steps of a turn.
const LOOPS: [(&str, &str); 3] = [
    ("think", "{ think: 0s }, { think: 0s }, { think: 0s }, { think: 0s }"),
    ("repeat", "{ repeat: { times: 3, steps: [{ think: 0s }] } }"),
    ("for_each", r#"{ for_each: { in: ["${turn}", b, c], as: one, steps: [{ think: 0s }] } }"#),
];

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    for (name, steps) in LOOPS {
        let spent = best(steps, TURNS).saturating_sub(best(steps, 1));
        let each = spent.as_nanos() / u128::from((TURNS - 1) * STEPS);
        println!("{name}: {each} ns per step");
    }
}

/// How long the loop takes at best.
fn best(steps: &str, turns: u32) -> Duration {
    let text = format!(
        "name: bench\nflow: [init, {{ repeat: {{ times: {turns}, steps: [{steps}] }} }}, end]\n"
    );
    let times = (0..RUNS).map(|_| {
        let plan = plan(&text);
        let started_at = Instant::now();
        let record = play(plan);
        let elapsed = started_at.elapsed();
        assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
        elapsed
    });
    times.min().expect("it is played at least once")
}

fn plan(text: &str) -> RunPlan {
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_: &Path| Err(io::ErrorKind::NotFound.into()),
        list_folder: &|_: &Path| -> io::Result<Listing> { Ok(None) },
    };
    let scenario = parse(SourceFile::new("bench.yaml", text), None, &context);
    let scenario = scenario.unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let tenant = TenantId(34);
    let Config { secret, epoch_at_start, .. } = Config::default();
    let token = mint(&secret, tenant, Duration::from_secs(3600), epoch_at_start);
    let token = AccessToken::new(token.expose_secret().to_owned());
    RunPlan {
        run_id: "bench".into(),
        seed: 7,
        target_label: "in memory".into(),
        accounts: vec![Account::new(token, Some(tenant))],
        scenarios: plan_scenarios(vec![scenario], &LoadOverride::default())
            .expect("one device is one flow"),
        ..RunPlan::against(Target::parse("ws://127.0.0.1:80/uat").expect("it is an origin"))
    }
}

/// Plays a plan in paused time, so that no timer is waited for.
fn play(plan: RunPlan) -> RunRecord {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    LocalSet::new().block_on(&runtime, async {
        let (far_ends, listener) = mpsc::channel(1);
        tokio::spawn(serve(listener, Config::default(), future::pending()));
        let clock = Rc::new(TokioClock::since(tokio::time::Instant::now()));
        let world =
            World { clock, epoch: Duration::ZERO, dial: Rc::new(MemoryDial::new(far_ends)) };
        simulate(plan, world, Stop::default(), &mut ()).await.expect("no flow panics")
    })
}
