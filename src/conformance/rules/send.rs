//! SEND: what the acknowledgment of a message must repeat and say (document: 5. Send Message).

use std::time::Duration;

use crate::conformance::finding::words;
use crate::conformance::monitor::Limits;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{ContentType, Frame, Json, MetadataKey, Observation, Sent, TenantId, digits};

use super::digest::{exact, metadata_of};
use super::offence::Offence;

/// Up to how many bytes of content must come back unchanged.
const LONGEST_CONTENT: usize = 10 * 1024;

/// SEND-8: another content type than the three. One that is no text at all is ENV-6's.
pub(super) fn offence(sent: &Sent) -> Option<Offence> {
    let content_type = ContentType::parse(sent.request.body["contentType"].as_str()?);
    let is_other = matches!(content_type, ContentType::Other(_));
    is_other
        .then_some(Offence { clause: ClauseId::Send8, says: "another contentType than the three" })
}

/// What an acknowledgment is held against.
pub(super) struct Asked<'a> {
    pub(super) sent: &'a Sent,
    /// The tenant of the sender, where it is known.
    pub(super) tenant: Option<TenantId>,
    /// The greatest id that was acknowledged in the session before this send left.
    pub(super) after: u64,
    pub(super) limits: &'a Limits,
}

/// SEND-1 to SEND-7, on one acknowledgment.
pub(super) fn judge(asked: &Asked<'_>, seen: &Observation<'_>, frame: &Frame, to: &mut dyn Sink) {
    let message = frame.message();
    content(asked.sent, seen, message, to);
    sender(asked.tenant, seen, message, to);
    session(asked.sent, seen, frame, to);
    grows(asked.after, seen, message, to);
    instants(asked, seen, message, to);
    metadata(asked.sent, seen, message, to);
    if asked.sent.is_allowed && offence(asked.sent).is_none() {
        to.checked(ClauseId::Send7);
    }
}

/// SEND-1. What the document is silent on is not judged: empty content, and U+0000.
fn content(sent: &Sent, seen: &Observation<'_>, message: &Json, to: &mut dyn Sink) {
    let body = &sent.request.body;
    let Some(content) = body["messageContent"].as_str() else { return };
    if content.is_empty() || content.len() > LONGEST_CONTENT || content.contains('\0') {
        return;
    }
    to.checked(ClauseId::Send1);
    // Another type should not have been taken at all, so nothing is said of what comes back.
    let keys = if offence(sent).is_none() {
        &["messageContent", "contentType"][..]
    } else {
        &["messageContent"]
    };
    for key in keys.iter().copied() {
        let (ours, theirs) = (&body[key], &message[key]);
        if ours.is_string() && theirs.is_string() && theirs != ours {
            to.found(Finding {
                message: format!("{key} did not come back as it was sent"),
                expected: words(ours.as_str().unwrap_or_default()),
                actual: words(theirs.as_str().unwrap_or_default()),
                pointer: format!("/body/chatMessage/{key}"),
                ..Finding::on(seen, ClauseId::Send1)
            });
        }
    }
}

/// SEND-2
fn sender(tenant: Option<TenantId>, seen: &Observation<'_>, message: &Json, to: &mut dyn Sink) {
    to.checked(ClauseId::Send2);
    let kind = &message["senderEntityType"];
    let id = digits(&message["senderEntityId"]);
    let wrong = if kind.is_string() && kind != "TENANT" {
        Some(("senderEntityType", "TENANT".to_owned()))
    } else {
        let tenant = tenant.filter(|tenant| id.is_some_and(|id| id != tenant.0));
        tenant.map(|tenant| ("senderEntityId", tenant.to_string()))
    };
    if let Some((key, expected)) = wrong {
        to.found(Finding {
            message: "the sender of a message is not the tenant that sent it".into(),
            expected,
            actual: words(&message[key].to_string()),
            pointer: format!("/body/chatMessage/{key}"),
            ..Finding::on(seen, ClauseId::Send2)
        });
    }
}

/// SEND-3
fn session(sent: &Sent, seen: &Observation<'_>, frame: &Frame, to: &mut dyn Sink) {
    let Some(ours) = sent.request.body["chatSessionId"].as_str() else { return };
    to.checked(ClauseId::Send3);
    let body = frame.body();
    let places = [
        (&body["chatSessionId"], "/chatSessionId"),
        (&body["chatMessage"]["chatSessionId"], "/chatMessage/chatSessionId"),
    ];
    for (theirs, pointer) in places {
        if let Some(theirs) = theirs.as_str().filter(|theirs| *theirs != ours) {
            to.found(Finding {
                message: "the reply is of another session than the one sent to".into(),
                expected: words(ours),
                actual: words(theirs),
                pointer: format!("/body{pointer}"),
                ..Finding::on(seen, ClauseId::Send3)
            });
        }
    }
}

/// SEND-4, within a session: the id is greater than those acknowledged before.
fn grows(after: u64, seen: &Observation<'_>, message: &Json, to: &mut dyn Sink) {
    let Some(id) = digits(&message["id"]) else { return };
    to.checked(ClauseId::Send4);
    if id <= after {
        to.found(Finding {
            message: "a message's id is not greater than that of one acknowledged before".into(),
            expected: format!("an id greater than {after}"),
            actual: id.to_string(),
            pointer: "/body/chatMessage/id".into(),
            ..Finding::on(seen, ClauseId::Send4)
        });
    }
}

/// SEND-4, within a flow: an id that another message has.
pub(super) fn taken(id: u64, seen: &Observation<'_>, to: &mut dyn Sink) {
    to.found(Finding {
        message: "two messages have one id".into(),
        expected: "an id that no other message has".into(),
        actual: id.to_string(),
        pointer: "/body/chatMessage/id".into(),
        ..Finding::on(seen, ClauseId::Send4)
    });
}

/// SEND-5
fn instants(asked: &Asked<'_>, seen: &Observation<'_>, message: &Json, to: &mut dyn Sink) {
    to.checked(ClauseId::Send5);
    let mut wrong = |key: &str, expected: String| {
        to.found(Finding {
            message: format!("{key} of a new message is not what it must be"),
            expected,
            actual: words(&message[key].to_string()),
            pointer: format!("/body/chatMessage/{key}"),
            ..Finding::on(seen, ClauseId::Send5)
        });
    };
    let Limits { epoch, clock_tolerance, .. } = *asked.limits;
    if let Some(sent_at) = digits(&message["sentAt"]) {
        let sent_at_ms = Duration::from_millis(sent_at);
        let earliest = (epoch + asked.sent.at).saturating_sub(clock_tolerance);
        // The wire counts whole milliseconds.
        let is_early = sent_at_ms + Duration::from_millis(1) < earliest;
        if is_early || sent_at_ms > epoch + seen.at + clock_tolerance {
            wrong("sentAt", format!("now, give or take {clock_tolerance:?}"));
        }
        if digits(&message["deliveredAt"]).is_some_and(|delivered_at| delivered_at < sent_at) {
            wrong("deliveredAt", format!("{sent_at} or later"));
        }
    }
    if !message["seenAt"].is_null() {
        wrong("seenAt", "null".into());
    }
    if message["status"].as_u64().is_some_and(|status| status != 3) {
        wrong("status", "3".into());
    }
}

/// SEND-6. Metadata that is no object is a silence of the document.
fn metadata(sent: &Sent, seen: &Observation<'_>, message: &Json, to: &mut dyn Sink) {
    let body = &sent.request.body;
    let ours = MetadataKey::ALL.iter().find_map(|key| body[key.as_str()].as_object());
    let Some(ours) = ours else { return };
    to.checked(ClauseId::Send6);
    let theirs = metadata_of(message);
    for (key, value) in ours.iter() {
        if !theirs.get(key).is_some_and(|theirs| is_kept(value, theirs)) {
            to.found(Finding {
                message: "the metadata did not come back as it was sent".into(),
                expected: words(&format!("{key}: {value}")),
                actual: theirs.get(key).map_or("none".into(), |theirs| words(&theirs.to_string())),
                pointer: "/body/chatMessage/metadata".into(),
                ..Finding::on(seen, ClauseId::Send6)
            });
            return;
        }
    }
}

/// Whether a value came back: numbers by value, and beyond 2^53 as any; more keys are fine.
fn is_kept(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Number(ours), Json::Number(theirs)) => match exact(ours) {
            Some(ours) => theirs.as_f64() == Some(ours),
            None => true,
        },
        (Json::Object(ours), Json::Object(theirs)) => {
            let has = |(key, ours): (&str, &Json)| {
                theirs.get(key).is_some_and(|theirs| is_kept(ours, theirs))
            };
            ours.iter().all(has)
        }
        (Json::Array(ours), Json::Array(theirs)) => {
            let mut pairs = ours.iter().zip(theirs.iter());
            ours.len() == theirs.len() && pairs.all(|(ours, theirs)| is_kept(ours, theirs))
        }
        (Json::String(ours), _) if ours.contains('\0') => true,
        (ours, theirs) => theirs == ours,
    }
}
