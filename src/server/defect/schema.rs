//! Shapes: frames whose keys or types differ from the document's.

use serde_json::{Map, Value, json};

use crate::protocol::{EventKind, Route};

use super::change::{change, each_message, each_object, number, remove};
use super::hook::Hook;
use super::notes::Notes;
use super::turn::{Cause, Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    schema(
        "status-as-text",
        "The status of an answer is a string.",
        &["ENV-1"],
        &[Hook::Tell(|_, _, turn, told| {
            each_answer(turn, told, |frame| frame["status"] = json!(frame["status"].to_string()));
        })],
    )
    .related(&["ENV-3", "ENV-8", "ENV-10"]),
    schema(
        "status-missing",
        "Every third answer of a connection has no status.",
        &["ENV-1"],
        &[Hook::Tell(|notes, _, turn, told| every_third(notes, turn, told, "status"))],
    )
    .related(&["ENV-3", "ENV-10"]),
    schema(
        "body-missing",
        "The answer to a ping has no body.",
        &["ENV-1", "ENV-5"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.route == Route::Ping {
                each_answer(turn, told, |frame| remove(frame, "body"));
            }
        })],
    ),
    schema(
        "body-as-text",
        "The body of an answer is a JSON text within a string.",
        &["ENV-1", "ENV-5"],
        &[Hook::Tell(|_, _, turn, told| {
            each_answer(turn, told, |frame| frame["body"] = json!(frame["body"].to_string()));
        })],
    ),
    schema(
        "channel-missing",
        "Every third answer of a connection has no channel.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| every_third(notes, turn, told, "channel"))],
    )
    .related(&["ENV-10"]),
    schema(
        "ids-as-numbers",
        "The ids of messages are numbers in answers.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| {
            each_message(body, |message| message["id"] = json!(number(&message["id"])));
        })],
    ),
    schema(
        "times-in-iso-8601",
        "The instants of messages are dates in answers.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| {
            each_message(body, |message| message["sentAt"] = json!("2024-10-03T07:59:48.101Z"));
        })],
    ),
    schema(
        "closed-as-a-number",
        "isSessionClosed is 0 or 1 in answers.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/chatSession/isSessionClosed", |closed| {
                *closed = json!(u8::from(*closed == true));
            });
        })],
    ),
    schema(
        "nulls-left-out",
        "Keys whose value is null are left out of answers.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| {
            for key in ["chatSession", "connection", "tenant"] {
                change(body, &format!("/{key}"), leave_out_nulls);
            }
            each_message(body, leave_out_nulls);
        })],
    ),
    schema(
        "keys-in-snake-case",
        "The keys of messages are in snake case in answers.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| each_message(body, snake_case))],
    )
    .related(&["SEEN-1", "SEEN-4"]),
    schema(
        "entity-types-in-lower-case",
        "Entity types are in lower case in answers about messages.",
        &["ENV-5", "SEND-2"],
        &[Hook::Reply(|_, _, body| {
            each_message(body, |message| {
                let kind = message["senderEntityType"].as_str().unwrap_or_default();
                message["senderEntityType"] = json!(kind.to_lowercase());
            });
        })],
    )
    .related(&["SEEN-2", "EVENT-3", "LIST-7"]),
    schema(
        "paginate-as-text",
        "The figures of paginate are strings.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| {
            if let Some(paginate) = body.get_mut("paginate").and_then(Value::as_object_mut) {
                paginate.values_mut().for_each(|value| *value = json!(value.to_string()));
            }
        })],
    ),
    schema(
        "messages-by-id",
        "Listed messages stand in an object, by id.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = body["messages"].as_array().cloned() {
                let by_id = messages
                    .into_iter()
                    .map(|one| (one["id"].as_str().unwrap_or_default().to_owned(), one));
                body["messages"] = Value::Object(by_id.collect::<Map<_, _>>());
            }
        })],
    )
    .related(&["LIST-3", "RESUME-6", "UPLOAD-5"]),
    schema(
        "paginate-missing",
        "A listing comes without paginate.",
        &["ENV-5"],
        &[Hook::Reply(|_, _, body| remove(body, "paginate"))],
    ),
    schema(
        "session-id-without-dashes",
        "Session ids are no UUIDs: their dashes are missing.",
        &["INIT-1"],
        &[
            Hook::Ask(|_, _, turn| {
                with_dashes(turn);
                None
            }),
            Hook::Tell(|_, _, _, told| without_dashes(told)),
        ],
    )
    .related(&["ENV-5", "EVENT-5"]),
    schema(
        "event-ids-as-text",
        "The ids of messages are strings in events.",
        &["EVENT-5"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["id"] = json!(message["id"].to_string()));
        })],
    ),
    schema(
        "event-times-in-iso-8601",
        "The instants of messages are dates in events.",
        &["EVENT-5"],
        &[Hook::Event(|_, _, payload| {
            each_message(payload, |message| message["sentAt"] = json!("2024-10-03T07:59:48.101Z"));
        })],
    ),
    schema(
        "event-type-zero",
        "The type of a message is 0 in events.",
        &["EVENT-5"],
        &[Hook::Event(|_, _, payload| each_message(payload, |message| message["type"] = json!(0)))],
    ),
    schema(
        "event-without-org",
        "Session updates have no orgId.",
        &["EVENT-5"],
        &[Hook::Event(|_, _, payload| {
            if payload["chatSession"].is_object() {
                remove(&mut payload["chatSession"], "orgId");
            }
        })],
    ),
    schema(
        "event-without-envelope",
        "The message stands in its event without payload or body around it.",
        &["EVENT-5"],
        &[Hook::Tell(|_, _, _, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                let message = one.inside()["chatMessage"].clone();
                let channel = one.event().map(EventKind::channel);
                if let Some(frame) = one.frame_mut() {
                    *frame = json!({ "channel": channel, "chatMessage": message });
                }
            }
        })],
    )
    .related(UNREAD_EVENTS),
    schema(
        "event-in-text",
        "The payload of a message event is a JSON text within a string.",
        &["EVENT-5"],
        &[Hook::Event(|_, kind, payload| {
            if matches!(kind, EventKind::Message(_)) {
                *payload = json!(payload.to_string());
            }
        })],
    )
    .related(UNREAD_EVENTS),
    schema(
        "delete-id-as-text",
        "The id of a delete event is a string.",
        &["EVENT-5"],
        &[Hook::Event(|_, kind, payload| {
            if *kind == EventKind::Delete {
                payload["messageId"] = json!(payload["messageId"].to_string());
            }
        })],
    ),
];

/// What is owed to devices, and what follows from it, where message events can't be read.
const UNREAD_EVENTS: &[&str] = &["EVENT-1", "EVENT-7", "UNREAD-2", "UPLOAD-5"];

const fn schema(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::Schema, name, title, clauses, hooks)
}

fn each_answer(turn: &Turn, told: &mut [Told], mut change: impl FnMut(&mut Value)) {
    if turn.cause != Cause::Request {
        return;
    }
    for one in told.iter_mut().filter(|one| one.is_reply()) {
        if let Some(frame) = one.frame_mut() {
            change(frame);
        }
    }
}

fn every_third(notes: &mut Notes, turn: &Turn, told: &mut [Told], key: &str) {
    let socket = turn.socket.map(|socket| socket.0).unwrap_or_default();
    each_answer(turn, told, |frame| {
        if notes.is_nth(socket, 3) {
            remove(frame, key);
        }
    });
}

fn leave_out_nulls(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
}

fn snake_case(message: &mut Value) {
    let Some(object) = message.as_object_mut() else { return };
    let renamed = std::mem::take(object).into_iter().map(|(key, value)| {
        let mut snake = String::new();
        for letter in key.chars() {
            if letter.is_uppercase() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        }
        (snake, value)
    });
    *object = renamed.collect();
}

fn without_dashes(told: &mut [Told]) {
    for frame in told.iter_mut().filter_map(Told::frame_mut) {
        let channel = frame["channel"].as_str().unwrap_or_default().to_owned();
        for event in ["chat-message-", "chat-session-update-"] {
            if let Some(id) = channel.strip_prefix(event).filter(|id| id.len() == 36) {
                frame["channel"] = json!(format!("{event}{}", id.replace('-', "")));
            }
        }
        each_object(frame, &mut |object| {
            if let Some(Value::String(id)) = object.get_mut("chatSessionId") {
                *id = id.replace('-', "");
            }
        });
    }
}

fn with_dashes(turn: &mut Turn) {
    let id = turn.session().to_owned();
    if id.len() == 32 && id.is_ascii() {
        let (a, b, c, d, e) = (&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
        turn.body_mut()["chatSessionId"] = json!(format!("{a}-{b}-{c}-{d}-{e}"));
    }
}
