//! Sessions: opened, got, resumed, pinged, ended wrongly.

use serde_json::{Value, json};

use crate::protocol::Route;
use crate::server::concierge::CONCIERGE_ID;

use super::change::{change, cut_bytes, number, renumber, session_of, set, turn_session, turned};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Told, Turn};
use super::{Defect, Kind};

const PINGED: &str = "/chatSession/lastPingedByChatInitiator";
const CLOSED: &str = "/chatSession/isSessionClosed";

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Lifecycle,
        "init-reuses-a-session",
        "A tenant's second new session is its first one, where that is still open.",
        &["INIT-1"],
        &[Hook::Ask(reuse), Hook::Reply(note_opened)],
    )
    .related(&["INIT-7", "INIT-8"]),
    Defect::value(
        "init-ids-disagree",
        "The two session ids of an answer to a ping differ.",
        &["INIT-2"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Ping {
                let id = turned(&body["chatSessionId"]);
                set(body, "/chatSessionId", id);
            }
        })],
    )
    .related(&["PING-2"]),
    Defect::value(
        "init-born-closed",
        "A new session says that it is closed.",
        &["INIT-3"],
        &[Hook::Reply(|_, turn, body| {
            if turn.is_opening() {
                set(body, CLOSED, true);
            }
        })],
    )
    .related(&["PING-3", "RESUME-4", "SEND-9"]),
    Defect::value(
        "init-by-the-concierge",
        "A session was initiated by a BACKEND_USER.",
        &["INIT-4"],
        &[Hook::Reply(|_, _, body| {
            set(body, "/chatSession/chatInitiatedByEntityType", "BACKEND_USER");
        })],
    )
    .related(&["EVENT-9"]),
    Defect::value(
        "init-by-a-neighbour",
        "A session was initiated by the tenant of the next id.",
        &["INIT-4"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/chatSession/chatInitiatedByEntityId", |id| renumber(id, |id| id + 1));
        })],
    )
    .related(&["EVENT-9", "ISO-2"]),
    Defect::value(
        "connection-of-a-neighbour",
        "The connection belongs to the tenant of the next id.",
        &["INIT-4"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/connection/entityId", |id| renumber(id, |id| id + 1));
        })],
    )
    .related(&["ISO-2"]),
    Defect::value(
        "device-id-cut",
        "The connection's deviceId is cut after four bytes.",
        &["INIT-5"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/connection/deviceId", |id| {
                *id = json!(cut_bytes(id.as_str().unwrap_or_default(), 4));
            });
        })],
    )
    .related(&["RESUME-7"]),
    Defect::value(
        "connection-of-a-backend-user",
        "The connection's entityType is BACKEND_USER.",
        &["INIT-5"],
        &[Hook::Reply(|_, _, body| {
            set(body, "/connection/entityType", "BACKEND_USER");
        })],
    ),
    Defect::new(
        Kind::Timing,
        "connection-for-a-minute",
        "A connection expires a minute after it was updated.",
        &["INIT-6"],
        &[Hook::Reply(|_, _, body| {
            let updated_at = number(&body["connection"]["updatedAt"]);
            set(body, "/connection/expiredAt", (updated_at + 60_000).to_string());
        })],
    ),
    Defect::new(
        Kind::Timing,
        "connection-created-later",
        "A connection was created a second after it was updated.",
        &["INIT-6"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/connection/createdAt", |at| renumber(at, |at| at + 1000));
        })],
    ),
    Defect::value(
        "init-already-joined",
        "A new session says that the concierge is there already.",
        &["INIT-7"],
        &[Hook::Reply(|_, turn, body| {
            if turn.is_opening() {
                set(body, "/chatSession/chatJoinedByEntityType", "BACKEND_USER");
                set(body, "/chatSession/chatJoinedByEntityId", CONCIERGE_ID.to_string());
            }
        })],
    ),
    Defect::value(
        "init-brief-tenant",
        "The answer to a new session carries the brief tenant.",
        &["INIT-8"],
        &[Hook::Reply(|_, turn, body| {
            if turn.is_opening()
                && let Some(tenant) = body["tenant"].as_object().cloned()
            {
                let long = ["residentProfile", "propertyOwnerProfile", "properties"];
                let brief = tenant.into_iter().filter(|(key, _)| !long.contains(&key.as_str()));
                set(body, "/tenant", Value::Object(brief.collect()));
            }
        })],
    ),
    Defect::value(
        "init-properties-null",
        "The tenant's properties are null in a new session.",
        &["INIT-8"],
        &[Hook::Reply(|_, _, body| {
            set(body, "/tenant/properties", Value::Null);
        })],
    ),
    Defect::value(
        "init-no-profile",
        "Neither of the tenant's profiles is there in a new session.",
        &["INIT-8"],
        &[Hook::Reply(|_, _, body| {
            set(body, "/tenant/residentProfile", Value::Null);
            set(body, "/tenant/propertyOwnerProfile", Value::Null);
        })],
    ),
    Defect::value(
        "org-ids-disagree",
        "The session's orgId is not the connection's.",
        &["INIT-9"],
        &[Hook::Reply(|_, _, body| {
            set(body, "/chatSession/orgId", "1");
        })],
    )
    .related(&["EVENT-9"]),
    Defect::new(
        Kind::Timing,
        "ping-times-in-seconds",
        "A session's last ping is given in seconds.",
        &["INIT-10"],
        &[Hook::Reply(|_, _, body| {
            change(body, PINGED, |at| renumber(at, |at| at / 1000));
        })],
    ),
    Defect::value(
        "get-another-session",
        "get-chat-session answers with another session.",
        &["RESUME-1"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Session {
                turn_session(body);
            }
        })],
    ),
    Defect::value(
        "get-says-closed",
        "get-chat-session says closed of an open session.",
        &["RESUME-2"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Session {
                set(body, CLOSED, true);
            }
        })],
    )
    .related(&["SEND-9", "PING-3"]),
    Defect::value(
        "get-says-open",
        "get-chat-session says open of an ended session.",
        &["RESUME-2", "END-2"],
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Session {
                set(body, CLOSED, false);
            }
        })],
    ),
    Defect::new(
        Kind::Timing,
        "get-from-a-stale-cache",
        "get-chat-session always answers with the session as it first did.",
        &["RESUME-2", "END-2", "PING-1"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Init || turn.route == Route::Session {
                let first = notes.first(session_of(body), &body["chatSession"]);
                set(body, "/chatSession", first);
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "resume-opens-another",
        "Resuming a session opens a new one.",
        &["RESUME-3"],
        &[Hook::Ask(|_, _, turn| {
            if turn.is_resuming() {
                turn.body_mut()["newSession"] = json!(true);
            }
            None
        })],
    )
    .related(&[
        "EVENT-1", "EVENT-8", "EVENT-9", "EVENT-11", "RESUME-4", "RESUME-5", "ISO-1", "ENV-6",
        "EVENT-7", "UPLOAD-5",
    ]),
    Defect::value(
        "resume-renumbers",
        "A resumed session has another id than it had.",
        &["RESUME-3"],
        &[Hook::Reply(|_, turn, body| {
            if turn.is_resuming() {
                change(body, "/chatSession/id", |id| renumber(id, |id| id + 1000));
            }
        })],
    ),
];

fn note_opened(notes: &mut Notes, turn: &Turn, body: &mut Value) {
    if turn.is_opening() {
        notes.keep(number(&body["tenant"]["id"]), body["chatSessionId"].clone());
    }
}

fn reuse(notes: &mut Notes, scene: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
    let tenant = scene.state.tenant_of(turn.socket?)?;
    let session = notes.kept(tenant.0).as_str()?.to_owned();
    let is_open = scene.state.session_by_id(&session).is_some_and(|session| !session.is_closed);
    if turn.is_opening() && is_open {
        *turn.body_mut() = json!({ "newSession": false, "chatSessionId": session });
    }
    None
}
