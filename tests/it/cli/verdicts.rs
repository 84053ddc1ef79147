//! What makes a run fail, and how a person finds the place.

use serde_json::Value;

use crate::process::{Desk, Ended};

/// Runs a scenario that fails; gives the desk, whose folder `run` holds the reports.
#[track_caller]
fn check_failed(text: &str, says: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.write("flow.yaml", text);
    let Ended { code, out, err } = desk.run(&["run", "flow.yaml", "--out", "run"]);
    assert_eq!(code, Some(1), "{text}\n{out}{err}");
    for part in says.iter().chain(&["FAILED"]) {
        assert!(out.contains(part), "{text}\ndoes not say {part:?}:\n{out}");
    }
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!((&run["verdict"], &run["exit_code"]), (&"failed".into(), &1.into()), "{text}");
    desk
}

#[test]
fn a_threshold_that_is_crossed_fails_the_run() {
    check_failed(
        "name: late\nflow: [init, { send: hello }, end]\nthresholds: [send_to_ack.p99 < 1us]\n",
        &["send_to_ack.p99 < 1us"],
    );
}

#[test]
fn a_threshold_without_samples_fails_the_run() {
    // A session that has just begun holds no messages.
    check_failed(
        "name: empty\nflow:\n  - init\n  - messages: { as: history }\n  - for_each: { in: \
         \"${history}\", as: one, steps: [{ unsend: one }] }\n  - end\nthresholds: \
         [rtt.unsend.p99 < 1m]\n",
        &["rtt.unsend.p99 < 1m"],
    );
}

#[test]
fn a_run_ends_early_where_abort_on_says_so() {
    let desk = check_failed(
        "name: enough\nload: { devices: 2, duration: 1h, abort_on: sends.rate > 0/s }\nflow: \
         [init, { send: hello }, { think: 10ms }, end]\n",
        &["ended early", "sends.rate > 0/s"],
    );
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert!(run["totals"]["sends"].as_u64() > Some(0), "{}", run["totals"]);
}

#[test]
fn a_failing_step_is_named_by_file_and_line() {
    for (step, name) in [
        ("session: { expect: { status: 404 } }", "session"),
        ("send: { content_type: NONSENSE, content: x }", "send"),
        ("await: { event: message, match: { messageContent: bye }, within: 100ms }", "await"),
        ("connect: { auth: garbled }", "connect"),
        ("repeat: { times: 2, steps: [{ ping: { expect: error } }] }", "ping"),
    ] {
        let text = format!("name: wrong\nflow:\n  - init\n  - send: hello\n  - {step}\n");
        let place = format!("flow.yaml:5 {name}");
        let desk = check_failed(&text, &[&place]);
        let junit = desk.read("run/junit.xml");
        assert!(junit.contains(&format!("message=\"{place}: ")), "{place}\n{junit}");
    }
}
