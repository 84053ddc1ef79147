//! Runs from end to end: their exit status and their reports.

use deskbell::archive;
use serde_json::Value;

use super::REPORTS;
use super::refusals::elements;
use crate::process::{Desk, Ended, Serving};

/// The metrics that every run of `builtin:chat` has samples of.
const METRICS: [&str; 14] = [
    "connect",
    "rtt.end",
    "rtt.init",
    "rtt.messages",
    "rtt.ping",
    "rtt.seen",
    "rtt.send",
    "rtt.session",
    "rtt.unread",
    "rtt.unsend",
    "send_to_ack",
    "send_to_event",
    "send_to_peer",
    "send_to_self",
];

/// Holds a run folder to a passed run of so many devices.
#[track_caller]
fn check_passed(desk: &Desk, folder: &str, devices: u64) {
    for name in REPORTS {
        assert!(desk.names().contains(&format!("{folder}/{name}")), "{name}: {:?}", desk.names());
    }
    let run: Value = serde_json::from_str(&desk.read(&format!("{folder}/run.json"))).unwrap();
    assert_eq!(run["verdict"], "passed", "{}", run["why"]);
    assert_eq!(run["exit_code"], 0);
    let total = |name: &str| run["totals"][name].as_u64().unwrap();
    assert_eq!(total("devices"), devices);
    assert!(total("sends") > 0);
    assert_eq!(total("sends"), total("sends_acked"));
    assert!(total("deliveries") > 0);
    assert_eq!(total("deliveries"), total("deliveries_expected"));
    assert_eq!((total("lost"), total("duplicates"), total("dropped")), (0, 0, 0));
    for level in ["must", "should", "info", "waived"] {
        assert_eq!(run["totals"]["findings"][level], 0, "{level}");
    }
    for metric in METRICS {
        assert!(run["latency"][metric]["count"].as_u64() > Some(0), "{metric}: {}", run["latency"]);
    }
    let log = desk.read(&format!("{folder}/latency.hlog"));
    for metric in METRICS {
        assert!(log.contains(&format!("\nTag={metric},")), "{metric}");
    }
    let ids = archive::read_ids(&desk.path(folder)).unwrap();
    let journal = desk.read(&format!("{folder}/sessions.jsonl"));
    let opened = journal.lines().filter(|line| line.contains(r#""kind":"opened""#)).count();
    assert_eq!((ids.sessions().len(), ids.strangers().len(), ids.untold()), (opened, 0, 0));
    assert!(opened > 0 && ids.messages().count() as u64 >= total("sends"));
    let timeline = desk.read(&format!("{folder}/timeline.csv"));
    let sends = timeline.lines().skip(1).map(|row| row.split(',').nth(3).unwrap().parse::<u64>());
    assert_eq!(sends.map(Result::unwrap).sum::<u64>(), total("sends"));
    assert_eq!(elements(&desk.read(&format!("{folder}/junit.xml")), "failure"), 0);
    assert_eq!(desk.read(&format!("{folder}/violations.jsonl")), "");
}

#[test]
fn a_run_against_the_embedded_server_passes_with_every_report() {
    let desk = Desk::new();
    let Ended { code, out, err } = desk.run(&[
        "run", "-d", "20", "--seed", "7", "--out", "run", "--junit", "j.xml", "--csv", "s.csv",
    ]);
    assert_eq!(code, Some(0), "{out}{err}");
    for part in ["embedded reference server", "PASSED", "20 devices", "seed 7", "report    run"] {
        assert!(out.contains(part), "does not say {part:?}:\n{out}");
    }
    assert!(out.lines().all(|line| line.trim_end() == line), "blanks at the end of a line:\n{out}");
    check_passed(&desk, "run", 20);
    assert_eq!(desk.read("j.xml"), desk.read("run/junit.xml"));
    assert_eq!(desk.read("s.csv"), desk.read("run/summary.csv"));
    let left_over = desk.names().into_iter().find(|name| name.contains(".deskbell-"));
    assert_eq!(left_over, None);
}

#[test]
fn a_run_without_a_folder_of_its_own_lands_in_reports() {
    let desk = Desk::new();
    let Ended { code, out, .. } = desk.run(&["run", "-d", "2", "--format", "json"]);
    assert_eq!(code, Some(0), "{out}");
    let run: Value = serde_json::from_str(&out).unwrap();
    check_passed(&desk, &format!("reports/{}", run["run_id"].as_str().unwrap()), 2);
}

#[test]
fn a_run_may_take_the_place_of_an_older_one() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("run")).unwrap();
    desk.write("run/run.json", "{}");
    let ended = desk.run(&["run", "-d", "2", "--out", "run", "--overwrite"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    check_passed(&desk, "run", 2);
}

#[test]
fn a_server_in_another_process_is_run_against_with_its_token() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let target = ["run", "--target", &serving.target, "-d", "20"];
    let args = [&target[..], &["--token", token.trim(), "--out", "by-flag"]].concat();
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(code, Some(0), "{out}{err}");
    check_passed(&desk, "by-flag", 20);
    let variables =
        [("DESKBELL_TARGET", serving.target.as_str()), ("DESKBELL_TOKEN", token.trim())];
    let ended = desk.run_with(&["run", "-d", "2", "--out", "by-variable"], &variables);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    check_passed(&desk, "by-variable", 2);
    for name in REPORTS.map(|name| format!("by-flag/{name}")) {
        assert!(!desk.read(&name).contains(token.trim()), "{name}");
    }
}

#[test]
fn a_server_ends_by_itself_when_it_is_told_to() {
    for signal in ["TERM", "INT"] {
        let desk = Desk::new();
        let serving = Serving::start(&desk);
        serving.going.signal(signal);
        assert_eq!(serving.going.end().code, Some(0), "{signal}");
    }
}

#[test]
fn an_interrupted_run_reports_in_full() {
    for signal in ["TERM", "INT"] {
        let desk = Desk::new();
        let args = ["run", "-d", "4", "--duration", "60s", "--progress", "plain", "--out", "run"];
        let mut going = desk.start(&args);
        going.hear("sends/s");
        going.signal(signal);
        let Ended { code, out, .. } = going.end();
        assert_eq!(code, Some(130), "{signal}: {out}");
        assert!(out.contains("STOPPED"), "{out}");
        for name in REPORTS {
            assert!(desk.names().contains(&format!("run/{name}")), "{name}: {:?}", desk.names());
        }
        let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
        assert_eq!(run["verdict"], "interrupted");
        assert_eq!(run["exit_code"], 130);
        assert!(run["totals"]["sends"].as_u64() > Some(0), "{}", run["totals"]);
    }
}
