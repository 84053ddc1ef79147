//! The largest record that reports are held to: an hour of 10 000 devices, 1 000 findings with frames
//! of 4 KiB in every clause, 100 conversations of 64 frames. It begins as the record of a run in which
//! nothing connected, so that only what makes it huge stands here.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use deskbell::conformance::{CATALOGUE, Finding};
use deskbell::device::{AccessToken, MemoryDial, Target, TokioClock, World};
use deskbell::metrics::{
    Distribution, ErrorKind, FindingCounts, Latency, LatencySummary, Layer, Totals,
};
use deskbell::protocol::{
    ConnectionNo, DeviceNo, MessageId, RequestNo, Route, SessionId, TenantId,
};
use deskbell::run::{
    Account, ClauseResult, ClauseStatus, Conversation, ConversationFrame, ConversationRecord,
    FoundViolation, LoadOverride, Occasion, Passage, RunPlan, RunRecord, Stop, ThresholdResult,
    TimelineRow, UnmetStep, Verdict, plan_scenarios, simulate,
};
use deskbell::scenario::{Listing, ParseContext, SourceFile, parse};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::time::Instant;

const SECONDS: u64 = 3_600;
const DEVICES: u64 = 10_000;
const FINDINGS: usize = 1_000;
const CONVERSATIONS: usize = 100;
const FRAMES: u64 = 64;

/// Of metrics, each also as service time.
const METRICS: [&str; 13] = [
    "connect",
    "connect_ack",
    "rtt.end",
    "rtt.init",
    "rtt.messages",
    "rtt.ping",
    "rtt.send",
    "rtt.session",
    "rtt.unread",
    "send_to_ack",
    "send_to_event",
    "send_to_peer",
    "send_to_self",
];

/// The record.
pub(crate) fn huge() -> RunRecord {
    let mut record = unconnected();
    let (latency, distributions) = latencies();
    record.verdict = Verdict::Failed;
    record.exit_code = 1;
    record.run_id = "20260302-183000-4a6e".to_owned();
    record.target = "wss://uat.example.com/uat".to_owned();
    record.ended_at = "2026-03-02T19:30:00Z".to_owned();
    record.clauses = CATALOGUE.iter().map(violated).collect();
    let violated: Vec<_> = CATALOGUE.iter().map(|clause| clause.id.as_str()).collect();
    record.why = vec![
        format!("must clauses violated: {}", violated.join(", ")),
        "30 steps unmet".to_owned(),
        "thresholds crossed: send_to_peer.p99 < 250ms".to_owned(),
    ];
    record.totals = totals();
    let seconds = |nth: u64| (nth % 2..SECONDS).step_by(2).map(move |at| (at, 1 + at * nth % 17));
    record.errors_by_second = Layer::ALL
        .into_iter()
        .zip(0..)
        .map(|(layer, nth)| (layer, seconds(nth).collect()))
        .collect();
    for layer in Layer::ALL {
        for kind in ["response_timeout", "reset", "status_500"] {
            record.errors.count(layer, ErrorKind::parse(kind).expect("it is known"));
        }
    }
    record.thresholds = (0..12).map(threshold).collect();
    let scenario = &mut record.scenarios[0];
    scenario.latency = latency.clone();
    scenario.thresholds = (0..12).map(threshold).collect();
    scenario.clauses = record.clauses.clone();
    scenario.totals = record.totals;
    scenario.errors.clear();
    for step in &mut scenario.steps {
        (step.passed, step.failed) = (500_000, 12);
    }
    scenario.unmet = scenario.steps.iter().map(|step| unmet(step.line, &step.step)).collect();
    record.latency = latency;
    record.distributions = distributions;
    record.findings = (0..FINDINGS).map(found).collect();
    record.findings_beyond = 123_456;
    record.conversations = (0..CONVERSATIONS).map(conversation).collect();
    record.timeline = (0..SECONDS).map(row).collect();
    record.generator.cpu_s = 5_120.5;
    record.generator.peak_rss_bytes = 190 << 20;
    record
}

/// The record of a run in which nothing connected.
pub(crate) fn unconnected() -> RunRecord {
    let steps = "  - send: hello\n  - think: 1s\n  - ping\n".repeat(10);
    let text = format!(
        "name: evening\nload: {{ devices: 10000, duration: 1h }}\nflow:\n  - init\n{steps}  - end\n"
    );
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_: &Path| Err(io::ErrorKind::NotFound.into()),
        list_folder: &|_: &Path| -> io::Result<Listing> { Ok(None) },
    };
    let scenario = parse(SourceFile::new("scenarios/evening.yaml", text), None, &context);
    let scenario = scenario.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let target = Target::parse("wss://uat.example.com/uat").expect("it is an origin");
    let token = AccessToken::new("token".to_owned());
    let mut plan = RunPlan {
        run_id: "20260302-183000-0c0c".into(),
        seed: 42,
        accounts: vec![Account::new(token, Some(TenantId(34)))],
        scenarios: plan_scenarios(vec![scenario], &LoadOverride::default())
            .expect("a device is a flow"),
        ..RunPlan::against(target)
    };
    // One is enough to see that nobody is there; the record is told the load that was asked for.
    let asked = std::mem::replace(&mut plan.scenarios[0].instances, 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    let mut record = LocalSet::new().block_on(&runtime, async {
        let (far_ends, _) = mpsc::channel(1);
        let clock = Rc::new(TokioClock::since(Instant::now()));
        let dial = Rc::new(MemoryDial::new(far_ends));
        let world = World { clock, epoch: Duration::from_secs(1_772_476_200), dial };
        simulate(plan, world, Stop::default(), &mut ()).await.expect("no flow panics")
    });
    record.scenarios[0].load.devices = asked.into();
    record.scenarios[0].load.instances = asked.into();
    record
}

fn violated(clause: &deskbell::conformance::Clause) -> ClauseResult {
    ClauseResult {
        id: clause.id,
        level: clause.level,
        title: clause.title.into(),
        checked: 4_000_000,
        violated: 1_234,
        waived: 0,
        status: ClauseStatus::Violated,
        note: None,
        readings: Vec::new(),
    }
}

fn totals() -> Totals {
    Totals {
        devices: DEVICES,
        connections: 10_400,
        reconnects: 400,
        requests: 9_000_000,
        responses: 8_999_000,
        events: 12_000_000,
        sends: 6_000_000,
        sends_acked: 5_999_500,
        deliveries_expected: 12_000_100,
        deliveries: 12_000_000,
        lost: 100,
        duplicates: 40,
        bytes_in: 9_876_543_210,
        bytes_out: 1_234_567_890,
        findings: FindingCounts { must: 90_000, should: 30_000, info: 4_000, waived: 456 },
        dropped: 77,
    }
}

fn threshold(nth: u64) -> ThresholdResult {
    let expr = format!("send_to_peer.p99 < {}ms", 250 + nth);
    ThresholdResult { expr, value: Some(262_000.0), ok: !nth.is_multiple_of(3) }
}

fn unmet(line: usize, step: &str) -> UnmetStep {
    UnmetStep {
        line,
        step: step.to_owned(),
        shard: None,
        device: DeviceNo(9_999),
        message: "the status is not the one expected".to_owned(),
        expected: "status 200".to_owned(),
        actual: "status 503".to_owned(),
        count: 12,
    }
}

/// A number below `most` that looks like chance, and is the same each time.
fn chance(of: u64, most: u64) -> u64 {
    (of.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33)
        % most
}

fn latencies() -> (BTreeMap<String, LatencySummary>, BTreeMap<String, Distribution>) {
    let names = METRICS.iter().flat_map(|&name| [name.to_owned(), format!("{name}.service")]);
    let measured = names.zip(1..).map(|(name, nth)| {
        let mut latency = Latency::new();
        for sample in 0..20_000 {
            let tail = if sample % 97 == 0 { 90 } else { 1 };
            latency.record(Duration::from_micros((800 + chance(sample * nth, 40_000)) * tail));
        }
        (name, latency)
    });
    let measured: Vec<_> = measured.collect();
    let summed = |latency: &Latency| latency.summary().expect("it has samples");
    let summaries = measured.iter().map(|(name, one)| (name.clone(), summed(one)));
    let spread = measured.iter().map(|(name, one)| (name.clone(), Distribution::of(one)));
    (summaries.collect(), spread.collect())
}

/// Ten minutes in which devices come, and some in which all is slow.
fn row(second: u64) -> TimelineRow {
    let is_slow = (1_800..1_860).contains(&second);
    let slow = if is_slow { 12 } else { 1 };
    let us = |from: u64, of: u64| Some((from + chance(second * of, from)) * slow);
    TimelineRow {
        second,
        devices: DEVICES.min(second * 17).min((SECONDS - 1 - second) * 60),
        connects: if second < 589 { 17 } else { 0 },
        sends: 1_500 + chance(second, 300),
        responses: 2_200 + chance(second * 3, 400),
        events: 3_100 + chance(second * 5, 500),
        errors: if is_slow { 80 } else { chance(second * 7, 3) },
        violations: if is_slow { 60 } else { chance(second * 11, 2) },
        send_to_event_p50_us: us(3_000, 13),
        send_to_event_p99_us: us(40_000, 17),
        send_to_peer_p50_us: us(3_500, 19),
        send_to_peer_p99_us: us(50_000, 23),
        rtt_p99_us: us(30_000, 29),
        lateness_p99_us: us(90, 31),
    }
}

fn session(nth: usize) -> SessionId {
    SessionId::new(format!("4482e256-da14-47cc-b119-{nth:012x}"))
}

fn found(nth: usize) -> FoundViolation {
    let routes = [Route::Send, Route::Messages, Route::Init, Route::Ping, Route::Unread];
    let route = routes[nth % routes.len()].clone();
    let message = match nth % 3 {
        0 => format!("message {} did not arrive", 133 + nth),
        1 => format!("/body/chatMessages/{}/id is a number", nth % 50),
        _ => "the answer came after 31 s".to_owned(),
    };
    let content = "The quick brown fox. ".repeat(185);
    let frame = format!(
        r#"{{"channel":"{route}","status":200,"body":{{"chatMessage":{{"id":{nth},"messageContent":"{content}"}}}}}}"#,
        route = route.as_str(),
    );
    let finding = Finding {
        clause: CATALOGUE[nth % CATALOGUE.len()].id,
        at: Duration::from_millis(3_600 * nth as u64),
        device: Some(DeviceNo((nth * 37 % 10_000) as u32)),
        session: Some(session(nth)),
        event: nth.is_multiple_of(2).then(|| "chat-message".into()),
        route: (!nth.is_multiple_of(2)).then_some(route),
        message,
        expected: "a string of digits, and an answer within 30 s".to_owned(),
        actual: "number".to_owned(),
        is_plain: true,
        pointer: format!("/body/chatMessages/{}/id", nth % 50),
        frame: Some(frame),
    };
    FoundViolation { scenario: "evening".to_owned(), shard: None, finding, waived: None }
}

fn conversation(nth: usize) -> ConversationRecord {
    let of = if nth < 80 { Occasion::Finding(nth) } else { at_a_step(2 + nth - 80) };
    let at = Duration::from_millis(3_600 * nth as u64);
    let device = DeviceNo((nth * 37 % 10_000) as u32);
    let frames = (0..FRAMES).map(|frame| passed(frame, at, device, session(nth))).collect();
    let conversation = Conversation { at, device, session: Some(session(nth)), frames };
    ConversationRecord { scenario: "evening".to_owned(), of, conversation }
}

fn at_a_step(line: usize) -> Occasion {
    Occasion::Step {
        file: "scenarios/evening.yaml".to_owned(),
        line,
        step: "send".to_owned(),
        message: "the status is not the one expected".to_owned(),
        expected: "status 200".to_owned(),
        actual: "status 503".to_owned(),
    }
}

/// Two devices that send, are answered, and hear each other.
fn passed(nth: u64, until: Duration, device: DeviceNo, session: SessionId) -> ConversationFrame {
    let turns = [Passage::Request, Passage::Response, Passage::Event, Passage::Event];
    let what = turns[nth as usize % turns.len()];
    let is_event = what == Passage::Event;
    ConversationFrame {
        at: until.saturating_sub(Duration::from_millis(40 * (FRAMES - nth))),
        device: DeviceNo(device.0 + u32::from(nth % 4 == 3)),
        is_at_desk: false,
        connection: ConnectionNo(0),
        what,
        route: (!is_event).then_some(Route::Send),
        event: is_event.then(|| "chat-message".into()),
        status: (what == Passage::Response).then_some(200),
        request: (!is_event).then_some(RequestNo(nth / 4)),
        session: Some(session),
        message: (what != Passage::Request).then_some(MessageId(133 + nth)),
        is_by_concierge: false,
    }
}
