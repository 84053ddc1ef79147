//! How much of a scenario is played, and what its figures must be.

use deskbell::run::Verdict;

use super::told::Told;
use super::{check_as, compare, play, play_with};

#[test]
fn flows_start_at_planned_instants() {
    check_as(
        Told::Timed,
        r#"
        load: { devices: 2, duration: 1s, rate: 4/s }
        setup: [init]
        flow: [{ send: "${iteration} of ${device.index}" }]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        2 ms: 1 init-chat-with-concierge new
        2 ms: 1 send-message s0 TEXT 0 of 1 metdata
        252 ms: 0 send-message s1 TEXT 0 of 0 metdata
        502 ms: 1 send-message s0 TEXT 1 of 1 metdata
        752 ms: 0 send-message s1 TEXT 1 of 0 metdata
        steps: init 2, send 4
        ",
    );
}

#[test]
fn starts_that_no_one_is_idle_for_are_dropped_and_counted() {
    let observed = check_as(
        Told::Timed,
        r#"
        load: { devices: 1, duration: 4s, rate: 2/s }
        setup: [init]
        flow: [{ send: hello }, { think: 2500ms }]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT hello metdata
        2500 ms: 0 send-message s0 TEXT hello metdata
        steps: init 1, send 2
        ",
    );
    assert_eq!(observed.record.totals.dropped, 6);
}

#[test]
fn starts_that_rows_do_not_last_for_are_dropped_and_counted() {
    let observed = check_as(
        Told::Timed,
        r#"
        load: { devices: 2, duration: 4s, rate: 2/s }
        data: { file: data/guests.csv, pick: once }
        setup: [init]
        flow: [{ send: "${data.name}" }]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        2 ms: 1 init-chat-with-concierge new
        2 ms: 1 send-message s0 TEXT Mali metdata
        502 ms: 0 send-message s1 TEXT Somchai metdata
        1502 ms: 0 send-message s1 TEXT Anan metdata
        steps: init 2, send 3
        ",
    );
    assert_eq!(observed.record.totals.dropped, 5);
}

#[test]
fn a_rate_goes_up_in_a_ramp() {
    check_as(
        Told::Timed,
        r#"
        load: { devices: 1, stages: [{ rate: 0/s..4/s, for: 2s }] }
        setup: [init]
        flow: [{ send: "${iteration}" }]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT 0 metdata
        1000 ms: 0 send-message s0 TEXT 1 metdata
        1415 ms: 0 send-message s0 TEXT 2 metdata
        1733 ms: 0 send-message s0 TEXT 3 metdata
        steps: init 1, send 4
        ",
    );
}

#[test]
fn devices_come_and_go_in_ramps() {
    check_as(
        Told::Timed,
        r#"
        load: { stages: [{ devices: 0..2, for: 2s }, { devices: 2..0, for: 2s }] }
        setup: [init]
        flow: [{ send: "${iteration} of ${device.index}" }, { think: 1s }]
        teardown: [end]
        "#,
        "
        501 ms: 0 init-chat-with-concierge new
        501 ms: 0 send-message s0 TEXT 0 of 0 metdata
        1501 ms: 0 send-message s0 TEXT 1 of 0 metdata
        1501 ms: 1 init-chat-with-concierge new
        1501 ms: 1 send-message s1 TEXT 0 of 1 metdata
        2501 ms: 0 send-message s0 TEXT 2 of 0 metdata
        2501 ms: 1 end-chat-with-concierge s1
        3501 ms: 0 end-chat-with-concierge s0
        steps: init 2, send 4, end 2
        ",
    );
}

#[test]
fn devices_come_in_stages() {
    check_as(
        Told::Timed,
        r#"
        load: { stages: [{ devices: 1, for: 2s }, { devices: 3, for: 2s }] }
        setup: [init]
        flow: [{ send: "${iteration} of ${device.index}" }, { think: 1s }]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT 0 of 0 metdata
        1000 ms: 0 send-message s0 TEXT 1 of 0 metdata
        2000 ms: 0 send-message s0 TEXT 2 of 0 metdata
        2000 ms: 1 init-chat-with-concierge new
        2000 ms: 1 send-message s1 TEXT 0 of 1 metdata
        2002 ms: 2 init-chat-with-concierge new
        2002 ms: 2 send-message s2 TEXT 0 of 2 metdata
        3000 ms: 0 send-message s0 TEXT 3 of 0 metdata
        3000 ms: 1 send-message s1 TEXT 1 of 1 metdata
        3002 ms: 2 send-message s2 TEXT 1 of 2 metdata
        steps: init 3, send 8
        ",
    );
}

#[test]
fn rates_come_in_stages() {
    check_as(
        Told::Timed,
        r#"
        load: { devices: 1, stages: [{ rate: 1/s, for: 2s }, { rate: 4/s, for: 1s }] }
        setup: [init]
        flow: [{ send: "${iteration}" }]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT 0 metdata
        1000 ms: 0 send-message s0 TEXT 1 metdata
        2000 ms: 0 send-message s0 TEXT 2 metdata
        2250 ms: 0 send-message s0 TEXT 3 metdata
        2500 ms: 0 send-message s0 TEXT 4 metdata
        2750 ms: 0 send-message s0 TEXT 5 metdata
        steps: init 1, send 6
        ",
    );
}

#[test]
fn setup_and_teardown_are_made_once_per_instance() {
    check_as(
        Told::Timed,
        r#"
        load: { devices: 1, iterations: 2 }
        setup: [init]
        flow: [{ send: "${iteration}" }]
        teardown: [end]
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT 0 metdata
        0 ms: 0 send-message s0 TEXT 1 metdata
        0 ms: 0 end-chat-with-concierge s0
        steps: init 1, send 2, end 1
        ",
    );
}

#[test]
fn exclusive_flows_take_turns() {
    let text = "
        exclusive: true
        load: { devices: 2 }
        flow: [init, { think: 2s }, end]
    ";
    compare(
        &play_with(text, |simulated| simulated.tenants = 1),
        Told::Timed,
        "
        0 ms: 0 init-chat-with-concierge new
        2000 ms: 0 end-chat-with-concierge s0
        2000 ms: 1 init-chat-with-concierge new
        4000 ms: 1 end-chat-with-concierge s1
        steps: init 2, end 2
        ",
    );
}

#[test]
fn exclusive_flows_of_other_tenants_do_not_wait() {
    check_as(
        Told::Timed,
        "
        exclusive: true
        load: { devices: 2 }
        flow: [init, { think: 2s }, end]
        ",
        "
        0 ms: 0 init-chat-with-concierge new
        2 ms: 1 init-chat-with-concierge new
        2000 ms: 0 end-chat-with-concierge s0
        2002 ms: 1 end-chat-with-concierge s1
        steps: init 2, end 2
        ",
    );
}

/// Plays a flow that sends one message, and marks none as seen since there is none.
#[track_caller]
fn check_threshold(threshold: &str, expected: Verdict) {
    let text = format!(
        "thresholds: ['{threshold}']\nflow: [init, {{ seen: last }}, {{ send: hello }}, end]\n"
    );
    assert_eq!(play(&text).record.verdict, expected, "{threshold}");
}

#[test]
fn thresholds_decide() {
    check_threshold("rtt.send.p99 < 5s", Verdict::Passed);
    check_threshold("rtt.send.count >= 1", Verdict::Passed);
    check_threshold("rtt.send.count >= 2", Verdict::Failed);
    check_threshold("rtt.seen.p99 < 5s", Verdict::Failed);
    check_threshold("errors.rate < 1%", Verdict::Passed);
    check_threshold("violations.must == 0", Verdict::Passed);
}
