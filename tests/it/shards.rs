//! A plan that several machines share, each played whole against a server of its own: what they do
//! adds up to what one machine would have done.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deskbell::protocol::{Happening, Observation};
use deskbell::run::{RunPlan, RunRecord, Shard, Tracer, Verdict, Watch};
use jiff::Timestamp;

use crate::simulated::{Simulated, parse, plan, run_plan};

const SHARDS: u32 = 4;

/// What was seen on the connections of a run.
#[derive(Default)]
struct Seen(Mutex<Traffic>);

#[derive(Debug, Default, PartialEq)]
struct Traffic {
    /// Devices that connected, each with its account.
    devices: BTreeSet<(u32, u32)>,
    /// When messages were planned to leave, since the run began.
    planned: Vec<Duration>,
}

impl Tracer for Seen {
    fn trace(&self, _: &str, seen: &Observation<'_>) {
        let mut traffic = self.0.lock().unwrap();
        match &seen.what {
            Happening::Opened { caller, .. } => {
                traffic.devices.insert((seen.device.0, caller.account.0));
            }
            Happening::Sent(sent) => traffic.planned.extend(sent.planned_at),
            _ => {}
        }
    }
}

/// Plays a shard of what is simulated, by a plan that may be changed.
fn shard(
    simulated: &Simulated<'_>,
    shard: Shard,
    change: impl Fn(RunPlan) -> RunPlan,
) -> (RunRecord, Traffic) {
    let seen = Arc::<Seen>::default();
    let tracer: Arc<dyn Tracer> = seen.clone();
    let watch = Watch { tracer: Some(tracer), traced_below: u32::MAX, ..Watch::default() };
    let plan = change(RunPlan { shard, watch, ..plan(simulated) });
    let record = run_plan(simulated, plan, |streams| streams);
    assert_eq!(record.shard, shard);
    let mut traffic = std::mem::take(&mut *seen.0.lock().unwrap());
    traffic.planned.sort_unstable();
    (record, traffic)
}

/// Plays each shard, and sees that nothing is wrong with it.
fn every_shard(
    simulated: &Simulated<'_>,
    change: impl Fn(RunPlan) -> RunPlan,
) -> Vec<(RunRecord, Traffic)> {
    let shards = (1..=SHARDS).map(|index| Shard { index, count: SHARDS });
    let played = shards.map(|one| shard(simulated, one, &change));
    let passed = played.inspect(|(record, _)| {
        assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    });
    passed.collect()
}

fn took(record: &RunRecord) -> Duration {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    at(&record.ended_at).duration_since(at(&record.started_at)).try_into().unwrap()
}

/// An open model of ten flows, and a closed one of seven with two devices each, who meet.
fn two_scenarios(arrival: &str) -> Simulated<'static> {
    let open = format!(
        "name: open\nload: {{ devices: 10, rate: 30/s, duration: 5s, arrival: {arrival} }}\n\
         setup: [init]\nflow: [{{ send: hello }}]\nteardown: [end]\n"
    );
    let closed = "name: closed\nactors: { a: {}, b: {} }\nload: { devices: 14, iterations: 3 }\n\
                  flow: [init, { send: hello }, { barrier: all-sent }, end]\n";
    let scenarios = vec![parse(&open), parse(closed)];
    Simulated { scenarios, devices: None, ..Simulated::default() }
}

#[track_caller]
fn check(arrival: &str) {
    let simulated = two_scenarios(arrival);
    let at_once = |plan: RunPlan| RunPlan { connect_rate: None, ..plan };
    let (whole, all) = shard(&simulated, Shard::WHOLE, at_once);
    assert_eq!((whole.verdict, &whole.why), (Verdict::Passed, &Vec::new()));
    let shards = every_shard(&simulated, at_once);
    let sum = |of: fn(&RunRecord) -> u64| shards.iter().map(|(one, _)| of(one)).sum::<u64>();
    let of: [fn(&RunRecord) -> u64; 6] = [
        |record| record.totals.sends,
        |record| record.totals.sends_acked,
        |record| record.totals.devices,
        |record| record.totals.connections,
        |record| record.totals.deliveries,
        |record| record.totals.dropped,
    ];
    assert_eq!(of.map(sum), of.map(|of| of(&whole)));
    assert_eq!(whole.totals.devices, 24);
    let mut joined = Traffic::default();
    for (_, traffic) in &shards {
        assert!(joined.devices.is_disjoint(&traffic.devices));
        joined.devices.extend(&traffic.devices);
        joined.planned.extend(&traffic.planned);
    }
    joined.planned.sort_unstable();
    assert_eq!(joined, all);
    for (record, _) in &shards {
        assert_eq!((&record.plan, record.seed), (&whole.plan, whole.seed));
        let load = |record: &RunRecord| record.scenarios[0].load.clone();
        assert_eq!(load(record), load(&whole));
    }
}

#[test]
fn four_shards_do_what_the_whole_run_does() {
    check("uniform");
    check("poisson");
}

#[test]
fn a_connect_rate_is_shared_evenly() {
    let text = "name: again\nload: { devices: 4, iterations: 1 }\n\
                flow: [{ repeat: { times: 19, steps: [connect] } }]\n";
    let simulated = Simulated { scenario: Some(text), devices: None, ..Simulated::default() };
    for (record, _) in every_shard(&simulated, |plan| RunPlan { connect_rate: Some(40.0), ..plan })
    {
        let connections = record.totals.connections;
        let took = took(&record).as_secs_f64();
        assert_eq!(connections, 20);
        assert!((1.9..3.0).contains(&took), "{connections} connects at 10/s took {took} s");
    }
}

#[test]
fn a_shard_plays_nothing_of_a_scenario_that_it_has_no_flow_of() {
    let open = "name: open\nload: { devices: 2, rate: 10/s, duration: 3s }\nsetup: [init]\n\
                flow: [{ send: hello }]\nteardown: [end]\n";
    let many = "name: many\nload: { devices: 4 }\nflow: [init, end]\n";
    let scenarios = vec![parse(open), parse(many)];
    let simulated = Simulated { scenarios, devices: None, ..Simulated::default() };
    let shards = every_shard(&simulated, |plan| plan);
    let of_open = |of: fn(&RunRecord) -> u64| -> Vec<_> {
        shards.iter().map(|(record, _)| of(record)).collect()
    };
    assert_eq!(of_open(|record| record.scenarios[0].totals.sends), [15, 15, 0, 0]);
    assert_eq!(of_open(|record| record.totals.dropped), [0; 4]);
    assert_eq!(of_open(|record| record.scenarios[1].totals.devices), [1; 4]);
}

#[test]
fn a_shard_ends_early_by_its_part_of_a_rate() {
    let text = "name: abort\nload: { devices: 8, duration: 1h, abort_on: sends.rate > 4/s }\n\
                setup: [init]\nflow: [{ send: hello }, { think: 1s }]\n";
    let simulated = Simulated { scenario: Some(text), devices: None, ..Simulated::default() };
    let (record, _) = shard(&simulated, Shard { index: 3, count: SHARDS }, |plan| plan);
    assert_eq!(record.verdict, Verdict::Failed);
    assert!(record.why[0].contains("sends.rate > 4/s, 1/s for one of 4"), "{:?}", record.why);
}
