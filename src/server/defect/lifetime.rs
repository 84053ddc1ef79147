//! Sessions: pinged and ended wrongly, or alive again after their end.

use serde_json::{Value, json};

use crate::protocol::Route;

use super::change::{change, renumber, session_of, set, turn_session};
use super::hook::Hook;
use super::notes::Notes;
use super::turn::{Told, Turn};
use super::{Defect, Kind};

const PINGED: &str = "/chatSession/lastPingedByChatInitiator";
const CLOSED: &str = "/chatSession/isSessionClosed";

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Lifecycle,
        "closed-session-resumed",
        "A closed session is resumed.",
        &["RESUME-4"],
        &[
            Hook::Reply(keep_open),
            Hook::Tell(|notes, _, turn, told| {
                if turn.is_resuming() {
                    reopen(notes, turn, told);
                }
            }),
        ],
    )
    .related(&["END-2"]),
    Defect::new(
        Kind::Lifecycle,
        "closed-session-pinged",
        "A ping of a closed session is answered as if it were open.",
        &["PING-3"],
        &[
            Hook::Reply(keep_open),
            Hook::Tell(|notes, _, turn, told| {
                if turn.route == Route::Ping {
                    reopen(notes, turn, told);
                }
            }),
        ],
    )
    .related(&["END-2"]),
    Defect::new(
        Kind::Lifecycle,
        "end-again-says-open",
        "Ending a closed session is answered as if it were open.",
        &["END-3", "END-2"],
        &[
            Hook::Reply(keep_open),
            Hook::Tell(|notes, _, turn, told| {
                if turn.route == Route::End {
                    reopen(notes, turn, told);
                }
            }),
        ],
    )
    .related(&["END-1"]),
    Defect::new(
        Kind::Timing,
        "ping-time-goes-back",
        "Every other ping moves the session's last ping five seconds back.",
        &["PING-1"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Ping && notes.is_nth(turn.session(), 2) {
                change(body, PINGED, |at| renumber(at, |at| at.saturating_sub(5000)));
            }
        })],
    ),
    Defect::new(
        Kind::Timing,
        "ping-time-stands-still",
        "Pings do not move the session's last ping.",
        &["PING-1"],
        &[Hook::Reply(|notes, _, body| {
            let first =
                notes.first(session_of(body), &body["chatSession"]["lastPingedByChatInitiator"]);
            set(body, PINGED, first);
        })],
    ),
    Defect::value(
        "ping-another-session",
        "A ping is answered with another session.",
        &["PING-2"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Ping {
                turn_session(body);
            }
        })],
    ),
    Defect::value(
        "ping-says-closed",
        "A ping of an open session says closed.",
        &["PING-2"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Ping {
                set(body, CLOSED, true);
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "session-lapses-in-spite-of-pings",
        "A session takes no pings any more 31 seconds after it was opened.",
        &["PING-4"],
        &[
            Hook::Reply(note_birth),
            Hook::Ask(|notes, _, turn| {
                let opened_at = notes.kept(turn.session()).as_u64()?;
                let has_lapsed = turn.route == Route::Ping && turn.now.0 > opened_at + 31_000;
                has_lapsed
                    .then(|| turn.answer(409, &json!({ "message": "the chat session is closed" })))
            }),
        ],
    )
    .related(&["ENV-4"]),
    Defect::new(
        Kind::Lifecycle,
        "session-closed-in-spite-of-pings",
        "A session says that it is closed 31 seconds after it was opened, pinged or not.",
        &["PING-4", "PING-2"],
        &[
            Hook::Reply(note_birth),
            Hook::Reply(|notes, turn, body| {
                let opened_at = notes.kept(turn.session()).as_u64();
                if opened_at.is_some_and(|opened_at| turn.now.0 > opened_at + 31_000) {
                    set(body, CLOSED, true);
                }
            }),
        ],
    ),
    Defect::value(
        "end-says-open",
        "The answer to an end says that the session is open.",
        &["END-1"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::End {
                set(body, CLOSED, false);
            }
        })],
    ),
    Defect::value(
        "end-another-session",
        "The answer to an end is of another session.",
        &["END-1"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::End {
                turn_session(body);
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "end-does-nothing",
        "An end is answered, and the session goes on.",
        &["END-2", "SEND-9"],
        &[
            Hook::Reply(keep_open),
            Hook::Ask(|notes, _, turn| {
                let mut body = notes.kept(here(turn)).clone();
                if turn.route != Route::End || !turn.is_request() || body.is_null() {
                    return None;
                }
                set(&mut body, CLOSED, true);
                let kept =
                    ["chatSessionId", "chatSession"].map(|key| (key.to_owned(), body[key].clone()));
                Some(turn.answer(200, &Value::Object(kept.into_iter().collect())))
            }),
        ],
    )
    .related(&["EVENT-9", "EVENT-11", "RESUME-2", "RESUME-4", "PING-3", "PING-1"]),
];

fn note_birth(notes: &mut Notes, turn: &Turn, body: &mut Value) {
    if turn.is_opening() {
        notes.keep(session_of(body), json!(turn.now.0));
    }
}

/// A session on the connection that asks.
fn on(turn: &Turn, session: &str) -> String {
    format!("{:?} {session}", turn.socket)
}

fn here(turn: &Turn) -> String {
    on(turn, turn.session())
}

/// Remembers what a connection was told of a session as long as that is open.
fn keep_open(notes: &mut Notes, turn: &Turn, body: &mut Value) {
    if body["chatSession"]["isSessionClosed"] == false && body["connection"].is_object() {
        notes.keep(on(turn, &session_of(body)), body.clone());
    }
}

/// Answers of one's own closed session as it was when it was open.
fn reopen(notes: &mut Notes, turn: &Turn, told: &mut Vec<Told>) {
    let body = notes.kept(here(turn)).clone();
    let refused = told.iter().filter_map(Told::frame).any(|frame| frame["status"] == 409);
    if refused && !body.is_null() {
        *told = turn.answer(200, &body);
    }
}
