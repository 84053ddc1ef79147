//! Events that do not reach everyone they should.

use serde_json::{Value, json};

use crate::protocol::ContentType;
use crate::server::state::SocketNo;

use super::change::number;
use super::hook::Hook;
use super::notes::Notes;
use super::turn::{Cause, Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    lost(
        "event-lost",
        "Every third message of a session reaches nobody but its sender.",
        &["EVENT-1"],
        &[Hook::Tell(|notes, _, turn, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                if notes.is_nth(one.message_session(), 3) {
                    one.to.retain(|socket| Some(*socket) == turn.socket);
                }
            }
        })],
    )
    .related(&["UPLOAD-5"]),
    lost(
        "first-event-after-a-join-lost",
        "The first message after a device joined does not reach it.",
        &["EVENT-1"],
        &[Hook::Tell(|notes, _, turn, told| lose_after_join(notes, turn, told))],
    )
    .related(&["UPLOAD-5"]),
    lost(
        "second-event-of-a-burst-lost",
        "Of two messages within 50 ms the second reaches only its sender.",
        &["EVENT-1"],
        &[Hook::Tell(|notes, _, turn, told| lose_in_burst(notes, turn, told))],
    )
    .related(&["UPLOAD-5"]),
    lost(
        "only-the-first-device-is-told",
        "Only the connection that opened a session gets its events.",
        &["EVENT-1", "EVENT-8", "EVENT-9"],
        &[Hook::Tell(|_, _, _, told| {
            told.iter_mut().filter(|one| one.event().is_some()).for_each(|one| one.to.truncate(1));
        })],
    )
    .related(&["EVENT-7", "EVENT-11", "UPLOAD-5"]),
    lost(
        "only-the-last-device-is-told",
        "Only the connection that joined a session last gets its events.",
        &["EVENT-1", "EVENT-8", "EVENT-9"],
        &[Hook::Tell(|_, _, _, told| {
            for one in told.iter_mut().filter(|one| one.event().is_some()) {
                one.to = one.to.last().copied().into_iter().collect();
            }
        })],
    )
    .related(&["EVENT-7", "EVENT-11"]),
    lost(
        "images-not-announced",
        "Images and files are not announced.",
        &["EVENT-1", "UPLOAD-5"],
        &[Hook::Tell(|_, _, _, told| {
            told.retain(|one| {
                let kind = one.inside()["chatMessage"]["contentType"].as_str();
                !one.is_message() || kind.map(ContentType::parse) == Some(ContentType::Text)
            });
        })],
    )
    .related(&["EVENT-7"]),
    lost(
        "concierge-reaches-one-device",
        "The concierge's messages reach only the first device.",
        &["EVENT-1"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.cause == Cause::Act {
                told.iter_mut().filter(|one| one.is_message()).for_each(|one| one.to.truncate(1));
            }
        })],
    ),
    lost(
        "own-message-not-echoed",
        "The sender's own connection does not get its message as an event.",
        &["EVENT-7"],
        &[Hook::Tell(|_, _, turn, told| {
            not_to_cause(turn, told, Told::is_message);
        })],
    ),
    lost(
        "own-unsend-not-echoed",
        "The connection that unsent a message does not get the delete event.",
        &["EVENT-11"],
        &[Hook::Tell(|_, _, turn, told| {
            not_to_cause(turn, told, Told::is_delete);
        })],
    ),
    lost(
        "own-end-not-echoed",
        "The connection that ended a session does not get the update.",
        &["EVENT-11"],
        &[Hook::Tell(|_, _, turn, told| {
            not_to_cause(turn, told, Told::is_update);
        })],
    ),
    lost(
        "delete-not-announced",
        "An unsent message is not announced.",
        &["EVENT-8"],
        &[Hook::Tell(|_, _, _, told| {
            told.retain(|one| !one.is_delete());
        })],
    )
    .related(&["EVENT-11"]),
    lost(
        "delete-told-to-its-cause-only",
        "An unsent message is announced to whoever unsent it, and to nobody else.",
        &["EVENT-8"],
        &[Hook::Tell(|_, _, turn, told| {
            only_to_cause(turn, told, Told::is_delete);
        })],
    ),
    lost(
        "join-not-announced",
        "The concierge's joining is not announced.",
        &["EVENT-11"],
        &[Hook::Tell(|_, _, turn, told| {
            told.retain(|one| turn.cause != Cause::Act || !one.is_update());
        })],
    ),
    lost(
        "end-not-announced",
        "The end of a session is not announced.",
        &["EVENT-9", "EVENT-11"],
        &[Hook::Tell(|_, _, turn, told| {
            told.retain(|one| turn.cause != Cause::Request || !one.is_update());
        })],
    ),
    lost(
        "end-told-to-its-cause-only",
        "The end of a session is announced to whoever ended it, and to nobody else.",
        &["EVENT-9"],
        &[Hook::Tell(|_, _, turn, told| {
            only_to_cause(turn, told, Told::is_update);
        })],
    ),
    lost(
        "device-forgotten-after-a-ping",
        "A device that pings does not get the session's next event.",
        &["EVENT-9"],
        &[Hook::Tell(|notes, _, turn, told| {
            if let Some(socket) = turn.socket.filter(|_| turn.route == crate::protocol::Route::Ping)
            {
                notes.keep(socket.0, json!(true));
            }
            for one in told.iter_mut().filter(|one| one.event().is_some()) {
                one.to.retain(|socket| {
                    let is_forgotten = *notes.kept(socket.0) == true;
                    notes.keep(socket.0, Value::Null);
                    !is_forgotten
                });
            }
        })],
    )
    .related(&["EVENT-7", "EVENT-11"]),
];

const fn lost(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::Loss, name, title, clauses, hooks)
}

fn not_to_cause(turn: &Turn, told: &mut [Told], is_it: fn(&Told) -> bool) {
    for one in told.iter_mut().filter(|one| is_it(one)) {
        one.to.retain(|socket| Some(*socket) != turn.socket);
    }
}

fn only_to_cause(turn: &Turn, told: &mut [Told], is_it: fn(&Told) -> bool) {
    if turn.cause == Cause::Request {
        for one in told.iter_mut().filter(|one| is_it(one)) {
            one.to.retain(|socket| Some(*socket) == turn.socket);
        }
    }
}

/// Loses the first message of others that a resumed connection is owed.
fn lose_after_join(notes: &mut Notes, turn: &Turn, told: &mut [Told]) {
    let key = |socket: SocketNo, session: &str| format!("{} {session}", socket.0);
    if let Some(socket) = turn.socket
        && turn.is_resuming()
        && told.iter().any(Told::is_ok)
    {
        notes.keep(key(socket, &json!(turn.session()).to_string()), json!(true));
    }
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let session = one.message_session();
        one.to.retain(|socket| {
            let key = key(*socket, &session);
            let is_first = Some(*socket) != turn.socket && *notes.kept(&key) == true;
            if is_first {
                notes.keep(&key, json!(false));
            }
            !is_first
        });
    }
}

fn lose_in_burst(notes: &mut Notes, turn: &Turn, told: &mut [Told]) {
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let session = one.message_session();
        let before = number(notes.kept(&session));
        if turn.now.0.saturating_sub(before) < 50 {
            one.to.retain(|socket| Some(*socket) == turn.socket);
            notes.keep(session, json!(0));
        } else {
            notes.keep(session, json!(turn.now.0));
        }
    }
}
