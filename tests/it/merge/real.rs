//! Real shards of one plan, all against one server.

use std::collections::BTreeMap;

use deskbell::archive;
use deskbell::metrics::{Latency, Totals};
use deskbell::run::RunRecord;

use crate::process::{Desk, Ended, Serving};

use super::{COUNT, merged};

const SCENARIO: &str = "name: talk
actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
load: { devices: 16, rate: 20/s, duration: 2s }
setup: [ init ]
flow:
  - send: { text: hello, as: question }
teardown: [ end ]
";

/// Plays the four shards side by side.
fn play(desk: &Desk) {
    let serving = Serving::start(desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    desk.write("talk.yaml", SCENARIO);
    let start = |index: u32| {
        let folder = format!("shard-{index}");
        let shard = format!("{index}/{COUNT}");
        let own = ["run", "talk.yaml", "--shard", &shard, "--out", &folder, "--progress", "none"];
        let server = ["--target", &serving.target, "--token", token.trim()];
        desk.start(&[&own[..], &server].concat())
    };
    let going: Vec<_> = (1..=COUNT).map(start).collect();
    for going in going {
        let Ended { code, out, err } = going.end();
        assert!(matches!(code, Some(0 | 1 | 4)), "{code:?} {out}{err}");
    }
}

/// What all samples of the shards come to, by their interval logs.
fn union(desk: &Desk, records: &[RunRecord]) -> BTreeMap<String, Latency> {
    let mut union: BTreeMap<String, Latency> = BTreeMap::new();
    for (index, record) in (1..).zip(records) {
        let folder = desk.path(&format!("shard-{index}"));
        for (metric, latency) in archive::whole_latencies(&folder, record).unwrap() {
            union.entry(metric).or_default().add(&latency);
        }
    }
    union
}

#[test]
fn four_real_shards_add_up_to_one() {
    let desk = Desk::new();
    play(&desk);
    let read = |folder: &str| archive::read(&desk.path(folder)).unwrap();
    let shards: Vec<_> = (1..=COUNT).map(|index| read(&format!("shard-{index}"))).collect();
    // A busy machine makes shards invalid, which is told and added up all the same.
    let (_, told) = merged(&desk, &["shard-2", "shard-4", "shard-1", "shard-3"], "whole", &[]);
    let whole = read("whole");
    let mut totals = Totals::default();
    shards.iter().for_each(|shard| totals.add(&shard.totals));
    assert_eq!((whole.totals, whole.totals.devices), (totals, 16));
    assert_eq!(told["shards"].as_array().unwrap().len(), 4);
    let union = union(&desk, &shards);
    assert_eq!(whole.latency.keys().collect::<Vec<_>>(), union.keys().collect::<Vec<_>>());
    for (metric, latency) in union {
        let (merged, known) = (whole.latency[&metric], latency.summary().unwrap());
        let percentiles = |of: deskbell::metrics::LatencySummary| {
            (of.count, of.min_us, of.p50_us, of.p99_us, of.p999_us, of.max_us)
        };
        assert_eq!(percentiles(merged), percentiles(known), "{metric}");
    }
    for clause in &whole.clauses {
        let of_shards = shards.iter().flat_map(|shard| &shard.clauses);
        let checked: u64 = of_shards.filter(|one| one.id == clause.id).map(|one| one.checked).sum();
        assert_eq!(clause.checked, checked, "{}", clause.id);
    }
    let Ended { code, out, err } = desk.run(&["report", "whole"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
}
