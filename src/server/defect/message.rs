//! Messages: sent and unsent wrongly.

use serde_json::{Value, json};

use crate::protocol::Route;

use super::change::{change, each_message, each_object, number, renumber, set, turned};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Value,
        "sent-by-the-concierge",
        "The answer to a send says that a BACKEND_USER wrote it.",
        &["SEND-2"],
        &[Hook::Reply(|_, turn, body| {
            sent(turn, body, |message| message["senderEntityType"] = json!("BACKEND_USER"));
        })],
    )
    .related(&["EVENT-3", "LIST-7", "LIST-3"]),
    Defect::new(
        Kind::Value,
        "sent-by-a-neighbour",
        "The answer to a send says that the tenant of the next id wrote it.",
        &["SEND-2"],
        &[Hook::Reply(|_, turn, body| {
            sent(turn, body, |message| {
                change(message, "/senderEntityId", |id| renumber(id, |id| id + 1));
            });
        })],
    )
    .related(&["EVENT-3", "LIST-7", "ISO-2"]),
    Defect::new(
        Kind::Value,
        "sent-to-another-session",
        "The answer to a send names another session in its message.",
        &["SEND-3"],
        &[Hook::Reply(|_, turn, body| {
            sent(turn, body, |message| {
                message["chatSessionId"] = turned(&message["chatSessionId"])
            });
        })],
    )
    .related(&["EVENT-3", "LIST-3", "INIT-2"]),
    Defect::new(
        Kind::Value,
        "sent-answer-names-another-session",
        "The answer to a send names another session outside its message.",
        &["SEND-3"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Send {
                let id = turned(&body["chatSessionId"]);
                set(body, "/chatSessionId", id);
            }
        })],
    )
    .related(&["INIT-2"]),
    Defect::new(
        Kind::Value,
        "ids-per-session",
        "Messages are numbered from 1 in each session.",
        &["SEND-4"],
        &[Hook::Ask(globally), Hook::Tell(|notes, _, turn, told| locally(notes, turn, told))],
    )
    .related(&["LIST-7", "EVENT-2", "EVENT-3", "LIST-3"]),
    Defect::new(
        Kind::Order,
        "ids-go-back",
        "Each message has a lesser id than the one before.",
        &["SEND-4"],
        &[
            Hook::Ask(|_, _, turn| {
                if turn.body()["messageId"].is_u64() {
                    change(turn.body_mut(), "/messageId", |id| {
                        renumber(id, |id| FROM.abs_diff(id))
                    });
                }
                None
            }),
            Hook::Tell(|_, _, _, told| {
                each_id(told, |_, id| renumber(id, |id| FROM.abs_diff(id)));
            }),
        ],
    )
    .related(&["LIST-4", "EVENT-4"]),
    Defect::new(
        Kind::Duplication,
        "ids-repeat",
        "Every other message of a session has the id of the one before in the answer.",
        &["SEND-4"],
        &[Hook::Reply(|notes, turn, body| {
            sent(turn, body, |message| {
                if notes.is_nth(turn.session(), 2) {
                    message["id"] = notes.kept(turn.session()).clone();
                } else {
                    notes.keep(turn.session(), message["id"].clone());
                }
            });
        })],
    )
    .related(&[
        "EVENT-1", "EVENT-3", "LIST-3", "LIST-7", "UNSEND-3", "EVENT-7", "EVENT-8", "RESUME-6",
        "LIST-5",
    ]),
    Defect::new(
        Kind::Value,
        "sent-as-pending",
        "A message that was sent has status 1.",
        &["SEND-5"],
        &[Hook::Reply(|_, turn, body| {
            sent(turn, body, |message| message["status"] = json!(1));
        })],
    ),
    Defect::new(
        Kind::Value,
        "sent-and-seen",
        "A message that was just sent is seen.",
        &["SEND-5"],
        &[Hook::Reply(|_, turn, body| {
            sent(turn, body, |message| message["seenAt"] = message["sentAt"].clone());
        })],
    ),
    Defect::new(
        Kind::Timing,
        "delivered-before-sent",
        "A message was delivered a second before it was sent.",
        &["SEND-5"],
        &[Hook::Reply(|_, turn, body| {
            sent(turn, body, |message| {
                change(message, "/deliveredAt", |at| renumber(at, |at| at.saturating_sub(1000)));
            });
        })],
    ),
    Defect::new(
        Kind::Timing,
        "clock-a-minute-ahead",
        "The clock for messages is a minute ahead.",
        &["SEND-5"],
        &[Hook::Tell(|_, _, _, told| {
            each_instant(told, |at| at + 60_000);
        })],
    )
    .related(&["SEEN-1", "SEEN-4"]),
    Defect::new(
        Kind::Timing,
        "clock-in-seconds",
        "Messages have their instants in seconds.",
        &["SEND-5"],
        &[Hook::Tell(|_, _, _, told| {
            each_instant(told, |at| at / 1000);
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "images-refused",
        "Images are refused.",
        &["SEND-7", "ENV-4", "UPLOAD-5"],
        &[Hook::Ask(|_, _, turn| refuse_type(turn, "IMAGE"))],
    ),
    Defect::new(
        Kind::Leniency,
        "any-content-type",
        "A message of whatever content type is accepted.",
        &["SEND-8"],
        &[
            Hook::Ask(|_, _, turn| {
                let asked = turn.body()["contentType"].as_str().unwrap_or_default().to_owned();
                if turn.route == Route::Send
                    && !asked.is_empty()
                    && !KNOWN_TYPES.contains(&asked.as_str())
                {
                    turn.body_mut()["contentType"] = json!("TEXT");
                }
                None
            }),
            Hook::Reply(|_, turn, body| {
                let asked = turn.body()["contentType"].clone();
                sent(turn, body, |message| message["contentType"] = asked.clone());
            }),
        ],
    )
    .related(&["ENV-5", "ENV-6", "EVENT-3", "LIST-7"]),
    Defect::new(
        Kind::Leniency,
        "sent-into-a-closed-session",
        "A message to a closed session is answered with 200.",
        &["SEND-9"],
        &[
            Hook::Reply(|notes, turn, body| {
                if turn.route == Route::Send {
                    notes.keep(turn.socket.map_or(0, |socket| socket.0), body.clone());
                }
            }),
            Hook::Tell(send_into_closed),
        ],
    )
    .related(&["SEND-4", "EVENT-1", "EVENT-7", "LIST-3"]),
];

const KNOWN_TYPES: [&str; 3] = ["TEXT", "FILE", "IMAGE"];

/// Where ids begin that go back.
const FROM: u64 = 1_000_000_000;

/// Changes the message in an answer to a send.
fn sent(turn: &Turn, body: &mut Value, change: impl FnMut(&mut Value)) {
    if turn.route == Route::Send {
        each_message(body, change);
    }
}

fn refuse_type(turn: &Turn, kind: &str) -> Option<Vec<Told>> {
    let is_it = turn.route == Route::Send && turn.body()["contentType"] == kind;
    is_it.then(|| turn.answer(400, &json!({ "message": "contentType is not supported" })))
}

fn each_instant(told: &mut [Told], change_it: fn(u64) -> u64) {
    for inside in told.iter_mut().filter_map(Told::inside_mut) {
        each_message(inside, |message| {
            change(message, "/sentAt", |at| renumber(at, change_it));
            change(message, "/deliveredAt", |at| renumber(at, change_it));
        });
    }
}

/// Changes each id of a message, given with the session that it stands beside.
fn each_id(told: &mut [Told], mut change_it: impl FnMut(&str, &mut Value)) {
    for inside in told.iter_mut().filter_map(Told::inside_mut) {
        each_object(inside, &mut |object| {
            let session = object.get("chatSessionId").and_then(Value::as_str);
            let session = session.unwrap_or_default().to_owned();
            let is_message = object.contains_key("senderEntityType");
            if let Some(id) = object.get_mut("id").filter(|_| is_message) {
                change_it(&session, id);
            }
            if let Some(id) = object.get_mut("messageId") {
                change_it(&session, id);
            }
        });
    }
}

/// Numbers the messages of each session from 1, as they leave.
fn locally(notes: &mut Notes, turn: &Turn, told: &mut [Told]) {
    each_id(told, |session, id| {
        let outer = number(id);
        let known = notes.kept(format!("local {outer}")).as_u64();
        let local = known.unwrap_or_else(|| {
            let local = notes.count(format!("in {session}"));
            notes.keep(format!("local {outer}"), json!(local));
            notes.keep(format!("global {session} {local}"), json!(outer));
            local
        });
        renumber(id, |_| local);
    });
    if turn.route == Route::Unsend {
        for body in told.iter_mut().filter(|one| one.is_ok()).filter_map(Told::inside_mut) {
            set(body, "/messageId", turn.body()["messageId"].clone());
        }
    }
}

/// Finds the message that a session's own number means.
fn globally(notes: &mut Notes, _: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
    let local = turn.body()["messageId"].as_u64()?;
    let outer = notes.kept(format!("global {} {local}", turn.session())).as_u64();
    // One that is not known there must not mean another session's message.
    turn.body_mut()["messageId"] = json!(outer.unwrap_or(FROM + local));
    None
}

fn send_into_closed(notes: &mut Notes, _: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
    let refused = told.iter().filter_map(Told::frame).any(|frame| frame["status"] == 409);
    let mut body = notes.kept(turn.socket.map_or(0, |socket| socket.0)).clone();
    if turn.route == Route::Send && refused && body.is_object() {
        body["chatSessionId"] = json!(turn.session());
        let message = &mut body["chatMessage"];
        message["chatSessionId"] = json!(turn.session());
        for key in ["messageContent", "contentType", "metdata"] {
            message[key] = turn.body()[key].clone();
        }
        for key in ["sentAt", "deliveredAt"] {
            message[key] = json!(turn.now.to_string());
        }
        message["id"] = json!((FROM + notes.count("id")).to_string());
        *told = turn.answer(200, &body);
    }
}
