//! SEEN: what marking a message as seen must answer, and which must be refused (document: 7. Mark
//! Message As seen).

use crate::conformance::finding::words;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Frame, Json, Observation, Sent, digits};

use super::digest::Digest;
use super::history::{Mark, Record};
use super::offence::Offence;
use super::session::Sessions;
use super::unsend::is_anothers;

/// SEEN-3 and SEEN-5. A `messageId` that is no number, and a session that is closed or that this
/// flow knows nothing of, are not judged.
pub(super) fn offence(sessions: &Sessions, sent: &Sent) -> Option<Offence> {
    let body = &sent.request.body;
    let id = body["messageId"].as_u64()?;
    let session = sessions.get(body["chatSessionId"].as_str()?).filter(|known| !known.is_closed)?;
    let (clause, says) = match session.history.get(id) {
        Some(record) if record.is(Mark::Concierge) => return None,
        Some(record) if record.is(Mark::Unsent) || record.is(Mark::Gone) => return None,
        Some(_) => (ClauseId::Seen3, "marking one's own message as seen"),
        None if is_anothers(sessions, id) => {
            (ClauseId::Seen5, "marking a message as seen under another session's id")
        }
        None => return None,
    };
    Some(Offence { clause, says })
}

/// SEEN-1 and SEEN-2, on one answer; `known` is the message that was asked for.
pub(super) fn judge(
    (sent, known): (&Sent, Option<&Record>),
    seen: &Observation<'_>,
    frame: &Frame,
    to: &mut dyn Sink,
) {
    let message = frame.message();
    to.checked(ClauseId::Seen1);
    if let Some((key, expected)) = unseen(message) {
        to.found(Finding {
            message: "a message that was marked as seen does not come back as seen".into(),
            expected: expected.into(),
            actual: words(&message[key].to_string()),
            pointer: format!("/body/chatMessage/{key}"),
            ..Finding::on(seen, ClauseId::Seen1)
        });
    }
    to.checked(ClauseId::Seen2);
    if let Some((pointer, expected)) = other(sent, known, frame) {
        let actual = frame.body().pointer(&pointer).unwrap_or(&Json::Null);
        to.found(Finding {
            message: "the reply is not of the concierge's message that was marked as seen".into(),
            expected: words(&expected),
            actual: words(&actual.to_string()),
            pointer: format!("/body{pointer}"),
            ..Finding::on(seen, ClauseId::Seen2)
        });
    }
}

/// What says that a message was not seen: the key, and what it must be.
pub(super) fn unseen(message: &Json) -> Option<(&'static str, &'static str)> {
    let seen_at = digits(&message["seenAt"]);
    if message["status"].as_u64().is_some_and(|status| status != 4) {
        Some(("status", "4"))
    } else if message["seenAt"].is_null() {
        Some(("seenAt", "when it was seen"))
    } else if digits(&message["sentAt"]) > seen_at && seen_at.is_some() {
        Some(("seenAt", "no earlier than sentAt"))
    } else {
        None
    }
}

/// What says that it is another message: where, and what it must be.
fn other(sent: &Sent, known: Option<&Record>, frame: &Frame) -> Option<(String, String)> {
    let (asked, body, message) = (&sent.request.body, frame.body(), frame.message());
    if let Some(session) = asked["chatSessionId"].as_str() {
        for pointer in ["/chatSessionId", "/chatMessage/chatSessionId"] {
            if body.pointer(pointer).is_some_and(|shown| shown.is_string() && shown != session) {
                return Some((pointer.into(), session.to_owned()));
            }
        }
    }
    let id = asked["messageId"].as_u64();
    let shown = digits(&message["id"]);
    if id.is_some() && shown.is_some() && id != shown {
        return Some(("/chatMessage/id".into(), id.unwrap_or_default().to_string()));
    }
    let kind = &message["senderEntityType"];
    if kind.is_string() && kind != "BACKEND_USER" {
        return Some(("/chatMessage/senderEntityType".into(), "BACKEND_USER".into()));
    }
    let key = known?.digest.difference(Digest::of(message))?;
    Some((format!("/chatMessage/{key}"), "as it was delivered".into()))
}
