//! The catalogue of clauses, and what a run can be asked of it.

use deskbell::conformance::CATALOGUE;
use serde_json::Value;

use crate::process::{Desk, Ended};

#[track_caller]
fn check(args: &[&str], code: i32, says: &[&str]) -> Ended {
    let ended = Desk::new().run(args);
    assert_eq!(ended.code, Some(code), "{args:?}\n{}{}", ended.out, ended.err);
    for part in says {
        let is_said = ended.out.contains(part) || ended.err.contains(part);
        assert!(is_said, "{args:?} does not say {part:?}:\n{}{}", ended.out, ended.err);
    }
    ended
}

#[test]
fn the_catalogue_is_told_to_people_and_programs_alike() {
    let table = check(&["clauses"], 0, &["2. Continue Previous Chat Session", "RESUME-6"]).out;
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let json = check(&["clauses", "--format", "json"], 0, &[]).out;
    let clauses: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(clauses.len(), CATALOGUE.len());
    let seen4 = clauses.iter().find(|clause| clause["id"] == "SEEN-4").unwrap();
    assert_eq!((&seen4["how"], &seen4["need"]), (&"active".into(), &"concierge".into()));
    assert_eq!(seen4["readings"], serde_json::json!(["message-status", "concierge"]));
    let csv = check(&["clauses", "--format", "csv"], 0, &["id,level,title,section,how,need"]).out;
    assert_eq!(csv.lines().count(), CATALOGUE.len() + 1);
}

#[test]
fn a_required_clause_that_nothing_exercised_fails_the_run() {
    let says =
        ["FAILED", "required, not exercised (the flow that provokes it was not run)", "SEND-8"];
    check(&["run", "-d", "2", "--require", "SEND-8"], 1, &says);
}

#[test]
fn a_required_clause_that_passed_fails_nothing() {
    check(&["run", "-d", "2", "--require", "ENV-1", "--fail-on", "should"], 0, &["PASSED"]);
}

#[test]
fn an_unknown_clause_cannot_be_required() {
    check(&["run", "--require", "ENV-55"], 2, &["ENV-55", "`deskbell clauses` tells all"]);
    check(&["run", "--fail-on", "info"], 2, &["must", "should"]);
}
