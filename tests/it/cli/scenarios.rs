//! Scenarios as the command line finds, checks and selects them.

use std::path::Path;

use serde_json::Value;

use crate::process::{Desk, Ended};

/// A shipped file or folder, by its name in the repository.
fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn check(desk: &Desk, args: &[&str], expected: i32, says: &[&str]) {
    let Ended { code, out, err } = desk.run(args);
    assert_eq!(code, Some(expected), "{args:?}\n{out}{err}");
    let (shown, other) = if expected == 0 { (out, err) } else { (err, out) };
    for part in says {
        assert!(shown.contains(part), "{args:?}\ndoes not say {part:?}:\n{shown}");
    }
    assert_eq!(other, "", "{args:?}");
}

#[test]
fn every_shipped_scenario_is_without_mistakes() {
    check(&Desk::new(), &["check", &shipped("scenarios")], 0, &["29 scenarios", "no mistakes"]);
    let builtin = ["check", "builtin:tour", "builtin:conformance", "builtin:load/idle"];
    check(&Desk::new(), &builtin, 0, &["19 scenarios", "no mistakes"]);
}

#[test]
fn every_mistake_of_every_file_is_told_at_once_and_nothing_is_left_behind() {
    let desk = Desk::new();
    desk.write("a.yaml", "name: a\nflow:\n  - innit\n  - send: hello\n    bye: tablet\n");
    desk.write("b.yaml", "name: b\nflow:\n  - think: 10\n");
    let places = ["a.yaml:3:5", "did you mean `init`?", "a.yaml:5:5", "b.yaml:3:12"];
    check(&desk, &["check", "a.yaml", "b.yaml"], 2, &places);
    check(&desk, &["run", "a.yaml", "b.yaml"], 2, &places);
    assert_eq!(desk.names(), ["a.yaml", "b.yaml"]);
}

#[test]
fn what_cannot_be_checked_is_told() {
    let desk = Desk::new();
    check(&desk, &["check", "absent.yaml"], 2, &["error: ", "`absent.yaml`"]);
    check(&desk, &["check", "builtin:absent"], 2, &["error: ", "builtin:absent"]);
    check(&desk, &["check", "--nonsense"], 2, &["error: ", "--nonsense"]);
}

#[test]
fn a_rate_that_its_devices_cannot_carry_is_warned_about() {
    let desk = Desk::new();
    let load = "load: { devices: 10, duration: 1m, rate: 50/s }";
    desk.write("busy.yaml", format!("name: busy\n{load}\nflow: [init, {{ think: 4s }}, end]\n"));
    let Ended { code, out, err } = desk.run(&["check", "busy.yaml"]);
    assert_eq!((code, out.trim()), (Some(0), "1 scenario with 3 steps, no mistakes"));
    let told = "warning: busy: it needs at least 200 devices: 50/s of flows that pause 4 s";
    assert!(err.starts_with(told), "{err}");
    let plan = desk.run(&["run", "busy.yaml", "--dry-run"]).out;
    assert!(plan.contains("needs at least 200 devices"), "{plan}");
}

#[test]
fn starts_are_made_by_whoever_plays_however_many_workers_there_are() {
    let desk = Desk::new();
    let load = "load: { devices: 1, duration: 1s, rate: 4/s }";
    desk.write("few.yaml", format!("name: few\n{load}\nflow: [init, {{ send: hello }}, end]\n"));
    let Ended { code, out, err } = desk.run(&["run", "few.yaml", "--workers", "3", "--out", "run"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!((&run["totals"]["sends"], &run["totals"]["dropped"]), (&4.into(), &0.into()));
    let load = &run["scenarios"][0]["load"];
    assert_eq!((&load["rate_per_s"], &load["arrival"]), (&4.0.into(), &"uniform".into()));
}

#[test]
fn flows_of_every_section_that_take_no_time_pass() {
    let desk = Desk::new();
    let folder = shipped("scenarios/conformance");
    let Ended { code, out, err } =
        desk.run(&["run", &folder, "--skip-tags", "slow", "--out", "run"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    let scenarios = run["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 15);
    for scenario in scenarios {
        for step in scenario["steps"].as_array().unwrap() {
            assert!(step["passed"].as_u64() > Some(0), "{}: {step}", scenario["name"]);
        }
    }
}

/// The names of the scenarios that a selection plays.
#[track_caller]
fn check_selected(selection: &[&str], expected: &[&str]) {
    let desk = Desk::new();
    for (name, tags) in [("early", "fast, one"), ("late", "slow, one"), ("plain", "")] {
        let text = format!("name: {name}\ntags: [{tags}]\nflow: [init, end]\n");
        desk.write(&format!("{name}.yaml"), text);
    }
    let args = [&["run", ".", "--out", "run"], selection].concat();
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(code, Some(0), "{selection:?}\n{out}{err}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    let names = run["scenarios"].as_array().unwrap().iter().map(|one| one["name"].as_str());
    assert_eq!(names.flatten().collect::<Vec<_>>(), expected, "{selection:?}");
}

#[test]
fn tags_select_and_leave_out_scenarios() {
    check_selected(&[], &["early", "late", "plain"]);
    check_selected(&["--tags", "one"], &["early", "late"]);
    check_selected(&["--tags", "fast", "--tags", "slow"], &["early", "late"]);
    check_selected(&["--skip-tags", "slow"], &["early", "plain"]);
    check_selected(&["--tags", "one", "--skip-tags", "slow"], &["early"]);
}

#[test]
fn tags_that_select_nothing_are_a_mistake() {
    let desk = Desk::new();
    for selection in [["--tags", "nosuch"], ["--skip-tags", "tour"]] {
        let args = [&["run", "builtin:tour"], &selection[..]].concat();
        check(&desk, &args, 2, &["error: ", "tags"]);
    }
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}
