//! A wall clock that is set in the middle of a run changes no latency, and what rests on it is judged by
//! nobody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Desk;

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
    desk.write("by", "0");
    let args = ["run", "flow.yaml", "--progress", "plain", "--format", "json", "--out", "run"];
    let (library, set) = (library(&CLOCK), desk.path("by"));
    let clock = [("LD_PRELOAD", library.to_str().unwrap()), ("CLOCK_SET", set.to_str().unwrap())];
    let mut going = desk.start_with(&args, &clock);
    going.hear("sends/s");
    let new = desk.path("new");
    fs::write(&new, by.to_string()).unwrap();
    fs::rename(&new, &set).unwrap();
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
