//! Events that are changed, or reach too few or too many.

use serde_json::{Value, json};

use crate::protocol::EventKind;

use super::change::{change, each_message, renumber, set};
use super::hook::Hook;
use super::notes::Notes;
use super::turn::Told;
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::value(
        "delete-of-another",
        "A delete event has the id of the next message.",
        &["EVENT-8"],
        &[Hook::Event(|_, kind, payload| {
            if *kind == EventKind::Delete {
                change(payload, "/messageId", |id| renumber(id, |id| id + 1));
            }
        })],
    )
    .related(&["EVENT-11"]),
    Defect::value(
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
    .related(&["LIST-7", "SEEN-2"]),
    Defect::value(
        "event-without-metadata",
        "Events have lost the metadata of their message.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["metadata"] = Value::Null);
        })],
    ),
    Defect::value(
        "event-of-a-moment-later",
        "The event of a message was sent a millisecond after its acknowledgment.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| {
                change(message, "/sentAt", |at| renumber(at, |at| at + 1))
            });
        })],
    )
    .related(&["LIST-7", "SEEN-2"]),
    Defect::value(
        "event-by-the-concierge",
        "Every message is the concierge's in events.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["senderEntityType"] = json!("BACKEND_USER"));
        })],
    ),
    Defect::value(
        "event-type-is-text",
        "Every message is a TEXT in events.",
        &["EVENT-3"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["contentType"] = json!("TEXT"));
        })],
    ),
    Defect::value(
        "event-of-another-id",
        "Messages have an id of their own in events.",
        &["EVENT-1"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| {
                change(message, "/id", |id| renumber(id, |id| id + 1_000_000))
            });
        })],
    )
    .related(&["EVENT-7", "LIST-3", "ENV-4", "UPLOAD-5"]),
    Defect::value(
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
    .related(&["LIST-7"]),
    Defect::value(
        "update-without-the-joiner",
        "The update of the concierge's joining does not say who joined.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            set(payload, "/chatSession/chatJoinedByEntityType", Value::Null);
            set(payload, "/chatSession/chatJoinedByEntityId", Value::Null);
            set(payload, "/chatSession/lastPingedByChatJoiner", Value::Null);
        })],
    )
    .related(&["EVENT-11"]),
    Defect::value(
        "update-of-the-end-says-open",
        "The update of a session's end says that it is open.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            set(payload, "/chatSession/isSessionClosed", false);
        })],
    )
    .related(&["EVENT-11"]),
    Defect::value(
        "update-of-a-neighbour",
        "An update names the tenant of the next id as who initiated the session.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            change(payload, "/chatSession/chatInitiatedByEntityId", |id| renumber(id, |id| id + 1));
        })],
    ),
    Defect::value(
        "update-renumbers",
        "An update has another id of the session than its replies.",
        &["EVENT-9"],
        &[Hook::Event(|_, _, payload| {
            change(payload, "/chatSession/id", |id| renumber(id, |id| id + 1000));
        })],
    ),
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
    ),
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
        &["EVENT-1"],
        &[Hook::Tell(|notes, _, _, told| rename_channel(notes, told))],
    )
    .related(&["EVENT-7", "UPLOAD-5"]),
];

fn rename_channel(notes: &mut Notes, told: &mut [Told]) {
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let own = one.message_session();
        let other = super::change::turned(&one.inside()["chatMessage"]["chatSessionId"]);
        if notes.is_nth(own, 3)
            && let Some(frame) = one.frame_mut()
        {
            let id = other.as_str().unwrap_or_default();
            set(frame, "/channel", format!("chat-message-{id}"));
        }
    }
}
