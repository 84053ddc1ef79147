//! What keeps a run gentle: caps on devices, sends and connects, and the stop where a service breaks.

use std::num::NonZeroU32;
use std::time::Duration;

use deskbell::run::{
    Course, LoadOverride, PlanError, RunPlan, RunRecord, Safety, ScenarioPlan, Verdict,
    plan_scenarios,
};
use deskbell::scenario::{LoadChange, Scenario, Until};
use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::simulated::{Simulated, parse, plan, run_plan, scenarios};

/// Plans one scenario of three actors with this `load:`.
fn planned(load: &str, asked: &LoadOverride) -> Result<Vec<ScenarioPlan>, Vec<PlanError>> {
    let text =
        format!("name: x\nactors: {{ a: {{}}, b: {{}}, c: {{}} }}\n{load}flow: [init, end]\n");
    plan_scenarios(vec![parse(&text)], asked)
}

/// The devices left of a load under a cap of ten, and the course.
#[track_caller]
fn check_cut(load: &str, devices: u32, told: Option<&str>) -> Course {
    let asked = LoadOverride { most_devices: Some(10), ..LoadOverride::default() };
    let plan = planned(load, &asked).unwrap().remove(0);
    assert_eq!(plan.devices(), devices, "{load}");
    assert_eq!(plan.cut_down().as_deref(), told, "{load}");
    plan.course
}

#[test]
fn a_files_own_load_is_cut_down_to_whole_flows() {
    check_cut("", 3, None);
    check_cut("load: { devices: 9 }\n", 9, None);
    let told = Some("x: 9 devices in place of 300, as caps.devices asks");
    check_cut("load: { devices: 300 }\n", 9, told);
    let stages = "load: { stages: [{ devices: 6, for: 1s }, { devices: 300, for: 1s }] }\n";
    let Course::Staged(population) = check_cut(stages, 9, told) else { panic!("it has stages") };
    let at = |s| population.at(Duration::from_secs_f64(s));
    assert_eq!((at(0.5), at(1.5)), (2, 3));
}

#[test]
fn more_than_a_cap_cannot_be_asked_for() {
    let asked = |devices, most| LoadOverride {
        change: LoadChange { devices: NonZeroU32::new(devices), ..LoadChange::default() },
        most_devices: Some(most),
        ..LoadOverride::default()
    };
    for (devices, most) in [(12, 10), (3, 2), (0, 2)] {
        let errors = planned("", &asked(devices, most)).err().expect("it is too many");
        let text = errors[0].to_string();
        assert!(text.contains(&format!("caps.devices allows {most}")), "{text}");
    }
    assert!(planned("", &asked(9, 10)).is_ok());
}

/// One flow, once, unless something else is expected.
#[track_caller]
fn check_gentle(change: &LoadChange, instances: u32, course: &Course) {
    for load in [
        "",
        "load: { devices: 300, duration: 1h }\n",
        "load: { devices: 300, rate: 50/s, duration: 1h }\n",
        "load: { stages: [{ devices: 300, for: 1h }] }\n",
        "load: { devices: 30, stages: [{ rate: 300/s, for: 1h }] }\n",
    ] {
        let change = change.clone();
        let asked = LoadOverride { change, is_gentle: true, ..LoadOverride::default() };
        let plan = planned(load, &asked).unwrap().remove(0);
        assert_eq!((plan.instances, &plan.course), (instances, course), "{load}");
    }
}

#[test]
fn away_from_loopback_only_what_is_asked_for_is_more_than_one_flow_once() {
    let once = Course::Closed(Until::Iterations(1));
    check_gentle(&LoadChange::default(), 1, &once);
    let devices = LoadChange { devices: NonZeroU32::new(9), ..LoadChange::default() };
    check_gentle(&devices, 3, &once);
    let until = Until::Elapsed(Duration::from_secs(5));
    let time = LoadChange { until: Some(until), ..LoadChange::default() };
    check_gentle(&time, 1, &Course::Closed(until));
}

/// Streams that go to the server until an instant, and end there and then; later ones end at once.
fn until(
    breaks_at: Instant,
    mut from: mpsc::Receiver<DuplexStream>,
) -> mpsc::Receiver<DuplexStream> {
    let (to, far_ends) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Some(mut near) = from.recv().await {
            if Instant::now() >= breaks_at {
                continue;
            }
            let (mut far, servers) = duplex(64 * 1024);
            if to.send(servers).await.is_err() {
                return;
            }
            tokio::spawn(async move {
                let _ = timeout_at(breaks_at, copy_bidirectional(&mut near, &mut far)).await;
            });
        }
        sleep_until(breaks_at).await;
    });
    far_ends
}

fn guarded(plan: RunPlan) -> RunPlan {
    let abort_on = Some(Safety::broken_service());
    RunPlan { safety: Safety { abort_on, ..Safety::default() }, ..plan }
}

fn seconds(record: &RunRecord) -> f64 {
    let [began_at, ended_at] =
        [&record.started_at, &record.ended_at].map(|at| at.parse::<jiff::Timestamp>().unwrap());
    ended_at.duration_since(began_at).as_secs_f64()
}

#[test]
fn a_service_that_breaks_midway_stops_the_run_within_seconds() {
    let text = "name: loop\nload: { devices: 20, duration: 1h }\n\
                flow: [connect, init, { send: hello }, { think: 1s }, end]\n";
    let simulated = Simulated { scenario: Some(text), devices: None, ..Simulated::default() };
    let breaks_after = Duration::from_secs(60);
    let record = run_plan(&simulated, guarded(plan(&simulated)), |streams| {
        until(Instant::now() + breaks_after, streams)
    });
    assert_eq!((record.verdict, record.exit_code), (Verdict::Failed, 1));
    assert!(record.why[0].contains("a service that fails: errors.rate > 50%"), "{:?}", record.why);
    let ran = seconds(&record);
    assert!((60.0..80.0).contains(&ran), "it ran for {ran} s");
}

#[test]
fn errors_that_steps_ask_for_stop_nothing() {
    let text = "name: wrong\nload: { devices: 20, duration: 20s }\nsetup: [init]\nflow:\n  \
                - repeat: { times: 9, steps: [{ call: { route: client/none, body: {}, expect: \
                error } }] }\n  - connect: { auth: garbled, expect: error }\n  - unread\n  \
                - think: 1s\nteardown: [end]\n";
    let simulated = Simulated { scenario: Some(text), devices: None, ..Simulated::default() };
    let record = run_plan(&simulated, guarded(plan(&simulated)), |streams| streams);
    assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    assert!(record.totals.requests > 200);
}

#[test]
fn the_whole_conformance_suite_stops_nothing() {
    let mut simulated = Simulated { devices: None, ..Simulated::default() };
    simulated.scenarios = scenarios(&["scenarios/conformance"]);
    let record = run_plan(&simulated, guarded(plan(&simulated)), |streams| streams);
    let stopped: Vec<_> = record.why.iter().filter(|why| why.starts_with("ended early")).collect();
    assert!(stopped.is_empty(), "{stopped:?}");
}

/// Plays scenarios side by side under bounds, and counts what came in each second.
fn paced(text: &str, scenarios: usize, plan_with: impl FnOnce(RunPlan) -> RunPlan) -> RunRecord {
    let named = |nth: usize| -> Scenario { parse(&format!("name: s{nth}\n{text}")) };
    let simulated = Simulated {
        scenarios: (0..scenarios).map(named).collect(),
        devices: None,
        ..Simulated::default()
    };
    let plan = plan_with(plan(&simulated));
    let record = run_plan(&simulated, plan, |streams| streams);
    assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    record
}

#[test]
fn the_connect_rate_holds_over_scenarios_side_by_side_and_connects_again() {
    let text = "actors: { a: {}, b: {} }\nflow:\n  - repeat: { times: 4, steps: [connect] }\n";
    let record = paced(text, 8, |plan| RunPlan { connect_rate: Some(10.0), jobs: 8, ..plan });
    // Sixteen devices, and eight scenarios that connect four times more.
    assert_eq!(record.totals.connections, 48);
    let ran = seconds(&record);
    assert!((4.7..6.0).contains(&ran), "48 connects at 10/s took {ran} s");
    assert_eq!(record.generator.lateness_us.max, 0, "waiting for a turn is no lateness");
}

#[test]
fn a_cap_on_connects_holds_whatever_is_asked_for() {
    let text = "flow: [{ repeat: { times: 19, steps: [connect] } }]\n";
    let safety = Safety { most_connects_per_s: Some(10.0), ..Safety::default() };
    let record = paced(text, 1, |plan| RunPlan { connect_rate: None, safety, ..plan });
    let ran = seconds(&record);
    assert!((1.9..3.0).contains(&ran), "20 connects at 10/s took {ran} s");
}

#[test]
fn a_cap_on_sends_shifts_what_was_planned_and_is_told() {
    let text = "flow:\n  - init\n  - repeat: { rate: 100/s, for: 1s, steps: [{ send: tick }] }\n  \
                - end\n";
    let safety = Safety { most_sends_per_s: Some(20.0), ..Safety::default() };
    let record = paced(text, 2, |plan| RunPlan { safety, ..plan });
    // Twice an init, a hundred sends and an end.
    assert_eq!(record.totals.requests, 204);
    let ran = seconds(&record);
    assert!((10.1..12.0).contains(&ran), "204 messages at 20/s took {ran} s");
    assert!(record.generator.valid, "{:?}", record.generator);
    assert!(record.latency["rtt.send"].max_us < 20_000, "{:?}", record.latency["rtt.send"]);
    let told = record.readings["held_back"].as_str().unwrap();
    assert!(told.contains("caps.rate"), "{told}");
}

#[test]
fn a_cap_on_sends_makes_an_open_model_no_later() {
    let text = "load: { devices: 4, rate: 20/s, duration: 10s }\nsetup: [init]\n\
                flow: [{ send: hello }]\nteardown: [end]\n";
    let safety = Safety { most_sends_per_s: Some(10.0), ..Safety::default() };
    let record = paced(text, 1, |plan| RunPlan { safety, ..plan });
    assert!(record.generator.valid, "{:?}", record.generator);
    assert!(record.totals.dropped > 0);
    assert!(record.totals.sends <= 120, "{} sends", record.totals.sends);
}

#[test]
fn scenarios_wait_for_a_job() {
    let text = "flow: [init, { think: 5s }, end]\n";
    for (jobs, least, most) in [(1, 20.0, 25.0), (2, 10.0, 15.0), (8, 5.0, 8.0)] {
        let ran = seconds(&paced(text, 4, |plan| RunPlan { jobs, ..plan }));
        assert!((least..most).contains(&ran), "{jobs} jobs took {ran} s");
    }
}

/// Uploads to a server that gives URLs of its own host.
#[track_caller]
fn check_upload(allowed: &[&str], verdict: Verdict, says: &str) {
    let text = "name: upload\nflow:\n  - init\n  - upload: { file: data/room.png, mime: image/png, \
                type: chat-images }\n  - end\n";
    let simulated = Simulated { scenario: Some(text), devices: Some(1), ..Simulated::default() };
    let plan = RunPlan {
        upload_origin: Some("http://uat.example.com:80".parse().unwrap()),
        allowed_hosts: allowed.iter().map(|host| (*host).to_owned()).collect(),
        ..plan(&simulated)
    };
    let record = run_plan(&simulated, plan, |streams| streams);
    assert_eq!(record.verdict, verdict, "{:?}", record.why);
    let told: Vec<_> = record.scenarios[0].unmet.iter().map(|unmet| &unmet.actual).collect();
    assert!(told.iter().all(|told| told.contains(says)), "{told:?}");
}

#[test]
fn nothing_is_put_where_a_server_says_unless_its_host_is_allowed() {
    check_upload(&[], Verdict::Failed, "uat.example.com, which is not allowed");
    check_upload(&["example.com"], Verdict::Failed, "uat.example.com, which is not allowed");
    check_upload(&["UAT.example.com."], Verdict::Passed, "");
}
