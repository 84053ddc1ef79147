//! RESUME, and what every reply says of a session's life: END-2, PING-2 and PING-4 where it says
//! open or closed (document: 2. Continue Previous Chat Session).

use std::time::Duration;

use crate::conformance::finding::shown;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Call, Frame, Observation, Sent, digits};

use super::lifecycle::{Known, Life, Lives, asked};
use super::reply::Reply;

/// How long a session is pinged before PING-4 is judged: what the document asks for, less the way.
const KEPT: Duration = Duration::from_secs(25);

/// Where a reply says whether its session is closed.
const CLOSED: &str = "/body/chatSession/isSessionClosed";

/// RESUME-1 and RESUME-3: it is the session that was asked for.
pub(in crate::conformance) fn judge_session(reply: &Reply<'_>, life: &Life, to: &mut dyn Sink) {
    match reply.call {
        Call::Session => {
            to.checked(ClauseId::Resume1);
            reply.judge_session(ClauseId::Resume1, to);
        }
        Call::Resume => {
            to.checked(ClauseId::Resume3);
            reply.judge_session(ClauseId::Resume3, to);
            let id = &reply.session["id"];
            if let (Some(known), Some(number)) = (life.number, digits(id))
                && known != number
            {
                let message = "a resumed session has another id than it had";
                let what = (known.to_string(), shown(id));
                to.found(reply.finding(ClauseId::Resume3, message, what, "/body/chatSession/id"));
            }
        }
        _ => {}
    }
}

/// What a reply says of its session being open. What it says against all that is known is handed
/// back, as a close that is told in time explains it.
pub(in crate::conformance) fn judge_life(
    reply: &Reply<'_>,
    life: &mut Life,
    known: &Known,
    to: &mut dyn Sink,
) -> [Option<Finding>; 2] {
    let now = reply.seen.at;
    let Some(is_closed) = reply.says_closed() else { return [None, None] };
    if known.was_ended {
        judge_ended(reply, is_closed, to);
        return [None, None];
    }
    let Some(since) = life.open_since(now) else {
        if is_closed {
            life.close();
        }
        return [None, None];
    };
    let clauses = clauses(reply.call, now.saturating_sub(since));
    if is_closed {
        let message = "an open session is said to be closed";
        return clauses.map(|clause| {
            Some(reply.finding(
                clause?,
                message,
                ("false, as nobody has closed it", "true"),
                CLOSED,
            ))
        });
    }
    for clause in clauses.into_iter().flatten() {
        if clause != ClauseId::Ping2 {
            to.checked(clause);
        }
    }
    [None, None]
}

/// A ping that was refused in a session that has to be open, and was kept so: PING-4, unless a
/// close that is told in time explains it.
pub(in crate::conformance) fn refused(
    lives: &Lives,
    seen: &Observation<'_>,
    (frame, sent): (&Frame, &Sent),
) -> Option<Finding> {
    let is_ping = sent.request.call() == Call::Ping && sent.is_allowed;
    let is_refusal = frame.status().is_some_and(|status| (400..500).contains(&status));
    if !is_ping || !is_refusal || frame.is_throttling() {
        return None;
    }
    let since = asked(sent).and_then(|id| lives.get(id))?.open_since(seen.at)?;
    let [_, kept] = clauses(Call::Ping, seen.at.saturating_sub(since));
    let message = "a session that is pinged every 30 s did not stay open";
    let what = ("status 200", "an error");
    kept.map(|clause| Finding::told(seen, clause, message, what, "/status"))
}

/// The clauses that a reply about an open session is judged by, so long after its first ping.
fn clauses(call: Call, kept: Duration) -> [Option<ClauseId>; 2] {
    let kept = (kept >= KEPT).then_some(ClauseId::Ping4);
    match call {
        Call::Session => [Some(ClauseId::Resume2), kept],
        Call::Ping => [Some(ClauseId::Ping2), kept],
        _ => [None, None],
    }
}

/// END-2, and RESUME-2: the request left after the end was acknowledged.
fn judge_ended(reply: &Reply<'_>, is_closed: bool, to: &mut dyn Sink) {
    let resume = (reply.call == Call::Session).then_some(ClauseId::Resume2);
    for clause in [Some(ClauseId::End2), resume].into_iter().flatten() {
        to.checked(clause);
        if !is_closed {
            let message = "an ended session is said to be open";
            to.found(reply.finding(clause, message, ("true", "false"), CLOSED));
        }
    }
}
