//! A disk that is full.

use serde_json::Value;

use super::small::Small;
use super::{LONG, SHORT, check_junit, check_told, check_whole};
use crate::process::Desk;

/// What the system says: of a disk, or of a file that may not grow.
#[track_caller]
fn check_cause(text: &str) {
    let causes = ["No space left on device", "File too large"];
    assert!(causes.iter().any(|cause| text.contains(cause)), "{text}");
}

#[test]
fn a_disk_that_is_full_before_the_run_keeps_it_from_beginning() {
    let desk = Desk::new();
    desk.write("flow.yaml", SHORT);
    let args = ["run", "flow.yaml", "--out", "disk/run", "--junit", "junit.xml"];
    let ended = Small::start(&desk, 16 << 10, &args).going.end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
    assert!(ended.err.contains("cannot write into the folder disk/run: "), "{}", ended.err);
    check_cause(&ended.err);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    check_junit(&desk, "junit.xml", "cannot write into the folder");
    assert_eq!(desk.names().iter().filter(|name| name.starts_with("kept/run/")).count(), 0);
}

#[test]
fn a_trace_that_fills_its_disk_ends_the_run_in_time() {
    let desk = Desk::new();
    desk.write("flow.yaml", LONG);
    let args = ["run", "flow.yaml", "--out", "run", "--junit", "junit.xml", "--format", "json"];
    let trace = ["--trace", "disk/t.jsonl", "--progress", "none"];
    let ended = Small::start(&desk, 256 << 10, &[&args[..], &trace].concat()).going.end();
    let run = check_told(&ended, &["cannot write disk/t.jsonl: ", "lost: frames from then on"]);
    check_cause(&ended.err);
    check_junit(&desk, "junit.xml", "cannot write disk/t.jsonl");
    check_whole(&desk);
    let written: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!(written, run);
    assert!(desk.names().contains(&"run/latency.hlog".into()));
    assert!(desk.read("kept/t.jsonl").lines().count() > 100);
}

#[test]
fn a_disk_that_fills_in_mid_run_ends_it_and_what_fits_is_written() {
    let desk = Desk::new();
    desk.write("flow.yaml", LONG);
    let args = ["run", "flow.yaml", "--out", "disk/run", "--junit", "junit.xml"];
    let shown = ["--format", "json", "--progress", "plain"];
    let mut small = Small::start(&desk, 4 << 20, &[&args[..], &shown].concat());
    small.going.hear("sends/s");
    small.fill();
    let ended = small.going.end();
    check_told(&ended, &["cannot write ", "disk/run/latency.hlog", "the latencies of each second"]);
    check_cause(&ended.err);
    check_junit(&desk, "junit.xml", "cannot write disk/run/");
    check_whole(&desk);
    assert!(desk.read("kept/run/sessions.jsonl").starts_with("{\"kind\":\"run\""));
}

#[test]
fn a_report_that_does_not_fit_at_the_end_is_left_out_and_the_others_say_so() {
    let desk = Desk::new();
    desk.write("flow.yaml", "name: flow\nflow: [init, { send: hello }, end]\n");
    let args = ["run", "flow.yaml", "--out", "disk/run", "--junit", "junit.xml"];
    let shown = ["--format", "json", "--csv", "summary.csv"];
    let ended = Small::start(&desk, 144 << 10, &[&args[..], &shown].concat()).going.end();
    let run = check_told(&ended, &["disk/run/report.html", "lost: reports"]);
    check_cause(&ended.err);
    check_junit(&desk, "junit.xml", "cannot write disk/run/report.html");
    check_whole(&desk);
    let written: Value = serde_json::from_str(&desk.read("kept/run/run.json")).unwrap();
    assert_eq!(written["why"], run["why"]);
    let names = desk.names();
    assert!(!names.contains(&"kept/run/report.html".into()), "{names:?}");
    for name in ["junit.xml", "summary.md", "latency.hlog"] {
        assert!(names.contains(&format!("kept/run/{name}")), "{name}: {names:?}");
    }
    assert!(desk.read("kept/run/junit.xml").contains("the run could be done"));
    assert!(names.contains(&"summary.csv".into()));
}
