//! How clauses, waivers and the gate come out of what workers tell.

mod own_fault;

use std::path::Path;

use serde_json::json;

use crate::conformance::{Claim, ClauseId, Level, SessionKey, Waiver, Waivers};
use crate::device::{AccessToken, Target};
use crate::metrics::{ErrorKind, Layer, Threshold};
use crate::protocol::{AccountNo, DeviceNo, EventKind, Route, SessionId, TenantId};
use crate::run::disturbance::Disturbances;
use crate::run::{
    Account, ClauseStatus, Gate, LoadOverride, Verdict, WaiverStatus, plan_scenarios,
};
use crate::scenario::{ParseContext, SourceFile, parse};

use super::*;

/// What is told of a run of one scenario, `chat`.
#[derive(Default)]
struct Told {
    gate: Gate,
    tenants: Vec<Option<u64>>,
    checked: Vec<ClauseId>,
    found: Vec<Finding>,
    claims: Vec<Claim>,
    answered: Vec<Route>,
    concierges: u64,
    unjudged: Option<&'static str>,
    /// The scenario's, as it stands in its file.
    load: &'static str,
    is_embedded: bool,
    /// How often, and by how much, a planned instant was missed.
    late: (u32, Duration),
    strain: Vec<f64>,
    disturbances: Disturbances,
    /// Errors of the harness, and devices that could not connect for them.
    lacked: Option<ErrorKind>,
    thresholds: Vec<&'static str>,
}

fn plan(told: &Told) -> RunPlan {
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        list_folder: &|_| Ok(None),
    };
    let text = format!("name: chat\n{}flow: [init, end]\n", told.load);
    let source = SourceFile::new("chat.yaml", &text);
    let scenario = parse(source, Some(Path::new("")), &context).expect("it is fine");
    let account = |tenant: &Option<u64>| {
        Account::new(AccessToken::new("token".to_owned()), tenant.map(TenantId))
    };
    let tenants = if told.tenants.is_empty() { &vec![Some(34)] } else { &told.tenants };
    RunPlan {
        run_id: "told".into(),
        seed: 7,
        target_label: "in memory".into(),
        is_embedded: told.is_embedded,
        accounts: tenants.iter().map(account).collect(),
        scenarios: plan_scenarios(vec![scenario], &LoadOverride::default()).expect("one device"),
        gate: told.gate.clone(),
        thresholds: told
            .thresholds
            .iter()
            .map(|text| Threshold::parse(text).expect("it is a threshold"))
            .collect(),
        ..RunPlan::against(Target::parse("ws://127.0.0.1:80/uat").expect("it is an origin"))
    }
}

/// A plan of one scenario, `chat`, with a load as it stands in its file.
pub(super) fn plan_of(load: &'static str) -> RunPlan {
    plan(&Told { load, ..Told::default() })
}

fn record(told: Told) -> RunRecord {
    let plan = plan(&told);
    let mut fold = Fold::new(&plan);
    let mut interval = Interval { claims: told.claims, ..Interval::default() };
    interval.concierges = told.concierges;
    interval.recorder.totals_mut().connections = 1;
    (0..told.late.0).for_each(|_| interval.recorder.late_by(told.late.1));
    for share in told.strain {
        let second = Duration::from_secs(1);
        interval.strains.entry(0).or_default().record(second.mul_f64(share), second);
    }
    if let Some(kind) = told.lacked {
        interval.recorder.error(Layer::Harness, kind);
        interval.unconnected += 1;
    }
    for clause in told.checked {
        interval.clauses.check(clause);
    }
    for route in &told.answered {
        interval.places.answer(route);
    }
    interval.places.arrive(&EventKind::Delete);
    for finding in told.found {
        let waiver = interval.found(&finding, "chat", &plan.gate.waivers);
        let event = RunEvent::Found {
            scenario: 0,
            finding: Box::new(finding),
            waiver,
            conversation: Some(Box::new(conversation())),
        };
        fold.take(event, Duration::ZERO);
    }
    if let Some(what) = told.unjudged {
        let event = RunEvent::Reading { name: "not_judged", value: json!(what) };
        fold.take(event, Duration::ZERO);
    }
    let event = RunEvent::Interval { scenario: 0, second: 0, interval: Box::new(interval) };
    fold.take(event, Duration::ZERO);
    let times = Times {
        elapsed: Duration::from_secs(1),
        started_at: "2026-01-02T03:04:05Z".into(),
        ended_at: "2026-01-02T03:04:06Z".into(),
    };
    let effort = Effort { disturbances: told.disturbances, ..Effort::default() };
    fold.finish(times, effort, &mut ())
}

pub(super) fn finding(clause: ClauseId) -> Finding {
    Finding {
        clause,
        at: Duration::ZERO,
        device: Some(DeviceNo(0)),
        session: None,
        route: Some(Route::Send),
        event: None,
        message: "broken".into(),
        expected: String::new(),
        actual: String::new(),
        is_plain: true,
        pointer: "/body/chatMessage/id".into(),
        frame: None,
    }
}

fn conversation() -> Conversation {
    let (at, device) = (Duration::ZERO, DeviceNo(0));
    Conversation { at, device, session: None, frames: Vec::new() }
}

fn waiver(clause: ClauseId) -> Waiver {
    Waiver {
        clause,
        route: None,
        event: None,
        pointer: None,
        scenario: None,
        reason: "known".into(),
        ticket: None,
        until: "2026-01-02".parse().expect("it is a date"),
        is_intermittent: false,
    }
}

/// A gate with waivers, on the day of the run.
fn waiving(waivers: Vec<Waiver>) -> Gate {
    let day = "2026-01-02".parse().expect("it is a date");
    Gate { waivers: Waivers::on(day, waivers), ..Gate::default() }
}

fn opened(session: &str, account: u32) -> Claim {
    let (session, account) = (SessionId::new(session), AccountNo(account));
    Claim::Session { session, account, device: DeviceNo(0), at: Duration::ZERO }
}

fn foreign(session: &str, account: u32) -> Claim {
    let (session, account) = (SessionId::new(session), AccountNo(account));
    let (device, at) = (DeviceNo(0), Duration::ZERO);
    Claim::Foreign { session, account, device, at, event: "chat-message" }
}

/// Status and note of a clause, over the run and in its one scenario alike; that leaves out what it did
/// not exercise.
#[track_caller]
fn check(told: Told, clause: ClauseId, status: ClauseStatus, note: Option<&str>) -> RunRecord {
    let record = record(told);
    for clauses in [&record.clauses, &record.scenarios[0].clauses] {
        let one = clauses.iter().find(|one| one.id == clause);
        let expected = (status, note);
        match one {
            Some(one) => assert_eq!((one.status, one.note.as_deref()), expected),
            None => assert_eq!(status, ClauseStatus::NotExercised),
        }
    }
    record
}

/// The verdict, and what its reasons say.
#[track_caller]
fn check_why(told: Told, verdict: Verdict, why: &[&str]) {
    let record = record(told);
    let said: Vec<_> = record.why.iter().map(String::as_str).collect();
    assert_eq!((record.verdict, &said[..]), (verdict, why));
}

#[test]
fn what_was_not_exercised_says_why() {
    for (clause, note) in [
        (ClauseId::Seen1, "no concierge came"),
        (ClauseId::Iso1, "one account only"),
        (ClauseId::Upload1, "no upload origin"),
        (ClauseId::Send9, "the flow that provokes it was not run"),
        (ClauseId::Ping1, "nothing in the run called for it"),
    ] {
        check(Told::default(), clause, ClauseStatus::NotExercised, Some(note));
    }
    let told = Told { tenants: vec![Some(34), Some(34)], ..Told::default() };
    check(told, ClauseId::Iso1, ClauseStatus::NotExercised, Some("one tenant only"));
    let told = Told { concierges: 1, tenants: vec![None, None], ..Told::default() };
    let note = Some("the flow that provokes it was not run");
    check(told, ClauseId::Iso1, ClauseStatus::NotExercised, note);
}

#[test]
fn a_clause_passes_only_where_it_was_checked() {
    let told = Told { checked: vec![ClauseId::Env1], ..Told::default() };
    let record = check(told, ClauseId::Env1, ClauseStatus::Passed, None);
    assert_eq!((record.verdict, record.exit_code), (Verdict::Passed, 0));
    let passed = record.clauses.iter().filter(|one| one.status == ClauseStatus::Passed);
    assert_eq!(passed.count(), 1);
}

#[test]
fn should_clauses_fail_the_run_where_that_is_asked() {
    let told = |fail_on| Told {
        gate: Gate { fail_on, ..Gate::default() },
        checked: vec![ClauseId::Env10],
        found: vec![finding(ClauseId::Env10), finding(ClauseId::Event10)],
        ..Told::default()
    };
    check_why(told(Level::Must), Verdict::Passed, &[]);
    let why = format!("ENV-10 violated once: {}", ClauseId::Env10.clause().title);
    check_why(told(Level::Should), Verdict::Failed, &[&why]);
}

#[test]
fn required_clauses_fail_the_run_where_nothing_came_of_them() {
    let required = [ClauseId::Seen1, ClauseId::Env1, ClauseId::Send9, ClauseId::Seen2];
    let gate = Gate { required: required.into(), ..Gate::default() };
    check_why(
        Told { gate, checked: vec![ClauseId::Env1], ..Told::default() },
        Verdict::Failed,
        &[
            "required, not exercised (no concierge came): SEEN-1, SEEN-2",
            "required, not exercised (the flow that provokes it was not run): SEND-9",
        ],
    );
}

#[test]
fn a_required_clause_without_a_verdict_fails_the_run() {
    let gate = Gate { required: [ClauseId::Unread2].into(), ..Gate::default() };
    let (checked, claims) = (vec![ClauseId::Unread2], vec![foreign("x", 0)]);
    check_why(
        Told { gate, checked, claims, ..Told::default() },
        Verdict::Failed,
        &["required, inconclusive (account shared): UNREAD-2"],
    );
}

#[test]
fn a_hundred_conversations_are_kept_and_few_of_what_is_waived() {
    let told = Told {
        gate: waiving(vec![waiver(ClauseId::Env5)]),
        found: [vec![finding(ClauseId::Env5); 150], vec![finding(ClauseId::Env1); 1000]].concat(),
        ..Told::default()
    };
    let record = record(told);
    let of: Vec<_> = record.conversations.iter().map(|one| one.of.clone()).collect();
    let expected: Vec<_> = (0..10).chain(100..190).map(Occasion::Finding).collect();
    assert_eq!(of, expected);
    assert_eq!(record.findings[100].finding.clause, ClauseId::Env1);
}

#[test]
fn thresholds_are_held_over_the_whole_run() {
    let told = |threshold| Told {
        checked: vec![ClauseId::Env5; 3],
        thresholds: vec![threshold],
        ..Told::default()
    };
    check_why(told("violations.must == 0"), Verdict::Passed, &[]);
    let crossed = "threshold crossed: violations.must > 0, and it is 0";
    check_why(told("violations.must > 0"), Verdict::Failed, &[crossed]);
    let unmeasured = "threshold without samples: send_to_ack.p99 < 1s";
    check_why(told("send_to_ack.p99 < 1s"), Verdict::Failed, &[unmeasured]);
}

#[test]
fn what_a_waiver_covers_does_not_fail_the_run() {
    let told = || Told {
        gate: waiving(vec![waiver(ClauseId::Env5)]),
        checked: vec![ClauseId::Env5; 3],
        found: vec![finding(ClauseId::Env5); 2],
        ..Told::default()
    };
    let record = check(told(), ClauseId::Env5, ClauseStatus::Waived, Some("known"));
    assert_eq!((record.verdict, record.totals.findings.waived), (Verdict::Passed, 2));
    assert_eq!(record.totals.findings.must, 0);
    assert_eq!((record.waivers[0].covered, record.waivers[0].status), (2, WaiverStatus::Used));
    assert_eq!(record.findings[0].waived.as_deref(), Some("known"));
    let mut elsewhere = told();
    elsewhere.found.push(Finding { pointer: "/status".into(), ..finding(ClauseId::Env5) });
    elsewhere.gate = waiving(vec![Waiver {
        pointer: Some("/body/chatMessage/id".into()),
        ..waiver(ClauseId::Env5)
    }]);
    let record = check(elsewhere, ClauseId::Env5, ClauseStatus::Violated, None);
    assert_eq!((record.totals.findings.must, record.totals.findings.waived), (1, 2));
}

#[test]
fn findings_are_waived_beyond_those_that_are_kept() {
    let told = Told {
        gate: waiving(vec![waiver(ClauseId::Env5)]),
        found: vec![finding(ClauseId::Env5); 3 * FINDINGS_KEPT],
        ..Told::default()
    };
    let record = record(told);
    assert_eq!(record.totals.findings.waived, 3 * FINDINGS_KEPT as u64);
    let kept = (record.findings.len(), record.findings_beyond);
    assert_eq!(kept, (WAIVED_FINDINGS_KEPT, (3 * FINDINGS_KEPT - WAIVED_FINDINGS_KEPT) as u64));
}

#[test]
fn a_waiver_whose_place_was_clean_fails_the_run() {
    let narrow = Waiver { route: Some(Route::Send), ..waiver(ClauseId::Env5) };
    let told = |waiver: Waiver, answered: Vec<Route>| Told {
        gate: waiving(vec![waiver]),
        checked: vec![ClauseId::Env5],
        answered,
        ..Told::default()
    };
    check_why(told(narrow.clone(), vec![Route::Ping]), Verdict::Passed, &[]);
    let why = "stale waiver of ENV-5, route client/send-message: its place was exercised and \
               clean; remove it, or say `intermittent: true`";
    check_why(told(narrow.clone(), vec![Route::Send]), Verdict::Failed, &[why]);
    let intermittent = Waiver { is_intermittent: true, ..narrow.clone() };
    check_why(told(intermittent, vec![Route::Send]), Verdict::Passed, &[]);
    let elsewhere = Waiver { scenario: Some("tour".into()), ..narrow };
    check_why(told(elsewhere, vec![Route::Send]), Verdict::Passed, &[]);
    let event = |name: &str| Waiver { event: Some(name.into()), ..waiver(ClauseId::Env5) };
    check_why(told(event("chat-message"), vec![]), Verdict::Passed, &[]);
    let why = "stale waiver of ENV-5, event chat-message-delete: its place was exercised and \
               clean; remove it, or say `intermittent: true`";
    check_why(told(event("chat-message-delete"), vec![]), Verdict::Failed, &[why]);
}

#[test]
fn a_waiver_whose_date_is_past_covers_nothing_and_fails_the_run() {
    let until = "2026-01-01".parse().expect("it is a date");
    let told = Told {
        gate: waiving(vec![Waiver { until, ..waiver(ClauseId::Env5) }]),
        checked: vec![ClauseId::Env5],
        found: vec![finding(ClauseId::Env5)],
        ..Told::default()
    };
    let violated = format!("ENV-5 violated once: {}", ClauseId::Env5.clause().title);
    let past = "the waiver of ENV-5 ended on 2026-01-01: mend it, or renew it";
    check_why(told, Verdict::Failed, &[&violated, past]);
}

#[test]
fn ids_that_two_flow_instances_got_are_found_and_waived_like_all_else() {
    let message = |session: &str| {
        let session = SessionKey::of(&SessionId::new(session));
        Claim::Message { id: 9, session, device: DeviceNo(0), at: Duration::ZERO }
    };
    let claims = || vec![opened("a", 0), opened("a", 0), message("a"), message("b")];
    let told = Told { claims: claims(), ..Told::default() };
    let record = check(told, ClauseId::Send4, ClauseStatus::Violated, None);
    let found: Vec<_> = record.findings.iter().map(|found| found.finding.clause).collect();
    assert_eq!(found, [ClauseId::Init1, ClauseId::Send4]);
    let gate = waiving(vec![waiver(ClauseId::Send4), waiver(ClauseId::Init1)]);
    let told = Told { gate, claims: claims(), ..Told::default() };
    check(told, ClauseId::Init1, ClauseStatus::Waived, Some("known"));
}

#[test]
fn strangers_events_are_found_and_a_shared_account_leaves_doubt() {
    let shared = Some("account shared");
    let told = |claims| Told {
        tenants: vec![Some(34), Some(35)],
        checked: vec![ClauseId::Event6, ClauseId::Unread2, ClauseId::Event1],
        found: vec![finding(ClauseId::Unread2)],
        claims,
        ..Told::default()
    };
    let stranger = || vec![foreign("a", 1), opened("a", 0)];
    check(told(stranger()), ClauseId::Event6, ClauseStatus::Violated, None);
    check(told(stranger()), ClauseId::Unread2, ClauseStatus::Violated, None);
    let unknown = || vec![foreign("x", 1), opened("a", 0)];
    check(told(unknown()), ClauseId::Event6, ClauseStatus::Inconclusive, shared);
    check(told(unknown()), ClauseId::Unread2, ClauseStatus::Inconclusive, shared);
    check(told(unknown()), ClauseId::Event1, ClauseStatus::Passed, None);
    let both = || [stranger(), unknown()].concat().into_iter().take(3).collect();
    check(told(both()), ClauseId::Event6, ClauseStatus::Violated, None);
}

#[test]
fn a_generator_that_is_late_leaves_doubt_of_time_limits_alone() {
    let told = || Told {
        late: (1, Duration::from_secs(5)),
        checked: vec![ClauseId::Event1, ClauseId::Env1],
        found: vec![finding(ClauseId::Event1)],
        ..Told::default()
    };
    let note = Some("the generator could not keep up, and this rests on a time limit");
    let record = check(told(), ClauseId::Event1, ClauseStatus::Inconclusive, note);
    assert_eq!((record.verdict, record.exit_code), (Verdict::Invalid, 4));
    check(told(), ClauseId::Env1, ClauseStatus::Passed, None);
}

#[test]
fn a_load_that_is_kept_up_badly_makes_the_run_invalid() {
    let told = |load| Told {
        load,
        late: (1_000, Duration::from_millis(38)),
        strain: vec![1.0; 4],
        ..Told::default()
    };
    let late = "p99 lateness 38 ms is above 10 ms: fewer devices or more cores";
    let busy = "worker 1 of 1 used 100 % of its core in 4 of 4 s: fewer devices or more cores";
    let open = "load: { devices: 9, rate: 5/s, duration: 9s }\n";
    check_why(told(open), Verdict::Invalid, &[late, busy]);
    let busy = format!(
        "{busy}; in a closed model answers wait to be read, so that latencies are longer and the \
         load smaller"
    );
    let closed = "load: { devices: 9, duration: 9s }\n";
    check_why(told(closed), Verdict::Invalid, &[late, &busy]);
    check_why(told(""), Verdict::Passed, &[]);
    let crossed = Told { thresholds: vec!["send_to_ack.p99 < 1s"], ..told(closed) };
    let why = "threshold without samples: send_to_ack.p99 < 1s";
    check_why(crossed, Verdict::Failed, &[why, late, &busy]);
}

#[test]
fn beside_the_embedded_server_a_load_is_for_trying_things_out() {
    let told = record(Told {
        load: "load: { devices: 9, duration: 9s }\n",
        is_embedded: true,
        late: (1_000, Duration::from_millis(38)),
        strain: vec![0.5, 1.0, 1.0, 0.8],
        ..Told::default()
    });
    assert_eq!((told.verdict, told.generator.notes.len()), (Verdict::Passed, 1));
    assert!(told.generator.notes[0].ends_with("not for capacity"));
    let busiest = told.generator.busiest_worker.expect("it was watched");
    assert_eq!((busiest.worker, busiest.saturated_s, busiest.watched_s), (1, 2, 4));
    assert_eq!(busiest.core_share, 0.825);
}

#[test]
fn a_clause_names_the_readings_that_it_rests_on() {
    let told = Told { checked: vec![ClauseId::Send6], ..Told::default() };
    let record = check(told, ClauseId::Send6, ClauseStatus::Passed, None);
    assert_eq!(record.clauses[ClauseId::Send6 as usize].readings, ["metadata-key"]);
    assert_eq!(record.readings["concierge"], "none came");
}

#[test]
fn all_that_was_not_judged_is_told() {
    let foreign = Claim::Foreign {
        session: SessionId::new("a"),
        account: AccountNo(0),
        device: DeviceNo(0),
        at: Duration::ZERO,
        event: "chat-message",
    };
    let unjudged = Some("messages beyond 10 000 of a session");
    let record = record(Told { claims: vec![foreign; 10_001], unjudged, ..Told::default() });
    let known =
        json!(["messages beyond 10 000 of a session", "1 ids beyond what is kept over a run"]);
    assert_eq!(record.readings["not_judged"], known);
}

#[test]
fn few_of_what_a_gateway_makes_up_are_kept() {
    let plan = plan_of("");
    let mut fold = Fold::new(&plan);
    for no in 0..100 {
        let value = json!(format!("message {no}"));
        fold.take(RunEvent::Reading { name: GATEWAY_SAYS, value }, Duration::ZERO);
    }
    assert_eq!(fold.readings[GATEWAY_SAYS].len(), MESSAGES);
}
