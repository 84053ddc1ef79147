//! Listings: pages of another length or number, and what falls between them.

use serde_json::{Value, json};

use super::change::{change, listed_messages, number, renumber, set};
use super::hook::{Hook, Scene};
use super::notes::Notes;
use super::turn::{Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
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
    ),
    Defect::new(
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
    ),
    Defect::new(
        Kind::Value,
        "page-counted-from-zero",
        "paginate counts its page from 0.",
        &["LIST-2"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/paginate/page", |page| renumber(page, |page| page.saturating_sub(1)));
        })],
    ),
    Defect::new(
        Kind::Value,
        "offset-of-the-next-page",
        "The offset in paginate is that of the next page.",
        &["LIST-2"],
        &[Hook::Reply(|_, _, body| {
            let per_page = number(&body["paginate"]["per_page"]);
            change(body, "/paginate/offset", |offset| renumber(offset, |offset| offset + per_page));
        })],
    ),
    Defect::new(
        Kind::Value,
        "per-page-doubled",
        "per_page says twice what a page holds.",
        &["LIST-2"],
        &[Hook::Reply(|_, _, body| {
            change(body, "/paginate/per_page", |per_page| renumber(per_page, |n| n * 2));
        })],
    ),
    Defect::new(
        Kind::Duplication,
        "pages-overlap",
        "Each page begins with the last message of the page before, and lacks its own last.",
        &["LIST-3"],
        &[Hook::Reply(overlap)],
    ),
    Defect::new(
        Kind::Loss,
        "pages-skip-one",
        "Each page but the first lacks its first message.",
        &["LIST-3"],
        &[Hook::Reply(|_, _, body| {
            if number(&body["paginate"]["page"]) > 1
                && let Some(messages) =
                    listed_messages(body).filter(|messages| !messages.is_empty())
            {
                messages.remove(0);
            }
        })],
    )
    .related(&["RESUME-6"]),
    Defect::new(
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
    Defect::new(
        Kind::Duplication,
        "past-the-end-again",
        "A page past the end holds the messages of the page asked for last.",
        &["LIST-6"],
        &[Hook::Reply(|notes, turn, body| {
            let session = turn.session().to_owned();
            if let Some(messages) = listed_messages(body) {
                if messages.is_empty() {
                    let limit = turn.query("limit").unwrap_or(20) as usize;
                    let last = notes.kept(&session).as_array().into_iter().flatten();
                    messages.extend(last.take(limit).cloned());
                } else {
                    notes.keep(session, json!(messages));
                }
            }
        })],
    ),
    Defect::new(
        Kind::Order,
        "pages-shift-as-messages-come",
        "Pages are counted from the newest message, which moves.",
        &["LIST-4"],
        &[Hook::Tell(|_, scene, turn, told| {
            newest_first(scene, turn, told);
        })],
    ),
];

fn overlap(notes: &mut Notes, turn: &Turn, body: &mut Value) {
    let (page, limit) = (turn.query("page").unwrap_or(1), turn.query("limit").unwrap_or(20));
    let session = turn.session().to_owned();
    let Some(messages) = listed_messages(body) else { return };
    let before = notes.kept(format!("{session} {limit} {}", page.saturating_sub(1))).clone();
    if let Some(last) = messages.last() {
        notes.keep(format!("{session} {limit} {page}"), last.clone());
        if before.is_object() {
            messages.insert(0, before);
            messages.truncate(limit as usize);
        }
    }
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
