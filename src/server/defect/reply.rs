//! Answers that are lost, doubled, late, on another channel, or errors without a reason.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::protocol::Route;

use super::change::{number, set};
use super::hook::Hook;
use super::notes::Notes;
use super::turn::{Cause, Told, Turn, What};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Loss,
        "reply-lost",
        "Every seventh answer of a connection is lost.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_answer(notes, turn, told, 7) {
                told.retain(|one| !one.is_reply());
            }
        })],
    ),
    Defect::new(
        Kind::Loss,
        "reply-lost-with-its-session",
        "The answer to every other end is lost, although the session is ended.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            if turn.route == Route::End && notes.is_nth("", 2) {
                told.retain(|one| !one.is_reply());
            }
        })],
    ),
    Defect::new(
        Kind::Loss,
        "equal-sends-answered-once",
        "Of two equal messages that a connection sends within 50 ms, only the first is answered.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            let Some(socket) = turn.socket.filter(|_| turn.route == Route::Send) else { return };
            let (before, now) = (notes.kept(socket.0).clone(), turn.now.0);
            let said = turn.body()["messageContent"].clone();
            if before["said"] == said && now.saturating_sub(number(&before["at"])) < 50 {
                told.retain(|one| !one.is_reply());
            }
            notes.keep(socket.0, json!({ "said": said, "at": now }));
        })],
    ),
    Defect::new(
        Kind::Duplication,
        "reply-twice",
        "Every sixth answer of a connection comes twice.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_answer(notes, turn, told, 6)
                && let Some(reply) = told.iter().find(|one| one.is_reply()).cloned()
            {
                told.push(reply);
            }
        })],
    ),
    Defect::new(
        Kind::Duplication,
        "reply-again-later",
        "Every fifth answer of a connection comes again 300 ms later.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_answer(notes, turn, told, 5)
                && let Some(reply) = told.iter().find(|one| one.is_reply()).cloned()
            {
                told.push(reply.later(Duration::from_millis(300)));
            }
        })],
    ),
    Defect::new(
        Kind::Timing,
        "reply-late",
        "Every other answer of get-chat-session comes after 35 seconds.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            if turn.route == Route::Session && is_nth_answer(notes, turn, told, 2) {
                for one in told.iter_mut().filter(|one| one.is_reply()) {
                    one.after = Duration::from_secs(35);
                }
            }
        })],
    )
    .related(&["PING-1"]),
    Defect::new(
        Kind::WrongRecipient,
        "reply-to-another-device",
        "Every fourth answer goes to another device of its session, where there is one.",
        &["ENV-3", "ENV-10", "CONNECT-7"],
        &[Hook::Tell(|notes, scene, turn, told| {
            let members = scene.state.participants(turn.session());
            let other = members.iter().find(|member| Some(**member) != turn.socket);
            if let Some(other) = other
                && is_nth_answer(notes, turn, told, 4)
            {
                told.iter_mut().filter(|one| one.is_reply()).for_each(|one| one.to = vec![*other]);
            }
        })],
    )
    .related(&["ENV-2", "INIT-5"]),
    Defect::new(
        Kind::Value,
        "channel-without-its-path",
        "Answers to pings are on the channel ping-on-chat-session.",
        &["ENV-2"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.route == Route::Ping {
                rename(told, "ping-on-chat-session");
            }
        })],
    ),
    Defect::new(
        Kind::Value,
        "channel-of-another-route",
        "Answers to pings are on the channel of get-chat-session.",
        &["ENV-2", "ENV-3"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.route == Route::Ping {
                rename(told, Route::Session.as_str());
            }
        })],
    ),
    Defect::new(
        Kind::Value,
        "channel-in-upper-case",
        "The channel of every answer is in upper case.",
        &["ENV-2", "ENV-3"],
        &[Hook::Tell(|_, _, turn, told| {
            if let Some(channel) = turn.channel().map(str::to_uppercase) {
                rename(told, &channel);
            }
        })],
    )
    .related(&["RESUME-5"]),
    Defect::new(
        Kind::Value,
        "query-dropped",
        "The channel of a listing lacks the query.",
        &["ENV-9"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.route == Route::Messages {
                rename(told, Route::Messages.as_str());
            }
        })],
    ),
    Defect::new(
        Kind::Value,
        "query-of-another-page",
        "The channel of a listing names the page after the one asked for.",
        &["ENV-9"],
        &[Hook::Tell(|_, _, turn, told| {
            if let (Some(page), Some(limit)) = (turn.query("page"), turn.query("limit")) {
                let page = page.saturating_add(1);
                rename(told, &format!("{}?page={page}&limit={limit}", turn.route));
            }
        })],
    ),
    Defect::new(
        Kind::Value,
        "error-without-a-reason",
        "Every eighth request of a connection gets a 500, although it is done.",
        &["ENV-4"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_answer(notes, turn, told, 8) {
                for frame in told.iter_mut().filter(|one| one.is_ok()).filter_map(Told::frame_mut) {
                    set(frame, "/status", 500);
                    set(frame, "/body", json!({ "message": "something went wrong" }));
                }
            }
        })],
    )
    .related(&["SEND-7", "LIST-6"]),
    Defect::new(
        Kind::Value,
        "gateway-error-without-a-reason",
        "Every eighth request of a connection gets the gateway's internal server error.",
        &["ENV-4"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_answer(notes, turn, told, 8) {
                told.iter_mut().filter(|one| one.is_reply()).for_each(gateway_error);
            }
        })],
    )
    .related(&["SEND-7"]),
    Defect::new(
        Kind::Value,
        "created-instead-of-ok",
        "A message that is sent is answered with 201.",
        &["ENV-4"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.route == Route::Send {
                for frame in told.iter_mut().filter(|one| one.is_ok()).filter_map(Told::frame_mut) {
                    set(frame, "/status", 201);
                }
            }
        })],
    )
    .related(&["SEND-7"]),
    Defect::new(
        Kind::Value,
        "heartbeat-of-its-own",
        "After every fifth answer of a connection a frame comes that the document does not have.",
        &["ENV-10"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_answer(notes, turn, told, 5) {
                let to = turn.socket.into_iter().collect();
                told.push(Told::now(to, What::Raw(Message::text(r#"{"type":"heartbeat"}"#))));
            }
        })],
    ),
    Defect::new(
        Kind::Value,
        "typing-events",
        "Each message is announced by an event chat-typing that the document does not have.",
        &["ENV-10"],
        &[Hook::Tell(|_, _, _, told| {
            let Some(message) = told.iter().find(|one| one.is_message()) else { return };
            let session = message.inside()["chatMessage"]["chatSessionId"].as_str();
            let channel = format!("chat-typing-{}", session.unwrap_or_default());
            let text = json!({ "channel": channel, "payload": { "isTyping": true } }).to_string();
            told.push(Told::now(message.to.clone(), What::Raw(Message::text(text))));
        })],
    ),
];

/// Whether a request is answered, and is the `n`th of its connection, the 2`n`th, and so on.
pub(super) fn is_nth_answer(notes: &mut Notes, turn: &Turn, told: &[Told], n: u64) -> bool {
    turn.cause == Cause::Request
        && told.iter().any(Told::is_ok)
        && turn.socket.is_some_and(|socket| notes.is_nth(socket.0, n))
}

/// Turns a reply into API Gateway's own error frame.
fn gateway_error(one: &mut Told) {
    if let Some(frame) = one.frame_mut() {
        *frame = json!({
            "message": "Internal server error",
            "connectionId": "fD9QxcHGSQ0CF1w=",
            "requestId": "fD9RxEJ0SQ0Fj8g=",
        });
    }
}

fn rename(told: &mut [Told], channel: &str) {
    for frame in told.iter_mut().filter(|one| one.is_ok()).filter_map(Told::frame_mut) {
        set(frame, "/channel", Value::from(channel));
    }
}
