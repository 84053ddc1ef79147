//! Events that come twice, late, or in another order.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::change::set;
use super::hook::Hook;
use super::turn::{Cause, Told, What};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Duplication,
        "event-twice",
        "Every third message event comes twice.",
        &["EVENT-2"],
        &[Hook::Tell(|notes, _, _, told| {
            let again: Vec<_> = told.iter().filter(|one| one.is_message()).cloned().collect();
            if !again.is_empty() && notes.is_nth("", 3) {
                told.extend(again);
            }
        })],
    ),
    Defect::new(
        Kind::Duplication,
        "event-redelivered",
        "Every third message event comes again 400 ms later, as with at-least-once delivery.",
        &["EVENT-2"],
        &[Hook::Tell(|notes, _, _, told| {
            let again: Vec<_> = told.iter().filter(|one| one.is_message()).cloned().collect();
            if !again.is_empty() && notes.is_nth("", 3) {
                told.extend(again.into_iter().map(|one| one.later(Duration::from_millis(400))));
            }
        })],
    )
    .related(&["EVENT-4"]),
    Defect::new(
        Kind::Duplication,
        "delete-twice",
        "A delete event comes twice.",
        &["EVENT-2", "EVENT-8"],
        &[Hook::Tell(|_, _, _, told| {
            let again: Vec<_> = told.iter().filter(|one| one.is_delete()).cloned().collect();
            told.extend(again);
        })],
    ),
    Defect::new(
        Kind::Duplication,
        "history-after-a-resume",
        "Whoever resumes a session gets its last message again as an event.",
        &["EVENT-2"],
        &[Hook::Tell(|notes, _, turn, told| {
            if let Some(socket) =
                turn.socket.filter(|_| turn.is_resuming() && told.iter().any(Told::is_ok))
            {
                let text = notes.kept(turn.session()).as_str().map(str::to_owned);
                let raw = text.map(Message::text);
                told.extend(raw.map(|raw| Told::now(vec![socket], What::Raw(raw))));
            }
            for one in told.iter().filter(|one| one.is_message()) {
                let session = one.inside()["chatMessage"]["chatSessionId"].as_str();
                notes.keep(session.unwrap_or_default(), json!(one.text()));
            }
        })],
    )
    .related(&["EVENT-4", "EVENT-10"]),
    Defect::new(
        Kind::Timing,
        "event-late",
        "Every third message event of a session comes after eight seconds.",
        &["EVENT-1"],
        &[Hook::Tell(|notes, _, turn, told| {
            delay_every_third(notes, turn.cause, told, Duration::from_secs(8));
        })],
    )
    .related(&["EVENT-4", "EVENT-7", "END-4", "EVENT-10", "UPLOAD-5"]),
    Defect::new(
        Kind::Timing,
        "delete-late",
        "A delete event comes after eight seconds.",
        &["EVENT-8"],
        &[Hook::Tell(|_, _, _, told| {
            told.iter_mut()
                .filter(|one| one.is_delete())
                .for_each(|one| one.after = Duration::from_secs(8));
        })],
    )
    .related(&["EVENT-11"]),
    Defect::new(
        Kind::Timing,
        "update-late",
        "A session's updates come after eight seconds.",
        &["EVENT-9"],
        &[Hook::Tell(|_, _, _, told| {
            told.iter_mut()
                .filter(|one| one.is_update())
                .for_each(|one| one.after = Duration::from_secs(8));
        })],
    )
    .related(&["EVENT-11", "END-4"]),
    Defect::new(
        Kind::Order,
        "events-overtake",
        "Every third message event of a session comes 700 ms later, and is overtaken.",
        &["EVENT-4"],
        &[Hook::Tell(|notes, _, turn, told| {
            delay_every_third(notes, turn.cause, told, Duration::from_millis(700));
        })],
    ),
    Defect::new(
        Kind::Order,
        "own-events-first",
        "Messages that a tenant sends reach others half a second after the next one.",
        &["EVENT-4"],
        &[Hook::Tell(|notes, _, turn, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                let session = one.inside()["chatMessage"]["chatSessionId"].to_string();
                if turn.cause == Cause::Request && !notes.is_nth(session, 2) {
                    one.after = Duration::from_millis(500);
                }
            }
        })],
    ),
    Defect::new(
        Kind::Order,
        "open-after-the-end",
        "After the update of a session's end one more comes that says open.",
        &["END-4"],
        &[Hook::Tell(|_, _, _, told| {
            let is_end = |one: &Told| {
                one.is_update() && one.inside()["chatSession"]["isSessionClosed"] == true
            };
            let mut late: Vec<_> = told.iter().filter(|one| is_end(one)).cloned().collect();
            for one in &mut late {
                one.after = Duration::from_millis(5);
                if let Some(payload) = one.inside_mut() {
                    set(payload, "/chatSession/isSessionClosed", Value::from(false));
                }
            }
            told.extend(late);
        })],
    )
    .related(&["EVENT-9", "END-2"]),
    Defect::new(
        Kind::Order,
        "delete-before-its-message",
        "Deletes are told at once, messages after 200 ms.",
        &["EVENT-8", "EVENT-1", "EVENT-4"],
        &[Hook::Tell(|notes, _, _, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                if notes.is_nth("", 2) {
                    one.after = Duration::from_millis(200);
                }
            }
        })],
    )
    .related(&["EVENT-7"]),
];

fn delay_every_third(
    notes: &mut super::notes::Notes,
    cause: Cause,
    told: &mut [Told],
    after: Duration,
) {
    for one in told.iter_mut().filter(|one| one.is_message()) {
        let session = one.inside()["chatMessage"]["chatSessionId"].to_string();
        if cause == Cause::Request && notes.is_nth(session, 3) {
            one.after = after;
        }
    }
}
