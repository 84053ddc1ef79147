//! Ids and times in another spelling than the document's: told once, where they stand, by the
//! clauses that are about spelling; and under `dialect: lenient` recorded, and nothing more.

use std::collections::BTreeSet;

use deskbell::protocol::{Dialect, Spelling};
use deskbell::run::{ClauseResult, RunRecord, Verdict};
use deskbell::scenario::Scenario;

use crate::simulated::{Simulated, run, scenarios};

fn play(ids: Option<Spelling>, dialect: Dialect, paths: &[&str]) -> RunRecord {
    let mut scenarios = scenarios(paths);
    let speak = |scenario: &mut Scenario| scenario.settings.dialect = dialect;
    scenarios.iter_mut().for_each(speak);
    let mut simulated = Simulated { scenarios, devices: None, ..Simulated::default() };
    simulated.server.wire.ids = ids;
    run(&simulated)
}

/// How often each clause was exercised.
fn exercised(record: &RunRecord) -> Vec<(String, u64)> {
    let told = |clause: &ClauseResult| (clause.id.to_string(), clause.checked);
    record.clauses.iter().map(told).collect()
}

/// Plays the whole conformance suite against a server of one spelling, in both dialects.
#[track_caller]
fn check(spelling: Spelling, clauses: &[&str]) {
    let usual = play(None, Dialect::Documented, &["scenarios/conformance"]);
    let lenient = play(Some(spelling), Dialect::Lenient, &["scenarios/conformance"]);
    assert_eq!(lenient.verdict, Verdict::Passed, "{:?}", lenient.why);
    assert_eq!(lenient.findings, []);
    assert_eq!(exercised(&lenient), exercised(&usual));
    let drift = lenient.readings["drift"].as_array().unwrap();
    assert!(!drift.is_empty());
    assert_eq!(lenient.readings["dialect"], "lenient");

    let strict = play(Some(spelling), Dialect::Documented, &["scenarios/conformance"]);
    let violated: BTreeSet<_> =
        strict.findings.iter().map(|one| one.finding.clause.to_string()).collect();
    assert_eq!(violated.iter().map(String::as_str).collect::<Vec<_>>(), clauses);
    let unmet = strict.scenarios.iter().flat_map(|scenario| &scenario.unmet).count();
    assert_eq!(unmet, 0);
}

#[test]
fn strings_in_events_are_drift_to_the_lenient_and_violations_of_spelling_else() {
    check(Spelling::Text, &["ENV-5", "EVENT-5", "UNSEND-1"]);
}

#[test]
fn numbers_in_responses_are_drift_to_the_lenient_and_violations_of_spelling_else() {
    check(Spelling::Number, &["ENV-5", "UNREAD-1"]);
}

#[test]
fn what_differs_is_told_by_its_place_and_how_it_is_spelled() {
    let record = play(Some(Spelling::Text), Dialect::Lenient, &["builtin:chat"]);
    let drift = record.readings["drift"].as_array().unwrap();
    let place = "events/message.json /payload/chatMessage/id as a string";
    assert!(drift.iter().any(|told| told == place), "{drift:?}");
    let faithful = play(None, Dialect::Lenient, &["builtin:chat"]);
    assert!(!faithful.readings.contains_key("drift"), "{:?}", faithful.readings);
}
