//! Runs that are not compared, and mistakes on the command line.

use std::fs;

use deskbell::run::{RunRecord, Shard, Verdict};

use crate::process::{Desk, Ended};

use super::synthetic::Synthetic;
use super::{BASE, CANDIDATE, TEMPLATE, compared, desk};

/// A desk with a run, and another one that is changed.
fn pair(change: impl FnOnce(&mut RunRecord)) -> Desk {
    let desk = Desk::new();
    let mut other = TEMPLATE.clone();
    change(&mut other);
    let short = |no| Synthetic { seconds: 12, ..Synthetic::no(no) };
    short(1).write(&TEMPLATE, &desk.path("base"));
    short(2).write(&other, &desk.path("run"));
    desk
}

#[track_caller]
fn check(desk: &Desk, args: &[&str], says: &[&str]) {
    let before = desk.names();
    let Ended { code, out, err } = desk.run(&[&["compare"], args].concat());
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    for part in says {
        assert!(err.contains(part), "does not say {part:?}:\n{err}");
    }
    assert_eq!(desk.names(), before);
}

/// Runs that differ are refused, unless that is let pass, which is noted.
#[track_caller]
fn check_unlike(kind: &str, change: impl FnOnce(&mut RunRecord), says: &str) {
    let desk = pair(change);
    let despite = format!("--despite {kind}");
    check(&desk, &["--base", "base", "run"], &["error: ", says, &despite]);
    let (_, told) = compared(&desk, &["base"], &["run"], &["--despite", kind]);
    assert!(told["notes"].to_string().contains(says), "{}", told["notes"]);
    assert_eq!(told["differences"][0]["kind"], kind);
    assert_eq!(told["differences"][0]["let_pass"], true);
}

#[test]
fn runs_that_are_not_alike_are_refused_unless_that_is_let_pass() {
    check_unlike("plan", |run| run.plan = "another".into(), "different plans");
    check_unlike(
        "plan",
        |run| {
            run.plan = "another".into();
            run.scenarios[0].load.devices = 7;
        },
        "evening by 7 devices",
    );
    check_unlike("plan", |run| run.shard = Shard { index: 2, count: 4 }, "shard 2 of 4 (run)");
    check_unlike("target", |run| run.target = "wss://b.example.com/uat".into(), "b.example.com");
    check_unlike(
        "dialect",
        |run| drop(run.readings.insert("dialect".into(), "lenient".into())),
        "lenient (run)",
    );
    check_unlike(
        "invalid",
        |run| {
            run.generator.valid = false;
            run.generator.why = vec!["it came late".into()];
        },
        "it came late",
    );
}

#[test]
fn all_differences_are_told_at_once() {
    let desk = pair(|run| {
        run.plan = "another".into();
        run.target = "wss://b.example.com/uat".into();
        run.generator.valid = false;
    });
    let kinds = ["--despite target", "--despite plan", "--despite invalid"];
    check(&desk, &["--base", "base", "run"], &kinds);
    check(&desk, &["--base", "base", "run", "--despite", "plan"], &[kinds[0], kinds[2]]);
}

#[test]
fn an_embedded_server_is_the_same_one_at_any_port() {
    let desk = Desk::new();
    for (no, name) in [(1, "base"), (2, "run")] {
        let target = format!("ws://127.0.0.1:{no}000/uat (embedded reference server)");
        let record = RunRecord { target, seed: no, ..TEMPLATE.clone() };
        Synthetic { seconds: 12, ..Synthetic::no(no) }.write(&record, &desk.path(name));
    }
    let (_, told) = compared(&desk, &["base"], &["run"], &[]);
    assert_eq!(told["differences"].as_array().unwrap().len(), 0);
}

#[test]
fn an_interrupted_run_is_no_run_to_compare_by() {
    let desk = pair(|_| {});
    let path = "run/run.json";
    let text = desk.read(path).replace("\"verdict\": \"passed\"", "\"verdict\": \"interrupted\"");
    fs::write(desk.path(path), text).unwrap();
    check(&desk, &["--base", "base", "run"], &["run (interrupted)", "--despite unfinished"]);
    let (_, told) = compared(&desk, &["base"], &["run"], &["--despite", "unfinished"]);
    assert_eq!(told["candidate"][0]["verdict"], Verdict::Interrupted.as_str());
}

#[test]
fn every_mistake_is_told_at_once() {
    let desk = pair(|_| {});
    let limits = ["--max-regression", "p98=10%", "--max-regression", "send_to_per.p99=10%"];
    let runs = ["--base", "base", "base"];
    check(
        &desk,
        &[&limits[..], &runs].concat(),
        &["nothing is compared as `p98`", "did you mean `send_to_peer`?", "base is named twice"],
    );
    fs::create_dir(desk.path("empty")).unwrap();
    fs::create_dir(desk.path("spoilt")).unwrap();
    desk.write("spoilt/run.json", "{");
    check(
        &desk,
        &["--base", "absent", "--base", "empty", "spoilt"],
        &["no folder absent", "empty holds no run.json", "spoilt/run.json:1:"],
    );
}

#[test]
fn a_command_line_that_asks_for_nothing_is_refused() {
    let desk = pair(|_| {});
    check(&desk, &[], &["RUN"]);
    check(&desk, &["run"], &["--base"]);
    check(&desk, &["--base", "base"], &["RUN"]);
    check(&desk, &["--last", "1"], &["--last"]);
    check(&desk, &["--last", "2", "--base", "base", "run"], &["--last"]);
    check(&desk, &["--base", "base", "run", "--skip", "12s"], &["lasted 12 s", "--skip"]);
    check(&desk, &["--base", "base", "run", "--out", "run"], &["run holds a run", "--out"]);
}

#[test]
fn a_run_that_was_copied_is_known_again() {
    let desk = pair(|_| {});
    let text = desk.read("run/run.json").replace("synthetic-2", "synthetic-1");
    fs::write(desk.path("run/run.json"), text).unwrap();
    check(&desk, &["--base", "base", "run"], &["run is the run synthetic-1, as base is"]);
}

#[test]
fn files_that_do_not_belong_together_are_told() {
    let desk = pair(|_| {});
    let log = desk.read("run/latency.hlog");
    let (kept, _) = log.trim_end().rsplit_once('\n').unwrap();
    fs::write(desk.path("run/latency.hlog"), format!("{kept}\n")).unwrap();
    check(&desk, &["--base", "base", "run"], &["run/latency.hlog holds", "run.json counts"]);
}

#[test]
fn a_refused_comparison_leaves_its_reason_in_junit() {
    let desk = pair(|run| run.plan = "another".into());
    desk.write("old.xml", "<testsuites/>");
    let ended = desk.run(&["compare", "--base", "base", "run", "--junit", "old.xml"]);
    assert_eq!(ended.code, Some(2));
    assert!(desk.read("old.xml").contains("different plans"));
}

#[test]
fn a_history_is_compared_and_shown_as_a_trend() {
    let desk = desk(|one| one, |one| one);
    fs::create_dir(desk.path("reports")).unwrap();
    for name in BASE.iter().chain(&CANDIDATE) {
        fs::rename(desk.path(name), desk.path("reports").join(name)).unwrap();
    }
    let other = RunRecord { plan: "another".into(), ..TEMPLATE.clone() };
    Synthetic::no(12).write(&other, &desk.path("reports/other"));
    fs::create_dir(desk.path("reports/none")).unwrap();
    fs::create_dir(desk.path("reports/spoilt")).unwrap();
    desk.write("reports/spoilt/run.json", "{");
    let (_, told) = compared(&desk, &[], &[], &["--last", "4"]);
    let folders = |side: &str| {
        let runs = told[side].as_array().unwrap().iter();
        runs.map(|run| run["folder"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(folders("candidate"), ["reports/run-2"]);
    assert_eq!(folders("base"), ["reports/base-2", "reports/run-0", "reports/run-1"]);
    let trend = told["trend"].as_array().unwrap();
    assert_eq!(trend.len(), 4);
    let mut figures = trend[0]["figures"].as_array().unwrap().iter();
    let latency = figures.find(|one| one["name"] == "send_to_peer.p99").unwrap();
    assert!(latency["low"].as_f64() < latency["high"].as_f64(), "{latency}");
    let notes = told["notes"].to_string();
    assert!(notes.contains("left out: reports/spoilt/run.json"), "{notes}");
    assert!(notes.contains("1 run of reports left out"), "{notes}");
    check(&desk, &["--last", "3", "--reports", "reports/none"], &["holds no run", "--reports"]);
    check(&desk, &["--last", "3", "--reports", "absent"], &["cannot read the folder absent"]);
}
