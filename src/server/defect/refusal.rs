//! What should be refused and is not, where the request itself is wrong.

use serde_json::{Value, json};

use crate::protocol::Route;

use super::change::set;
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Cause, Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    lenient(
        "missing-fields-accepted",
        "A request that lacks a field, or has one of another type, is answered with 200.",
        &["ENV-6"],
        &[Hook::Tell(|_, _, turn, told| {
            let is_of_a_field = |one: &Told| {
                let why = one.inside()["message"].as_str().unwrap_or_default();
                why.ends_with("is missing") || why.contains("is not a")
            };
            if turn.is_request() && told.iter().any(is_of_a_field) {
                answer_anyway(turn, told, 400);
            }
        })],
    )
    .related(&["ENV-5", "RESUME-5", "INIT-1", "INIT-3"]),
    lenient(
        "missing-body-accepted",
        "A request without a body is answered with 200.",
        &["ENV-6"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.route.is_documented() && !turn.body().is_object() {
                answer_anyway(turn, told, 400);
            }
        })],
    )
    .related(&["ENV-5", "ENV-7"]),
    lenient(
        "text-taken-for-a-boolean",
        "newSession may be anything: what is not false is true.",
        &["ENV-6"],
        &[Hook::Ask(|_, _, turn| {
            if turn.route == Route::Init && turn.body().is_object() {
                let asked = &turn.body()["newSession"];
                if !asked.is_boolean() {
                    let is_true = !asked.is_null() && *asked != "" && *asked != 0;
                    turn.body_mut()["newSession"] = json!(is_true);
                }
            }
            None
        })],
    )
    .related(&["INIT-1"]),
    lenient(
        "missing-content-is-empty",
        "A message without a content is sent as an empty one.",
        &["ENV-6"],
        &[Hook::Ask(|_, _, turn| {
            if turn.route == Route::Send && turn.body().is_object() {
                let content = turn.body()["messageContent"].clone();
                if !content.is_string() {
                    let text = if content.is_null() { String::new() } else { content.to_string() };
                    turn.body_mut()["messageContent"] = json!(text);
                }
            }
            None
        })],
    )
    .related(&["SEND-1", "SEND-6"]),
    lenient(
        "unknown-route-accepted",
        "A route that there is not is answered with 200.",
        &["ENV-7"],
        &[Hook::Tell(|_, _, turn, told| {
            if !turn.route.is_documented() && turn.channel().is_some() {
                answer_anyway(turn, told, 404);
            }
        })],
    ),
    Defect::new(
        Kind::Loss,
        "unknown-route-ignored",
        "A route that there is not is not answered at all.",
        &["ENV-7", "ENV-3"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.cause == Cause::Request && !turn.route.is_documented() {
                told.retain(|one| turn.channel().is_none() || !one.is_reply());
            }
        })],
    ),
    lenient(
        "unknown-action-accepted",
        "Whatever the action is, the route is called.",
        &["ENV-7", "ENV-6"],
        &[Hook::Ask(|_, _, turn| {
            if turn.channel().is_some() {
                turn.request["action"] = json!("api");
            }
            None
        })],
    ),
    lenient(
        "malformed-frame-accepted",
        "A frame that is no JSON is answered with 200.",
        &["ENV-8"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.channel().is_none() {
                answer_anyway(turn, told, 400);
            }
        })],
    )
    .related(&["ENV-6", "ENV-7", "ENV-10"]),
    Defect::new(
        Kind::Loss,
        "malformed-frame-kills",
        "After a frame that is no JSON nothing is answered on its connection any more.",
        &["ENV-8"],
        &[Hook::Tell(|notes, _, turn, told| fall_silent(notes, turn, told))],
    )
    .related(&["ENV-3", "ENV-6", "ENV-7", "EVENT-1", "EVENT-7", "EVENT-8", "EVENT-9", "EVENT-11"]),
    lenient(
        "errors-as-ok",
        "Every refusal is told with status 200, and a message in the body.",
        &["ENV-6", "ENV-7", "ENV-8", "RESUME-5", "SEND-8", "SEND-9"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.cause == Cause::Request {
                for frame in
                    told.iter_mut().filter(|one| one.is_refusal()).filter_map(Told::frame_mut)
                {
                    set(frame, "/status", 200);
                }
            }
        })],
    )
    .related(&[
        "ENV-5", "ENV-10", "RESUME-4", "PING-3", "END-3", "UNSEND-2", "UNSEND-3", "UNSEND-4",
        "SEEN-3", "SEEN-5", "ISO-1", "END-2", "SEND-1", "SEND-6", "UNSEND-1", "SEEN-1", "SEEN-2",
        "PING-2",
    ]),
    lenient(
        "unknown-session-made-up",
        "Getting or pinging a session that there is not is answered with another's state.",
        &["RESUME-5"],
        &[Hook::Reply(keep_reply), Hook::Tell(make_up_session)],
    )
    .related(&["ENV-5", "ENV-6", "PING-1"]),
    lenient(
        "unknown-session-listed",
        "Listing a session that there is not gives an empty page.",
        &["RESUME-5"],
        &[Hook::Tell(|_, scene, turn, told| {
            let is_unknown = scene.state.session_by_id(turn.session()).is_none();
            if turn.route == Route::Messages
                && is_unknown
                && turn.body()["chatSessionId"].is_string()
            {
                let limit = turn.query("limit").unwrap_or(20).min(100);
                let page = turn.query("page").unwrap_or(1);
                let offset = page.saturating_sub(1).saturating_mul(limit);
                let paginate = json!({ "per_page": limit, "offset": offset, "page": page });
                *told = turn.answer(200, &json!({ "messages": [], "paginate": paginate }));
            }
        })],
    ),
];

const fn lenient(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::Leniency, name, title, clauses, hooks)
}

/// Answers with an empty 200 what was refused with this status.
fn answer_anyway(turn: &Turn, told: &mut [Told], status: u16) {
    if turn.cause != Cause::Request {
        return;
    }
    for frame in told.iter_mut().filter(|one| one.is_refusal()).filter_map(Told::frame_mut) {
        if frame["status"] == status {
            set(frame, "/status", 200);
            set(frame, "/body", json!({}));
        }
    }
}

fn fall_silent(notes: &mut Notes, turn: &Turn, told: &mut [Told]) {
    if let Some(socket) = turn.socket
        && turn.cause == Cause::Request
        && turn.channel().is_none()
    {
        notes.keep(socket.0, json!(true));
    }
    for one in told.iter_mut() {
        one.to.retain(|socket| notes.kept(socket.0).is_null());
    }
}

fn keep_reply(notes: &mut Notes, turn: &Turn, body: &mut Value) {
    if matches!(turn.route, Route::Session | Route::Ping) {
        notes.keep(turn.socket.map_or(0, |socket| socket.0), body.clone());
    }
}

fn make_up_session(notes: &mut Notes, scene: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
    let asks = matches!(turn.route, Route::Session | Route::Ping);
    let Some(session) = turn.body()["chatSessionId"].as_str().filter(|_| asks) else { return };
    let mut body = notes.kept(turn.socket.map_or(0, |socket| socket.0)).clone();
    if body.is_object() && scene.state.session_by_id(session).is_none() {
        set(&mut body, "/chatSessionId", session);
        set(&mut body, "/chatSession/chatSessionId", session);
        *told = turn.answer(200, &body);
    }
}
