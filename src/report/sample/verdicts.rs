//! The clauses, findings and waivers of the fixed record.

use std::time::Duration;

use serde_json::json;

use crate::conformance::{ClauseId, Finding, Level, readings_of};
use crate::protocol::{Clean, DeviceNo, Route, Secrets, SessionId};
use crate::run::{ClauseResult, ClauseStatus, FoundViolation, WaiverResult, WaiverStatus};

use super::SESSION;

/// Every status and, where it matters, every level.
pub(super) fn clauses() -> Vec<ClauseResult> {
    use ClauseStatus::{Inconclusive, NotExercised, Passed, Violated, Waived};
    vec![
        clause(
            ClauseId::Env1,
            Level::Must,
            "a response is one JSON text: an object with channel, status and body",
            (1_240, 0),
            Passed,
        ),
        clause(
            ClauseId::Env2,
            Level::Should,
            "channel is the route that was called",
            (1_240, 2),
            Violated,
        ),
        clause(
            ClauseId::Env3,
            Level::Must,
            "every request is answered exactly once, within the response timeout",
            (12, 0),
            Inconclusive,
        ),
        clause(
            ClauseId::Env4,
            Level::Info,
            "a request that the document allows is answered with status 200",
            (1_240, 1),
            Violated,
        ),
        clause(
            ClauseId::Env5,
            Level::Must,
            "the frame validates against its route's response schema",
            (1_240, 3),
            Violated,
        ),
        clause(
            ClauseId::Event1,
            Level::Must,
            "a message reaches every other connection that takes part in its session",
            (2_000, 1),
            Violated,
        ),
        clause(
            ClauseId::Event2,
            Level::Must,
            "no message or delete event arrives twice on one connection",
            (2_004, 3),
            Waived,
        ),
        clause(
            ClauseId::Event5,
            Level::Must,
            "every event validates against its schema",
            (0, 0),
            NotExercised,
        ),
        clause(
            ClauseId::Unread2,
            Level::Must,
            "unreadMsgCount follows the concierge's messages and their marking as seen",
            (0, 0),
            NotExercised,
        ),
    ]
}

pub(super) fn findings() -> Vec<FoundViolation> {
    let frame = json!({
        "channel": "client/send-message",
        "status": 200,
        "body": {
            "chatMessage": { "id": 133, "senderEntityType": "TENANT", "messageContent": "hi" },
            "tenant": { "id": "34", "email": "somchai@example.com" },
            "uploadURL": "https://uploads.example.com/a.png?X-Signature=abc",
        },
    });
    let clean = Clean::new(Secrets::default(), false, "");
    clean.sent("hi");
    let schema = Finding {
        clause: ClauseId::Env5,
        at: Duration::from_micros(1_234_567),
        device: Some(DeviceNo(1)),
        session: Some(SessionId::new(SESSION)),
        route: Some(Route::Send),
        event: None,
        message: "/body/chatMessage/id is a number".to_owned(),
        expected: "a string of digits".to_owned(),
        actual: "number".to_owned(),
        is_plain: true,
        pointer: "/body/chatMessage/id".to_owned(),
        frame: Some(clean.frame(&frame.to_string())),
    };
    let lost = Finding {
        clause: ClauseId::Event1,
        at: Duration::from_secs(9),
        device: Some(DeviceNo(2)),
        session: Some(SessionId::new(SESSION)),
        route: None,
        event: Some("chat-message".into()),
        message: "message 133 did not arrive".to_owned(),
        expected: "its event within 5 s".to_owned(),
        actual: "none".to_owned(),
        is_plain: true,
        pointer: String::new(),
        frame: None,
    };
    let renamed = Finding {
        clause: ClauseId::Env2,
        session: None,
        message: "the channel is another route".to_owned(),
        expected: "client/send-message".to_owned(),
        actual: "client/message".to_owned(),
        pointer: "/channel".to_owned(),
        frame: None,
        ..schema.clone()
    };
    let twice = Finding {
        clause: ClauseId::Event2,
        message: "message 134 arrived again".to_owned(),
        expected: "its event once".to_owned(),
        actual: "a second one".to_owned(),
        ..lost.clone()
    };
    let found = |finding, waived: Option<&str>| FoundViolation {
        scenario: "chat".to_owned(),
        shard: None,
        finding,
        waived: waived.map(str::to_owned),
    };
    vec![found(schema, None), found(lost, None), found(renamed, None), found(twice, Some(REASON))]
}

const REASON: &str = "events are delivered at least once until the broker is replaced";

/// Every status.
pub(super) fn waivers() -> Vec<WaiverResult> {
    let waiver = |waives: &str, until: &str, covered, status| WaiverResult {
        waives: waives.to_owned(),
        reason: REASON.to_owned(),
        ticket: Some("CHAT-12".to_owned()),
        until: until.to_owned(),
        covered,
        status,
    };
    vec![
        waiver("EVENT-2, event chat-message", "2026-03-31", 3, WaiverStatus::Used),
        waiver("SEEN-1, scenario tour", "2026-03-31", 0, WaiverStatus::NotExercised),
        waiver("EVENT-4", "2026-03-31", 0, WaiverStatus::Away),
        waiver("ENV-2, route client/send-message", "2026-03-31", 0, WaiverStatus::Stale),
        waiver("ENV-5, pointer /body/tenant", "2025-12-31", 0, WaiverStatus::Past),
    ]
}

pub(super) fn clause(
    id: ClauseId,
    level: Level,
    title: &'static str,
    (checked, violated): (u64, u64),
    status: ClauseStatus,
) -> ClauseResult {
    let (waived, note) = match status {
        ClauseStatus::Passed | ClauseStatus::Violated => (0, None),
        ClauseStatus::Waived => (violated, Some(REASON)),
        ClauseStatus::Inconclusive => (0, Some("account shared")),
        ClauseStatus::NotExercised => (0, Some("no concierge came")),
    };
    let (note, readings) =
        (note.map(str::to_owned), readings_of(id).map(|one| one.id.into()).collect());
    ClauseResult {
        id,
        level,
        title: title.into(),
        checked,
        violated,
        waived,
        status,
        note,
        readings,
    }
}
