//! Real runs against the embedded server, some of them slower, wrong or less than others. They are made
//! once for all that is asked of them.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::process::{Desk, Ended};

use super::{compared, outcome, row, why};

/// Two devices of each person, and what they do.
const SCENARIO: &str = "name: talk
actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
load: { devices: 80, rate: 10/s, duration: 4s }
setup: [ init ]
flow:
  - send: { text: hello, as: question }
teardown: [ end ]
";

/// Far more than runs of a few seconds differ on a busy machine, and far less than the slow server takes.
const LIMITS: [&str; 10] = [
    "--max-regression",
    "p50=500ms",
    "--max-regression",
    "sends.rate=60%",
    "--max-regression",
    "events.rate=60%",
    "--max-regression",
    "errors.rate=5%",
    "--despite",
    "invalid",
];

const BASE: [&str; 3] = ["base-0", "base-1", "base-2"];
const SAME: [&str; 3] = ["same-0", "same-1", "same-2"];
const SLOW: [&str; 3] = ["slow-0", "slow-1", "slow-2"];

/// Runs a scenario side by side into folders, and sees that each has left its record.
#[track_caller]
fn make(desk: &Desk, scenario: &str, server: &[&str], folders: &[&str]) {
    let server: Vec<_> = server.iter().map(|arg| format!("--server-arg={arg}")).collect();
    let going = folders.iter().map(|folder| {
        let own = ["run", scenario, "--out", folder, "--progress", "none"];
        let server = server.iter().map(String::as_str);
        desk.start(&own.into_iter().chain(server).collect::<Vec<_>>())
    });
    for going in going.collect::<Vec<_>>() {
        let Ended { code, out, err } = going.end();
        assert!(matches!(code, Some(0 | 1 | 4)), "{code:?} {out}{err}");
    }
}

#[test]
fn real_runs_are_told_apart() {
    let desk = Desk::new();
    desk.write("talk.yaml", SCENARIO);
    desk.write("more.yaml", SCENARIO.replace("teardown", "  - unsend: question\nteardown"));
    make(&desk, "talk.yaml", &["--latency=20ms"], &BASE);
    make(&desk, "talk.yaml", &["--latency=20ms"], &SAME);
    make(&desk, "talk.yaml", &["--latency=3s"], &SLOW);
    make(&desk, "talk.yaml", &["--latency=20ms", "--defect=event-ids-as-text"], &["wrong"]);
    make(&desk, "more.yaml", &["--latency=20ms"], &["more"]);
    the_same_passes(&desk);
    what_is_slower_fails_and_is_told_in_every_report(&desk);
    a_clause_that_is_newly_violated_fails(&desk);
    a_clause_that_is_no_longer_exercised_fails(&desk);
}

fn the_same_passes(desk: &Desk) {
    let (code, told) = compared(desk, &BASE, &SAME, &LIMITS);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(told["format"], "deskbell.comparison/1");
    assert_eq!(told["method"]["evidence"], "between-runs");
    let p50 = row(&told, "send_to_peer.p50")["base"]["value"].as_f64().unwrap();
    assert!(p50 > 20_000.0, "{p50}");
}

fn what_is_slower_fails_and_is_told_in_every_report(desk: &Desk) {
    let (code, told) = compared(desk, &BASE, &SLOW, &LIMITS);
    assert_eq!(code, 1, "{told:#}");
    assert_eq!(outcome(&told, "send_to_peer.p50"), "worse", "{told:#}");
    assert!(why(&told).contains("send_to_peer.p50 is worse"), "{}", why(&told));
    let named = BASE.iter().flat_map(|base| ["--base", base]).chain(SLOW).chain(LIMITS);
    let options = ["--out", "told", "--junit", "copy.xml"];
    let args: Vec<_> = ["compare"].into_iter().chain(named).chain(options).collect();
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert!(out.contains("send_to_peer.p50"), "{out}");
    for name in ["comparison.html", "comparison.json", "comparison.md", "junit.xml"] {
        let text = desk.read(&format!("told/{name}"));
        assert!(text.contains("send_to_peer.p50"), "{name}");
    }
    assert_eq!(desk.read("copy.xml"), desk.read("told/junit.xml"));
    let failed = failed_cases(&desk.read("copy.xml"));
    assert!(failed.iter().any(|name| name.contains("send_to_peer.p50")), "{failed:?}");
}

/// The names of the cases of a junit.xml that failed.
fn failed_cases(junit: &str) -> Vec<String> {
    let mut reader = Reader::from_str(junit);
    let (mut case, mut failed) = (String::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == b"testcase" => {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                case = String::from_utf8(name.value.into_owned()).unwrap();
            }
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == b"failure" => {
                failed.push(case.clone());
            }
            Event::Eof => return failed,
            _ => {}
        }
    }
}

fn a_clause_that_is_newly_violated_fails(desk: &Desk) {
    let (code, told) = compared(desk, &BASE, &["wrong"], &LIMITS);
    assert_eq!(code, 1, "{told:#}");
    let change = &told["clauses"][0];
    assert_eq!(change["shift"], "newly-violated", "{told:#}");
    assert!(why(&told).contains("EVENT-5 is newly violated: "), "{}", why(&told));
    let (_, told) = compared(desk, &["wrong"], &BASE, &LIMITS);
    assert_eq!(told["clauses"][0]["shift"], "no-longer-violated", "{told:#}");
}

fn a_clause_that_is_no_longer_exercised_fails(desk: &Desk) {
    let args = ["compare", "--base", "more", "base-0", "--despite", "invalid"];
    let Ended { code, err, .. } = desk.run(&args);
    assert_eq!(code, Some(2));
    assert!(err.contains("different plans") && err.contains("--despite plan"), "{err}");
    let options = [&LIMITS[..], &["--despite", "plan"]].concat();
    let (code, told) = compared(desk, &["more"], &BASE, &options);
    assert_eq!(code, 1, "{told:#}");
    assert!(why(&told).contains("UNSEND-1 is no longer exercised"), "{}", why(&told));
    assert!(told["notes"].to_string().contains("different plans"), "{}", told["notes"]);
}
