//! Events that are changed, or reach too few or too many.

use serde_json::{Value, json};

use crate::protocol::{ContentType, EventKind};
use crate::server::state::SocketNo;

use super::change::{change, each_message, number, renumber, set};
use super::hook::{Hook, Scene};
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
                if notes.is_nth(session(one), 3) {
                    one.to.retain(|socket| Some(*socket) == turn.socket);
                }
            }
        })],
    ),
    lost(
        "first-event-after-a-join-lost",
        "The first message after a device joined does not reach it.",
        &["EVENT-1"],
        &[Hook::Tell(lose_after_join)],
    )
    .related(&["EVENT-7"]),
    lost(
        "second-event-of-a-burst-lost",
        "Of two messages within 50 ms the second reaches only its sender.",
        &["EVENT-1"],
        &[Hook::Tell(lose_in_burst)],
    ),
    lost(
        "only-the-first-device-is-told",
        "Only the connection that opened a session gets its events.",
        &["EVENT-1", "EVENT-8", "EVENT-9"],
        &[Hook::Tell(|_, _, _, told| {
            told.iter_mut().filter(|one| one.event().is_some()).for_each(|one| one.to.truncate(1));
        })],
    )
    .related(&["EVENT-7", "EVENT-11"]),
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
        &["EVENT-9", "EVENT-11"],
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
        &["EVENT-1", "EVENT-8", "EVENT-9"],
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
    changed(
        "delete-of-another",
        "A delete event has the id of the next message.",
        &["EVENT-8"],
        &[Hook::Event(|_, kind, payload| {
            if *kind == EventKind::Delete {
                change(payload, "/messageId", |id| renumber(id, |id| id + 1));
            }
        })],
    )
    .related(&["EVENT-11", "EVENT-2"]),
    changed(
        "event-content-cut",
        "Contents are cut after ten characters in events.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| {
                let content = message["messageContent"].as_str().unwrap_or_default();
                message["messageContent"] = json!(content.chars().take(10).collect::<String>());
            });
        })],
    )
    .related(&["UPLOAD-5", "LIST-7"]),
    changed(
        "event-content-trimmed",
        "Blanks around a content are cut off in events.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| {
                message["messageContent"] =
                    json!(message["messageContent"].as_str().unwrap_or_default().trim());
            });
        })],
    ),
    changed(
        "event-without-metadata",
        "Events have lost the metadata of their message.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["metadata"] = Value::Null);
        })],
    ),
    changed(
        "event-of-a-moment-later",
        "The event of a message was sent a millisecond after its acknowledgment.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| {
                change(message, "/sentAt", |at| renumber(at, |at| at + 1))
            });
        })],
    )
    .related(&["LIST-7", "SEND-5"]),
    changed(
        "event-by-the-concierge",
        "Every message is the concierge's in events.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["senderEntityType"] = json!("BACKEND_USER"));
        })],
    )
    .related(&["UNREAD-2", "LIST-7"]),
    changed(
        "event-type-is-text",
        "Every message is a TEXT in events.",
        &["EVENT-3", "UPLOAD-5"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["contentType"] = json!("TEXT"));
        })],
    ),
    changed(
        "event-of-another-id",
        "Messages have an id of their own in events.",
        &["EVENT-1", "EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| {
                change(message, "/id", |id| renumber(id, |id| id + 1_000_000))
            });
        })],
    )
    .related(&["EVENT-7", "LIST-3", "SEND-4", "ENV-4", "SEEN-2"]),
    changed(
        "event-with-the-content-before",
        "Every other message event of a session has the content of the one before.",
        &["EVENT-3"],
        &[Hook::Event(|notes, _, payload| {
            each_message(payload, |message| {
                let session = message["chatSessionId"].to_string();
                let before = notes.kept(&session).clone();
                notes.keep(&session, message["messageContent"].clone());
                if before.is_string() && notes.is_nth(&session, 2) {
                    message["messageContent"] = before;
                }
            });
        })],
    )
    .related(&["UPLOAD-5", "LIST-7"]),
    changed(
        "update-without-the-joiner",
        "The update of the concierge's joining does not say who joined.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            set(payload, "/chatSession/chatJoinedByEntityType", Value::Null);
            set(payload, "/chatSession/chatJoinedByEntityId", Value::Null);
            set(payload, "/chatSession/lastPingedByChatJoiner", Value::Null);
        })],
    )
    .related(&["EVENT-5", "EVENT-11"]),
    changed(
        "update-of-the-end-says-open",
        "The update of a session's end says that it is open.",
        &["EVENT-9", "END-4"],
        &[Hook::Event(|_, _, payload| {
            set(payload, "/chatSession/isSessionClosed", false);
        })],
    )
    .related(&["EVENT-11"]),
    changed(
        "update-of-a-neighbour",
        "An update names the tenant of the next id as who initiated the session.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            change(payload, "/chatSession/chatInitiatedByEntityId", |id| renumber(id, |id| id + 1));
        })],
    )
    .related(&["INIT-4", "EVENT-6"]),
    changed(
        "update-renumbers",
        "An update has another id of the session than its replies.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            change(payload, "/chatSession/id", |id| renumber(id, |id| id + 1000));
        })],
    )
    .related(&["RESUME-3"]),
    Defect::new(
        Kind::WrongRecipient,
        "events-to-the-whole-tenant",
        "Every connection of a tenant gets the events of all its sessions.",
        &["EVENT-10"],
        &[Hook::Tell(|_, scene, turn, told| {
            for one in told.iter_mut().filter(|one| one.event().is_some()) {
                let whose = one.to.first().copied().or(turn.socket);
                let tenant = whose.and_then(|socket| scene.state.tenant_of(socket));
                let own = scene.state.sockets().filter(|(_, other)| Some(*other) == tenant);
                one.to = own.map(|(socket, _)| socket).collect();
            }
        })],
    )
    .related(&["EVENT-8", "EVENT-2"]),
    Defect::new(
        Kind::WrongRecipient,
        "events-to-one-idle-device",
        "A message goes to one connection of its tenant that takes no part as well.",
        &["EVENT-10"],
        &[Hook::Tell(|_, scene, _, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                let tenant = one.to.first().and_then(|socket| scene.state.tenant_of(*socket));
                let idle = scene
                    .state
                    .sockets()
                    .find(|(socket, other)| Some(*other) == tenant && !one.to.contains(socket));
                one.to.extend(idle.map(|(socket, _)| socket));
            }
        })],
    ),
    Defect::new(
        Kind::WrongRecipient,
        "events-to-another-session",
        "Every third message of a session is announced on the channel of another one.",
        &["EVENT-1", "EVENT-3", "EVENT-10"],
        &[Hook::Tell(rename_channel)],
    )
    .related(&["EVENT-5", "EVENT-7", "EVENT-6"]),
];

const fn lost(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::Loss, name, title, clauses, hooks)
}

const fn changed(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::Value, name, title, clauses, hooks)
}

/// The session of a message event.
fn session(one: &Told) -> String {
    one.inside()["chatMessage"]["chatSessionId"].to_string()
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
fn lose_after_join(notes: &mut Notes, _: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
    let key = |socket: SocketNo, session: &str| format!("{} {session}", socket.0);
    if let Some(socket) = turn.socket
        && turn.is_resuming()
        && told.iter().any(Told::is_ok)
    {
        notes.keep(key(socket, &json!(turn.session()).to_string()), json!(true));
    }
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let session = session(one);
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

fn lose_in_burst(notes: &mut Notes, _: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let session = session(one);
        let before = number(notes.kept(&session));
        if turn.now.0.saturating_sub(before) < 50 {
            one.to.retain(|socket| Some(*socket) == turn.socket);
            notes.keep(session, json!(0));
        } else {
            notes.keep(session, json!(turn.now.0));
        }
    }
}

fn rename_channel(notes: &mut Notes, _: &Scene<'_>, _: &Turn, told: &mut Vec<Told>) {
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let own = session(one);
        let other = super::change::turned(&one.inside()["chatMessage"]["chatSessionId"]);
        if notes.is_nth(own, 3)
            && let Some(frame) = one.frame_mut()
        {
            let id = other.as_str().unwrap_or_default();
            set(frame, "/channel", format!("chat-message-{id}"));
        }
    }
}
