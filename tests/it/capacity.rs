//! `deskbell capacity` as a user runs it, against a server whose knee is known: one request at once of
//! 10 ms is 100 a second, and a flow asks for one.

use serde_json::Value;

use crate::process::{Desk, Ended, Serving};

const SEND: &str = include_str!("capacity/send.yaml");

/// A server that carries 100 requests a second.
const KNOWN: [&str; 2] = ["--server-arg=--capacity=1", "--server-arg=--latency=10ms"];

/// Levels that are as short as may be: what they show is rough.
const SHORT: [&str; 6] = ["--level", "2s", "--level-max", "2s", "--warm-up", "500ms"];

/// What no level misses but for its load, however busy the machine is.
const SLO: [&str; 2] = ["--slo", "rtt.send.p50 < 1s"];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("send.yaml", SEND);
    desk
}

const FIXED: [&str; 6] = ["capacity", "send.yaml", "--out", "found", "--progress", "none"];

fn line<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&FIXED[..], &SHORT, &SLO, more].concat()
}

/// The record of a search that ends with this exit code.
#[track_caller]
fn check(desk: &Desk, more: &[&str], code: i32) -> Value {
    let Ended { code: ended, out, err } = desk.run(&line(more));
    assert_eq!(ended, Some(code), "{more:?}\n{out}{err}");
    serde_json::from_str(&desk.read("found/capacity.json")).unwrap()
}

fn loads(record: &Value, outcome: &str) -> Vec<f64> {
    let levels = record["levels"].as_array().unwrap().iter();
    let those = levels.filter(|level| level["outcome"] == outcome);
    those.map(|level| level["load"].as_f64().unwrap()).collect()
}

/// Whether machine and generator were quick enough for what was asked of them: where they were not, the
/// search says so, and tells nothing of the knee.
fn is_trusted(record: &Value) -> bool {
    record["ended"]["by"] != "generator"
}

#[test]
fn a_known_knee_is_found() {
    let desk = desk();
    // Half a second of a queue needs some seconds of a fifth too much.
    let levels = ["--level", "4s", "--level-max", "4s", "--warm-up", "1s"];
    let more =
        ["--slo", "rtt.send.p99 < 500ms", "--from", "50", "--to", "200", "--precision", "20%"];
    let args = [&FIXED[..], &levels, &more, &KNOWN].concat();
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(code, Some(0), "{out}{err}");
    let record: Value = serde_json::from_str(&desk.read("found/capacity.json")).unwrap();
    if is_trusted(&record) {
        assert_eq!((&record["verdict"], &record["by"]), (&"found".into(), &"rate".into()));
        let knee = |part: &str| record["knee"][part].as_f64().unwrap();
        assert!((75.0..130.0).contains(&knee("load")), "{}", record["knee"]);
        assert!(knee("low") < knee("high"), "{}", record["knee"]);
    }
    for level in record["levels"].as_array().unwrap() {
        for attempt in level["attempts"].as_array().unwrap() {
            let folder = format!("found/{}", attempt["folder"].as_str().unwrap());
            let run = desk.read(&format!("{folder}/run.json"));
            let run: Value = serde_json::from_str(&run).unwrap();
            assert_eq!(run["thresholds"], Value::Array(Vec::new()), "levels have objectives");
            assert_eq!(run["scenarios"][0]["thresholds"], Value::Array(Vec::new()));
        }
    }
    for name in ["capacity.csv", "summary.md", "junit.xml", "report.html"] {
        assert!(desk.path("found").join(name).exists(), "{name}");
    }
}

#[test]
fn below_the_knee_all_is_carried() {
    let desk = desk();
    let more = ["--from", "20", "--to", "40", "--at-least", "40", "--junit", "copy.xml"];
    let record = check(&desk, &[&more[..], &KNOWN].concat(), 0);
    assert_eq!((&record["verdict"], &record["ended"]["by"]), (&"beyond".into(), &"top".into()));
    assert_eq!(loads(&record, "kept"), [20.0, 40.0]);
    assert_eq!(record["objectives"][1], "errors.rate < 1%");
    let notes = record["notes"].to_string();
    assert!(notes.contains("no objective is about errors"), "{notes}");
    let level = &record["levels"][1];
    let near = |part: &str, expected: f64| {
        let value = level[part].as_f64().unwrap();
        assert!((value / expected - 1.0).abs() < 0.3, "{part}: {value}");
    };
    near("achieved", 40.0);
    near("sends_per_s", 40.0);
    near("throughput_per_s", 40.0);
    assert!(level["concurrency"].as_f64().unwrap() >= 0.3, "{level}");
    assert_eq!(desk.read("copy.xml"), desk.read("found/junit.xml"));
    let Ended { code, err, .. } = desk.run(&line(&["--from", "20", "--to", "40"]));
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("--overwrite"), "{err}");
}

#[test]
fn a_lowest_load_above_the_knee_fails() {
    let more = ["--from", "300", "--to", "600", "--at-least", "300", "-d", "250"];
    let args = [&line(&more)[..], &KNOWN].concat();
    let desk = desk();
    let Ended { code, out, err } = desk.run(&args);
    let record: Value = serde_json::from_str(&desk.read("found/capacity.json")).unwrap();
    let (expected, verdict) = if is_trusted(&record) { (1, "failed") } else { (4, "invalid") };
    assert_eq!((code, &record["verdict"]), (Some(expected), &verdict.into()), "{out}{err}");
    assert_eq!(record["carried"], Value::Null);
    assert!(loads(&record, "kept").is_empty());
}

#[test]
fn less_than_is_asked_for_fails() {
    let more = ["--from", "20", "--to", "30", "--at-least", "40"];
    let record = check(&desk(), &[&more[..], &KNOWN].concat(), 1);
    assert_eq!(record["verdict"], "failed");
    let why = record["why"].to_string();
    assert!(why.contains("at least 40/s were asked for"), "{why}");
}

#[test]
fn a_gateway_that_throttles_ends_it() {
    let gateway = [
        "--server-arg=--gateway=emulate",
        "--server-arg=--gateway-set=requests-per-second=100",
        "--server-arg=--gateway-set=burst=50",
    ];
    let more = ["--from", "20", "--to", "80", "--precision", "50%", "-d", "10"];
    let record = check(&desk(), &[&more[..], &gateway].concat(), 0);
    assert_eq!(record["ended"]["by"], "throttling");
    assert!(record["ended"]["told"].to_string().contains("throttled"), "{}", record["ended"]);
}

#[test]
fn too_few_devices_are_no_fault_of_the_endpoint() {
    let desk = desk();
    desk.write("slow.yaml", SEND.replace("{ send: hello }", "{ send: hello }, { think: 1s }"));
    let more = ["--slo", "rtt.send.p90 < 500ms", "-d", "30", "--from", "10", "--to", "160"];
    let mut args = [&FIXED[..], &SHORT, &more].concat();
    args[1] = "slow.yaml";
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(code, Some(0), "{out}{err}");
    let record: Value = serde_json::from_str(&desk.read("found/capacity.json")).unwrap();
    assert_eq!((&record["verdict"], &record["ended"]["by"]), (&"beyond".into(), &"cap".into()));
    assert!(record["ended"]["told"].to_string().contains("too few for"), "{}", record["ended"]);
}

#[test]
fn the_caps_of_a_profile_end_it() {
    let desk = desk();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    desk.write("accounts.csv", format!("token,tenant\n{},34\n", token.trim()));
    let caps = "accounts: accounts.csv\ncaps: { devices: 60, rate: 50/s }\n";
    desk.write("uat.yaml", format!("target: {}\n{caps}", serving.target));
    let more = ["--profile", "uat.yaml", "--from", "10", "--to", "160"];
    let record = check(&desk, &more, 0);
    assert_eq!((&record["verdict"], &record["ended"]["by"]), (&"beyond".into(), &"cap".into()));
    assert!(record["ended"]["told"].to_string().contains("caps.rate allows 50"));
    let by_devices = ["--profile", "uat.yaml", "--by", "devices", "--from", "80", "--to", "90"];
    let Ended { code, err, .. } = desk.run(&[&line(&by_devices)[..], &["--overwrite"]].concat());
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("caps.devices allows 60"), "{err}");
}

#[test]
fn devices_are_raised_in_a_closed_model() {
    let desk = desk();
    let more = ["--by", "devices", "--from", "2", "--to", "4"];
    let record = check(&desk, &[&more[..], &KNOWN].concat(), 0);
    assert_eq!(record["ended"]["by"], "top");
    let throughput = |at: usize| record["levels"][at]["throughput_per_s"].as_f64().unwrap();
    assert!(throughput(0) > 5.0, "{}", throughput(0));
    assert!(throughput(1) < 105.0, "a request at once of 10 ms: {}", throughput(1));
}

#[test]
fn an_interrupted_search_tells_the_levels_done() {
    let desk = desk();
    let more = ["--from", "10", "--to", "40", "--level", "10s", "--warm-up", "0s"];
    let args = [&FIXED[..], &SLO, &more, &KNOWN].concat();
    let mut going = desk.start(&args);
    going.hear("level 1");
    going.signal("INT");
    let ended = going.end();
    assert_eq!(ended.code, Some(130), "{}{}", ended.err, ended.out);
    let record: Value = serde_json::from_str(&desk.read("found/capacity.json")).unwrap();
    assert_eq!((&record["verdict"], &record["exit_code"]), (&"interrupted".into(), &130.into()));
    assert_eq!((loads(&record, "kept"), &record["carried"]), (vec![10.0], &10.0.into()));
    assert_eq!(record["ended"]["by"], "interrupted");
}

#[test]
fn every_mistake_is_told_at_once_and_nothing_is_run() {
    let desk = desk();
    let args =
        ["capacity", "send.yaml", "--slo", "sned_to_ack.p99 < 1s", "--from", "0", "--to", "x"];
    let Ended { code, err, .. } = desk.run(&args);
    assert_eq!(code, Some(2), "{err}");
    for told in ["sned_to_ack.p99", "--from 0", "--to x"] {
        assert!(err.contains(told), "{told}: {err}");
    }
    let Ended { code, err, .. } =
        desk.run(&["capacity", "builtin:load", "--from", "9", "--to", "3"]);
    assert_eq!(code, Some(2), "{err}");
    for told in ["--slo is missing", "--from 9 is above --to 3", "9 scenarios"] {
        assert!(err.contains(told), "{told}: {err}");
    }
    assert_eq!(desk.names(), ["send.yaml"]);
}

#[test]
fn a_dry_run_tells_what_would_be_asked_for() {
    let desk = desk();
    let Ended { code, out, err } = desk.run(&line(&["--from", "1", "--to", "100", "--dry-run"]));
    assert_eq!(code, Some(0), "{err}");
    for told in ["from 1/s to 100/s: at most", "levels", "devices", "account", "sessions"] {
        assert!(out.contains(told), "{told}: {out}");
    }
    let json = ["--from", "1", "--to", "100", "--dry-run", "--format", "json"];
    let Ended { code, out, .. } = desk.run(&line(&json));
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, told["planned"].as_array().map(Vec::is_empty)), (Some(0), Some(false)));
    assert_eq!(desk.names(), ["send.yaml"]);
}
