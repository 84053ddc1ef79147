//! What shows only where much happens at once, or once in a hundred times.

use serde_json::{Value, json};

use crate::protocol::Route;

use super::change::{each_message, number, set};
use super::hook::Hook;
use super::notes::Notes;
use super::reply::is_nth_answer;
use super::turn::{Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    loaded(
        "reply-lost-1-in-200",
        "One answer in 200 is lost.",
        &["ENV-3"],
        &[Hook::Tell(|notes, _, turn, told| {
            if is_nth_of_all(notes, turn, told, 200) {
                told.retain(|one| !one.is_reply());
            }
        })],
    ),
    loaded(
        "event-lost-1-in-200",
        "One message in 200 reaches nobody.",
        &["EVENT-1", "EVENT-7"],
        &[Hook::Tell(|notes, _, _, told| {
            told.retain(|one| !one.is_message() || !notes.is_nth("", 200));
        })],
    ),
    loaded(
        "event-to-a-stranger-1-in-100",
        "One message in 100 goes to a connection of another tenant as well.",
        &["EVENT-6"],
        &[Hook::Tell(|notes, scene, _, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                let tenant = one.to.first().and_then(|socket| scene.state.tenant_of(*socket));
                let mut strangers =
                    scene.state.sockets().filter(|(_, other)| Some(*other) != tenant);
                if tenant.is_some() && notes.is_nth("", 100) {
                    one.to.extend(strangers.next().map(|(socket, _)| socket));
                }
            }
        })],
    ),
    loaded(
        "events-lost-in-one-instant",
        "Of more than ten messages in a tenth of a second the rest reaches nobody.",
        &["EVENT-1", "EVENT-7"],
        &[Hook::Tell(|notes, _, turn, told| {
            told.retain(|one| !one.is_message() || within(notes, turn, 100) <= 10);
        })],
    ),
    loaded(
        "ids-repeat-in-one-instant",
        "Messages that are sent within 20 ms get the same id in their answers.",
        &["SEND-4"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Send {
                each_message(body, |message| {
                    message["id"] = notes.first(turn.now.0 / 20, &message["id"]);
                });
            }
        })],
    )
    .related(&["EVENT-1", "EVENT-7", "LIST-3"]),
    loaded(
        "sessions-repeat-in-one-instant",
        "Sessions that are opened within 20 ms get the same chatSessionId in their answers.",
        &["INIT-1"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.is_opening() {
                let first = notes.first(turn.now.0 / 20, &body["chatSessionId"]);
                set(body, "/chatSessionId", first.clone());
                set(body, "/chatSession/chatSessionId", first);
            }
        })],
    )
    .related(&["ENV-4", "SEND-7"]),
    loaded(
        "busy-beyond-200-a-second",
        "Of more than 200 requests a second the rest gets a 503.",
        &["ENV-4"],
        &[Hook::Ask(|notes, _, turn| {
            let busy = within(notes, turn, 1000) > 200;
            busy.then(|| turn.answer(503, &json!({ "message": "the service is busy" })))
        })],
    )
    .related(&["SEND-7"]),
    loaded(
        "replies-mixed-up-in-one-instant",
        "An answer to a send has the content of another one within the same 20 ms.",
        &["SEND-1"],
        &[Hook::Reply(|notes, turn, body| {
            if turn.route == Route::Send {
                each_message(body, |message| {
                    let own = message["messageContent"].clone();
                    message["messageContent"] = notes.first(turn.now.0 / 20, &own);
                });
            }
        })],
    )
    .related(&["EVENT-3", "LIST-7"]),
];

const fn loaded(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::LoadOnly, name, title, clauses, hooks).under_load()
}

fn is_nth_of_all(notes: &mut Notes, turn: &Turn, told: &[Told], n: u64) -> bool {
    is_nth_answer(notes, turn, told, 1) && notes.is_nth("all", n)
}

/// How many there were within the span of so many milliseconds that it is now.
fn within(notes: &mut Notes, turn: &Turn, millis: u64) -> u64 {
    let span = turn.now.0 / millis;
    let before =
        if notes.kept("span").as_u64() == Some(span) { number(notes.kept("n")) } else { 0 };
    notes.keep("span", Value::from(span));
    notes.keep("n", Value::from(before + 1));
    before + 1
}
