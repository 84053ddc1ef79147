//! Whole runs, harness and server, over streams in memory and in paused time.

use std::num::NonZeroU32;
use std::time::Duration;

use deskbell::metrics::{ErrorKind, Layer};
use deskbell::protocol::PayloadKey;
use deskbell::run::{LeftBehind, RunPlan, RunRecord, TimelineRow, Verdict};
use deskbell::scenario::Until;
use deskbell::server::{Config, Defect, Gateway, Part};
use jiff::Timestamp;
use serde_json::json;

use crate::simulated::{Late, Latency, Link, Simulated, run, run_changed};

/// Simulates, and sees that nothing was lost, doubled, violated or left out.
#[track_caller]
fn check(simulated: &Simulated<'_>) -> RunRecord {
    let record = run(simulated);
    assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    let totals = record.totals;
    assert_eq!(Some(totals.devices), simulated.devices.map(u64::from));
    assert_eq!(totals.responses, totals.requests);
    assert_eq!(totals.sends, totals.sends_acked);
    assert_eq!(totals.deliveries, totals.deliveries_expected);
    assert_eq!((totals.lost, totals.duplicates), (0, 0));
    assert_eq!(record.errors.total(), 0);
    check_timeline(&record);
    record
}

/// The seconds of a run add up to it, and there is a row of each.
#[track_caller]
fn check_timeline(record: &RunRecord) {
    let rows = &record.timeline;
    assert!(rows.iter().enumerate().all(|(nth, row)| row.second == nth as u64), "{rows:?}");
    let sum = |of: fn(&TimelineRow) -> u64| rows.iter().map(of).sum::<u64>();
    let totals = &record.totals;
    assert_eq!(sum(|row| row.connects), totals.connections);
    assert_eq!(sum(|row| row.sends), totals.sends);
    assert_eq!(sum(|row| row.responses), totals.responses);
    assert_eq!(sum(|row| row.events), totals.events);
    assert_eq!(sum(|row| row.errors), record.errors.total());
    assert_eq!(sum(|row| row.violations), totals.findings.must + totals.findings.should);
    assert!(rows.iter().all(|row| row.devices <= totals.devices), "{rows:?}");
    assert_eq!(rows.last().map(|row| row.devices), Some(0));
}

fn length(record: &RunRecord) -> Duration {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    at(&record.ended_at).duration_since(at(&record.started_at)).try_into().unwrap()
}

#[test]
fn a_run_that_begins_with_others_tells_how_its_clock_stands_to_the_servers() {
    let gated = Config { gateway: Some(Gateway::default()), ..Config::default() };
    let told = |server: Config, start_at| {
        let simulated = Simulated { server, ..Simulated::default() };
        let begun = |plan| RunPlan { start_at, ..plan };
        let record = run_changed(&simulated, |far_ends| far_ends, begun);
        record.readings.get("clock_skew").cloned()
    };
    let start_at = Some(Timestamp::UNIX_EPOCH);
    let agrees = json!(["this machine's clock agrees with the server's within 0.9 s"]);
    assert_eq!(told(gated.clone(), start_at), Some(agrees));
    assert_eq!(told(Config::default(), start_at), None, "no date is sent");
    assert_eq!(told(gated, None), None, "it runs alone");
}

#[test]
fn the_whole_conversation_passes_and_is_the_same_by_seed() {
    let first = check(&Simulated::default());
    assert!(first.totals.deliveries > 0);
    let skipped: Vec<_> = first.scenarios[0]
        .steps
        .iter()
        .filter(|step| step.passed == 0 || step.skipped > 0)
        .collect();
    assert!(skipped.is_empty(), "{skipped:?}");
    assert_eq!(run(&Simulated::default()), first);
}

#[test]
fn another_seed_is_another_run() {
    let first = check(&Simulated::default());
    let second = check(&Simulated { seed: 8, ..Simulated::default() });
    assert_ne!(first.ended_at, second.ended_at);
}

#[test]
fn an_hour_of_a_quiet_session_is_kept_alive_by_pings() {
    let text = "name: quiet\nflow: [init, { think: 1h }, ping, end]\n";
    let record =
        check(&Simulated { scenario: Some(text), devices: Some(1), ..Simulated::default() });
    // The think's end and the last keep-alive fall on one instant, so that one may be left out.
    let pings = record.latency["rtt.ping"].count;
    assert!((120..=121).contains(&pings), "{pings} pings");
    let busy = record.timeline.iter().filter(|row| row.responses > 0).count() as u64;
    let rows = record.timeline.len();
    assert!(busy <= pings + 2 && (3600..=3603).contains(&rows), "{busy} of {rows} seconds");
}

#[test]
fn a_gateway_with_room_for_all_leaves_no_trace() {
    let mut simulated = Simulated::default();
    simulated.server.gateway = Some(Gateway::default());
    check(&simulated);
    let text = "name: quiet\nflow: [init, { think: 1h }, ping, end]\n";
    let quiet = Simulated { scenario: Some(text), devices: Some(1), ..simulated };
    check(&quiet);
}

#[test]
fn throttling_is_an_error_of_the_gateway_and_breaks_no_clause() {
    let mut simulated = Simulated::default();
    let [rate, burst] = [20, 40].map(NonZeroU32::new);
    simulated.server.gateway = rate.zip(burst).map(|(requests_per_second, burst)| Gateway {
        requests_per_second,
        burst,
        ..Gateway::default()
    });
    let record = run(&simulated);
    let of_gateway = record.errors.layers().find(|(layer, _)| *layer == Layer::Gateway);
    let throttled = of_gateway.and_then(|(_, kinds)| kinds.get(&ErrorKind::THROTTLED));
    assert!(throttled.is_some_and(|count| *count > 0), "{:?}", record.errors);
    assert_eq!(record.totals.findings.must, 0);
}

#[test]
fn flows_repeat_for_as_long_as_is_asked() {
    let until = Some(Until::Elapsed(Duration::from_secs(60)));
    let text = "name: loop\nflow: [init, { send: hello }, { think: 1s }, end]\n";
    let record =
        check(&Simulated { scenario: Some(text), devices: Some(2), until, ..Simulated::default() });
    assert!((110..=122).contains(&record.totals.sends), "{} sends", record.totals.sends);
}

#[test]
fn sessions_left_open_are_ended_and_no_figure_shows_it() {
    let until = Some(Until::Iterations(3));
    let text = "name: open\nflow: [init, { send: hello }]\n";
    let record = check(&Simulated { scenario: Some(text), until, ..Simulated::default() });
    let expected = LeftBehind { open_sessions: 0, messages: 120, uploads: 0 };
    assert_eq!(record.left_behind, expected);
    assert_eq!(record.latency.get("rtt.end"), None);
}

#[test]
fn a_session_whose_connection_is_gone_is_ended_over_another() {
    let text = "name: gone\nflow: [init, { disconnect: { how: drop } }]\n";
    let record = run(&Simulated { scenario: Some(text), ..Simulated::default() });
    assert_eq!(record.left_behind.open_sessions, 0);
    assert_eq!((record.totals.connections, record.totals.reconnects), (40, 0));
}

#[test]
fn a_server_that_does_not_answer_an_end_is_not_waited_for_long() {
    let text = "name: open\nflow: [init]\n";
    let mut simulated = Simulated { scenario: Some(text), ..Simulated::default() };
    let defect = Defect::find("reply-lost-with-its-session").expect("it is in the catalogue");
    simulated.server.defects = vec![defect];
    let record = run(&simulated);
    // The event of the end says as much as its answer.
    assert_eq!(record.left_behind.open_sessions, 0);
    assert_eq!(record.verdict, Verdict::Passed, "{:?}", record.why);
    assert!(length(&record) < Duration::from_secs(15), "ended at {}", record.ended_at);
}

#[test]
fn many_flows_share_one_tenant() {
    check(&Simulated { tenants: 1, ..Simulated::default() });
}

#[test]
fn flows_that_want_a_tenant_alone_take_turns() {
    let text = "name: alone\nexclusive: true\nflow:\n  - init\n  - think: 2s\n  - unread: \
                { expect: { body: { unreadMsgCount: \"0\" } } }\n  - end\n";
    let simulated =
        Simulated { scenario: Some(text), devices: Some(10), tenants: 2, ..Simulated::default() };
    let taken = length(&check(&simulated));
    assert!(taken >= Duration::from_secs(10), "five turns of 2 s took {taken:?}");
}

#[test]
fn whatever_the_document_leaves_open_passes() {
    let dialects: [fn(&mut Config); 7] = [
        |config| config.wire.event_key = PayloadKey::Body,
        |config| config.wire.ack = false,
        |config| config.wire.own_echo = false,
        |config| config.wire.page_cap = 2,
        |config| config.concierge.part = Part::Off,
        |config| config.concierge.seen_after = Some(Duration::ZERO),
        |config| {
            config.concierge.join_after = Duration::ZERO;
            config.concierge.reply_after = Duration::ZERO;
        },
    ];
    for change in dialects {
        let mut simulated = Simulated { devices: Some(8), ..Simulated::default() };
        change(&mut simulated.server);
        check(&simulated);
    }
}

#[test]
fn a_concierge_that_joins_and_never_answers_fails_the_step_that_waits_for_it() {
    let mut simulated = Simulated { devices: Some(2), ..Simulated::default() };
    simulated.server.concierge.part = Part::Join;
    let record = run(&simulated);
    assert_eq!(record.verdict, Verdict::Failed);
    let unmet: Vec<_> = record.scenarios[0].unmet.iter().map(|unmet| &unmet.step).collect();
    assert_eq!(unmet, ["await"]);
}

#[test]
fn a_concierge_that_takes_its_answer_back_is_heard() {
    let text = "name: regret\nflow:\n  - init\n  - send: hello\n  - await: { event: message, \
                from: concierge, as: answer }\n  - await: { event: delete, \
                match: { messageId: \"${answer.id}\" } }\n  - end\n";
    let mut simulated =
        Simulated { scenario: Some(text), devices: Some(2), ..Simulated::default() };
    simulated.server.concierge.unsends = true;
    check(&simulated);
}

#[test]
fn a_stalled_service_shows_from_the_planned_instant_and_not_in_the_service_time() {
    let text = "name: stall\nload: { devices: 1, duration: 10s, rate: 10/s }\nsetup: [init]\n\
                flow: [{ send: hello }, { think: 150ms }]\n";
    let record = run(&Simulated { scenario: Some(text), devices: Some(1), ..Simulated::default() });
    let (planned, service) = (&record.latency["rtt.send"], &record.latency["rtt.send.service"]);
    assert_eq!(planned.count, service.count);
    assert!(service.max_us < 20_000, "{service:?}");
    // One instance makes a flow every 150 ms where one is planned every 100 ms: it falls behind
    // until starts are a second late, and those beyond are dropped.
    assert!((900_000..1_100_000).contains(&planned.max_us), "{planned:?}");
    assert!((15..=40).contains(&record.totals.dropped), "{} dropped", record.totals.dropped);
}

#[test]
fn a_template_without_a_value_fails_its_step_and_is_not_passed_over() {
    let text = "name: wrong\nflow:\n  - init: { as: opened }\n  - send: \"${int(opened.chatSessionId)}\"\n";
    let record = run(&Simulated { scenario: Some(text), devices: Some(1), ..Simulated::default() });
    assert_eq!(record.verdict, Verdict::Failed);
    let unmet: Vec<_> = record.scenarios[0].unmet.iter().map(|unmet| &unmet.step).collect();
    assert_eq!(unmet, ["send"]);
}

#[test]
fn a_run_ends_early_where_it_is_asked_to() {
    let text = "name: abort\nload: { devices: 1, duration: 1h, abort_on: sends.rate > 0.5/s }\n\
                setup: [init]\nflow: [{ send: hello }, { think: 1s }]\n";
    let record = run(&Simulated { scenario: Some(text), devices: Some(1), ..Simulated::default() });
    assert_eq!(record.verdict, Verdict::Failed);
    assert!(record.totals.sends < 60, "{} sends", record.totals.sends);
}

#[test]
fn a_link_lets_answers_and_events_overtake_each_other() {
    let told = |late| {
        let link = Link { seed: 7, latency: Latency::Constant(Duration::from_millis(20)), late };
        let record = run(&Simulated { link: Some(link), ..Simulated::default() });
        assert_eq!(record.totals.findings.must, 0);
        let least = |metric| record.latency[metric].min_us;
        (least("send_to_ack"), least("send_to_self"))
    };
    let later = Duration::from_millis(300);
    for (late, ack_is_first) in [(Late::Events(later), true), (Late::Responses(later), false)] {
        let (ack, event) = told(late);
        let (first, second) = if ack_is_first { (ack, event) } else { (event, ack) };
        assert!((40_000..50_000).contains(&first), "{late:?}: {first} us");
        assert!((340_000..350_000).contains(&second), "{late:?}: {second} us");
    }
}
