//! Reports rendered again from a run's own folder.

use std::fs;

use crate::process::{Desk, Ended};

/// The reports that are rendered; the other files are what they are rendered from.
const RENDERED: [&str; 5] =
    ["report.html", "summary.md", "junit.xml", "summary.csv", "clauses.csv"];

/// Renders a run's reports again, elsewhere and in its own folder, and holds them to what the run wrote.
#[track_caller]
fn check(desk: &Desk, folder: &str, told_by_run: &str) {
    let elsewhere = format!("{folder}-again");
    let Ended { code, out, err } =
        desk.run(&["report", folder, "--out", &elsewhere, "--junit", "j.xml", "--csv", "s.csv"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out, format!("{told_by_run}rendered  {elsewhere}\n"));
    for name in RENDERED {
        let (own, again) = (format!("{folder}/{name}"), format!("{elsewhere}/{name}"));
        assert_eq!(desk.read(&again), desk.read(&own), "{name}");
    }
    assert_eq!(desk.read("j.xml"), desk.read(&format!("{folder}/junit.xml")));
    assert_eq!(desk.read("s.csv"), desk.read(&format!("{folder}/summary.csv")));
    let names = desk.names();
    let others = names.iter().filter(|name| name.starts_with(&format!("{elsewhere}/")));
    assert_eq!(others.count(), RENDERED.len(), "only reports are there: {names:?}");
    let all = files(desk, folder);
    fs::remove_file(desk.path(&format!("{folder}/report.html"))).unwrap();
    fs::write(desk.path(&format!("{folder}/clauses.csv")), "spoilt").unwrap();
    let Ended { code, out, err } = desk.run(&["report", folder, "--format", "json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out, desk.read(&format!("{folder}/run.json")));
    assert_eq!(files(desk, folder), all);
}

/// The files of a folder and what they hold.
fn files(desk: &Desk, folder: &str) -> Vec<(String, Vec<u8>)> {
    let names = desk.names().into_iter().filter(|name| name.starts_with(&format!("{folder}/")));
    names.map(|name| (name.clone(), fs::read(desk.path(&name)).unwrap())).collect()
}

#[test]
fn a_failed_run_is_told_again_byte_for_byte() {
    let desk = Desk::new();
    let args = ["run", "-d", "8", "--out", "run", "--server-arg=--defect"];
    let defect = "--server-arg=only-the-first-device-is-told";
    let Ended { code, out, err } = desk.run(&[&args[..], &[defect]].concat());
    assert_eq!(code, Some(1), "{out}{err}");
    check(&desk, "run", &out);
}

#[test]
fn a_run_of_a_second_is_told_again_with_what_it_measured_by_plan() {
    let desk = Desk::new();
    let text = "name: probing\nload: { devices: 4, rate: 20/s, duration: 1s }\nflow:\n  - init\n  \
                - call: { route: client/ping-on-chat-session, body: { chatSessionId: \"${session.id}\" }, \
                metric: probing }\n  - end\n";
    desk.write("probing.yaml", text);
    let Ended { code, out, err } = desk.run(&["run", "probing.yaml", "--out", "run"]);
    assert!(desk.names().contains(&"run/run.json".to_owned()), "{code:?} {out}{err}");
    check(&desk, "run", &out);
}

#[test]
fn a_run_that_was_interrupted_or_connected_nothing_is_told_again() {
    let desk = Desk::new();
    let args = ["run", "-d", "4", "--duration", "60s", "--progress", "plain", "--out", "stopped"];
    let mut going = desk.start(&args);
    going.hear("sends/s");
    going.signal("INT");
    let Ended { code, out, .. } = going.end();
    assert_eq!(code, Some(130), "{out}");
    check(&desk, "stopped", &out);
    let target = ["--target", "ws://127.0.0.1:1/uat", "--token", super::TOKEN];
    let args = ["run", "-d", "2", "--out", "refused"];
    let Ended { code, out, err } = desk.run(&[&args[..], &target].concat());
    assert_eq!(code, Some(3), "{out}{err}");
    check(&desk, "refused", &out);
}

#[track_caller]
fn check_refused(desk: &Desk, args: &[&str], says: &[&str]) {
    let before = desk.names();
    let Ended { code, out, err } = desk.run(&[&["report"], args].concat());
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    for part in says {
        assert!(err.contains(part), "does not say {part:?}:\n{err}");
    }
    assert_eq!(desk.names(), before);
}

#[test]
fn what_cannot_be_told_again_is_refused_in_one_message() {
    let desk = Desk::new();
    check_refused(&desk, &[], &["RUN"]);
    check_refused(&desk, &["absent"], &["error: there is no folder absent"]);
    fs::create_dir(desk.path("run")).unwrap();
    check_refused(&desk, &["run"], &["error: run holds no run.json", "broken off"]);
    desk.write("run/run.json", "{\n  \"format\": \"deskbell.run/2\",\n  \"new\": true\n}");
    check_refused(&desk, &["run"], &["run/run.json", "deskbell.run/2", "reads deskbell.run/1"]);
    desk.write("run/run.json", "{\n  \"format\": \"deskbell.run/1\"\n}");
    check_refused(&desk, &["run"], &["error: run/run.json:3:1: missing field"]);
    let ended = desk.run(&["run", "-d", "2", "--out", "good"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    check_refused(&desk, &["good", "--out", "run"], &["run holds another run", "--out"]);
    fs::remove_file(desk.path("good/latency.hlog")).unwrap();
    check_refused(&desk, &["good"], &["good/latency.hlog is missing"]);
}
