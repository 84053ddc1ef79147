//! What is measured, held against a server of which it is known how long it takes.

use std::num::NonZeroU32;
use std::time::Duration;

use deskbell::metrics::{Latency, LatencySummary};
use deskbell::run::{RunRecord, Verdict};
use deskbell::server::{Config, Part, Service, ServiceTime, Stall};
use serde_json::Value;

use crate::process::{Desk, Serving};
use crate::simulated::{Simulated, run, scenarios};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn constant(time: u64) -> Service {
    Service { time: Some(ServiceTime::Constant(ms(time))), ..Service::default() }
}

/// One second in ten.
fn stalling() -> Service {
    Service { stall: Stall::new(ms(10_000), ms(1_000)), ..Service::default() }
}

/// Simulates a load of so many devices against a server that takes its time, and sees that nothing
/// was dropped or found.
#[track_caller]
fn check(service: Service, devices: u32, text: &str) -> RunRecord {
    let mut server = Config { service, ..Config::default() };
    server.concierge.part = Part::Off;
    let record = run(&Simulated {
        scenario: Some(text),
        devices: Some(devices),
        server,
        ..Simulated::default()
    });
    assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    let totals = record.totals;
    assert_eq!((totals.dropped, totals.lost, totals.sends), (0, 0, totals.sends_acked));
    record
}

/// What a histogram shows of these times.
fn summary(times: impl IntoIterator<Item = Duration>) -> LatencySummary {
    let mut latency = Latency::new();
    times.into_iter().for_each(|time| latency.record(time));
    latency.summary().unwrap()
}

const OPEN: &str = "name: open\nload: { duration: 25s, rate: 100/s }\nsetup: [init]\n\
                    flow: [{ send: hello }]\n";

/// When the starts of [`OPEN`] are planned: one every 10 ms, from when so many devices are connected,
/// one every 2 ms, and the last of them is set up.
fn planned(devices: u64, setup: Duration) -> impl Iterator<Item = Duration> {
    (0..2_500).map(move |nth| ms(2 * (devices - 1) + 10 * nth) + setup)
}

/// How long what comes at an instant has to wait for the end of a stall.
fn left_of_the_stall(at: Duration) -> Duration {
    let into = ms(at.as_millis() as u64 % 10_000);
    if at < ms(10_000) { Duration::ZERO } else { ms(1_000).saturating_sub(into) }
}

/// As many requests, all answered at once but for the first in each of two stalls.
fn once_in_each_stall(count: u64) -> LatencySummary {
    summary((0..count).map(|nth| ms(if nth < 2 { 1_000 } else { 0 })))
}

#[test]
fn a_stall_shows_in_full_from_the_planned_instants_however_few_devices_there_are() {
    // What was planned in a stall is evenly spread from 10 ms to 1 s: 200 of 2 500 starts.
    let expected = summary(planned(1, Duration::ZERO).map(left_of_the_stall));
    assert_eq!((expected.mean_us, expected.p90_us, expected.max_us), (40_400, 0, 1_000_000));
    let one = check(stalling(), 1, OPEN);
    assert_eq!(one.latency["send_to_ack"], expected);
    // One device alone asks once in each stall, and waits for the answer: the service time of the
    // same run hides all that was planned meanwhile.
    assert_eq!(one.latency["send_to_ack.service"], once_in_each_stall(2_500));
    let many = check(stalling(), 120, OPEN);
    let expected = summary(planned(120, Duration::ZERO).map(left_of_the_stall));
    assert_eq!(many.latency["send_to_ack"], expected);
    assert_eq!(many.latency["send_to_ack.service"], expected);
}

#[test]
fn a_load_that_waits_for_answers_hardly_sees_a_stall() {
    let closed = "name: closed\nload: { duration: 25s }\nsetup: [init]\n\
                  flow: [{ send: hello }, { think: 10ms }]\n";
    let record = check(stalling(), 1, closed);
    // One send every 10 ms, but for the two seconds in which it waited.
    assert_eq!(record.latency["send_to_ack"], once_in_each_stall(2_300));
    assert_eq!(record.latency["send_to_ack"].p99_us, 0);
    assert_eq!(record.latency.get("send_to_ack.service"), None);
}

#[test]
fn a_latency_is_measured_as_it_is() {
    let record = check(Service { time: constant(50).time, ..stalling() }, 120, OPEN);
    let expected = summary(planned(120, ms(50)).map(|at| match at.as_millis() as u64 % 10_000 {
        // 50 ms of work, into which a stall breaks.
        9_950.. => ms(1_050),
        _ => ms(50) + left_of_the_stall(at),
    }));
    assert_eq!(record.latency["send_to_ack.service"], expected);
    assert_eq!(record.latency["send_to_self"].max_us, 1_050_000);
    let opened = record.latency["rtt.init"];
    assert_eq!((opened.min_us, opened.max_us), (50_000, 50_000));
    assert_eq!(record.latency["connect_ack"].max_us, 0);
}

/// Little's law: so many devices that do nothing but wait are served at capacity / service time.
#[test]
fn a_capacity_has_its_knee_where_it_is_reckoned_to_be() {
    let capacity = NonZeroU32::new(4);
    let text = "name: knee\nload: { duration: 10s }\nsetup: [init]\nflow: [{ send: hello }]\n";
    for (devices, sends, p50_us) in [(2, 400, 50_000), (4, 800, 50_000), (8, 800, 100_000)] {
        let record = check(Service { capacity, ..constant(50) }, devices, text);
        let found = record.totals.sends;
        assert!(found.abs_diff(sends) <= 16, "{devices} devices made {found} sends");
        assert_eq!(record.latency["send_to_ack"].p50_us, p50_us, "{devices} devices");
    }
}

#[test]
fn a_faithful_server_stays_so_however_it_takes_its_time() {
    let (even, skewed) = (
        ServiceTime::Uniform(ms(0), ms(80)),
        ServiceTime::LogNormal { median: ms(30), sigma: 0.8 },
    );
    let stall = Stall::new(ms(2_000), ms(300));
    let services = [
        Service { time: Some(even), ..Service::default() },
        Service { time: Some(skewed), stall, capacity: NonZeroU32::new(16) },
    ];
    let all = scenarios(&["builtin:conformance"]);
    for (service, seed) in services.into_iter().zip(1..) {
        let server = Config { service, seed, ..Config::default() };
        // A share of them each: to play all twice would take too long.
        let scenarios = all.iter().skip(seed as usize).step_by(4).cloned().collect();
        let record =
            run(&Simulated { scenarios, devices: None, seed, server, ..Simulated::default() });
        assert!(record.totals.sends > 0, "{service:?}");
        assert!(record.findings.is_empty(), "{service:?}: {:#?}", record.findings.first());
    }
}

#[test]
fn a_server_of_its_own_tells_how_long_it_took() {
    let desk = Desk::new();
    let serving = Serving::start_with(&desk, &["--latency", "30ms", "--capacity", "64"]);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let args = ["run", "--target", &serving.target, "-d", "4", "--out", "run"];
    let ended = desk.run(&[&args[..], &["--token", token.trim()]].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert!(run["latency"]["send_to_ack"]["min_us"].as_u64().unwrap() >= 30_000);
    assert!(run["latency"]["connect"]["count"].as_u64().unwrap() >= 4);
    let told = serving.end();
    let rest = told.strip_prefix("served ").unwrap_or_else(|| panic!("{told:?}"));
    let (count, times) = rest.split_once(" requests: p50 ").unwrap();
    let count: u64 = count.replace(' ', "").parse().unwrap();
    assert!(count >= run["totals"]["responses"].as_u64().unwrap(), "{told:?}");
    let p50: f64 = times.split_once(" ms").unwrap().0.parse().unwrap();
    assert!(p50 >= 30.0, "{told:?}");
}
