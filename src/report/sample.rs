//! One fixed record that holds every kind of verdict, step, error and finding: what the golden
//! files are made from.

mod conversations;
mod shards;
mod verdicts;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::conformance::{ClauseId, Level};
use crate::metrics::{
    Bar, Distribution, ErrorKind, Errors, FindingCounts, LatencySummary, Layer, Quantile,
    Throttling, Totals,
};
use crate::protocol::DeviceNo;
use crate::run::{
    BusiestWorker, ClauseStatus, Closes, EndedEarly, GateRecord, Generator, InForce, Lateness,
    LeftBehind, LoadRecord, Machine, Origin, RUN_FORMAT, RunRecord, ScenarioRecord, Shard,
    StepRecord, ThresholdResult, TimelineRow, UnmetStep, Verdict,
};

pub(super) use shards::{merged, merged_of, shard};

use verdicts::{clause, clauses, findings, waivers};

const SESSION: &str = "4482e256-da14-47cc-b119-9575bbb3b6d3";

pub(crate) fn record() -> RunRecord {
    RunRecord {
        format: RUN_FORMAT.to_owned(),
        run_id: "20260102-030405-abcd".to_owned(),
        version: "0.1.0".to_owned(),
        plan: "9f86d081884c7d65".to_owned(),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        ended_at: "2026-01-02T03:04:17.345Z".to_owned(),
        verdict: Verdict::Failed,
        exit_code: 1,
        why: vec!["must clauses violated: ENV-5, EVENT-1".to_owned(), "2 steps unmet".to_owned()],
        target: "ws://127.0.0.1:4567/uat (embedded reference server)".to_owned(),
        in_force: vec![
            in_force("target", json!("ws://127.0.0.1:4567/uat"), Origin::Default),
            in_force("settings.delivery_timeout", json!("3s"), Origin::Flag),
            in_force("caps.devices", json!(20), Origin::Profile),
        ],
        repeat_with: Vec::new(),
        seed: 42,
        shard: Shard::WHOLE,
        shards: vec![],
        start_at: None,
        readings: [readings(), BTreeMap::from([gateway_says()])].into_iter().flatten().collect(),
        totals: totals(),
        errors: errors(),
        errors_by_second: Layer::ALL
            .into_iter()
            .map(|layer| (layer, vec![(0, 1), (3, 2)]))
            .collect(),
        throttling: Some(throttling()),
        closes: Closes { idle: 1, lifetime: 2 },
        latency: latencies(2),
        distributions: BTreeMap::from([("send_to_event".to_owned(), distribution())]),
        clauses: clauses(),
        thresholds: vec![threshold("errors.rate < 0.1%", Some(0.25), false)],
        generator: Generator {
            cpu_s: 1.5,
            busiest_worker: Some(BusiestWorker {
                worker: 2,
                core_share: 0.431,
                saturated_s: 1,
                watched_s: 10,
            }),
            peak_rss_bytes: 52_428_800,
            memory_limit_bytes: Some(25_769_803_776),
            backlog_frames: 7,
            lateness_us: Lateness { p50: 26, p99: 53, p999: 101, max: 657 },
            notes: vec!["the embedded server shares the cores with the load".to_owned()],
            valid: true,
            why: vec![],
        },
        machine: Machine { os: "linux".into(), arch: "x86_64".into(), cores: 4, workers: 2 },
        gate: GateRecord { fail_on: Level::Must, required: vec![ClauseId::Unread2] },
        waivers: waivers(),
        left_behind: LeftBehind { open_sessions: 2, messages: 9, uploads: 1 },
        scenarios: vec![chat(), awkward(), broken()],
        findings: findings(),
        findings_beyond: 6,
        conversations: conversations::conversations(),
        timeline: timeline(),
        sums: None,
    }
}

fn readings() -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("event_key".to_owned(), json!("payload")),
        ("response_timeout_ms".to_owned(), json!(30_000)),
    ])
}

fn gateway_says() -> (String, Value) {
    ("gateway_says".to_owned(), json!(["Quota <b>exceeded</b>"]))
}

/// Twelve seconds and a part of one. What was counted adds up to [`totals`], and most
/// seconds are idle.
fn timeline() -> Vec<TimelineRow> {
    let row = |second: u64| match second {
        0 => TimelineRow {
            devices: 4,
            connects: 5,
            responses: 4,
            errors: 1,
            rtt_p99_us: Some(2_900),
            lateness_p99_us: Some(53),
            ..TimelineRow::default()
        },
        3 => TimelineRow {
            devices: 4,
            sends: 1_000,
            responses: 1_231,
            events: 2_004,
            errors: 15,
            violations: 6,
            send_to_event_p50_us: Some(3_200),
            send_to_event_p99_us: Some(64_000),
            send_to_peer_p50_us: Some(4_000),
            send_to_peer_p99_us: Some(80_000),
            rtt_p99_us: Some(16_000),
            lateness_p99_us: Some(101),
            ..TimelineRow::default()
        },
        12 => TimelineRow { responses: 4, rtt_p99_us: Some(900), ..TimelineRow::default() },
        _ => TimelineRow { devices: 4, ..TimelineRow::default() },
    };
    (0..=12).map(|second| TimelineRow { second, ..row(second) }).collect()
}

fn in_force(key: &str, value: Value, from: Origin) -> InForce {
    InForce { key: key.to_owned(), value, from, scenario: None }
}

/// A record of a run that could not begin.
pub(super) fn unstarted() -> RunRecord {
    RunRecord {
        verdict: Verdict::Error,
        exit_code: 3,
        why: vec!["cannot connect to wss://uat.example.com/uat: connection refused".to_owned()],
        target: "wss://uat.example.com/uat".to_owned(),
        in_force: vec![],
        repeat_with: Vec::new(),
        readings: readings(),
        totals: Totals::default(),
        errors: Errors::default(),
        errors_by_second: BTreeMap::new(),
        throttling: None,
        closes: Closes::default(),
        distributions: BTreeMap::new(),
        latency: BTreeMap::new(),
        thresholds: vec![],
        clauses: vec![],
        waivers: vec![],
        left_behind: LeftBehind::default(),
        scenarios: vec![],
        findings: vec![],
        findings_beyond: 0,
        conversations: vec![],
        timeline: vec![],
        sums: None,
        ..record()
    }
}

/// A record of a run in which all went well.
pub(super) fn passed() -> RunRecord {
    let mut chat = chat();
    chat.unmet.clear();
    chat.throttling = None;
    chat.thresholds.truncate(1);
    chat.clauses.truncate(1);
    chat.steps.truncate(1);
    RunRecord {
        readings: readings(),
        verdict: Verdict::Passed,
        exit_code: 0,
        why: vec![],
        totals: Totals { lost: 0, duplicates: 0, findings: FindingCounts::default(), ..totals() },
        errors: Errors::default(),
        errors_by_second: BTreeMap::new(),
        throttling: None,
        closes: Closes::default(),
        clauses: chat.clauses.clone(),
        waivers: vec![],
        thresholds: vec![],
        scenarios: vec![chat],
        findings: vec![],
        findings_beyond: 0,
        conversations: vec![],
        ..record()
    }
}

fn chat() -> ScenarioRecord {
    ScenarioRecord {
        name: "chat".to_owned(),
        file: "scenarios/chat.yaml".to_owned(),
        early: EndedEarly::default(),
        load: LoadRecord {
            devices: 4,
            instances: 2,
            iterations: Some(2),
            duration_s: None,
            ramp_up_s: 0.5,
            rate_per_s: None,
            arrival: None,
            stages: Vec::new(),
        },
        totals: totals(),
        throttling: Some(throttling()),
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
            shard: None,
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
        early: EndedEarly::default(),
        load: LoadRecord {
            devices: 1,
            instances: 1,
            iterations: None,
            duration_s: Some(10.0),
            ramp_up_s: 0.0,
            rate_per_s: None,
            arrival: None,
            stages: Vec::new(),
        },
        totals: Totals::default(),
        throttling: None,
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
            shard: None,
            device: DeviceNo(0),
            message: "\u{1b}[2J\u{0}]]> </failure> \u{ffff}\u{202e}".to_owned(),
            expected: "first line\nsecond line\t\u{7}".to_owned(),
            actual: "wss://uat.example.com/uat?[redacted] or [redacted]".to_owned(),
            count: 1,
        }],
        errors: vec![],
    }
}

fn broken() -> ScenarioRecord {
    ScenarioRecord {
        name: "two tenants".to_owned(),
        file: "builtin:conformance/isolation".to_owned(),
        early: EndedEarly::default(),
        load: LoadRecord {
            devices: 2,
            instances: 1,
            iterations: Some(1),
            duration_s: None,
            ramp_up_s: 0.0,
            rate_per_s: None,
            arrival: None,
            stages: Vec::new(),
        },
        totals: Totals::default(),
        throttling: None,
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

fn throttling() -> Throttling {
    Throttling { connects: 1, requests: 4, first_at_us: 412_000, last_at_us: 3_900_000 }
}

fn errors() -> Errors {
    let mut errors = Errors::default();
    for (layer, kind, count) in [
        (Layer::Network, ErrorKind::RESET, 1),
        (Layer::Network, ErrorKind::closed(1006), 1),
        (Layer::Gateway, ErrorKind::handshake(429), 1),
        (Layer::Gateway, ErrorKind::THROTTLED, 4),
        (Layer::Gateway, ErrorKind::GATEWAY_ERROR, 1),
        (Layer::Authorizer, ErrorKind::handshake(401), 1),
        (Layer::Integration, ErrorKind::RESPONSE_TIMEOUT, 1),
        (Layer::Application, ErrorKind::status(403), 2),
        (Layer::Schema, ErrorKind::INVALID_FRAME, 3),
        (Layer::Harness, ErrorKind::INBOX_OVERFLOW, 1),
    ] {
        (0..count).for_each(|_| errors.count(layer, kind));
    }
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
            overflow: 0,
        }
    };
    names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), summary(at))).collect()
}

fn distribution() -> Distribution {
    let point = |share: f64, us: u64| Quantile { share, us };
    let bar = |from_us: u64, to_us: u64, count: u64| Bar { from_us, to_us, count };
    Distribution {
        curve: vec![point(0.0, 800), point(0.5, 3_200), point(0.99, 64_000), point(1.0, 4_800_000)],
        bars: vec![bar(794, 892, 100), bar(3_163, 3_549, 850), bar(63_096, 70_795, 50)],
    }
}

fn step(line: usize, step: &str, passed: u64, failed: u64, skipped: u64) -> StepRecord {
    StepRecord { line, step: step.to_owned(), passed, failed, skipped }
}

fn threshold(expr: &str, value: Option<f64>, ok: bool) -> ThresholdResult {
    ThresholdResult { expr: expr.to_owned(), value, ok }
}
