//! The monitor against hand-written traces: no server, no socket, no clock.
//!
//! `testdata/*.trace` hold the cases, each with what is expected of it; `trace` tells the language.

mod bounds;
mod odd;
mod trace;

use std::fs;
use std::path::Path;

use super::CATALOGUE;
use trace::{Case, cases};

#[track_caller]
fn check(file: &str) {
    let wrong = load(file).into_iter().filter_map(|case| {
        let found = case.play().lines(&case.expected);
        let told = format!("{file}: {}\n  {found:?}\n  {:?}", case.name, case.expected);
        (found != case.expected).then_some(told)
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "found, and expected:\n{}", wrong.join("\n"));
}

fn load(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance/testdata").join(file);
    cases(&fs::read_to_string(path).unwrap())
}

/// The cases of all traces.
fn all_cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance/testdata");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names.iter().filter(|name| name.ends_with(".trace")).flat_map(|name| load(name)).collect()
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
fn what_is_not_read_is_not_held_against_a_server() {
    check("pause.trace");
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

#[test]
fn a_message_comes_back_as_it_was_sent() {
    check("send.trace");
}

#[test]
fn pages_hold_what_was_said_once_and_in_order() {
    check("list.trace");
}

#[test]
fn an_unsend_is_answered_and_announced_or_refused() {
    check("unsend.trace");
}

#[test]
fn a_message_of_the_concierge_is_marked_as_seen() {
    check("seen.trace");
}

#[test]
fn the_unread_count_follows_what_is_said_and_seen() {
    check("unread.trace");
}

#[test]
fn an_upload_is_granted_taken_and_served() {
    check("upload.trace");
}

#[test]
fn what_happens_to_a_session_is_announced() {
    check("announce.trace");
}

#[test]
fn every_clause_is_violated_by_some_trace_and_kept_by_another() {
    let played: Vec<_> = all_cases().iter().map(Case::play).collect();
    for clause in CATALOGUE {
        let counts: Vec<_> = played.iter().map(|found| found.verdicts(clause.id)).collect();
        assert!(counts.iter().any(|(_, violated)| *violated > 0), "{} is never broken", clause.id);
        let is_kept = |(checked, violated): &(u64, u64)| *checked > 0 && *violated == 0;
        assert!(counts.iter().any(is_kept), "{} is never kept", clause.id);
    }
}
