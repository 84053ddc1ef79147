use crate::report::sample;
use crate::run::Conversation;

use super::*;

fn found(
    clause: ClauseId,
    at_ms: u64,
    message: &str,
    change: impl Fn(&mut FoundViolation),
) -> FoundViolation {
    let mut found = sample::record().findings[0].clone();
    found.finding.clause = clause;
    found.finding.at = Duration::from_millis(at_ms);
    found.finding.message = message.to_owned();
    change(&mut found);
    found
}

fn nothing(_: &mut FoundViolation) {}

fn waived(found: &mut FoundViolation) {
    found.waived = Some("known".to_owned());
}

fn record(findings: Vec<FoundViolation>) -> RunRecord {
    RunRecord { findings, conversations: vec![], ..sample::record() }
}

/// Each kind as its clause, its count, and its first and last instant in milliseconds.
#[track_caller]
fn check(findings: Vec<FoundViolation>, expected: &[(ClauseId, u64, u128, u128)]) {
    let record = record(findings);
    let wrong = Wrong::of(&record);
    let kinds: Vec<_> = wrong
        .kinds
        .iter()
        .map(|kind| (kind.clause, kind.count, kind.first_at.as_millis(), kind.last_at.as_millis()))
        .collect();
    assert_eq!(kinds, expected);
}

#[test]
fn findings_that_differ_in_numbers_are_one_kind() {
    check(
        vec![
            found(ClauseId::Event1, 20, "message 134 did not come", nothing),
            found(ClauseId::Event1, 10, "message 133 did not come", nothing),
            found(ClauseId::Event1, 30, "message 9 did not come, 2 s late", nothing),
        ],
        &[(ClauseId::Event1, 2, 10, 20), (ClauseId::Event1, 1, 30, 30)],
    );
}

#[test]
fn place_route_event_and_waiver_tell_kinds_apart() {
    let message = "m";
    let pointer = |pointer: &'static str| {
        move |found: &mut FoundViolation| found.finding.pointer = pointer.to_owned()
    };
    check(
        vec![
            found(ClauseId::Env5, 1, message, pointer("/body/messages/3/id")),
            found(ClauseId::Env5, 2, message, pointer("/body/messages/14/id")),
            found(ClauseId::Env5, 3, message, pointer("/body/messages/3/status")),
            found(ClauseId::Env5, 4, message, |found| found.finding.route = Some(Route::End)),
            found(ClauseId::Env5, 5, message, |found| found.finding.event = Some("x".into())),
            found(ClauseId::Env5, 6, message, waived),
        ],
        &[
            (ClauseId::Env5, 2, 1, 2),
            (ClauseId::Env5, 1, 3, 3),
            (ClauseId::Env5, 1, 4, 4),
            (ClauseId::Env5, 1, 5, 5),
            (ClauseId::Env5, 1, 6, 6),
        ],
    );
}

#[test]
fn the_gravest_comes_first_and_what_is_waived_last() {
    check(
        vec![
            found(ClauseId::Env9, 1, "info", nothing),
            found(ClauseId::Env1, 2, "waived", waived),
            found(ClauseId::Env10, 3, "should", nothing),
            found(ClauseId::Env5, 5, "must", nothing),
            found(ClauseId::Env2, 4, "must", nothing),
        ],
        &[
            (ClauseId::Env2, 1, 4, 4),
            (ClauseId::Env5, 1, 5, 5),
            (ClauseId::Env10, 1, 3, 3),
            (ClauseId::Env9, 1, 1, 1),
            (ClauseId::Env1, 1, 2, 2),
        ],
    );
}

#[test]
fn a_kind_has_its_devices_scenarios_and_first_examples() {
    let on = |device: u32, scenario: &'static str| {
        move |found: &mut FoundViolation| {
            found.finding.device = Some(DeviceNo(device));
            found.scenario = scenario.to_owned();
        }
    };
    let findings = vec![
        found(ClauseId::Env5, 4, "m", on(3, "chat")),
        found(ClauseId::Env5, 3, "m", on(3, "two tenants")),
        found(ClauseId::Env5, 2, "m", on(1, "no such scenario")),
        found(ClauseId::Env5, 1, "m", on(7, "chat")),
    ];
    let record = record(findings);
    let wrong = Wrong::of(&record);
    let kind = &wrong.kinds[0];
    assert_eq!(kind.devices, [1, 3, 7].map(DeviceNo).into());
    assert_eq!(kind.scenarios, [0, 2].into());
    assert_eq!(kind.examples.iter().map(|one| one.line).collect::<Vec<_>>(), [4, 3, 2]);
}

#[test]
fn kinds_beyond_the_bounds_are_told_in_a_line_or_counted() {
    let letters = |nth: usize| -> String {
        [nth / 26 % 26, nth % 26].map(|at| char::from(b'a' + at as u8)).iter().collect()
    };
    let mut findings: Vec<_> =
        (0..400).map(|nth| found(ClauseId::Env5, nth as u64, &letters(nth), nothing)).collect();
    findings.push(found(ClauseId::Env10, 1_000, "a clause of its own", nothing));
    let record = record(findings);
    let wrong = Wrong::of(&record);
    assert_eq!(wrong.kinds.len(), TOLD + 1);
    assert_eq!(wrong.kinds[TOLD].clause, ClauseId::Env10);
    assert_eq!(wrong.further.len(), LISTED);
    assert_eq!(wrong.kinds_beyond, 401 - TOLD - 1 - LISTED);
    let frames = wrong.kinds.iter().flat_map(|kind| &kind.examples).filter(|one| one.shows_frame);
    assert_eq!(frames.count(), FRAMES);
}

#[test]
fn diagrams_go_to_first_examples_and_leave_room_to_steps() {
    let mut record = sample::record();
    let (of_step, of_finding) = (record.conversations[2].clone(), record.conversations[0].clone());
    let finding = |nth: usize| ConversationRecord {
        of: Occasion::Finding(nth),
        conversation: Conversation { frames: vec![], ..of_finding.conversation.clone() },
        ..of_finding.clone()
    };
    let message = |nth: usize| if nth < 60 { "one kind" } else { "another kind" };
    record.findings =
        (0..90).map(|nth| found(ClauseId::Env5, nth as u64, message(nth), nothing)).collect();
    record.conversations = (0..90).map(finding).chain([of_step]).collect();
    let wrong = Wrong::of(&record);
    let drawn = wrong.kinds.iter().flat_map(|kind| &kind.examples);
    assert_eq!(drawn.filter(|one| one.conversation.is_some()).count(), 2 * EXAMPLES);
    assert!(wrong.unmet[0].conversation.is_some());
    assert_eq!(wrong.unmet[0].at, Some(Duration::from_micros(9_800_000)));
    assert_eq!(wrong.undrawn, 91 - 2 * EXAMPLES - 1);
}

#[test]
fn a_run_that_went_well_has_nothing() {
    assert!(Wrong::of(&sample::passed()).is_empty());
    assert!(Wrong::of(&sample::unstarted()).is_empty());
}
