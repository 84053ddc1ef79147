//! Order, time, data and chance.

use super::told::Told;
use super::{check, check_as, play, play_with};

#[test]
fn branches_are_made_at_the_same_time() {
    check_as(
        Told::Timed,
        r#"
        actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
        flow:
          - init
          - parallel:
              - [{ think: 100ms }, { send: { text: a } }, { think: 100ms }, { send: { text: b } }]
              - [{ think: 150ms }, { send: { text: c, by: tablet } }]
          - send: after both
        "#,
        "
        2 ms: 0 init-chat-with-concierge new
        2 ms: 1 get-chat-session s0
        2 ms: 1 init-chat-with-concierge s0 again
        102 ms: 0 send-message s0 TEXT a metdata
        152 ms: 1 send-message s0 TEXT c metdata
        202 ms: 0 send-message s0 TEXT b metdata
        202 ms: 0 send-message s0 TEXT after both metdata
        steps: init 1, parallel 1, send 1, send 1, send 1, send 1
        ",
    );
}

#[test]
fn steps_are_made_for_each_item_of_a_list() {
    check(
        r#"
        vars: { three: "3" }
        flow:
          - init
          - for_each: { in: [1, two, "${int(three)}"], as: one, steps: [{ send: "item ${one}" }] }
          - for_each: { in: [[], { a: 1 }], as: one, steps: [{ call: { route: client/x, body: { one: "${one}" }, expect: error } }] }
        "#,
        r#"
        0 init-chat-with-concierge new
        0 send-message s0 TEXT item 1 metdata
        0 send-message s0 TEXT item two metdata
        0 send-message s0 TEXT item 3 metdata
        0 x one=[]
        0 x one={"a":1}
        steps: init 1, for_each 1, send 3, for_each 1, call 2
        "#,
    );
}

#[test]
fn steps_are_made_for_each_item_of_a_saved_list() {
    check(
        r#"
        flow:
          - init
          - send: a
          - send: b
          - messages: { all: true, limit: 1, as: history }
          - for_each: { in: "${history}", as: one, steps: [{ send: "again ${one.messageContent}" }, { unsend: one }] }
        "#,
        "
        0 init-chat-with-concierge new
        0 send-message s0 TEXT a metdata
        0 send-message s0 TEXT b metdata
        0 get-chat-messages?page=1&limit=1 s0
        0 get-chat-messages?page=2&limit=1 s0
        0 get-chat-messages?page=3&limit=1 s0
        0 send-message s0 TEXT again a metdata
        0 delete-message s0 m0
        0 send-message s0 TEXT again b metdata
        0 delete-message s0 m1
        steps: init 1, send 1, send 1, messages 1, for_each 1, send 2, unsend 2
        ",
    );
}

#[test]
fn a_barrier_waits_for_every_instance() {
    let observed = play(
        r#"
        load: { devices: 3, ramp_up: 3s }
        flow:
          - init
          - send: "early ${device.index}"
          - barrier: here
          - send: "late ${device.index}"
        "#,
    );
    let mut lines = observed.told(Told::Timed);
    // Which of them is first when the barrier opens is open.
    lines[6..].sort_unstable();
    assert_eq!(
        lines[5..],
        [
            "2000 ms: 2 send-message s2 TEXT early 2 metdata",
            "2000 ms: 0 send-message s0 TEXT late 0 metdata",
            "2000 ms: 1 send-message s1 TEXT late 1 metdata",
            "2000 ms: 2 send-message s2 TEXT late 2 metdata",
        ]
    );
}

#[test]
fn a_barrier_waits_for_no_instance_that_is_done() {
    check_as(
        Told::Timed,
        r#"
        data: { file: data/guests.csv, pick: once }
        load: { devices: 2, ramp_up: 2s, iterations: 2 }
        flow:
          - init
          - send: "${data.name}, ${iteration}"
          - barrier: here
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT Somchai, 0 metdata
        1000 ms: 1 init-chat-with-concierge new
        1000 ms: 1 send-message s1 TEXT Mali, 0 metdata
        1000 ms: 0 init-chat-with-concierge new
        1000 ms: 0 send-message s2 TEXT Anan, 1 metdata
        steps: init 3, send 3, barrier 3
        ",
    );
}

#[test]
fn turns_are_made_at_their_planned_instants() {
    check_as(
        Told::Timed,
        r#"
        flow:
          - init
          - repeat: { rate: 4/s, for: 1s, steps: [{ send: "tick ${turn}" }, { think: 10ms }] }
          - repeat: { rate: 10/s, for: 300ms, steps: [{ send: "slow ${turn}" }, { think: 150ms }] }
        "#,
        "
        0 ms: 0 init-chat-with-concierge new
        0 ms: 0 send-message s0 TEXT tick 0 metdata
        250 ms: 0 send-message s0 TEXT tick 1 metdata
        500 ms: 0 send-message s0 TEXT tick 2 metdata
        750 ms: 0 send-message s0 TEXT tick 3 metdata
        760 ms: 0 send-message s0 TEXT slow 0 metdata
        910 ms: 0 send-message s0 TEXT slow 1 metdata
        1060 ms: 0 send-message s0 TEXT slow 2 metdata
        steps: init 1, send 4, send 3
        ",
    );
}

#[test]
fn turns_are_counted_by_the_innermost_repeat() {
    check(
        r#"
        flow:
          - init
          - repeat:
              times: 2
              steps:
                - send: "outer ${turn}"
                - repeat: { times: 2, steps: [{ send: "inner ${turn}" }] }
                - for_each: { in: [x], as: one, steps: [{ send: "${one} ${turn}" }] }
        "#,
        "
        0 init-chat-with-concierge new
        0 send-message s0 TEXT outer 0 metdata
        0 send-message s0 TEXT inner 0 metdata
        0 send-message s0 TEXT inner 1 metdata
        0 send-message s0 TEXT x 0 metdata
        0 send-message s0 TEXT outer 1 metdata
        0 send-message s0 TEXT inner 0 metdata
        0 send-message s0 TEXT inner 1 metdata
        0 send-message s0 TEXT x 1 metdata
        steps: init 1, send 2, send 4, for_each 2, send 2
        ",
    );
}

#[test]
fn a_pause_is_as_long_as_it_says() {
    check_as(
        Told::Timed,
        "flow: [init, { think: 250ms }, unread, { think: 1m }, unread]",
        "
        0 ms: 0 init-chat-with-concierge new
        250 ms: 0 get-unread-msg-count
        30000 ms: 0 ping-on-chat-session s0
        60000 ms: 0 ping-on-chat-session s0
        60250 ms: 0 get-unread-msg-count
        steps: init 1, unread 1, unread 1
        ",
    );
}

/// Sees that pauses are within bounds, differ, and are the same by seed.
#[track_caller]
fn check_pause(pause: &str, least_ms: u128, most_ms: u128) {
    let text = format!(
        "flow: [init, {{ repeat: {{ times: 20, steps: [{{ think: {pause} }}, unread] }} }}]"
    );
    let instants = |seed| -> Vec<u128> {
        let sent = play_with(&text, |simulated| simulated.seed = seed).sent;
        sent.iter().map(|sent| sent.at.as_micros()).collect()
    };
    let first = instants(7);
    assert_eq!(instants(7), first, "the same by seed");
    assert_ne!(instants(8), first, "another by another seed");
    let requests = &first[2..first.len() - 2];
    let pauses: Vec<u128> = requests.windows(2).map(|two| (two[1] - two[0]) / 1000).collect();
    let is_right = |pause: &u128| (least_ms..=most_ms).contains(pause);
    assert!(pauses.iter().all(is_right), "{pauses:?}");
    assert!(pauses.windows(2).any(|two| two[0] != two[1]), "{pauses:?}");
}

#[test]
fn pauses_are_drawn_by_the_seed() {
    check_pause("100ms..300ms", 99, 301);
    check_pause("{ normal: 1s, sd: 50ms }", 700, 1300);
    check_pause("{ exponential: 1s }", 0, 10_000);
}

#[test]
fn data_is_dealt_out_in_order_at_random_or_once() {
    let dealt = |pick: &str| -> Vec<String> {
        let text = format!(
            "data: {{ file: data/guests.csv, pick: {pick} }}\nload: {{ devices: 2, iterations: 3 }}\n\
             setup: [init]\nflow: [{{ send: '${{data.name}}' }}, {{ think: 1s }}]\n"
        );
        let told = play(&text).told(Told::Frames);
        let names = told.iter().filter_map(|line| line.split_once(" TEXT "));
        names.map(|(_, name)| name.trim_end_matches(" metdata").to_owned()).collect()
    };
    assert_eq!(dealt("sequential"), ["Somchai", "Mali", "Anan", "Somchai", "Mali", "Anan"]);
    assert_eq!(dealt("once"), ["Somchai", "Mali", "Anan"]);
    assert_eq!(dealt("random").len(), 6);
    assert_eq!(dealt("random"), dealt("random"));
}

#[test]
fn what_is_random_is_the_same_by_seed() {
    let text = r#"
        flow:
          - init
          - send: "${random.int(1, 6)} ${random.uuid} ${random.text(8)} $${int} ${str(1)}"
    "#;
    let first = play(text);
    assert_eq!(play(text).sent, first.sent);
    let line = first.told(Told::Frames).remove(1);
    assert!(line.contains(" ${int} 1 metdata"), "{line}");
}
