//! How a run ends: flows under way finish within the grace period, and nothing waits for ever, whatever
//! the server does. In paused time.

mod wall;

use std::time::Duration;

use deskbell::run::{EndedEarly, RunPlan, RunRecord, StopReason, Verdict};
use jiff::Timestamp;

use crate::simulated::{Simulated, plan, run_plan};
use wall::{Then, wall};

/// When the wall stops to pass anything on.
const WALL: Duration = Duration::from_secs(5);

/// When a person interrupts the run.
const INTERRUPT: Duration = Duration::from_secs(20);

/// How long whoever has no time left may take to end sessions and close connections.
const A_LITTLE: u64 = 6;

/// Answers take longer than anybody waits.
const ENDLESS: &str =
    "settings: { response_timeout: 10m, connect_timeout: 10m, delivery_timeout: 10m }\n";

/// Plays a scenario of this load and flow, behind a wall where there is one.
fn play(
    text: &str,
    stopped: Option<(Duration, StopReason)>,
    then: Option<Then>,
    change: impl FnOnce(&mut RunPlan),
) -> RunRecord {
    let text = format!("name: ending\n{ENDLESS}{text}");
    let simulated = Simulated {
        scenario: Some(&text),
        devices: None,
        tenants: 1,
        stopped,
        ..Simulated::default()
    };
    let mut plan = plan(&simulated);
    change(&mut plan);
    run_plan(&simulated, plan, |far_ends| match then {
        Some(then) => wall(WALL, then, far_ends),
        None => far_ends,
    })
}

fn seconds(record: &RunRecord) -> u64 {
    let [began_at, ended_at] =
        [&record.started_at, &record.ended_at].map(|at| at.parse::<Timestamp>().unwrap());
    u64::try_from(ended_at.duration_since(began_at).as_secs()).unwrap()
}

/// An interrupt of this flow, whose server falls silent, ends the run as interrupted by then.
#[track_caller]
fn check_interrupt(text: &str, by_s: u64) -> RunRecord {
    check_changed(text, by_s, |_| {})
}

#[track_caller]
fn check_changed(text: &str, by_s: u64, change: impl FnOnce(&mut RunPlan)) -> RunRecord {
    let record = play(text, Some((INTERRUPT, StopReason::Interrupted)), Some(Then::Silent), change);
    assert_eq!((record.verdict, record.exit_code), (Verdict::Interrupted, 130), "{text}");
    let ended_s = seconds(&record);
    assert!((20..=by_s).contains(&ended_s), "{text}: ended at {ended_s} s");
    let early: u64 = record.scenarios.iter().map(|scenario| scenario.early.requests).sum();
    let failed = record.errors.total();
    assert_eq!(record.totals.requests, record.totals.responses + early + failed, "{text}");
    record
}

/// Whatever waits for the server waits for at most ten seconds after an interrupt.
const AFTER_GRACE: u64 = 30 + A_LITTLE;

/// Whatever waits for time to pass, or for others, is not waited for at all.
const AT_ONCE: u64 = 20 + A_LITTLE + 3;

#[test]
fn a_request_without_an_answer_is_given_up() {
    let record =
        check_interrupt("flow: [init, { think: 6s }, { send: hello }, ping, end]\n", AFTER_GRACE);
    // The message, and the ping that keeps the session open.
    let early = EndedEarly { cut_off: 1, requests: 2, ..EndedEarly::default() };
    assert_eq!(record.scenarios[0].early, early);
    let steps = record.scenarios[0].steps.iter().map(|s| (&*s.step, s.passed, s.failed, s.skipped));
    let expected = [("init", 1, 0, 0), ("send", 0, 0, 1), ("ping", 0, 0, 1), ("end", 0, 0, 1)];
    assert_eq!(steps.collect::<Vec<_>>(), expected);
    let told = &record.readings["ended_early"][0];
    assert_eq!(told, "ending: 1 flow instance still under way when `settings.grace` was over");
}

#[test]
fn no_wait_for_the_server_outlasts_the_grace_period() {
    check_interrupt("flow: [init, { await: { event: message, within: 1h } }]\n", AFTER_GRACE);
    check_interrupt(
        "load: { devices: 2, ramp_up: 20s }\nflow: [init, { think: 1h }]\n",
        AFTER_GRACE,
    );
    check_interrupt(
        "flow: [init, { think: 6s }, { upload: { file: data/room.png, mime: image/png } }]\n",
        AFTER_GRACE,
    );
    check_interrupt(
        "flow: [init, { repeat: { rate: 1/s, for: 1h, steps: [{ send: hello }] } }]\n",
        AFTER_GRACE,
    );
    check_interrupt(
        "flow: [init, { parallel: [[{ think: 6s }, ping], [{ think: 7s }, unread]] }]\n",
        AFTER_GRACE,
    );
    check_interrupt("setup: [{ think: 6s }, init]\nflow: [ping]\n", AFTER_GRACE);
    check_interrupt("flow: [init]\nteardown: [{ think: 6s }, end]\n", AFTER_GRACE);
    check_interrupt(
        "flow: [init, { think: 6s }, { unread: { eventually: 1h } }, end]\n",
        AFTER_GRACE,
    );
}

#[test]
fn what_only_lets_time_pass_is_not_waited_for() {
    check_interrupt("flow: [init, { think: 1h }]\n", AT_ONCE);
    check_interrupt(
        "flow: [init, { await: { event: delete, none: true, within: 1h } }]\n",
        AT_ONCE,
    );
    check_interrupt(
        "load: { devices: 1, rate: 1/m, duration: 1h }\nsetup: [init]\nflow: [{ think: 1s }]\n",
        AT_ONCE,
    );
    check_interrupt(
        "load: { stages: [{ devices: 1, for: 1h }, { devices: 2, for: 1h }] }\nsetup: [init]\nflow: [{ think: 1h }]\n",
        AT_ONCE,
    );
    check_interrupt(
        "exclusive: true\nload: { devices: 2 }\nflow: [init, { think: 1h }]\n",
        AT_ONCE,
    );
    check_interrupt(
        "load: { devices: 2, ramp_up: 2h }\nflow: [init, { barrier: here }, { think: 1h }]\n",
        AT_ONCE,
    );
    check_changed("flow: [init, { send: hello }]\n", AT_ONCE, |plan| {
        plan.safety.most_sends_per_s = Some(0.0005);
    });
}

#[test]
fn a_flow_of_a_healthy_service_finishes_after_an_interrupt() {
    let text = "load: { devices: 4, duration: 1h }\nsetup: [init]\nflow: [{ send: hello }, { think: 7s }, ping]\nteardown: [end]\n";
    let interrupted = Some((INTERRUPT, StopReason::Interrupted));
    let record = play(text, interrupted, None, |_| {});
    assert_eq!((record.verdict, record.why.len()), (Verdict::Interrupted, 1), "{:?}", record.why);
    let totals = record.totals;
    assert_eq!((totals.sends, totals.sends_acked), (12, 12));
    assert_eq!((totals.requests, totals.lost), (totals.responses, 0));
    assert_eq!(record.latency["rtt.ping"].count, 12);
    assert_eq!(record.latency["rtt.end"].count, 4);
    assert_eq!(record.scenarios[0].early, EndedEarly::default());
    assert!((21..=22).contains(&seconds(&record)), "{}", record.ended_at);
}

#[test]
fn a_flow_that_the_service_holds_up_past_the_end_of_its_load_fails_the_run() {
    let text = "load: { devices: 1, duration: 10s }\nsetup: [init]\nflow: [{ send: hello }, { think: 2s }]\nteardown: [end]\n";
    let record = play(text, None, Some(Then::Silent), |_| {});
    assert_eq!(record.verdict, Verdict::Failed);
    let why = "ending: 1 flow instance still under way when `settings.grace` was over";
    assert_eq!(record.why, [why]);
    // Ten seconds of load, thirty of grace.
    assert!((40..=40 + A_LITTLE).contains(&seconds(&record)), "{}", record.ended_at);
    assert_eq!((record.totals.sends, record.totals.sends_acked), (4, 3));
    assert_eq!(record.scenarios[0].early.requests, 2);
}

#[test]
fn a_pause_that_outlasts_the_grace_period_is_left_out_and_fails_nothing() {
    let text = "load: { devices: 2, duration: 10s }\nsetup: [init]\nflow: [{ send: hello }, { think: 1h }, ping]\nteardown: [end]\n";
    let record = play(text, None, None, |_| {});
    assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    assert_eq!(record.scenarios[0].early, EndedEarly { given_up: 2, ..EndedEarly::default() });
    assert_eq!(record.latency["rtt.end"].count, 2);
    assert!((10..=11).contains(&seconds(&record)), "{}", record.ended_at);
    let told = &record.readings["ended_early"][0];
    assert_eq!(
        told,
        "ending: 2 flow instances left out what would have outlasted `settings.grace`"
    );
}

/// A run that is to end early ends so, as failed, and says why; its flows finish.
#[track_caller]
fn check_abort(load: &str, abort_on: &str) {
    let text = format!(
        "load: {{ {load}, abort_on: {abort_on} }}\nsetup: [init]\n\
         flow: [{{ send: hello }}, {{ think: 1s }}]\nteardown: [end]\n"
    );
    let record = play(&text, None, None, |_| {});
    assert_eq!((record.verdict, record.exit_code), (Verdict::Failed, 1), "{text}");
    assert_eq!(record.why, [format!("ended early, as `abort_on` asks: {abort_on}")]);
    assert!((1..=10).contains(&seconds(&record)), "{text}: {}", record.ended_at);
    let totals = record.totals;
    assert_eq!((totals.sends, totals.requests), (totals.sends_acked, totals.responses), "{text}");
    assert_eq!(record.latency["rtt.end"].count, totals.devices, "{text}");
}

#[test]
fn a_load_ends_early_and_gracefully_where_it_is_asked_to() {
    for load in ["devices: 20, duration: 1h", "devices: 20, rate: 10/s, duration: 1h"] {
        check_abort(load, "sends.rate > 1/s");
        check_abort(load, "rtt.send.p99 >= 0ms");
    }
}

/// A server that is gone leaves nobody to play: instances end, in so many seconds at most.
#[track_caller]
fn check_gone(load: &str, flow: &str, by_s: u64) -> RunRecord {
    let text = format!("load: {{ {load} }}\nsetup: [init]\nflow: {flow}\n");
    let record = play(&text, None, Some(Then::Gone), |_| {});
    assert_eq!(record.verdict, Verdict::Failed, "{text}: {:?}", record.why);
    assert!((5..=by_s).contains(&seconds(&record)), "{text}: {}", record.ended_at);
    assert_eq!(record.scenarios[0].early.stranded, record.scenarios[0].load.instances, "{text}");
    let skipped: u64 = record.scenarios[0].steps.iter().map(|step| step.skipped).sum();
    assert!(skipped < 200, "{text}: {skipped} steps skipped");
    record
}

#[test]
fn an_instance_without_a_connection_does_not_spin() {
    let flow = "[{ send: hello }, ping, { think: 100ms }]";
    check_gone("devices: 20, duration: 1h", flow, 10);
    check_gone("stages: [{ devices: 20, for: 1h }]", flow, 10);
}

#[test]
fn starts_that_nobody_is_left_to_make_are_dropped_and_counted() {
    let record = check_gone("devices: 20, rate: 10/s, duration: 1m", "[{ send: hello }]", 10);
    let steps = &record.scenarios[0].steps;
    let send = steps.iter().find(|step| step.step == "send").unwrap();
    let begun = send.passed + send.failed + send.skipped;
    assert_eq!(begun + record.totals.dropped, 600, "{:?}", record.totals);
    assert!(send.failed > 0 && send.failed <= 40, "{send:?}");
}

#[test]
fn a_flow_of_which_nothing_can_be_made_begins_again_only_now_and_then() {
    let text = "load: { devices: 1, duration: 10m }\nsetup: [init]\nflow: [{ seen: last }]\n";
    let record = play(text, None, None, |plan| plan.ends_sessions = false);
    let seen = record.scenarios[0].steps.iter().find(|step| step.step == "seen").unwrap();
    assert!(seen.passed + seen.skipped <= 601, "{seen:?}");
}
