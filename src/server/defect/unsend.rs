//! Messages that are unsent wrongly.

use serde_json::json;

use crate::protocol::{EventKind, Route};

use super::change::{change, number, renumber, set};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Schema,
        "unsent-id-as-text",
        "The answer to an unsend has its messageId as a string.",
        &["UNSEND-1"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Unsend {
                let id = number(&body["messageId"]);
                set(body, "/messageId", id.to_string());
            }
        })],
    )
    .related(&["ENV-5"]),
    Defect::new(
        Kind::Value,
        "unsent-another",
        "The answer to an unsend has the id of the next message.",
        &["UNSEND-1"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Unsend {
                change(body, "/messageId", |id| renumber(id, |id| id + 1));
            }
        })],
    ),
    Defect::new(
        Kind::Leniency,
        "unsent-unknown",
        "Unsending a message that there is not, or not any more, is answered with 200.",
        &["UNSEND-2"],
        &[Hook::Tell(|_, _, turn, told| {
            feign(turn, told, "there is no such message in the chat session");
        })],
    )
    .related(&["UNSEND-4"]),
    Defect::new(
        Kind::Leniency,
        "concierges-unsent",
        "Unsending the concierge's message is answered with 200.",
        &["UNSEND-3"],
        &[Hook::Tell(|_, _, turn, told| {
            feign(turn, told, "only one's own messages can be unsent");
        })],
    )
    .related(&["LIST-5"]),
    Defect::new(
        Kind::Leniency,
        "unsent-in-any-session",
        "A message is unsent under the id of another session of the tenant.",
        &["UNSEND-4"],
        &[
            Hook::Tell(|notes, _, _, told| note_sessions(notes, told)),
            Hook::Ask(|notes, scene, turn| {
                if turn.route == Route::Unsend {
                    find_session(notes, scene, turn);
                }
                None
            }),
        ],
    ),
];

/// Answers an unsend with 200 that was refused for this reason.
fn feign(turn: &Turn, told: &mut Vec<Told>, why: &str) {
    if turn.route == Route::Unsend && told.iter().any(|one| one.inside()["message"] == why) {
        *told = turn.answer(200, &json!({ "messageId": turn.body()["messageId"] }));
    }
}

/// Remembers which session each message belongs to.
pub(super) fn note_sessions(notes: &mut Notes, told: &[Told]) {
    for one in told.iter() {
        if let Some(EventKind::Message(session)) = one.event() {
            notes.keep(number(&one.inside()["chatMessage"]["id"]), json!(session));
        }
    }
}

/// Takes a request about a message to the session that the message belongs to.
pub(super) fn find_session(notes: &Notes, scene: &Scene<'_>, turn: &mut Turn) {
    let Some(id) = turn.body()["messageId"].as_u64() else { return };
    let own = notes.kept(id).as_str().and_then(|id| scene.state.session_by_id(id));
    let asked = scene.state.session_by_id(turn.session());
    if let (Some(own), Some(asked)) = (own, asked)
        && own.tenant == asked.tenant
    {
        turn.body_mut()["chatSessionId"] = json!(own.id);
    }
}
