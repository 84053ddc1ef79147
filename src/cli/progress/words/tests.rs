use crate::conformance::ClauseId;
use crate::metrics::Throttling;
use crate::protocol::DeviceNo;

use super::*;

pub(in crate::cli::progress) fn busy() -> Snapshot {
    let ms = Duration::from_millis;
    Snapshot {
        elapsed: Duration::from_secs(7),
        left: Some(ms(21_500)),
        devices: 48,
        planned: 1_000,
        sends_per_s: 411.6,
        events_per_s: 830.2,
        latency: Some(RecentLatency {
            metric: "send_to_event",
            p50: Duration::from_micros(1_230),
            p95: ms(4),
            p99: Duration::from_micros(8_400),
        }),
        errors: 0,
        throttling: None,
        violations: 1,
        unmet: 0,
        newest: Some(NewestViolation {
            clause: ClauseId::Event1,
            scenario: "chat".into(),
            device: DeviceNo(3),
            message: "message 133 did not arrive".into(),
        }),
        scenarios: vec![scenario("chat", ScenarioState::Running)],
    }
}

fn scenario(name: &str, state: ScenarioState) -> ScenarioSnapshot {
    ScenarioSnapshot {
        name: name.into(),
        state,
        devices: 2,
        planned: 4,
        finished: 1,
        flows: 2,
        errors: 0,
        violations: 0,
        unmet: 0,
    }
}

fn throttled() -> Snapshot {
    let throttling =
        Throttling { connects: 0, requests: 132, first_at_us: 41_900_000, last_at_us: 50_000_000 };
    Snapshot { errors: 132, violations: 0, newest: None, throttling: Some(throttling), ..busy() }
}

#[test]
fn throttling_is_told_with_when_it_began() {
    check(
        &throttled(),
        (24, 80),
        &[
            "[=======>                      ]  7 s  22 s left",
            "48/1 000 devices  412 sends/s  830 events/s  132 errors  0 violations",
            "send_to_event p50 1.2 ms  p95 4.0 ms  p99 8.4 ms",
            "gateway: throttled 132 requests since 0:41",
        ],
    );
    assert!(plain(&throttled()).contains("  gateway: throttled 132 requests since 0:41  "));
}

fn several() -> Snapshot {
    let scenarios = vec![
        scenario("init", ScenarioState::Done),
        ScenarioSnapshot {
            violations: 2,
            unmet: 1,
            ..scenario("a much longer name", ScenarioState::Done)
        },
        scenario("chat", ScenarioState::Running),
        scenario("steady", ScenarioState::Waiting),
        scenario("two tenants", ScenarioState::NotRun),
    ];
    Snapshot { scenarios, left: None, latency: None, newest: None, ..busy() }
}

#[track_caller]
fn check(snapshot: &Snapshot, size: (usize, usize), expected: &[&str]) {
    assert_eq!(lines(snapshot, size, false), expected);
}

#[test]
fn a_busy_run_is_told_with_what_went_wrong_last() {
    check(
        &busy(),
        (24, 80),
        &[
            "[=======>                      ]  7 s  22 s left",
            "48/1 000 devices  412 sends/s  830 events/s  0 errors  1 violation",
            "send_to_event p50 1.2 ms  p95 4.0 ms  p99 8.4 ms",
            "newest  EVENT-1 in chat on device 3: message 133 did not arrive",
        ],
    );
}

#[test]
fn a_narrow_terminal_gets_more_lines_and_shorter_ones() {
    check(
        &busy(),
        (24, 20),
        &[
            "[====>            ]",
            "7 s  22 s left",
            "48/1 000 devices",
            "412 sends/s",
            "830 events/s",
            "0 errors",
            "1 violation",
            "send_to_event p5...",
            "p95 4.0 ms",
            "p99 8.4 ms",
            "newest  EVENT-1 ...",
        ],
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    check(
        &Snapshot::default(),
        (24, 80),
        &["0 s", "0 devices  0 sends/s  0 events/s  0 errors  0 violations"],
    );
}

#[test]
fn each_scenario_has_a_line_where_there_are_several() {
    check(
        &several(),
        (24, 80),
        &[
            "7 s",
            "48/1 000 devices  412 sends/s  830 events/s  0 errors  1 violation",
            "done     init                4 devices    1/2 flows",
            "done     a much longer name  4 devices    1/2 flows  2 violations  1 unmet",
            "running  chat                2/4 devices  1/2 flows",
            "waiting  steady",
            "not run  two tenants",
        ],
    );
}

#[test]
fn a_low_terminal_shows_what_runs_and_what_is_in_trouble() {
    check(
        &several(),
        (6, 80),
        &[
            "7 s",
            "48/1 000 devices  412 sends/s  830 events/s  0 errors  1 violation",
            "done     a much longer name  4 devices    1/2 flows  2 violations  1 unmet",
            "running  chat                2/4 devices  1/2 flows",
            "and 3 more: 1 waiting, 1 done, 1 not run",
        ],
    );
}

#[test]
fn no_line_is_as_wide_as_the_terminal_and_none_is_too_many() {
    let message = "\u{1b}[2J สวัสดี 请问 👩‍👩‍👧 \n\t ".repeat(20);
    let newest = busy().newest.map(|newest| NewestViolation { message, ..newest });
    let crowd = (0..40).map(|at| scenario(&"名前".repeat(at), ScenarioState::Running));
    let snapshot = Snapshot { newest, scenarios: crowd.collect(), ..busy() };
    for (rows, columns) in [(24, 80), (24, 20), (5, 300), (1, 1), (2, 7), (0, 0), (200, 21)] {
        for is_coloured in [false, true] {
            let lines = lines(&snapshot, (rows, columns), is_coloured);
            assert!(lines.len() <= rows.saturating_sub(1).max(1), "{lines:?}");
            for line in lines {
                assert!(measure_text_width(&line) < columns.max(2), "{columns}: {line}");
                assert!(!line.contains("\u{1b}[2J") && !line.contains('\n'), "{line:?}");
            }
        }
    }
}

#[test]
fn colour_comes_only_when_asked_for() {
    assert!(!lines(&busy(), (24, 80), false).concat().contains('\u{1b}'));
    assert!(lines(&busy(), (24, 80), true).concat().contains("\u{1b}[31m1 violation\u{1b}[0m"));
}

#[test]
fn a_log_gets_it_in_one_line() {
    assert_eq!(
        plain(&busy()),
        "48/1 000 devices  412 sends/s  830 events/s  0 errors  1 violation  send_to_event \
         p50 1.2 ms  p95 4.0 ms  p99 8.4 ms  22 s left"
    );
    assert!(plain(&several()).ends_with("1 violation  2/5 scenarios"));
}

#[test]
fn a_long_rest_is_told_in_minutes_and_hours() {
    assert_eq!(whole_seconds(Duration::from_secs(185)), "3 min 5 s");
    assert_eq!(whole_seconds(Duration::from_secs(3_725)), "1 h 2 min");
}
