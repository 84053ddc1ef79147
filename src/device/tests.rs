//! A device against a scripted server, over streams in memory and in paused time.

mod peer;
mod script;

use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::{ContentType, NotOpened, Request, SessionId};

use peer::{Act, Upgrade};
use script::{Do, Play, play};

/// Plays both sides, and holds what the device told, then what the peer saw, to what is said.
#[track_caller]
fn check(play_this: &Play, told: &[&str], seen: &[&str]) {
    let (device, peer) = play(play_this);
    assert_eq!(device, told, "what the device told");
    assert_eq!(peer, seen, "what the peer saw");
}

fn session() -> SessionId {
    SessionId::new("s1")
}

fn send(text: &str) -> Request {
    Request::send(&session(), &ContentType::Text, text, None)
}

fn answer(route: &str, body: &Value) -> Act {
    Act::Text(
        json!({ "channel": format!("client/{route}"), "status": 200, "body": body }).to_string(),
    )
}

fn conversation(route: &str, is_closed: bool) -> Act {
    let session = json!({ "isSessionClosed": is_closed });
    answer(route, &json!({ "chatSessionId": "s1", "chatSession": session }))
}

fn sent(text: &str) -> Act {
    let message = json!({ "id": "1", "messageContent": text });
    answer("send-message", &json!({ "chatSessionId": "s1", "chatMessage": message }))
}

fn event(n: u64) -> Act {
    Act::Text(json!({ "channel": "chat-message-s1", "payload": { "n": n } }).to_string())
}

fn rest(seconds: u64) -> Do {
    Do::Rest(Duration::from_secs(seconds))
}

#[test]
fn who_it_is_goes_percent_encoded_and_no_extension_is_offered() {
    check(
        &Play {
            upgrade: Upgrade::Noted,
            acts: vec![Act::Read],
            does: vec![Do::Close],
            ..Play::default()
        },
        &["0.000 opened", "0.000 ended: we closed the connection"],
        &["/uat?Auth=a%2Bb%2F%3D&deviceId=phone%20%231", "no extensions", "close 1000"],
    );
}

#[test]
fn answers_find_their_requests_in_any_order() {
    check(
        &Play {
            acts: vec![Act::Read, Act::Read, sent("two"), sent("one")],
            does: vec![Do::Begin(send("one")), Do::Ask(send("two")), rest(1)],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent send 0",
            "0.000 sent send 1",
            "0.000 received Answer(RequestNo(1))",
            "0.000 received Answer(RequestNo(0))",
            "0.000 reply to send 1",
        ],
        &["client/send-message", "client/send-message"],
    );
}

#[test]
fn silence_ends_exactly_at_the_deadline_and_a_late_answer_is_told() {
    check(
        &Play {
            acts: vec![Act::Read, Act::Rest(Duration::from_secs(11)), sent("one")],
            does: vec![Do::Ask(send("one")), rest(5)],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent send 0",
            "10.000 expired send 0",
            "10.000 no reply: no answer within the response timeout",
            "11.000 received LateAnswer(RequestNo(0))",
        ],
        &["client/send-message"],
    );
}

#[test]
fn an_open_session_is_pinged_until_it_is_ended() {
    let ping = || conversation("ping-on-chat-session", false);
    let end = conversation("end-chat-with-concierge", true);
    check(
        &Play {
            acts: vec![
                Act::Read,
                conversation("init-chat-with-concierge", false),
                Act::Read,
                ping(),
                Act::Read,
                ping(),
                Act::Read,
                end,
            ],
            does: vec![
                Do::Ask(Request::init()),
                rest(70),
                Do::Ask(Request::end(&session())),
                rest(90),
            ],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent init 0",
            "0.000 received Answer(RequestNo(0))",
            "0.000 reply to init 0",
            "30.000 sent ping 1",
            "30.000 received Answer(RequestNo(1))",
            "60.000 sent ping 2",
            "60.000 received Answer(RequestNo(2))",
            "70.000 sent end 3",
            "70.000 received Answer(RequestNo(3))",
            "70.000 reply to end 3",
        ],
        &[
            "client/init-chat-with-concierge",
            "client/ping-on-chat-session",
            "client/ping-on-chat-session",
            "client/end-chat-with-concierge",
        ],
    );
}

#[test]
fn a_session_that_an_update_closes_is_pinged_no_more() {
    let session = json!({ "isSessionClosed": true });
    let update =
        json!({ "channel": "chat-session-update-s1", "payload": { "chatSession": session } });
    check(
        &Play {
            acts: vec![
                Act::Read,
                conversation("init-chat-with-concierge", false),
                Act::Text(update.to_string()),
            ],
            does: vec![Do::Ask(Request::init()), rest(90)],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent init 0",
            "0.000 received Answer(RequestNo(0))",
            "0.000 received Event",
            "0.000 reply to init 0",
        ],
        &["client/init-chat-with-concierge"],
    );
}

#[test]
fn a_protocol_ping_is_answered() {
    check(
        &Play { acts: vec![Act::Ping, Act::Read], does: vec![rest(1)], ..Play::default() },
        &["0.000 opened"],
        &["pong"],
    );
}

#[test]
fn what_is_above_32_kib_goes_in_fragments_and_comes_whole() {
    let long = "ไ".repeat(40_000);
    check(
        &Play {
            acts: vec![Act::Read, sent(&long)],
            does: vec![Do::Ask(send(&long))],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent send 0",
            "0.000 received Answer(RequestNo(0))",
            "0.000 reply to send 0",
        ],
        &["client/send-message with 120000 bytes"],
    );
}

#[test]
fn events_wait_in_order_and_the_oldest_give_way() {
    check(
        &Play {
            acts: (0..6).map(event).collect(),
            does: vec![rest(1), Do::Take, Do::Take, Do::Take, Do::Take, Do::Take],
            is_quiet: true,
            ..Play::default()
        },
        &[
            "0.000 opened",
            "1.000 took 2",
            "1.000 took 3",
            "1.000 took 4",
            "1.000 took 5",
            "1.000 took none",
        ],
        &[],
    );
}

#[test]
fn a_server_that_never_answers_a_close_is_left_in_time() {
    check(
        &Play {
            acts: vec![Act::Rest(Duration::from_secs(60))],
            does: vec![Do::Begin(send("one")), Do::Close],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent send 0",
            "5.000 cut off send 0",
            "5.000 ended: we closed the connection",
        ],
        &[],
    );
}

#[test]
fn a_device_that_is_let_go_leaves_no_request_without_a_verdict() {
    let told = script::let_go();
    let expected = [
        "0.000 opened",
        "0.000 sent unread 0",
        "1.000 cut off unread 0",
        "1.000 ended: we closed the connection",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_close_by_the_server_ends_the_connection_even_if_the_stream_stays() {
    for (code, told) in [
        (Some(1011), "0.000 ended: the server closed with code 1011"),
        (None, "0.000 ended: the server closed without a code"),
    ] {
        check(
            &Play {
                acts: vec![Act::Read, Act::Close(code), Act::Rest(Duration::from_secs(60))],
                does: vec![Do::Ask(send("one")), Do::Ask(send("two")), Do::Close],
                ..Play::default()
            },
            &[
                "0.000 opened",
                "0.000 sent send 0",
                "0.000 cut off send 0",
                told,
                "0.000 no reply: cut off with its connection",
                "0.000 no reply: cut off with its connection",
            ],
            &["client/send-message"],
        );
    }
}

/// A connection that breaks while a request is open.
#[track_caller]
fn check_broken(act: Act, how: &str) {
    let told = format!("0.000 ended: {how}");
    check(
        &Play { acts: vec![Act::Read, act], does: vec![Do::Ask(send("one"))], ..Play::default() },
        &[
            "0.000 opened",
            "0.000 sent send 0",
            "0.000 cut off send 0",
            &told,
            "0.000 no reply: cut off with its connection",
        ],
        &["client/send-message"],
    );
}

#[test]
fn every_way_to_break_a_connection_is_told_apart() {
    check_broken(Act::Drop, "the connection was reset");
    check_broken(Act::Bytes(vec![0x81, 100, b'{']), "the connection was reset");
    check_broken(Act::Bytes(vec![0x81, 2, 0xff, 0xfe]), "the server sent text that is not UTF-8");
    let unmasked = "the server sent a frame that RFC 6455 does not allow";
    check_broken(Act::Bytes(vec![0xf1, 0]), unmasked);
    check_broken(Act::Bytes(vec![0x80, 0]), unmasked);
    let too_large = "the server sent a message beyond the harness's limit";
    check_broken(Act::Text("x".repeat(5 << 20)), too_large);
    check_broken(Act::Bytes([&[0x81, 127][..], &u64::MAX.to_be_bytes()].concat()), too_large);
}

/// A connect that fails: what its observer is told, and its caller.
#[track_caller]
fn check_refused(upgrade: Upgrade, at: &str, why: NotOpened, told: &str) {
    let observed = format!("{at} not opened: {why:?}");
    let told = format!("{at} not connected: {told}");
    check(&Play { upgrade, ..Play::default() }, &[&observed, &told], &[]);
}

#[test]
fn every_way_to_refuse_a_connect_is_told_apart() {
    for status in [400, 401, 403, 429, 500, 503] {
        let refused = format!("HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno");
        let told = format!("the upgrade was refused with HTTP status {status}");
        check_refused(Upgrade::Answer(refused), "0.000", NotOpened::Status(status), &told);
    }
    let wrong_key = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: AAAA\r\n\r\n";
    let endless = format!("HTTP/1.1 101 Switching Protocols\r\nX: {}", "x".repeat(1 << 20));
    let told = "the answer to the upgrade is no HTTP: where the server speaks TLS on this port, write \
                wss:// in place of ws://";
    let mail = Upgrade::Answer("220 mail.example.com ESMTP\r\n\r\n".into());
    check_refused(mail, "0.000", NotOpened::Handshake, told);
    for answer in [wrong_key, &endless] {
        let told = "the answer to the upgrade is no valid WebSocket handshake";
        check_refused(Upgrade::Answer(answer.into()), "0.000", NotOpened::Handshake, told);
    }
    for answer in ["", "HTTP/1.1 101 Switching Protocols\r\nUpgr"] {
        let told = "unexpected end of file";
        check_refused(Upgrade::Answer(answer.into()), "0.000", NotOpened::Network, told);
    }
    let told = "no upgrade within the connect timeout";
    check_refused(Upgrade::Silence, "20.000", NotOpened::Timeout, told);
}

#[test]
fn a_flood_on_one_connection_does_not_starve_another() {
    let (flooded, before) = script::flood(20_000);
    assert_eq!(flooded, 20_000);
    assert!(before < 5_000, "{before} of the flood were read before the other device was served");
}

#[test]
fn nothing_is_read_in_a_pause_and_nothing_expires() {
    check(
        &Play {
            acts: vec![Act::Read, event(1), sent("one"), Act::Read],
            does: vec![
                Do::Pause(Duration::from_secs(60)),
                Do::Begin(send("one")),
                rest(50),
                Do::Take,
                Do::Begin(send("two")),
                rest(30),
                Do::Take,
            ],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 paused",
            "0.000 sent send 0",
            "50.000 took none",
            "50.000 sent send 1",
            "60.000 received Event",
            "60.000 received Answer(RequestNo(0))",
            "60.000 read up",
            "70.000 expired send 1",
            "80.000 took 1",
        ],
        &["client/send-message", "client/send-message"],
    );
}

#[test]
fn a_pause_ends_early_where_it_is_asked_to_and_by_a_close() {
    let told = |does: Vec<Do>| {
        let acts = vec![Act::Read, event(1)];
        play(&Play { acts, does, ..Play::default() }).0
    };
    let pause = || Do::Pause(Duration::from_secs(60));
    assert_eq!(
        told(vec![pause(), Do::Begin(send("one")), rest(1), Do::ReadOn, rest(1)]),
        [
            "0.000 opened",
            "0.000 paused",
            "0.000 sent send 0",
            "1.000 received Event",
            "1.000 read up"
        ]
    );
    let closed = told(vec![pause(), Do::Begin(send("one")), rest(1), Do::Close]);
    assert_eq!(closed.last().unwrap(), "1.000 ended: we closed the connection", "{closed:?}");
}

#[test]
fn half_of_a_frame_leaves_before_the_stream_is_dropped() {
    let whole = send("hello").encode().len();
    check(
        &Play {
            acts: vec![Act::Read, Act::Drain],
            does: vec![Do::Begin(send("one")), rest(1), Do::Cut(send("hello")), rest(9)],
            ..Play::default()
        },
        &[
            "0.000 opened",
            "0.000 sent send 0",
            "1.000 cut off send 0",
            "1.000 ended: we closed the connection",
        ],
        &[
            "client/send-message",
            // A head of eight bytes: two, a length of two more, and a mask of four.
            &format!("{} bytes", (whole + 8).div_ceil(2)),
        ],
    );
}
