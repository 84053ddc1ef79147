//! What answers and events are held to.

use deskbell::run::Verdict;
use deskbell::server::Part;

use super::told::Told;
use super::{check, check_as, compare, play, play_with};

#[test]
fn bodies_are_matched_and_saved() {
    check(
        r#"
        flow:
          - init: { expect: { status: 200, body: { chatSessionId: { $save: opened } } } }
          - session: { session: "${opened}", expect: { body: { chatSession: { isSessionClosed: false } } } }
          - send: { text: hello, expect: { body: { chatMessage: { messageContent: { $match: "^h" }, id: { $any: true } } } } }
          - unread: { expect: { body: { unreadMsgCount: { $type: string } } } }
          - unread: { expect: { body: { unreadMsgCount: { $type: integer } } } }
          - unread: { expect: { body: { unreadMsgCount: { $match: "^x" } } } }
          - unread: { expect: { body: { nothing: { $any: true } } } }
          - unread: { expect: { body: { unreadMsgCount: "0" } } }
          - unread: { expect: { status: 404 } }
        "#,
        "
        0 init-chat-with-concierge new
        0 get-chat-session s0
        0 send-message s0 TEXT hello metdata
        0 get-unread-msg-count
        0 get-unread-msg-count
        0 get-unread-msg-count
        0 get-unread-msg-count
        0 get-unread-msg-count
        0 get-unread-msg-count
        steps: init 1, session 1, send 1, unread 1, unread 0/1/0, unread 0/1/0, unread 0/1/0, unread 1, unread 0/1/0
        ",
    );
}

#[test]
fn errors_are_expected_or_not() {
    check(
        r#"
        flow:
          - init
          - call: { route: client/nowhere, body: {}, expect: error }
          - call: { route: client/nowhere, body: {}, expect: error-or-close }
          - call: { route: client/nowhere, body: {}, expect: any }
          - call: { route: client/nowhere, body: {}, expect: ok, as: missing }
          - send: "never sent: ${missing.x}"
          - unread: { expect: error }
          - unread: { expect: any }
        "#,
        "
        0 init-chat-with-concierge new
        0 nowhere
        0 nowhere
        0 nowhere
        0 nowhere
        0 get-unread-msg-count
        0 get-unread-msg-count
        steps: init 1, call 1, call 1, call 1, call 0/1/0, send 0/0/1, unread 0/1/0, unread 1
        ",
    );
}

#[test]
fn a_request_is_repeated_until_its_answer_is_as_expected() {
    check_as(
        Told::Timed,
        r#"
        actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
        flow:
          - init
          - parallel:
              - [{ think: 500ms }, end]
              - - session:
                    by: tablet
                    eventually: 2s
                    expect: { body: { chatSession: { isSessionClosed: true } } }
          - unread: { eventually: 300ms, expect: { status: 404 } }
        "#,
        "
        2 ms: 0 init-chat-with-concierge new
        2 ms: 1 get-chat-session s0
        2 ms: 1 init-chat-with-concierge s0 again
        2 ms: 1 get-chat-session s0
        202 ms: 1 get-chat-session s0
        402 ms: 1 get-chat-session s0
        502 ms: 0 end-chat-with-concierge s0
        602 ms: 1 get-chat-session s0
        602 ms: 0 get-unread-msg-count
        802 ms: 0 get-unread-msg-count
        steps: init 1, parallel 1, end 1, session 1, unread 0/1/0
        ",
    );
}

#[test]
fn events_are_awaited() {
    check_as(
        Told::Timed,
        r#"
        actors: { phone: { tenant: guest }, tablet: { tenant: guest }, stranger: { tenant: other } }
        flow:
          - init
          - init: { by: stranger }
          - send: { text: first, as: mine }
          - await: { event: message, from: phone, by: tablet, as: heard }
          - send: { text: "heard ${heard.messageContent}", by: tablet }
          - await: { event: message, from: tablet, match: { messageContent: { $match: first } } }
          - await: { event: message, from: stranger, none: true, within: 100ms }
          - await: { event: message, from: tablet, none: true, within: 100ms }
          - await: { event: message, from: phone, none: true, within: 100ms }
          - await: { event: message, from: phone, match: { messageContent: never }, within: 200ms, as: never }
          - unsend: never
          - unsend: mine
          - await: { event: delete, match: { messageId: "${int(mine.id)}" }, by: tablet }
          - end: { by: tablet }
          - await: { event: update, match: { chatSession: { isSessionClosed: true } }, within: 200ms }
        "#,
        "
        4 ms: 0 init-chat-with-concierge new
        4 ms: 1 get-chat-session s0
        4 ms: 1 init-chat-with-concierge s0 again
        4 ms: 2 init-chat-with-concierge new
        4 ms: 0 send-message s0 TEXT first metdata
        4 ms: 1 send-message s0 TEXT heard first metdata
        404 ms: 0 delete-message s0 m0
        404 ms: 1 end-chat-with-concierge s0
        steps: init 1, init 1, send 1, await 1, send 1, await 1, await 1, await 1, await 0/1/0, await 0/1/0, unsend 0/0/1, unsend 1, await 1, end 1, await 1
        ",
    );
}

#[test]
fn an_answer_of_the_concierge_is_awaited() {
    check(
        r#"
        flow:
          - init
          - send: hello
          - await: { event: message, from: concierge, as: answer }
          - seen: answer
          - seen: last
        "#,
        "
        0 init-chat-with-concierge new
        0 send-message s0 TEXT hello metdata
        0 update-message-seen-at s0 m0
        0 update-message-seen-at s0 m0
        steps: init 1, send 1, await 1, seen 1, seen 1
        ",
    );
}

#[test]
fn without_a_concierge_what_awaits_one_is_skipped_unless_it_is_required() {
    let text = "
        flow:
          - init
          - await: { event: message, from: concierge, within: 1s, as: answer }
          - seen: answer
          - await: { event: message, from: concierge, within: 1s, required: true }
    ";
    let observed = play_with(text, |simulated| simulated.server.concierge.part = Part::Off);
    compare(
        &observed,
        Told::Timed,
        "
        0 ms: 0 init-chat-with-concierge new
        steps: init 1, await 0/0/1, seen 0/0/1, await 0/1/0
        ",
    );
}

/// Sends a message to a server that echoes it to its sender, or does not.
#[track_caller]
fn check_echo(own_echo: &str, is_echoed: bool, expected: Verdict) {
    let text = format!(
        "settings: {{ own_echo: {own_echo} }}\nflow: [init, {{ send: hello }}, {{ think: 10s }}, end]"
    );
    let observed = play_with(&text, |simulated| simulated.server.wire.own_echo = is_echoed);
    assert_eq!(observed.record.verdict, expected, "{own_echo}, {is_echoed}");
}

#[test]
fn settings_say_whether_a_sender_hears_itself() {
    check_echo("expect", true, Verdict::Passed);
    check_echo("accept", true, Verdict::Passed);
    check_echo("accept", false, Verdict::Passed);
    check_echo("never", false, Verdict::Passed);
}

/// What an `await` that nothing matched says: what is wrong, what was expected, what came instead. Texts
/// that nobody sent are masked.
#[track_caller]
fn check_unmatched(wait: &str, expected: [&str; 3]) {
    let observed = play(&format!("flow: [init, {{ send: one }}, {{ send: two }}, {wait}, end]"));
    let unmet = &observed.scenario().unmet[0];
    assert_eq!([&unmet.message, &unmet.expected, &unmet.actual], expected);
}

#[test]
fn an_event_that_does_not_match_is_told_by_where_it_differs() {
    check_unmatched(
        "{ await: { event: message, from: device, match: { messageContent: three }, within: 1s } }",
        [
            "no event matched",
            "a message event within 1s with [masked] at /payload/chatMessage/messageContent",
            r#"2 came, the last with "two" there"#,
        ],
    );
    check_unmatched(
        "{ await: { event: message, from: concierge, match: { messageContent: three }, within: 1s } }",
        [
            "no event matched",
            "a message of the concierge within 1s with [masked] at /payload/chatMessage/messageContent",
            "2 came, the last with [masked] there",
        ],
    );
    check_unmatched(
        "{ await: { event: message, from: concierge, within: 1ms, required: true } }",
        ["no event came", "a message of the concierge within 1ms", "none came"],
    );
}
