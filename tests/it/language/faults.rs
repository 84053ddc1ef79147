//! Faults of a device's own: what it does on the wire, what is not held against the server, and what is.

use std::time::Duration;

use deskbell::run::Verdict;
use deskbell::server::{Config, Defect};

use super::told::Told;
use super::{Observed, check_as, play, play_with};

#[test]
fn a_device_is_cut_off_hasty_and_says_things_twice() {
    check_as(
        Told::Wire,
        r#"
        actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
        flow:
          - init
          - fault: { kind: cut-mid-frame, by: tablet, text: half of this }
          - fault: { kind: send-before-ack, by: tablet }
          - fault: { kind: send-before-ack, by: tablet, text: "${str(1)} in a hurry" }
          - fault: { kind: double-send }
        "#,
        "
        0 opens /uat?Auth=<34>&deviceId=deskbell-simulated-0
        1 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        0 init-chat-with-concierge new
        1 get-chat-session s0
        1 init-chat-with-concierge s0 again
        1 is gone
        2 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        2 init-chat-with-concierge s0 again
        3 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        3 send-message s0 TEXT 1 in a hurry metdata
        2 is gone
        0 send-message s0 TEXT sent twice metdata
        0 send-message s0 TEXT sent twice metdata
        0 closes
        3 closes
        steps: init 1, fault 1, fault 1, fault 1, fault 1
        ",
    );
}

/// A tablet that reads nothing for so long, while the phone says more than its stream holds.
fn deaf(seconds: u64) -> String {
    let settings = "response_timeout: 3s, delivery_timeout: 2s, ping_every: 5s";
    format!(
        r#"
        actors: {{ phone: {{ tenant: guest }}, tablet: {{ tenant: guest }} }}
        exclusive: true
        settings: {{ {settings} }}
        flow:
          - init
          - unread: {{ by: tablet }}
          - parallel:
              - [{{ fault: {{ kind: slow-reader, by: tablet, for: {seconds}s }} }}]
              - [{{ repeat: {{ times: 120, steps: [{{ send: "${{turn}} ${{random.text(4000)}}" }}] }} }}, {{ send: the last }}]
              - [{{ send: {{ text: without listening, by: tablet }} }}]
              - [{{ await: {{ event: message, match: {{ messageContent: the last }}, by: tablet, within: 1s }} }}]
          - unread: {{ by: tablet }}
          - messages: {{ all: true, by: tablet }}
          - end
        "#
    )
}

#[test]
fn what_waits_for_a_device_that_does_not_read_is_neither_late_nor_lost_nor_measured() {
    let observed = play(&deaf(20));
    let record = &observed.record;
    let found: Vec<_> = record.findings.iter().map(|found| &found.finding).collect();
    assert!(record.verdict == Verdict::Passed && found.is_empty(), "{:?} {found:#?}", record.why);
    assert_eq!(record.errors.total(), 0, "{:?}", record.errors);
    assert_eq!((record.totals.lost, record.totals.sends, record.totals.sends_acked), (0, 122, 122));
    let slowest = record.latency.values().map(|summary| summary.max_us).max();
    assert!(slowest < Some(1_000_000), "{:#?}", record.latency);
}

#[test]
fn a_server_that_closes_on_whom_it_cannot_serve_is_in_its_right() {
    let observed = play_with(&deaf(20), |simulated| {
        simulated.server.bounds.queued_bytes = 64 * 1024;
    });
    let found: Vec<_> = observed.record.findings.iter().map(|found| &found.finding).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(observed.record.errors.total() > 0, "{:?}", observed.record.errors);
}

/// Plays a flow of two devices against a server with a defect: whether its clause caught that.
#[track_caller]
fn check_caught(flow: &str, defect: &str, clause: &str) {
    let text = format!(
        r#"
        actors: {{ phone: {{ tenant: guest }}, tablet: {{ tenant: guest }} }}
        flow: [{{ think: 1s }}, init, {{ think: 2s }}, {flow}, {{ messages: {{ all: true, by: tablet }} }}, end]
        "#
    );
    let violated = |observed: &Observed| -> Vec<_> {
        let clauses = observed.record.clauses.iter().filter(|one| one.violated > 0);
        clauses.map(|one| one.id.as_str()).collect()
    };
    let faithful = violated(&play(&text));
    assert!(faithful.is_empty(), "{flow}: {faithful:?}");
    let defect = Defect::find(defect).expect(defect);
    let caught = violated(&play_with(&text, |simulated| {
        simulated.server = Config { defects: vec![defect], ..Config::default() };
    }));
    assert!(caught.contains(&clause), "{flow}: {caught:?}");
}

#[test]
fn each_fault_finds_a_server_that_takes_it_badly() {
    let slow = "{ parallel: [[{ fault: { kind: slow-reader, by: tablet, for: 2s } }], [{ send: a }, { send: b }]] }";
    check_caught(slow, "second-event-of-a-burst-lost", "EVENT-1");
    let cut = "{ send: before }, { fault: { kind: cut-mid-frame, by: tablet } }, { resume: { by: tablet } }";
    check_caught(cut, "drop-loses-messages", "RESUME-6");
    let hasty = "{ fault: { kind: send-before-ack, by: tablet } }";
    check_caught(hasty, "sent-before-ack-lost", "ENV-3");
    check_caught("{ fault: { kind: double-send } }", "equal-sends-answered-once", "ENV-3");
    let open = "{ disconnect: { by: tablet, how: half-open } }, { resume: { by: tablet } }";
    check_caught(open, "reconnect-describes-the-old-connection", "RESUME-7");
}

#[test]
fn a_pause_that_outlasts_its_run_ends_with_it() {
    let text = r#"
        load: { devices: 1, duration: 1s }
        settings: { grace: 2s }
        flow: [init, { fault: { kind: slow-reader, for: 1h } }, end]
        "#;
    let observed = play(text);
    assert_eq!(observed.steps(), "init 1, fault 0/0/1, end 1");
    assert!(observed.record.findings.is_empty(), "{:#?}", observed.record.findings);
    let took = observed.sent.last().map(|sent| sent.at);
    assert!(took < Some(Duration::from_secs(5)), "{took:?}");
}
