//! Listings: messages lost, doubled, disordered or changed in pages.

use serde_json::{Value, json};

use crate::protocol::Route;

use super::change::{change, each_message, listed_messages, number, renumber, turned};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Cause, Told, Turn, What};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Isolation,
        "list-leaks-a-session",
        "The first message listed is of another session.",
        &["LIST-1"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/messages/0/chatSessionId", |id| *id = turned(id));
        })],
    ),
    Defect::new(
        Kind::Loss,
        "newest-not-listed",
        "The newest message is not listed yet, as on a replica that lags.",
        &["LIST-3", "RESUME-6", "UPLOAD-5"],
        &[Hook::Reply(|_, _, body| {
            let per_page = number(&body["paginate"]["per_page"]);
            if let Some(messages) =
                listed_messages(body).filter(|all| (all.len() as u64) < per_page)
            {
                messages.pop();
            }
        })],
    ),
    Defect::new(
        Kind::Loss,
        "concierge-not-listed",
        "The concierge's messages are not listed.",
        &["LIST-3"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = listed_messages(body) {
                messages.retain(|message| message["senderEntityType"] != "BACKEND_USER");
            }
        })],
    )
    .related(&["RESUME-6"]),
    Defect::new(
        Kind::Loss,
        "images-not-listed",
        "Only texts are listed.",
        &["LIST-3", "UPLOAD-5"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = listed_messages(body) {
                messages.retain(|message| message["contentType"] == "TEXT");
            }
        })],
    ),
    Defect::new(
        Kind::Order,
        "list-descending",
        "Each page lists its messages backwards.",
        &["LIST-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = listed_messages(body) {
                messages.reverse();
            }
        })],
    ),
    Defect::new(
        Kind::Order,
        "list-sorted-by-content",
        "The messages of a page are sorted by their content.",
        &["LIST-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = listed_messages(body) {
                messages.sort_by_key(|message| message["messageContent"].to_string());
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "unsent-still-listed",
        "An unsent message is announced as such, and listed all the same.",
        &["LIST-5"],
        &[Hook::Ask(feign_unsend)],
    ),
    Defect::new(
        Kind::Value,
        "list-shows-previews",
        "Listed contents are cut after ten characters.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| {
                let content = message["messageContent"].as_str().unwrap_or_default();
                message["messageContent"] = json!(content.chars().take(10).collect::<String>());
            });
        })],
    ),
    Defect::new(
        Kind::Value,
        "list-without-metadata",
        "Listed messages have lost their metadata.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| message["metadata"] = Value::Null);
        })],
    ),
    Defect::new(
        Kind::Value,
        "list-senders-exchanged",
        "A listing takes the tenant's messages for the concierge's.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| message["senderEntityType"] = json!("BACKEND_USER"));
        })],
    ),
    Defect::new(
        Kind::Value,
        "list-types-are-text",
        "Every listed message is a TEXT.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| message["contentType"] = json!("TEXT"));
        })],
    ),
    Defect::new(
        Kind::Timing,
        "list-times-of-another-zone",
        "Listed messages were sent seven hours later.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| {
                change(message, "/sentAt", |at| renumber(at, |at| at + 7 * 3_600_000));
            });
        })],
    )
    .related(&["SEEN-4"]),
    Defect::new(
        Kind::Timing,
        "list-from-a-stale-cache",
        "A page is answered as it was first, for half a minute.",
        &["LIST-3", "SEEN-4", "RESUME-6"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route != Route::Messages {
                return;
            }
            let half_minute = turn.now.0 / 30_000;
            let channel = turn.channel().unwrap_or_default();
            *body = notes.first(format!("{half_minute} {} {channel}", turn.session()), body);
        })],
    ),
    Defect::new(
        Kind::Loss,
        "drop-loses-messages",
        "On a new connection the newest message from before it is not listed.",
        &["RESUME-6"],
        &[
            Hook::Tell(|notes, _, turn, told| {
                for one in told.iter().filter(|one| one.is_message()) {
                    notes.keep("newest", one.inside()["chatMessage"]["id"].clone());
                }
                if let Some(socket) = turn.socket.filter(|_| turn.cause == Cause::Connect) {
                    let newest = notes.kept("newest").clone();
                    notes.keep(socket.0, newest);
                }
            }),
            Hook::Reply(|notes, turn, body| {
                let newest = number(notes.kept(turn.socket.map_or(0, |socket| socket.0)));
                let Some(messages) = listed_messages(body) else { return };
                let before = messages.iter().rposition(|message| number(&message["id"]) <= newest);
                if let Some(before) = before {
                    messages.remove(before);
                }
            }),
        ],
    )
    .related(&["LIST-3"]),
];

fn listed(body: &mut Value, change: impl FnMut(&mut Value)) {
    if body["messages"].is_array() {
        each_message(body, change);
    }
}

/// Answers and announces an unsend that the state never hears of.
fn feign_unsend(notes: &mut Notes, scene: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
    let is_unsend = turn.route == Route::Unsend && turn.is_request();
    let id = turn.body()["messageId"].as_u64().filter(|_| is_unsend)?;
    let session = scene.state.session_by_id(turn.session())?;
    let is_mine = scene.state.tenant_of(turn.socket?) == Some(session.tenant);
    let message = scene.state.message_by_id(turn.session(), id)?;
    if session.is_closed || !is_mine || !message.is_of_tenant() {
        return None;
    }
    if notes.count(id) > 1 {
        return Some(turn.answer(404, &json!({ "message": "there is no such message" })));
    }
    let mut told = turn.answer(200, &json!({ "messageId": id }));
    let mut frame = json!({ "channel": "chat-message-delete" });
    frame[scene.event_key.as_str()] = json!({ "messageId": id });
    let to = scene.state.participants(turn.session()).to_vec();
    told.push(Told::now(to, What::Event { kind: crate::protocol::EventKind::Delete, frame }));
    Some(told)
}
