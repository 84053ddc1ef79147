//! Shards that are all there: what they add up to.

use std::collections::BTreeMap;
use std::fs;

use deskbell::archive;
use deskbell::metrics::Recorder;
use deskbell::run::{RunRecord, Shard};
use serde_json::Value;

use crate::process::{Desk, Ended};

use super::synthetic::{Measured, judged_by, waiving};
use super::{COUNT, SHARDS, desk, merged, why};

/// What all shards measured, recorded into one.
fn union() -> Recorder {
    let mut union = Recorder::default();
    for index in 1..=COUNT {
        union.merge(&Measured::of(Shard { index, count: COUNT }).whole);
    }
    union
}

fn record(desk: &Desk, folder: &str) -> RunRecord {
    archive::read(&desk.path(folder)).unwrap()
}

#[test]
fn counts_are_the_sums_and_percentiles_those_of_all_samples() {
    let desk = desk(|_, _, _| {});
    let (code, told) = merged(&desk, &SHARDS, "whole", &[]);
    assert_eq!((code, told["verdict"].as_str().unwrap(), why(&told).as_str()), (0, "passed", ""));
    let (merged, union) = (record(&desk, "whole"), union());
    assert_eq!(merged.totals, *union.totals());
    assert_eq!(merged.scenarios[0].totals, *union.totals());
    let known: BTreeMap<_, _> = union
        .latencies()
        .map(|(metric, latency)| (metric.into_owned(), latency.summary().unwrap()))
        .collect();
    assert_eq!(merged.latency, known);
    assert_eq!(merged.scenarios[0].latency, known);
    let late = union.lateness().unwrap().summary().unwrap();
    assert_eq!(merged.generator.lateness_us, late.into());
    assert_eq!(merged.generator.cpu_s, 6.0);
    let shards = told["shards"].as_array().unwrap();
    assert_eq!(shards.iter().map(|shard| &shard["index"]).collect::<Vec<_>>(), [1, 2, 3, 4]);
    seconds_are_aligned(&desk, &merged);
}

/// The shards begin 1.4 s after each other, and take 7 s and more: by the nearest second, that is 0, 1,
/// 3 and 4 s later.
fn seconds_are_aligned(desk: &Desk, merged: &RunRecord) {
    assert_eq!(merged.started_at, record(desk, "shard-1").started_at);
    assert_eq!(merged.ended_at, record(desk, "shard-4").ended_at);
    let sends: Vec<_> = merged.timeline.iter().map(|row| row.sends).collect();
    assert_eq!(sends, [20, 40, 40, 60, 80, 80, 80, 60, 60, 40, 40, 40, 20, 20]);
    let mut latencies = archive::Latencies::open(&desk.path("whole")).unwrap();
    let mut counts = vec![0; merged.timeline.len()];
    while let Some(one) = latencies.next_of(|metric| metric == "send_to_peer").unwrap() {
        let second = usize::try_from(one.second).unwrap();
        counts[second] = one.latency.count();
        let p99 = one.latency.quantile(0.99).unwrap().as_micros();
        let row = merged.timeline[second].send_to_peer_p99_us.unwrap();
        assert!(u128::from(row).abs_diff(p99) <= p99 / 1_000, "second {second}: {row}, {p99}");
    }
    assert_eq!(counts, sends);
}

#[test]
fn the_order_of_shards_changes_nothing() {
    let desk = desk(|_, _, _| {});
    merged(&desk, &SHARDS, "one", &[]);
    let other: Vec<_> = SHARDS.into_iter().rev().collect();
    merged(&desk, &other, "other", &[]);
    for name in ["latency.hlog", "timeline.csv", "summary.csv", "clauses.csv", "violations.jsonl"] {
        assert_eq!(
            desk.read(&format!("one/{name}")),
            desk.read(&format!("other/{name}")),
            "{name}"
        );
    }
    let known = |folder: &str| {
        let mut told: Value =
            serde_json::from_str(&desk.read(&format!("{folder}/run.json"))).unwrap();
        told["run_id"].take();
        told
    };
    assert_eq!(known("one"), known("other"));
}

#[test]
fn a_merged_run_is_one_like_any_other() {
    let desk = desk(|_, _, _| {});
    merged(&desk, &SHARDS, "whole", &["--junit", "copy.xml", "--csv", "copy.csv"]);
    assert_eq!(desk.read("copy.xml"), desk.read("whole/junit.xml"));
    assert_eq!(desk.read("copy.csv"), desk.read("whole/summary.csv"));
    let page = desk.read("whole/report.html");
    let Ended { code, out, err } = desk.run(&["report", "whole"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert_eq!(desk.read("whole/report.html").len(), page.len());
    merged(&desk, &SHARDS, "again", &[]);
    let Ended { code, out, err } = desk.run(&["compare", "--base", "whole", "again"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
}

#[test]
fn the_record_goes_to_stdout_where_that_is_asked_for() {
    let desk = desk(|_, _, _| {});
    let options = ["merge", "--out", "whole", "--expect", "4", "--format", "json"];
    let Ended { code, out, err } = desk.run(&[&options[..], &SHARDS].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out, desk.read("whole/run.json"));
}

#[test]
fn a_threshold_that_no_shard_meets_holds_for_the_whole() {
    let by = |threshold: &'static str| desk(move |_, sums, _| judged_by(sums, threshold));
    let (code, told) = merged(&by("send_to_peer.count >= 600"), &SHARDS, "whole", &[]);
    assert_eq!((code, &told["thresholds"][0]["value"]), (0, &Value::from(680.0)), "{told:#}");
    let (code, told) = merged(&by("send_to_peer.count >= 681"), &SHARDS, "whole", &[]);
    assert_eq!(code, 1);
    assert!(why(&told).contains("threshold crossed: send_to_peer.count >= 681"), "{}", why(&told));
}

#[test]
fn a_waiver_is_stale_where_no_shard_meets_what_it_waives() {
    let desk_where = |covered: u64| {
        desk(move |index, sums, _| waiving(sums, if index == 2 { covered } else { 0 }))
    };
    let (code, told) = merged(&desk_where(0), &SHARDS, "whole", &[]);
    assert_eq!((code, &told["waivers"][0]["status"]), (1, &Value::from("stale")), "{told:#}");
    let met = desk_where(3);
    let shard: Value = serde_json::from_str(&met.read("shard-1/run.json")).unwrap();
    assert_eq!(
        (&shard["verdict"], &shard["waivers"][0]["status"]),
        (&"passed".into(), &"away".into())
    );
    let (code, told) = merged(&met, &SHARDS, "whole", &[]);
    assert_eq!((code, &told["waivers"][0]["covered"]), (0, &Value::from(3)), "{told:#}");
}

#[test]
fn another_run_is_written_over_only_where_that_is_asked_for() {
    let desk = desk(|_, _, _| {});
    merged(&desk, &SHARDS, "whole", &[]);
    fs::write(desk.path("whole/sessions.jsonl"), "").unwrap();
    let args = ["merge", "--out", "whole", "--expect", "4"];
    let Ended { code, err, .. } = desk.run(&[&args[..], &SHARDS].concat());
    assert_eq!(code, Some(2));
    assert!(err.contains("whole holds a run already"), "{err}");
    merged(&desk, &SHARDS, "whole", &["--overwrite"]);
    assert!(!desk.path("whole/sessions.jsonl").exists());
}
