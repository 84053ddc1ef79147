//! What takes two shards to see: ids that have to be unique over all of them.

use std::fs;
use std::time::Duration;

use deskbell::conformance::{Census, Claim, ClauseId, IdSets};
use deskbell::protocol::{AccountNo, DeviceNo, SessionId};
use deskbell::run::IDS_FILE;
use serde_json::Value;

use crate::process::Desk;

use super::synthetic::waive;
use super::{SHARDS, desk, merged, why};

/// The ids of a shard in which one account opened these sessions.
fn opened(sessions: &[&str]) -> IdSets {
    let mut census = Census::new(Vec::new());
    for session in sessions {
        let (account, device, at) = (AccountNo(0), DeviceNo(0), Duration::ZERO);
        let session = SessionId::new(*session);
        census.take(0, Claim::Session { session, account, device, at });
    }
    census.finish().2
}

fn give(desk: &Desk, shard: &str, sessions: &[&str]) {
    fs::write(desk.path(shard).join(IDS_FILE), opened(sessions).encode()).unwrap();
}

fn clause(told: &Value, id: &str) -> Value {
    let clauses = told["clauses"].as_array().unwrap();
    clauses.iter().find(|clause| clause["id"] == id).unwrap().clone()
}

#[test]
fn sessions_of_different_ids_are_no_violation() {
    let desk = desk(|_, _, _| {});
    give(&desk, "shard-2", &["a", "b"]);
    give(&desk, "shard-4", &["c"]);
    assert_eq!(merged(&desk, &SHARDS, "whole", &[]).0, 0);
}

#[test]
fn a_session_that_two_shards_opened_fails_the_whole_and_tells_its_shard() {
    let desk = desk(|_, _, _| {});
    give(&desk, "shard-2", &["a", "b"]);
    give(&desk, "shard-4", &["b", "c"]);
    let (code, told) = merged(&desk, &SHARDS, "whole", &[]);
    assert_eq!((code, &told["totals"]["findings"]["must"]), (1, &Value::from(1)), "{told:#}");
    assert!(why(&told).contains("INIT-1 violated once"), "{}", why(&told));
    assert_eq!(clause(&told, "INIT-1")["violated"], 1);
    let line: Value = serde_json::from_str(desk.read("whole/violations.jsonl").trim()).unwrap();
    assert_eq!((&line["clause"], &line["shard"]), (&"INIT-1".into(), &4.into()));
    assert!(line["actual"].as_str().unwrap().contains("in shard 2 and in shard 4"), "{line}");
    let timeline = desk.read("whole/timeline.csv");
    let violations = |row: &str| row.split(',').nth(7).unwrap().parse::<u64>().unwrap();
    assert_eq!(timeline.lines().skip(1).map(violations).sum::<u64>(), 1);
}

#[test]
fn what_is_waived_is_waived_between_shards_too() {
    let desk = desk(|_, sums, _| waive(sums, ClauseId::Init1));
    let many: Vec<_> = (0..600).map(|nth| nth.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    give(&desk, "shard-2", &many);
    give(&desk, "shard-4", &many);
    let (code, told) = merged(&desk, &SHARDS, "whole", &[]);
    assert_eq!((code, &told["totals"]["findings"]["waived"]), (0, &Value::from(600)), "{told:#}");
    assert_eq!(told["waivers"][0]["covered"], 600);
    assert_eq!(clause(&told, "INIT-1")["status"], "waived");
    assert_eq!(desk.read("whole/violations.jsonl").lines().count(), 100);
}

#[test]
fn a_shard_without_its_ids_is_named() {
    let desk = desk(|_, _, _| {});
    fs::remove_file(desk.path("shard-3").join(IDS_FILE)).unwrap();
    let (code, told) = merged(&desk, &SHARDS, "whole", &[]);
    assert_eq!(code, 4);
    assert!(why(&told).contains("shard-3/ids.bin is missing"), "{}", why(&told));
}
