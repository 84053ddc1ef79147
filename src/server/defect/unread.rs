//! What was seen, and how much was not.

use serde_json::{Value, json};

use crate::protocol::Route;
use crate::server::wire;

use super::change::{change, each_message, number, renumber, set, turned};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Told, Turn};
use super::unsend::{find_session, note_sessions};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::value(
        "seen-still-delivered",
        "A message that was marked as seen comes back with status 3.",
        &["SEEN-1"],
        &[Hook::Reply(|_, turn, body| {
            marked(turn, body, |message| message["status"] = json!(3));
        })],
    ),
    Defect::value(
        "seen-at-null",
        "A message that was marked as seen comes back without seenAt.",
        &["SEEN-1"],
        &[Hook::Reply(|_, turn, body| {
            marked(turn, body, |message| message["seenAt"] = Value::Null);
        })],
    ),
    Defect::value(
        "seen-before-sent",
        "A message was seen a second before it was sent.",
        &["SEEN-1"],
        &[Hook::Reply(|_, turn, body| {
            marked(turn, body, |message| {
                let sent_at = number(&message["sentAt"]);
                message["seenAt"] = json!(sent_at.saturating_sub(1000).to_string());
            });
        })],
    ),
    Defect::value(
        "seen-another-message",
        "The answer to marking a message as seen is the next message.",
        &["SEEN-2"],
        &[Hook::Reply(|_, turn, body| {
            marked(turn, body, |message| change(message, "/id", |id| renumber(id, |id| id + 1)));
        })],
    ),
    Defect::value(
        "seen-in-another-session",
        "The answer to marking a message as seen is of another session.",
        &["SEEN-2"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Seen {
                let id = turned(&body["chatSessionId"]);
                set(body, "/chatSessionId", id.clone());
                set(body, "/chatMessage/chatSessionId", id);
            }
        })],
    ),
    Defect::value(
        "seen-as-the-tenants",
        "A message that was marked as seen comes back as the tenant's own.",
        &["SEEN-2"],
        &[Hook::Reply(|_, turn, body| {
            marked(turn, body, |message| message["senderEntityType"] = json!("TENANT"));
        })],
    ),
    Defect::new(
        Kind::Leniency,
        "own-message-seen",
        "One's own message can be marked as seen.",
        &["SEEN-3"],
        &[Hook::Tell(see_own)],
    ),
    Defect::new(
        Kind::Loss,
        "seen-not-kept",
        "Marking a message as seen is answered and forgotten.",
        &["SEEN-4", "UNREAD-2"],
        &[Hook::Ask(feign_seen)],
    ),
    Defect::new(
        Kind::Value,
        "list-shows-unseen",
        "A listing shows no message as seen, as on a replica that lags.",
        &["SEEN-4"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Messages {
                each_message(body, |message| {
                    message["status"] = json!(3);
                    message["seenAt"] = Value::Null;
                });
            }
        })],
    ),
    Defect::new(
        Kind::Leniency,
        "seen-in-any-session",
        "A message is marked as seen under the id of another session of the tenant.",
        &["SEEN-5"],
        &[
            Hook::Tell(|notes, _, _, told| note_sessions(notes, told)),
            Hook::Ask(|notes, scene, turn| {
                if turn.route == Route::Seen {
                    find_session(notes, scene, turn);
                }
                None
            }),
        ],
    ),
    Defect::new(
        Kind::Schema,
        "unread-as-a-number",
        "unreadMsgCount is a number.",
        &["UNREAD-1"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/unreadMsgCount", |count| *count = json!(number(count)));
        })],
    )
    .related(&["ENV-5"]),
    Defect::new(
        Kind::Schema,
        "unread-in-words",
        "unreadMsgCount is \"none\" where there are none.",
        &["UNREAD-1"],
        &[Hook::Reply(|_, _, body| {
            if body["unreadMsgCount"] == "0" {
                set(body, "/unreadMsgCount", "none");
            }
        })],
    )
    .related(&["ENV-5"]),
    unread(
        "unread-stands-still",
        "unreadMsgCount stays what it was first.",
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Unread {
                let socket = turn.socket.map_or(0, |socket| socket.0);
                let first = notes.first(socket, &body["unreadMsgCount"]);
                set(body, "/unreadMsgCount", first);
            }
        })],
    ),
    unread(
        "unread-never-falls",
        "unreadMsgCount goes up and never down.",
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Unread {
                let socket = turn.socket.map_or(0, |socket| socket.0);
                let most = number(notes.kept(socket)).max(number(&body["unreadMsgCount"]));
                notes.keep(socket, json!(most));
                set(body, "/unreadMsgCount", most.to_string());
            }
        })],
    ),
    unread(
        "unread-falls-to-nothing",
        "Marking one message as seen marks all as seen in the count.",
        &[Hook::Reply(|notes, turn, body| {
            let socket = turn.socket.map_or(0, |socket| socket.0);
            if turn.route == Route::Seen {
                notes.keep(socket, json!(true));
            } else if !notes.kept(socket).is_null() {
                set(body, "/unreadMsgCount", "0");
            }
        })],
    ),
    unread(
        "unread-counts-ones-own",
        "unreadMsgCount counts the tenant's own messages as well.",
        &[Hook::Reply(|notes, turn, body| {
            let socket = turn.socket.map_or(0, |socket| socket.0);
            if turn.route == Route::Send {
                let sent = notes.count(socket);
                notes.keep(socket, json!(sent));
            }
            let own = number(notes.kept(socket));
            change(body, "/unreadMsgCount", |count| renumber(count, |count| count + own));
        })],
    ),
    unread(
        "unread-doubled",
        "unreadMsgCount counts each message twice.",
        &[Hook::Reply(|_, _, body| {
            change(body, "/unreadMsgCount", |count| renumber(count, |count| count * 2));
        })],
    ),
    Defect::new(
        Kind::Timing,
        "unread-from-a-stale-cache",
        "unreadMsgCount is counted once in half a minute.",
        &["UNREAD-2"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Unread {
                let socket = turn.socket.map_or(0, |socket| socket.0);
                let key = format!("{} {socket}", turn.now.0 / 30_000);
                let first = notes.first(key, &body["unreadMsgCount"]);
                set(body, "/unreadMsgCount", first);
            }
        })],
    ),
];

const fn unread(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Value, name, title, &["UNREAD-2"], hooks)
}

/// Changes the message in an answer to marking it as seen.
fn marked(turn: &Turn, body: &mut Value, change: impl FnMut(&mut Value)) {
    if turn.route == Route::Seen {
        each_message(body, change);
    }
}

/// The answer to a request to mark a message as seen, as if that had been done.
fn seen_message(scene: &Scene<'_>, turn: &Turn) -> Option<Vec<Told>> {
    let is_seen = turn.route == Route::Seen && turn.is_request();
    let id = turn.body()["messageId"].as_u64().filter(|_| is_seen)?;
    let session = scene.state.session_by_id(turn.session())?;
    if scene.state.tenant_of(turn.socket?) != Some(session.tenant) {
        return None;
    }
    let mut message = scene.state.message_by_id(turn.session(), id)?;
    message.seen_at.get_or_insert(turn.now);
    let body = wire::object([
        ("chatSessionId", json!(session.id)),
        ("chatMessage", wire::message_in_response(&message, "metadata")),
    ]);
    Some(turn.answer(200, &body))
}

fn see_own(_: &mut Notes, scene: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
    if told.iter().any(Told::is_refusal)
        && let Some(answer) = seen_message(scene, turn)
    {
        *told = answer;
    }
}

fn feign_seen(_: &mut Notes, scene: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
    let message = scene.state.message_by_id(turn.session(), turn.body()["messageId"].as_u64()?)?;
    if message.is_of_tenant() { None } else { seen_message(scene, turn) }
}
