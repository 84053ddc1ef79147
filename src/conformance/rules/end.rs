//! END: the reply to an end, and the session updates after it (document: 9. End Chat Session).

use crate::conformance::monitor::Endpoint;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Call, EventKind, Frame, FrameKind, Observation};

use super::lifecycle::Lives;
use super::reply::Reply;

/// END-1: the reply is of the session ended, and says closed.
pub(in crate::conformance) fn judge(reply: &Reply<'_>, to: &mut dyn Sink) {
    if reply.call != Call::End {
        return;
    }
    to.checked(ClauseId::End1);
    reply.judge_session(ClauseId::End1, to);
    if reply.says_closed() == Some(false) {
        let message = "the reply to an end says open";
        let pointer = "/body/chatSession/isSessionClosed";
        to.found(reply.finding(ClauseId::End1, message, ("true", "false"), pointer));
    }
}

/// END-4: no update on the same connection after that of the end says open.
pub(in crate::conformance) fn updated(
    lives: &mut Lives,
    at: Endpoint,
    (seen, frame): (&Observation<'_>, &Frame),
    to: &mut dyn Sink,
) {
    let FrameKind::Event { kind: EventKind::Update(session), key } = &frame.kind else { return };
    let Some(is_closed) = frame.payload()["chatSession"]["isSessionClosed"].as_bool() else {
        return;
    };
    let Some(life) = lives.heard_of(session.as_str()) else { return };
    let was_told = life.updated(at, is_closed);
    if was_told || is_closed {
        to.checked(ClauseId::End4);
    }
    if was_told && !is_closed {
        let message = "a session update after that of the end says open";
        let key = key.map_or("payload", |key| key.as_str());
        let pointer = format!("/{key}/chatSession/isSessionClosed");
        to.found(Finding::told(seen, ClauseId::End4, message, ("true", "false"), &pointer));
    }
}
