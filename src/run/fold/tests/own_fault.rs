//! What came upon a run from its own machine is not held against the service.

use std::time::Duration;

use crate::conformance::ClauseId;
use crate::metrics::ErrorKind;
use crate::run::disturbance::Disturbances;
use crate::run::{ClauseStatus, RunRecord, Verdict};

use super::{Told, finding, record};

/// How a run stands that something of its own machine came upon: its exit code, and its first reason.
#[track_caller]
fn check_own_fault(told: Told, exit_code: u8, why: &str) -> RunRecord {
    let record = record(told);
    assert_eq!(record.exit_code, exit_code, "{:?}", record.why);
    assert!(record.why[0].contains(why), "{:?}", record.why);
    record
}

#[test]
fn what_was_not_met_in_time_that_was_missed_is_our_own_fault() {
    let second = Duration::from_secs(1);
    for disturbances in [
        Disturbances { stood_still: 5 * second, ..Disturbances::default() },
        Disturbances { slept: 60 * second, ..Disturbances::default() },
    ] {
        let crossed = || vec!["send_to_peer.p99 < 1s"];
        let told = Told { disturbances, thresholds: crossed(), ..Told::default() };
        let record = check_own_fault(
            told,
            4,
            if disturbances.slept.is_zero() { "still" } else { "suspended" },
        );
        assert_eq!((record.verdict, record.why.len()), (Verdict::Invalid, 2));
        let found = vec![finding(ClauseId::Send3)];
        let told = Told { disturbances, thresholds: crossed(), found, ..Told::default() };
        check_own_fault(told, 1, "SEND-3 violated once");
    }
}

#[test]
fn what_this_machine_lacks_is_our_own_fault() {
    let lacked = |kind| Told { lacked: Some(kind), ..Told::default() };
    let told = "1 connects failed as this machine had no more";
    check_own_fault(lacked(ErrorKind::PORTS_EXHAUSTED), 4, told);
    check_own_fault(lacked(ErrorKind::FILES_EXHAUSTED), 4, told);
    check_own_fault(lacked(ErrorKind::SOURCE_FAMILY), 1, "1 devices could not connect");
}

#[test]
fn a_clock_that_was_set_leaves_open_what_rests_on_it_and_nothing_else() {
    let disturbances =
        Disturbances { clock_set: jiff::SignedDuration::from_hours(-1), ..Disturbances::default() };
    let found = vec![finding(ClauseId::Send5)];
    let checked = vec![ClauseId::Send5, ClauseId::Event1];
    let record = record(Told { disturbances, found, checked, ..Told::default() });
    assert_eq!((record.verdict, record.generator.valid), (Verdict::Passed, true));
    let status = |id| record.clauses.iter().find(|clause| clause.id == id).unwrap().status;
    assert_eq!(status(ClauseId::Send5), ClauseStatus::Inconclusive);
    assert_eq!(status(ClauseId::Event1), ClauseStatus::Passed);
    assert!(
        record.generator.notes[0].contains("set back by 3600 s"),
        "{:?}",
        record.generator.notes
    );
}
