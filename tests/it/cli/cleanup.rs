//! Sessions that a run leaves open: it ends them itself, and after a kill `cleanup` does.

use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::Value;

use crate::process::{Desk, Ended, Serving};

/// A flow that never ends its session.
const FLOW: &str = "name: open\nflow: [init, { send: hello }, { think: 50ms }]\n";

/// The lines of a run's sessions.jsonl.
fn lines(desk: &Desk) -> Vec<Value> {
    let text = desk.read("run/sessions.jsonl");
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The ids that lines of a kind name.
fn ids(desk: &Desk, kind: &str) -> Vec<String> {
    let lines = lines(desk).into_iter().filter(|line| line["kind"] == kind);
    lines.map(|line| line["session"].as_str().unwrap().to_owned()).collect()
}

fn token(desk: &Desk, tenant: &str) -> String {
    desk.run(&["token", "--tenant", tenant]).out.trim().to_owned()
}

/// Holds that the server says of each session that it is closed.
#[track_caller]
fn check_closed(desk: &Desk, endpoint: &[&str], sessions: &[String]) {
    let line = |id: &String| format!("session {{\"chatSessionId\": \"{id}\"}}\n");
    let asked: String = sessions.iter().map(line).collect();
    let Ended { code, out, err } = desk.run_told(&[&["call", "-"], endpoint].concat(), &asked);
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(out.matches("\"isSessionClosed\": true").count(), sessions.len(), "{out}");
}

#[track_caller]
fn check_cleanup(desk: &Desk, options: &[&str], code: i32, says: &[&str]) {
    let Ended { code: ended, out, err } = desk.run(&[&["cleanup", "run"], options].concat());
    assert_eq!(ended, Some(code), "{options:?}\n{out}{err}");
    for part in says {
        assert!(format!("{out}{err}").contains(part), "does not say {part:?}:\n{out}{err}");
    }
}

#[test]
fn what_a_killed_run_left_open_is_ended() {
    let desk = Desk::new();
    desk.write("open.yaml", FLOW);
    let serving = Serving::start(&desk);
    let (own, others) = (token(&desk, "34"), token(&desk, "35"));
    let endpoint = ["--target", &serving.target, "--token", &own];
    let run = ["run", "open.yaml", "-d", "4", "--duration", "60s", "--progress", "plain"];
    let mut going = desk.start(&[&run[..], &["--out", "run"], &endpoint].concat());
    going.hear("sends/s");
    going.signal("KILL");
    assert_eq!(going.end().code, None);
    assert!(!desk.names().contains(&"run/run.json".to_owned()), "{:?}", desk.names());
    let opened = ids(&desk, "opened");
    assert!(opened.len() >= 4, "{opened:?}");
    assert!(!desk.read("run/sessions.jsonl").contains(&own));
    let path = desk.path("run/sessions.jsonl");
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"kind\":\"opened\",\"sess").unwrap();
    // Nobody may take the folder for an empty one.
    let again = desk.run(&["run", "-d", "2", "--out", "run"]);
    assert_eq!(again.code, Some(2), "{}", again.err);
    check_cleanup(&desk, &[], 2, &["--token"]);
    check_cleanup(&desk, &["--token", &others], 3, &["not ended", "get-chat-session"]);
    let all = format!("{0} sessions: {0} ended, 0 ended already, 0 could not", opened.len());
    let says = [&serving.target, all.as_str(), "1 line of the file could not be read", "stay"];
    check_cleanup(&desk, &["--token", &own], 0, &says);
    check_closed(&desk, &endpoint, &opened);
    check_cleanup(&desk, &[], 0, &["no session of the run is open"]);
}

#[test]
fn a_session_that_somebody_else_has_ended_is_told_so() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let own = token(&desk, "34");
    let endpoint = ["--target", &serving.target, "--token", &own];
    let called = desk.run(&[&["call", "init", "end"], &endpoint[..]].concat());
    let id = called.out.split("\"chatSessionId\": \"").nth(1).unwrap().split('"').next().unwrap();
    std::fs::create_dir(desk.path("run")).unwrap();
    let header = serde_json::json!({
        "kind": "run", "format": "deskbell.sessions/1", "run_id": "r", "at": "now",
        "target": serving.target, "embedded": false,
    });
    let opened = serde_json::json!({
        "kind": "opened", "session": id, "at": "now", "account": 7, "tenant": 34,
    });
    desk.write("run/sessions.jsonl", format!("{header}\n{opened}"));
    let says = ["1 session: 0 ended, 1 ended already, 0 could not be ended"];
    check_cleanup(&desk, &["--token", &own], 0, &says);
    desk.write("run/sessions.jsonl", format!("{opened}\n"));
    check_cleanup(&desk, &["--token", &own], 2, &["sessions.jsonl"]);
}

#[test]
fn a_run_ends_what_it_opened_whatever_way_it_ends() {
    let desk = Desk::new();
    desk.write("open.yaml", FLOW);
    let serving = Serving::start(&desk);
    let own = token(&desk, "34");
    let endpoint = ["--target", &serving.target, "--token", &own];
    let run = ["run", "open.yaml", "-d", "2", "--out", "run", "--overwrite"];
    for signal in [None, Some("INT")] {
        let load: &[_] = match signal {
            None => &["--iterations", "3"],
            Some(_) => &["--duration", "60s", "--progress", "plain"],
        };
        let mut going = desk.start(&[&run[..], load, &endpoint].concat());
        if let Some(signal) = signal {
            going.hear("sends/s");
            going.signal(signal);
        }
        let Ended { code, out, .. } = going.end();
        assert_eq!(code, Some(if signal.is_some() { 130 } else { 0 }), "{out}");
        let opened = ids(&desk, "opened");
        let mut ended = ids(&desk, "ended");
        ended.sort();
        let mut sorted = opened.clone();
        sorted.sort();
        assert_eq!(ended, sorted);
        check_closed(&desk, &endpoint, &opened);
        assert!(out.contains("0 uploaded files at the endpoint"), "{out}");
        assert!(!out.contains("sessions left open"), "{out}");
        let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
        assert_eq!(run["left_behind"]["open_sessions"], 0);
        assert_eq!(run["left_behind"]["messages"], opened.len());
    }
}
