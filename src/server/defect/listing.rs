//! Listings: messages lost, doubled, disordered or changed in pages.

use serde_json::{Value, json};

use crate::protocol::Route;

use super::change::{change, each_message, number, renumber, set, turned};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Told, Turn, What};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    listing(
        Kind::Isolation,
        "list-leaks-a-session",
        "The first message listed is of another session.",
        &["LIST-1"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/messages/0/chatSessionId", |id| *id = turned(id));
        })],
    )
    .related(&["LIST-7", "ISO-1"]),
    listing(
        Kind::Value,
        "page-one-too-long",
        "A page holds one message more than asked for.",
        &["LIST-2"],
        &[Hook::Ask(|_, _, turn| {
            if let (Some(page), Some(limit)) = (turn.query("page"), turn.query("limit")) {
                let route = format!("{}?page={page}&limit={}", turn.route, limit.saturating_add(1));
                turn.request["data"]["route"] = json!(route);
            }
            None
        })],
    )
    .related(&["ENV-9", "LIST-3"]),
    listing(
        Kind::Value,
        "limit-ignored",
        "A page holds up to 20 messages, whatever limit says.",
        &["LIST-2"],
        &[Hook::Ask(|_, _, turn| {
            if let Some(page) = turn.query("page") {
                turn.request["data"]["route"] =
                    json!(format!("{}?page={page}&limit=20", turn.route));
            }
            None
        })],
    )
    .related(&["ENV-9", "LIST-3"]),
    listing(
        Kind::Value,
        "page-counted-from-zero",
        "paginate counts its page from 0.",
        &["LIST-2"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/paginate/page", |page| renumber(page, |page| page.saturating_sub(1)));
        })],
    ),
    listing(
        Kind::Value,
        "offset-of-the-next-page",
        "The offset in paginate is that of the next page.",
        &["LIST-2"],
        &[Hook::Reply(|_, _, body| {
            let per_page = number(&body["paginate"]["per_page"]);
            change(body, "/paginate/offset", |offset| renumber(offset, |offset| offset + per_page));
        })],
    ),
    listing(
        Kind::Value,
        "per-page-doubled",
        "per_page says twice what a page holds.",
        &["LIST-2"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/paginate/per_page", |per_page| renumber(per_page, |n| n * 2));
        })],
    )
    .related(&["ENV-9"]),
    listing(
        Kind::Duplication,
        "pages-overlap",
        "Each page begins with the last message of the page before, and lacks its own last.",
        &["LIST-3"],
        &[Hook::Reply(overlap)],
    )
    .related(&["LIST-2", "LIST-4", "LIST-6", "RESUME-6"]),
    listing(
        Kind::Loss,
        "pages-skip-one",
        "Each page but the first lacks its first message.",
        &["LIST-3"],
        &[Hook::Reply(|_, _, body| {
            if number(&body["paginate"]["page"]) > 1
                && let Some(messages) = messages(body).filter(|messages| !messages.is_empty())
            {
                messages.remove(0);
            }
        })],
    )
    .related(&["LIST-2", "RESUME-6"]),
    listing(
        Kind::Loss,
        "newest-not-listed",
        "The newest message is not listed yet, as on a replica that lags.",
        &["LIST-3", "RESUME-6", "UPLOAD-5"],
        &[Hook::Reply(|_, _, body| {
            let per_page = number(&body["paginate"]["per_page"]);
            if let Some(messages) = messages(body).filter(|all| (all.len() as u64) < per_page) {
                messages.pop();
            }
        })],
    )
    .related(&["LIST-2", "SEEN-4"]),
    listing(
        Kind::Loss,
        "concierge-not-listed",
        "The concierge's messages are not listed.",
        &["LIST-3", "SEEN-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = messages(body) {
                messages.retain(|message| message["senderEntityType"] != "BACKEND_USER");
            }
        })],
    )
    .related(&["LIST-2", "RESUME-6"]),
    listing(
        Kind::Loss,
        "images-not-listed",
        "Only texts are listed.",
        &["LIST-3", "UPLOAD-5"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = messages(body) {
                messages.retain(|message| message["contentType"] == "TEXT");
            }
        })],
    )
    .related(&["LIST-2", "RESUME-6"]),
    listing(
        Kind::Order,
        "list-descending",
        "Each page lists its messages backwards.",
        &["LIST-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = messages(body) {
                messages.reverse();
            }
        })],
    ),
    listing(
        Kind::Order,
        "list-unsorted",
        "The first two messages of a page are exchanged.",
        &["LIST-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = messages(body).filter(|messages| messages.len() > 1) {
                messages.swap(0, 1);
            }
        })],
    ),
    listing(
        Kind::Order,
        "list-sorted-by-content",
        "The messages of a page are sorted by their content.",
        &["LIST-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = messages(body) {
                messages.sort_by_key(|message| message["messageContent"].to_string());
            }
        })],
    ),
    listing(
        Kind::Order,
        "list-concierge-last",
        "A page lists the tenant's messages first, then the concierge's.",
        &["LIST-4"],
        &[Hook::Reply(|_, _, body| {
            if let Some(messages) = messages(body) {
                messages.sort_by_key(|message| message["senderEntityType"] == "BACKEND_USER");
            }
        })],
    ),
    listing(
        Kind::Lifecycle,
        "unsent-still-listed",
        "An unsent message is announced as such, and listed all the same.",
        &["LIST-5"],
        &[Hook::Ask(feign_unsend)],
    )
    .related(&["UNSEND-2", "LIST-3", "LIST-2"]),
    listing(
        Kind::Value,
        "past-the-end-not-found",
        "A page past the end is answered with 404.",
        &["LIST-6"],
        &[Hook::Tell(|_, _, turn, told| {
            let is_past =
                |one: &Told| one.inside()["messages"].as_array().is_some_and(Vec::is_empty);
            if turn.query("page").is_some_and(|page| page > 1) && told.iter().any(is_past) {
                *told = turn.answer(404, &json!({ "message": "there is no such page" }));
            }
        })],
    )
    .related(&["ENV-4"]),
    listing(
        Kind::Duplication,
        "past-the-end-again",
        "A page past the end holds the messages of the page asked for last.",
        &["LIST-6", "LIST-3"],
        &[Hook::Reply(|notes, turn, body| {
            let session = turn.session().to_owned();
            if let Some(messages) = messages(body) {
                if messages.is_empty() {
                    let limit = turn.query("limit").unwrap_or(20) as usize;
                    let last = notes.kept(&session).as_array().into_iter().flatten();
                    messages.extend(last.take(limit).cloned());
                } else {
                    notes.keep(session, json!(messages));
                }
            }
        })],
    )
    .related(&["LIST-2", "LIST-4", "LIST-5", "LIST-7"]),
    listing(
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
    )
    .related(&["UPLOAD-5", "LIST-3"]),
    listing(
        Kind::Value,
        "list-without-metadata",
        "Listed messages have lost their metadata.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| message["metadata"] = Value::Null);
        })],
    ),
    listing(
        Kind::Value,
        "list-senders-exchanged",
        "A listing takes the tenant's messages for the concierge's.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| message["senderEntityType"] = json!("BACKEND_USER"));
        })],
    )
    .related(&["LIST-3", "UNREAD-2"]),
    listing(
        Kind::Value,
        "list-types-are-text",
        "Every listed message is a TEXT.",
        &["LIST-7", "UPLOAD-5"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| message["contentType"] = json!("TEXT"));
        })],
    ),
    listing(
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
    .related(&["SEEN-1"]),
    listing(
        Kind::Timing,
        "list-times-in-seconds",
        "Listed messages were sent at full seconds.",
        &["LIST-7"],
        &[Hook::Reply(|_, _, body| {
            listed(body, |message| {
                change(message, "/sentAt", |at| renumber(at, |at| at / 1000 * 1000));
            });
        })],
    )
    .related(&["LIST-4"]),
    listing(
        Kind::Timing,
        "list-from-a-stale-cache",
        "A page is answered as it was first, for half a minute.",
        &["LIST-3", "SEEN-4", "LIST-5", "RESUME-6", "UPLOAD-5"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route != Route::Messages {
                return;
            }
            let half_minute = turn.now.0 / 30_000;
            let channel = turn.channel().unwrap_or_default();
            *body = notes.first(format!("{half_minute} {} {channel}", turn.session()), body);
        })],
    )
    .related(&["LIST-2", "LIST-6", "LIST-7"]),
    listing(
        Kind::Loss,
        "drop-loses-messages",
        "On a new connection the newest message from before it is not listed.",
        &["RESUME-6"],
        &[
            Hook::Tell(|notes, _, turn, _| {
                if let Some(socket) = turn.socket.filter(|_| turn.request.is_null()) {
                    notes.keep(socket.0, json!(turn.now.0));
                }
            }),
            Hook::Reply(|notes, turn, body| {
                let connected_at = notes.kept(turn.socket.map_or(0, |socket| socket.0)).as_u64();
                let Some(messages) = messages(body) else { return };
                let before = messages.iter().rposition(|message| {
                    connected_at.is_some_and(|at| number(&message["sentAt"]) < at)
                });
                if let Some(before) = before {
                    messages.remove(before);
                }
            }),
        ],
    )
    .related(&["LIST-3", "LIST-2"]),
    listing(
        Kind::Order,
        "pages-shift-as-messages-come",
        "Pages are counted from the newest message, which moves.",
        &["LIST-4"],
        &[Hook::Tell(|_, scene, turn, told| {
            newest_first(scene, turn, told);
        })],
    )
    .related(&["LIST-2", "LIST-3", "LIST-6"]),
];

const fn listing(
    kind: Kind,
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(kind, name, title, clauses, hooks)
}

fn messages(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("messages")?.as_array_mut()
}

fn listed(body: &mut Value, change: impl FnMut(&mut Value)) {
    if body["messages"].is_array() {
        each_message(body, change);
    }
}

fn overlap(notes: &mut Notes, turn: &Turn, body: &mut Value) {
    let (page, limit) = (turn.query("page").unwrap_or(1), turn.query("limit").unwrap_or(20));
    let session = turn.session().to_owned();
    let Some(messages) = messages(body) else { return };
    let before = notes.kept(format!("{session} {limit} {}", page.saturating_sub(1))).clone();
    if let Some(last) = messages.last() {
        notes.keep(format!("{session} {limit} {page}"), last.clone());
        if before.is_object() {
            messages.insert(0, before);
            messages.truncate(limit as usize);
        }
    }
}

/// Answers and announces an unsend that the state never hears of.
fn feign_unsend(_: &mut Notes, scene: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
    let id = turn.body()["messageId"].as_u64().filter(|_| turn.route == Route::Unsend)?;
    let session = scene.state.session_by_id(turn.session())?;
    let is_mine = scene.state.tenant_of(turn.socket?) == Some(session.tenant);
    let message = scene.state.message_by_id(turn.session(), id)?;
    if session.is_closed || !is_mine || !message.is_of_tenant() {
        return None;
    }
    let mut told = turn.answer(200, &json!({ "messageId": id }));
    let mut frame = json!({ "channel": "chat-message-delete" });
    frame[scene.event_key.as_str()] = json!({ "messageId": id });
    let to = scene.state.participants(turn.session()).to_vec();
    told.push(Told::now(to, What::Event { kind: crate::protocol::EventKind::Delete, frame }));
    Some(told)
}

/// Takes every page from the other end of the list.
fn newest_first(scene: &Scene<'_>, turn: &Turn, told: &mut [Told]) {
    for body in told.iter_mut().filter(|one| one.is_ok()).filter_map(Told::inside_mut) {
        let Some(limit) = body["paginate"]["per_page"].as_u64() else { continue };
        let Some(offset) = body["paginate"]["offset"].as_u64() else { continue };
        let Ok(limit) = u32::try_from(limit) else { continue };
        let page = scene.state.newest_first(turn.session(), offset, limit);
        set(body, "/messages", Value::Array(page));
    }
}
