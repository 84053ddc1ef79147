//! The monitor against hand-written traces: no server, no socket, no clock.
//!
//! `testdata/*.trace` hold the cases, each with what is expected of it; `trace` tells the language.

mod bounds;
mod trace;

use std::fs;
use std::path::Path;

use super::{CATALOGUE, ClauseId};
use trace::{Case, cases};

#[track_caller]
fn check(file: &str) {
    for case in load(file) {
        let (found, expected) = (case.play(), &case.expected);
        assert_eq!(found.lines(expected), *expected, "{file}: {}", case.name);
    }
}

fn load(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance/testdata").join(file);
    cases(&fs::read_to_string(path).unwrap())
}

#[test]
fn every_answer_is_judged_as_the_document_has_it() {
    check("envelope.trace");
}

#[test]
fn an_error_is_held_against_a_server_only_where_the_document_allows_the_request() {
    check("refusal.trace");
}

#[test]
fn every_event_is_judged_and_told_when_it_comes_twice() {
    check("event.trace");
}

#[test]
fn a_message_is_owed_to_those_who_take_part_as_it_leaves() {
    check("delivery.trace");
}

#[test]
fn what_nothing_explains_is_told() {
    check("stray.trace");
}

#[test]
fn who_connects_is_let_in_acknowledged_and_kept() {
    check("connect.trace");
}

#[test]
fn what_the_document_does_not_allow_is_refused() {
    check("offence.trace");
}

#[test]
fn a_new_session_is_as_the_document_has_it() {
    check("init.trace");
}

#[test]
fn a_session_is_continued_while_it_is_open() {
    check("resume.trace");
}

#[test]
fn a_session_that_is_pinged_stays_open() {
    check("ping.trace");
}

#[test]
fn an_ended_session_stays_closed() {
    check("end.trace");
}

#[test]
fn tenants_are_kept_apart() {
    check("isolation.trace");
}

/// What holds of connections, sessions and refused requests.
fn is_of_sessions(clause: ClauseId) -> bool {
    const SECTIONS: [&str; 7] = ["CONNECT-", "ENV-", "INIT-", "RESUME-", "PING-", "END-", "ISO-"];
    let id = clause.as_str();
    let is_in = SECTIONS.iter().any(|section| id.starts_with(section)) || id == "SEND-9";
    is_in && clause != ClauseId::Resume6
}

#[test]
fn every_clause_is_violated_by_some_trace_and_kept_by_another() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance/testdata");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let names = files.map(|name| name.into_string().unwrap());
    let cases: Vec<_> =
        names.filter(|name| name.ends_with(".trace")).flat_map(|name| load(&name)).collect();
    let played: Vec<_> = cases.iter().map(Case::play).collect();
    for clause in CATALOGUE.iter().filter(|clause| is_of_sessions(clause.id)) {
        let counts: Vec<_> = played.iter().map(|found| found.verdicts(clause.id)).collect();
        assert!(counts.iter().any(|(_, violated)| *violated > 0), "{} is never broken", clause.id);
        let is_kept = |(checked, violated): &(u64, u64)| *checked > 0 && *violated == 0;
        assert!(counts.iter().any(is_kept), "{} is never kept", clause.id);
    }
}
