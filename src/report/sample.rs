//! One fixed record that holds every kind of verdict, step, error and finding: what the golden
//! files are made from.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::conformance::{ClauseId, Finding, Level, readings_of};
use crate::metrics::{ErrorKind, Errors, FindingCounts, LatencySummary, Layer, Totals};
use crate::protocol::{DeviceNo, Route, SessionId};
use crate::run::{
    ClauseResult, ClauseStatus, FoundViolation, GateRecord, Generator, Lateness, LoadRecord,
    RunRecord, ScenarioRecord, Shard, StepRecord, ThresholdResult, UnmetStep, Verdict,
    WaiverResult, WaiverStatus,
};

const SESSION: &str = "4482e256-da14-47cc-b119-9575bbb3b6d3";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIzNCJ9.c2lnbmF0dXJl";

pub(super) fn record() -> RunRecord {
    RunRecord {
        format: "deskbell.run/1",
        run_id: "20260102-030405-abcd".to_owned(),
        version: "0.1.0",
        plan: "9f86d081884c7d65".to_owned(),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        ended_at: "2026-01-02T03:04:17.345Z".to_owned(),
        verdict: Verdict::Failed,
        exit_code: 1,
        why: vec!["must clauses violated: ENV-5, EVENT-1".to_owned(), "2 steps unmet".to_owned()],
        target: "ws://127.0.0.1:4567/uat (embedded reference server)".to_owned(),
        repeat_with: Vec::new(),
        seed: 42,
        shard: Shard { index: 1, count: 1 },
        readings: BTreeMap::from([
            ("event_key".to_owned(), json!("payload")),
            ("response_timeout_ms".to_owned(), json!(30_000)),
        ]),
        totals: totals(),
        errors: errors(),
        latency: latencies(2),
        clauses: clauses(),
        thresholds: vec![threshold("errors.rate < 0.1%", Some(0.25), false)],
        generator: Generator {
            cpu_s: 1.5,
            peak_rss_bytes: 52_428_800,
            lateness_us: Lateness { p50: 26, p99: 53, p999: 101, max: 657 },
            valid: true,
            why: vec![],
        },
        gate: GateRecord { fail_on: Level::Must, required: vec![ClauseId::Unread2] },
        waivers: waivers(),
        scenarios: vec![chat(), awkward(), broken()],
        findings: findings(),
        findings_beyond: 7,
    }
}

/// A record of a run that could not begin.
pub(super) fn unstarted() -> RunRecord {
    RunRecord {
        verdict: Verdict::Error,
        exit_code: 3,
        why: vec!["cannot connect to wss://uat.example.com/uat: connection refused".to_owned()],
        target: "wss://uat.example.com/uat".to_owned(),
        repeat_with: Vec::new(),
        totals: Totals::default(),
        errors: Errors::default(),
        latency: BTreeMap::new(),
        thresholds: vec![],
        clauses: vec![],
        waivers: vec![],
        scenarios: vec![],
        findings: vec![],
        findings_beyond: 0,
        ..record()
    }
}

/// A record of a run in which all went well.
pub(super) fn passed() -> RunRecord {
    let mut chat = chat();
    chat.unmet.clear();
    chat.clauses.truncate(1);
    chat.steps.truncate(1);
    RunRecord {
        verdict: Verdict::Passed,
        exit_code: 0,
        why: vec![],
        totals: Totals { lost: 0, duplicates: 0, findings: FindingCounts::default(), ..totals() },
        errors: Errors::default(),
        clauses: chat.clauses.clone(),
        waivers: vec![],
        thresholds: vec![],
        scenarios: vec![chat],
        findings: vec![],
        findings_beyond: 0,
        ..record()
    }
}

fn chat() -> ScenarioRecord {
    ScenarioRecord {
        name: "chat".to_owned(),
        file: "scenarios/chat.yaml".to_owned(),
        load: LoadRecord {
            devices: 4,
            instances: 2,
            iterations: Some(2),
            duration_s: None,
            ramp_up_s: 0.5,
        },
        totals: totals(),
        latency: latencies(1),
        thresholds: vec![
            threshold("send_to_peer.p99 < 250ms", Some(8_400.0), true),
            threshold("concierge_to_event.p99 < 1s", None, false),
        ],
        steps: vec![
            step(12, "init", 4, 0, 0),
            step(13, "send", 3, 1, 0),
            step(14, "await", 0, 0, 1),
            step(15, "send", 0, 0, 0),
            step(16, "ping", 4, 0, 0),
            step(16, "ping", 4, 0, 0),
        ],
        clauses: clauses(),
        unmet: vec![UnmetStep {
            line: 13,
            step: "send".to_owned(),
            device: DeviceNo(3),
            message: "the status is not the one expected".to_owned(),
            expected: "status 200".to_owned(),
            actual: "status 403".to_owned(),
            count: 1,
        }],
        errors: vec![],
    }
}

/// Names and texts as nobody would choose them, and a server might.
fn awkward() -> ScenarioRecord {
    ScenarioRecord {
        name: "=cmd|' <&>\" \u{fffe}ก".to_owned(),
        file: "my scenarios/it's.yaml".to_owned(),
        load: LoadRecord {
            devices: 1,
            instances: 1,
            iterations: None,
            duration_s: Some(10.0),
            ramp_up_s: 0.0,
        },
        totals: Totals::default(),
        latency: latencies(1),
        thresholds: vec![],
        steps: vec![step(3, "await", 0, 1, 0)],
        clauses: vec![clause(
            ClauseId::Env1,
            Level::Must,
            "a response is one JSON text: an object with channel, status and body",
            (9, 1),
            ClauseStatus::Violated,
        )],
        unmet: vec![UnmetStep {
            line: 3,
            step: "await".to_owned(),
            device: DeviceNo(0),
            message: "\u{1b}[2J\u{0}]]> </failure> \u{ffff}\u{202e}".to_owned(),
            expected: "first line\nsecond line\t\u{7}".to_owned(),
            actual: format!("wss://uat.example.com/uat?Auth={TOKEN}&deviceId=1 or {TOKEN}"),
            count: 1,
        }],
        errors: vec![],
    }
}

fn broken() -> ScenarioRecord {
    ScenarioRecord {
        name: "two tenants".to_owned(),
        file: "builtin:conformance/isolation".to_owned(),
        load: LoadRecord {
            devices: 2,
            instances: 1,
            iterations: Some(1),
            duration_s: None,
            ramp_up_s: 0.0,
        },
        totals: Totals::default(),
        latency: BTreeMap::new(),
        thresholds: vec![],
        steps: vec![],
        clauses: vec![],
        unmet: vec![],
        errors: vec!["it needs 2 tenants, and 1 account was given".to_owned()],
    }
}

fn totals() -> Totals {
    Totals {
        devices: 4,
        connections: 5,
        reconnects: 1,
        requests: 1_240,
        responses: 1_239,
        events: 2_004,
        sends: 1_000,
        sends_acked: 999,
        deliveries_expected: 2_000,
        deliveries: 1_999,
        lost: 1,
        duplicates: 5,
        bytes_in: 2_345_678,
        bytes_out: 345_678,
        findings: FindingCounts { must: 4, should: 2, info: 1, waived: 3 },
        dropped: 0,
    }
}

fn errors() -> Errors {
    let mut errors = Errors::default();
    for layer in Layer::ALL {
        errors.count(layer, ErrorKind::new("timeout"));
    }
    errors.count(Layer::Network, ErrorKind::new("reset"));
    errors.count(Layer::Network, ErrorKind::closed(1006));
    errors.count(Layer::Authorizer, ErrorKind::handshake(401));
    errors.count(Layer::Application, ErrorKind::status(403));
    errors.count(Layer::Application, ErrorKind::status(403));
    errors
}

fn latencies(scale: u64) -> BTreeMap<String, LatencySummary> {
    let names = ["connect", "rtt.init", "send_to_ack", "send_to_event", "send_to_peer"];
    let summary = |at: usize| {
        let us = scale * 400 * (at as u64 + 1);
        LatencySummary {
            count: scale * 500,
            min_us: us / 4,
            mean_us: us + us / 10,
            p50_us: us,
            p90_us: us * 3,
            p95_us: us * 5,
            p99_us: us * 20,
            p999_us: us * 100,
            max_us: us * 1_500,
        }
    };
    names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), summary(at))).collect()
}

/// Every status and, where it matters, every level.
fn clauses() -> Vec<ClauseResult> {
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

fn findings() -> Vec<FoundViolation> {
    let frame = json!({
        "channel": "client/send-message",
        "status": 200,
        "body": {
            "chatMessage": { "id": 133, "senderEntityType": "TENANT", "messageContent": "hi" },
            "tenant": { "id": "34", "email": "somchai@example.com" },
            "uploadURL": "https://uploads.example.com/a.png?X-Signature=abc",
        },
    });
    let schema = Finding {
        clause: ClauseId::Env5,
        at: Duration::from_micros(1_234_567),
        device: DeviceNo(1),
        session: Some(SessionId::new(SESSION)),
        route: Some(Route::Send),
        event: None,
        message: "/body/chatMessage/id is a number".to_owned(),
        expected: "a string of digits".to_owned(),
        actual: "number".to_owned(),
        pointer: "/body/chatMessage/id".to_owned(),
        frame: Some(frame.to_string()),
    };
    let lost = Finding {
        clause: ClauseId::Event1,
        at: Duration::from_secs(9),
        device: DeviceNo(2),
        session: Some(SessionId::new(SESSION)),
        route: None,
        event: Some("chat-message".into()),
        message: "message 133 did not arrive".to_owned(),
        expected: "its event within 5 s".to_owned(),
        actual: "none".to_owned(),
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
        finding,
        waived: waived.map(str::to_owned),
    };
    vec![found(schema, None), found(lost, None), found(renamed, None), found(twice, Some(REASON))]
}

const REASON: &str = "events are delivered at least once until the broker is replaced";

/// Every status.
fn waivers() -> Vec<WaiverResult> {
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

fn clause(
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
    let (note, readings) = (note.map(str::to_owned), readings_of(id).map(|one| one.id).collect());
    ClauseResult { id, level, title, checked, violated, waived, status, note, readings }
}

fn step(line: usize, step: &str, passed: u64, failed: u64, skipped: u64) -> StepRecord {
    StepRecord { line, step: step.to_owned(), passed, failed, skipped }
}

fn threshold(expr: &str, value: Option<f64>, ok: bool) -> ThresholdResult {
    ThresholdResult { expr: expr.to_owned(), value, ok }
}
