//! `--shard` and `--start-at`: which share of a plan is run, when it begins, and what is refused.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::process::{Desk, Ended, Serving};

use super::TOKEN;

const TARGET: [&str; 4] = ["--target", "ws://127.0.0.1:1/uat", "--token", TOKEN];

/// What is refused with this exit status, before anything is done.
#[track_caller]
fn check(args: &[&str], env: &[(&str, &str)], code: i32, says: &[&str]) {
    let desk = Desk::new();
    let ended = desk.run_with(&[&["run"], args].concat(), env);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (Some(code), ""),
        "{args:?} {env:?}: {}",
        ended.err
    );
    assert!(ended.err.starts_with("error: "), "{args:?} {env:?}: {}", ended.err);
    for part in says {
        assert!(ended.err.contains(part), "{args:?} {env:?} does not say {part:?}: {}", ended.err);
    }
    assert!(desk.names().is_empty(), "{args:?} {env:?}: {:?}", desk.names());
}

/// This long from now.
fn in_seconds(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

#[test]
fn a_shard_that_is_none_is_refused() {
    for (shard, says) in [
        ("0/4", "the first is 1/4"),
        ("5/4", "the last is 4/4"),
        ("2", "write it like 2/4"),
        ("a/b", "write it like 2/4"),
        ("2/0", "no shard of none"),
        ("1/99999999999", "99999999999 is more than"),
    ] {
        check(&[&TARGET[..], &["--shard", shard]].concat(), &[], 2, &["--shard", says]);
    }
}

#[test]
fn several_shards_without_a_target_are_refused() {
    let says = ["--shard 2/4 without --target", "`deskbell serve`"];
    check(&["--shard", "2/4"], &[], 2, &says);
    check(&["--shard", "2/4", "--dry-run"], &[], 2, &says);
}

#[test]
fn an_engine_that_does_not_say_which_shard_it_is_is_refused() {
    let args = [&TARGET[..], &["--shard", "auto"]].concat();
    check(&args, &[], 2, &["--shard auto: ", "GitLab CI", "give --shard I/N"]);
    let gitlab = ("CI_NODE_TOTAL", "4");
    check(&args, &[gitlab], 2, &["CI_NODE_TOTAL=4", "lacks CI_NODE_INDEX", "`parallel: N`"]);
    check(&args, &[gitlab, ("CI_NODE_INDEX", "5")], 2, &["CI_NODE_INDEX=5", "none of its own"]);
    check(&args, &[gitlab, ("CI_NODE_INDEX", "")], 2, &["CI_NODE_INDEX is set but empty"]);
    let both = [gitlab, ("CI_NODE_INDEX", "2"), ("JOB_COMPLETION_INDEX", "1")];
    check(&args, &both, 2, &["GitLab CI", "a Kubernetes Indexed Job", "both say"]);
}

#[test]
fn an_instant_that_is_past_far_ahead_or_without_a_zone_is_refused() {
    check(&["--start-at", &in_seconds(-90)], &[], 3, &["past by 1 min 30 s", "all of them again"]);
    check(&["--start-at", &in_seconds(100_000)], &[], 2, &["27 h 46 min ahead", "date and zone"]);
    check(&["--start-at", "2026-11-23T17:00:00"], &[], 2, &["--start-at", "2026-11-23T17:00:00Z"]);
}

#[test]
fn a_dry_run_tells_the_share_and_the_instant() {
    let start_at = in_seconds(3600);
    let args = ["run", "--dry-run", "--shard", "2/4", "--start-at", &start_at];
    let Ended { code, out, err } = Desk::new().run(&[&args[..], &TARGET].concat());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("shard     2/4: devices, sockets and connects are told of it"), "{out}");
    assert!(out.contains(&format!("start     at {start_at}")), "{out}");
}

#[test]
fn a_shard_begins_at_its_instant_and_tells_of_both_and_of_its_clock() {
    let desk = Desk::new();
    desk.write(
        "flow.yaml",
        "name: flow\nload: { devices: 8, iterations: 1 }\nflow: [init, { send: hello }, end]\n",
    );
    let serving = Serving::start_with(&desk, &["--gateway", "emulate"]);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let start_at = in_seconds(10);
    let to = ["--target", &serving.target, "--token", token.trim(), "--out", "run"];
    let how = ["--shard", "auto", "--start-at", &start_at, "--format", "json"];
    let engine = [("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "4")];
    let ended = desk.run_with(&[&["run", "flow.yaml"], &to[..], &how].concat(), &engine);
    assert_eq!(ended.code, Some(0), "{}{}", ended.err, ended.out);
    assert!(ended.err.contains("note: shard 2/4, as GitLab CI says"), "{}", ended.err);
    assert_eq!(
        ended.err.matches(&format!("starts at {start_at}, in ")).count(),
        1,
        "{}",
        ended.err
    );
    let run: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&run["shard"]["index"], &run["shard"]["count"]), (&2.into(), &4.into()));
    assert_eq!(run["start_at"], *start_at);
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(at(run["started_at"].as_str().unwrap()) >= at(&start_at), "{}", run["started_at"]);
    let said = run["in_force"].as_array().unwrap().iter().find(|one| one["key"] == "shard");
    assert_eq!(said.unwrap()["value"], "2/4, as GitLab CI says");
    let repeats = run["repeat_with"].as_array().unwrap();
    assert!(repeats.iter().any(|option| option == "--shard=2/4"), "{repeats:?}");
    let skew = run["readings"]["clock_skew"][0].as_str().unwrap();
    assert!(skew.starts_with("this machine's clock "), "{skew}");
}

#[test]
fn a_signal_while_a_run_waits_for_its_instant_ends_it_at_once() {
    let desk = Desk::new();
    let mut going = desk.start(&["run", "--start-at", &in_seconds(3600), "--out", "run"]);
    going.hear("starts at ");
    going.signal("INT");
    let ended = going.end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(130), ""));
    assert!(!desk.names().contains(&"run/run.json".to_owned()), "{:?}", desk.names());
}
