//! A wall clock that is set in the middle of a run changes no latency, and what rests on it is judged by
//! nobody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Desk, Going, Serving};

/// The C compiler that the build of deskbell needs as well makes a clock that can be set.
static CLOCK: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clock/set.c");
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-o"]).arg(library(&folder)).arg(source);
    assert!(compile.status().unwrap().success());
    folder
});

fn library(folder: &TempDir) -> PathBuf {
    folder.path().join("set.so")
}

/// Starts deskbell with a clock that is wrong by so many seconds, until it is set.
fn start(desk: &Desk, args: &[&str], by: i64) -> Going {
    set(desk, by);
    let (library, set) = (library(&CLOCK), desk.path("by"));
    let clock = [("LD_PRELOAD", library.to_str().unwrap()), ("CLOCK_SET", set.to_str().unwrap())];
    desk.start_with(args, &clock)
}

/// Sets the clock by so many seconds.
fn set(desk: &Desk, by: i64) {
    let new = desk.path("new");
    fs::write(&new, by.to_string()).unwrap();
    fs::rename(&new, desk.path("by")).unwrap();
}

/// The clauses that hold a time of the server's, or a token, to the clock of this machine.
const OF_THE_CLOCK: [&str; 4] = ["CONNECT-1", "CONNECT-6", "INIT-10", "SEND-5"];

/// A run in the middle of which the clock is set by so many seconds.
#[track_caller]
fn check(by: i64, told: &str) {
    let desk = Desk::new();
    desk.write(
        "flow.yaml",
        "name: steady\nload: { devices: 4, duration: 9s }\nsetup: [init]\n\
         flow: [{ send: hello }, ping, { think: 50ms }]\nteardown: [end]\n",
    );
    let args = ["run", "flow.yaml", "--progress", "plain", "--format", "json", "--out", "run"];
    let mut going = start(&desk, &args, 0);
    going.hear("sends/s");
    set(&desk, by);
    let ended = going.end();
    let run: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.code, Some(0), "{} {}", run["why"], ended.err);
    let notes = run["generator"]["notes"].to_string();
    assert!(notes.contains(told), "{notes}");
    for clause in run["clauses"].as_array().unwrap() {
        let is_of_the_clock = OF_THE_CLOCK.iter().any(|id| clause["id"] == *id);
        let is_open = clause["status"] == "inconclusive";
        let is_exercised = clause["status"] != "not-exercised";
        assert_eq!(is_open, is_of_the_clock && is_exercised, "{clause}");
    }
    for (metric, latency) in run["latency"].as_object().unwrap() {
        assert!(latency["max_us"].as_u64() < Some(60_000_000), "{metric}: {latency}");
    }
    let at = |key: &str| run[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    let took = at("ended_at").duration_since(at("started_at")).as_secs();
    assert!((9..120).contains(&took), "{took} s");
    assert!(run["errors"].as_object().unwrap().is_empty(), "{}", run["errors"]);
}

#[test]
fn a_clock_that_is_set_forward_changes_no_latency_and_blames_nobody() {
    check(3600, "the clock of this machine was set forward by 3600 s");
}

#[test]
fn a_clock_that_is_set_back_changes_no_latency_and_blames_nobody() {
    check(-3600, "the clock of this machine was set back by 3600 s");
}

#[test]
fn a_run_that_waits_for_an_instant_goes_by_the_clock_as_it_is_set() {
    let desk = Desk::new();
    let start_at = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
    let mut going = start(&desk, &["run", "--start-at", &start_at, "--out", "run"], 0);
    going.hear("starts at ");
    set(&desk, 2 * 3600);
    let ended = going.end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
    assert!(ended.err.contains(&format!("--start-at {start_at} is past by ")), "{}", ended.err);
    assert!(!desk.names().contains(&"run/run.json".to_owned()), "{:?}", desk.names());
}

#[test]
fn a_shard_tells_how_far_its_clock_is_ahead_of_the_servers() {
    let desk = Desk::new();
    desk.write(
        "flow.yaml",
        "name: flow\nload: { devices: 4, iterations: 1 }\nflow: [init, ping, end]\n",
    );
    let serving = Serving::start_with(&desk, &["--gateway", "emulate"]);
    let token = desk.run(&["token", "--tenant", "34", "--ttl", "24h"]).out;
    let to = ["--target", &serving.target, "--token", token.trim(), "--shard", "1/2"];
    let how = ["--format", "json", "--out", "run"];
    let ended = start(&desk, &[&["run", "flow.yaml"][..], &to, &how].concat(), 600).end();
    let run: Value = serde_json::from_str(&ended.out).unwrap();
    let told = run["readings"]["clock_skew"][0].as_str().unwrap();
    let numbers = told.split(' ').filter_map(|word| word.parse::<f64>().ok());
    let &[ahead, off] = &numbers.collect::<Vec<_>>()[..] else { panic!("{told}") };
    assert!(told.contains("s ahead of the server's, give or take "), "{told}");
    // Both numbers are rounded, the clock of the server to milliseconds.
    assert!((ahead - 600.0).abs() <= off + 0.1, "{told}");
}
