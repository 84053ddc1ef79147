//! The shipped conformance scenarios against the faithful server, in whatever way it speaks where
//! the document leaves a choice: every step passes, and nothing is violated.

use std::fs;
use std::time::Duration;

use deskbell::protocol::PayloadKey;
use deskbell::run::{RunRecord, ScenarioRecord, Verdict};
use deskbell::server::{Config, Part};

use crate::simulated::{Simulated, run};

const CONFORMANCE: &str = "scenarios/conformance";
const LOAD: &str = "scenarios/load";

/// Name and text of each scenario of a folder.
fn shipped(folder: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The steps that were skipped, or never came to their turn.
fn left_out(scenario: &ScenarioRecord) -> Vec<&str> {
    let steps = scenario.steps.iter().filter(|step| step.passed == 0 || step.skipped > 0);
    steps.map(|step| step.step.as_str()).collect()
}

/// Plays every scenario of the document by itself, with something changed of what is simulated.
fn play_all(change: impl Fn(&mut Simulated<'_>)) -> Vec<RunRecord> {
    play(CONFORMANCE, change)
}

fn play(folder: &str, change: impl Fn(&mut Simulated<'_>)) -> Vec<RunRecord> {
    let mut records = Vec::new();
    for (file, text) in shipped(folder) {
        let mut simulated =
            Simulated { scenario: Some(&text), devices: None, ..Simulated::default() };
        change(&mut simulated);
        let record = run(&simulated);
        let unmet = &record.scenarios[0].unmet;
        assert_eq!(record.verdict, Verdict::Passed, "{file}: {:?} {unmet:?}", record.why);
        assert_eq!((record.totals.lost, record.totals.duplicates), (0, 0), "{file}");
        assert_eq!(record.errors.total(), 0, "{file}: {:?}", record.errors);
        records.push(record);
    }
    records
}

/// Plays all, and sees that no step was left out.
#[track_caller]
fn check(change: impl Fn(&mut Simulated<'_>)) -> Vec<RunRecord> {
    let records = play_all(change);
    for record in &records {
        let scenario = &record.scenarios[0];
        assert_eq!(left_out(scenario), Vec::<&str>::new(), "{}", scenario.name);
    }
    records
}

/// The same against a server with something changed.
#[track_caller]
fn check_server(change: impl Fn(&mut Config)) {
    check(|simulated| change(&mut simulated.server));
}

#[test]
fn every_step_passes_and_twenty_devices_fit() {
    for record in check(|_| {}) {
        assert_eq!(20 % record.totals.devices, 0, "{}", record.scenarios[0].name);
    }
}

#[test]
fn flows_may_share_two_tenants() {
    check(|simulated| {
        simulated.devices = Some(8);
        simulated.tenants = 2;
    });
}

#[test]
fn the_payload_may_stand_under_body() {
    check_server(|config| config.wire.event_key = PayloadKey::Body);
}

#[test]
fn a_server_may_acknowledge_no_connection_and_echo_nothing() {
    let quiet = |config: &mut Config| {
        config.wire.ack = false;
        config.wire.own_echo = false;
    };
    check_server(quiet);
}

#[test]
fn a_page_may_be_smaller_than_asked_for() {
    check_server(|config| config.wire.page_cap = 2);
}

#[test]
fn a_concierge_may_be_fast_and_read_everything() {
    let eager = |config: &mut Config| {
        config.concierge.join_after = Duration::ZERO;
        config.concierge.reply_after = Duration::ZERO;
        config.concierge.seen_after = Some(Duration::ZERO);
    };
    check_server(eager);
}

#[test]
fn without_a_concierge_what_needs_one_is_skipped() {
    for record in play_all(|simulated| simulated.server.concierge.part = Part::Off) {
        let needs_one = ["await", "seen", "unsend", "parallel"];
        let left_out = left_out(&record.scenarios[0]);
        assert!(left_out.iter().all(|step| needs_one.contains(step)), "{left_out:?}");
    }
}

#[test]
fn loads_are_small_as_shipped_and_drop_nothing() {
    let records = play(LOAD, |_| {});
    assert_eq!(records.len(), 9);
    for record in &records {
        let scenario = &record.scenarios[0];
        assert_eq!(record.totals.dropped, 0, "{}", scenario.name);
        assert_eq!(left_out(scenario), Vec::<&str>::new(), "{}", scenario.name);
        assert!(record.totals.devices <= 100, "{}", scenario.name);
    }
}
