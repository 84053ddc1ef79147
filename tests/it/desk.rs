//! A concierge that is played from the flow, on the back office of the server: what it does reaches
//! the tenants as the document has it, and nothing that it sees itself is judged.

use std::fs;

use deskbell::conformance::ClauseId;
use deskbell::run::{ClauseStatus, RunRecord, Verdict};
use deskbell::server::Part;
use serde_json::Value;

use crate::simulated::{Simulated, run};

/// The clauses that need a concierge.
const OF_CONCIERGE: [ClauseId; 9] = [
    ClauseId::Unsend3,
    ClauseId::Seen1,
    ClauseId::Seen2,
    ClauseId::Seen4,
    ClauseId::Seen5,
    ClauseId::Unread1,
    ClauseId::Unread2,
    ClauseId::Event8,
    ClauseId::Event9,
];

/// Plays against a server whose only concierge is the flow's own.
fn play(text: &str, devices: Option<u32>) -> RunRecord {
    let mut simulated = Simulated { scenario: Some(text), devices, ..Simulated::default() };
    simulated.server.concierge.part = Part::Off;
    run(&simulated)
}

#[track_caller]
fn check(record: &RunRecord, verdict: Verdict) {
    assert_eq!(record.verdict, verdict, "{:?} {:#?}", record.why, record.scenarios[0].unmet);
    assert!(record.findings.is_empty(), "{:#?}", record.findings);
}

#[test]
fn the_concierge_of_the_flow_makes_every_clause_of_a_concierge_exercised() {
    let text = fs::read_to_string("docs/desk.yaml").unwrap();
    let record = play(&text, None);
    check(&record, Verdict::Passed);
    for clause in &record.clauses {
        let is_exercised = clause.status != ClauseStatus::NotExercised;
        assert!(is_exercised || !OF_CONCIERGE.contains(&clause.id), "{clause:?}");
    }
    let idle = record.scenarios[0].steps.iter().filter(|step| step.passed == 0).count();
    assert_eq!((idle, record.errors.total()), (0, 0), "{:?}", record.errors);
    assert_eq!((record.totals.devices, record.totals.connections), (3, 3));
    assert_eq!(record.latency["rtt.desk-send"].count, 1);
    assert_eq!(record.readings["concierge"], "came");
}

#[test]
fn several_flows_have_a_concierge_each() {
    check(&play(&fs::read_to_string("docs/desk.yaml").unwrap(), Some(12)), Verdict::Passed);
}

/// A flow of a tenant and a concierge.
fn flow(steps: &str) -> String {
    format!(
        "name: desk\nactors:\n  phone: {{ tenant: guest }}\n  desk: {{ url: \"${{env.DESK_URL}}\", \
         token: \"${{env.DESK_TOKEN}}\" }}\nflow:\n  - init\n{steps}"
    )
}

#[test]
fn what_the_concierge_is_refused_is_for_its_steps_to_expect() {
    let refused = "  - call: { by: desk, route: desk/no-such-route, expect: error }\n  \
                   - frame: { by: desk, text: not json, expect: error }\n  \
                   - call: { by: desk, route: desk/join-chat-session, expect: { status: 400 } }\n";
    check(&play(&flow(refused), None), Verdict::Passed);
    let unexpected = "  - call: { by: desk, route: desk/no-such-route }\n";
    let record = play(&flow(unexpected), None);
    check(&record, Verdict::Failed);
    assert_eq!(record.scenarios[0].unmet[0].step, "call");
}

#[test]
fn a_frame_that_never_comes_is_missed() {
    let record = play(&flow("  - await: { by: desk, match: { channel: x }, within: 1s }\n"), None);
    check(&record, Verdict::Failed);
    assert_eq!(record.scenarios[0].unmet[0].step, "await");
    let none = "  - await: { by: desk, match: { channel: x }, within: 1s, none: true }\n";
    check(&play(&flow(none), None), Verdict::Passed);
}

#[test]
fn a_concierge_comes_back_and_a_tenants_token_opens_no_back_office() {
    let steps = "  - disconnect: { by: desk }\n  - connect: { by: desk }\n  \
                 - call: { by: desk, route: desk/list-chat-sessions }\n";
    check(&play(&flow(steps), None), Verdict::Passed);
    let simulated = Simulated::default();
    let tenants = crate::simulated::token(&simulated.server, crate::simulated::FIRST_TENANT);
    let text = flow("").replace("${env.DESK_TOKEN}", &tenants);
    assert_eq!(play(&text, None).verdict, Verdict::Failed);
}

#[test]
fn no_token_of_a_concierge_stands_in_the_record() {
    let record = play(&flow("  - call: { by: desk, route: desk/nowhere }\n"), None);
    let told = serde_json::to_value::<&RunRecord>(&record).unwrap_or(Value::Null).to_string();
    assert!(!told.contains("eyJ") && told.contains("desk"), "{told}");
}
