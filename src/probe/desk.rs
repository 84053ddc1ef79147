//! Silences about the desk: who is at it, what keeps a session, what an upload takes.

use std::time::Duration;

use crate::protocol::{Call, DeviceNo, EventKind, Frame, FrameKind};

use super::observed::Told;
use super::tape::{PHONE, Tape, instant, ms};
use super::traces::What;

fn shows_joiner(frame: &Frame) -> bool {
    let inner = match frame.kind {
        FrameKind::Event { .. } => frame.payload(),
        _ => frame.body(),
    };
    inner["chatSession"]["chatJoinedByEntityType"] == "BACKEND_USER"
}

pub(super) fn concierge(tape: Tape<'_>) -> Told {
    let Some(opened_at) = tape.joined_at(PHONE) else {
        return Told::not_seen("no session was opened");
    };
    let joined = tape.frames().find(|came| came.at >= opened_at && shows_joiner(came.frame));
    let wrote = tape.events().find(|(came, kind)| {
        matches!(kind, EventKind::Message(_))
            && came.frame.message()["senderEntityType"] == "BACKEND_USER"
    });
    let sent_at = tape.successes(Call::Send).next().map_or(opened_at, |(asked, _)| asked.sent_at);
    let since = |at: Duration, from: Duration| ms(at.saturating_sub(from));
    let last = tape.heard.last().map_or(opened_at, |one| one.at);
    let told = [
        joined.map(|came| {
            format!("joined {} after the session was opened", since(came.at, opened_at))
        }),
        wrote.map(|(came, _)| format!("wrote {} after the first message", since(came.at, sent_at))),
    ];
    let told: Vec<_> = told.into_iter().flatten().collect();
    match told.is_empty() {
        true => Told::not_seen(format!("nobody came in {}", since(last, opened_at))),
        false => Told::whether(true, told.join("; ")),
    }
}

pub(super) fn request_ids(tape: Tape<'_>) -> Told {
    let mut pings = tape.calls(Call::Ping).filter(|one| one.device == PHONE);
    let (Some(first), Some(second)) = (pings.next(), pings.next()) else {
        return Told::not_seen("no two equal requests were made at once");
    };
    let answered = [first, second].iter().filter(|one| one.success().is_some()).count();
    Told::whether(answered == 2, format!("two pings at once: {answered} answers"))
}

pub(super) fn upload_authorization(tape: Tape<'_>) -> Told {
    let exchange = tape.heard.iter().find_map(|one| match &one.what {
        What::Uploaded(exchange) => Some(exchange),
        _ => None,
    });
    let Some(exchange) = exchange else {
        return Told::not_tried("no upload origin is known, or it did not answer");
    };
    let status = exchange.status;
    let http =
        |status: Option<u16>| status.map_or("not made".into(), |status| format!("HTTP {status}"));
    let (put, fetched) =
        (http(exchange.put), http(exchange.fetched.as_ref().map(|got| got.status)));
    let told = format!("asked without a token: HTTP {status}; put: {put}; read back: {fetched}");
    Told::whether((200..300).contains(&status), told)
}

pub(super) fn who_closes(tape: Tape<'_>) -> Told {
    let first_end = tape.calls(Call::End).next().map(|one| one.sent_at);
    let closed_by_others = tape.frames().find(|came| {
        let inner = match came.frame.kind {
            FrameKind::Event { .. } => came.frame.payload(),
            _ => came.frame.body(),
        };
        inner["chatSession"]["isSessionClosed"] == true && first_end.is_none_or(|end| came.at < end)
    });
    match closed_by_others {
        Some(came) => Told::whether(true, format!("closed by somebody else after {}", ms(came.at))),
        None => Told::not_seen("nobody but the probe ended the session"),
    }
}

/// How near two instants are that mean the same event, in milliseconds.
const NEAR: i64 = 400;

pub(super) fn send_as_ping(tape: Tape<'_>) -> Told {
    let Some((sent, acked)) = tape.successes(Call::Send).next() else {
        return Told::not_seen("no message was accepted");
    };
    let pinged = |frame: &Frame| instant(&frame.body()["chatSession"]["lastPingedByChatInitiator"]);
    let asked = tape
        .successes(Call::Session)
        .find(|(one, _)| one.device == DeviceNo(0) && one.sent_at > sent.sent_at);
    let sent_at = instant(&acked.frame.message()["sentAt"]);
    let (Some((_, answer)), Some(sent_at)) = (asked, sent_at) else {
        return Told::not_seen("the session was not shown after a send");
    };
    match pinged(answer.frame) {
        Some(last) if (last - sent_at).abs() <= NEAR => {
            Told::whether(true, "a send counts as a ping")
        }
        Some(last) if last < sent_at => Told::whether(true, "a send does not count as a ping"),
        Some(_) => Told::whether(true, "asking for the session counts as a ping"),
        None => Told::not_seen("the session does not tell its last ping"),
    }
}
