//! PING: the session pinged, and when it was pinged last (document: 4. Ping Chat Session).

use std::time::Duration;

use crate::conformance::{ClauseId, Sink};
use crate::protocol::{Call, digits};

use super::lifecycle::{Known, Life};
use super::reply::Reply;

/// How much later than what was known a ping has to leave to be told from it.
const APART: Duration = Duration::from_secs(1);

/// PING-2: it is the session pinged. Whether it is open is judged with every reply that says so.
pub(in crate::conformance) fn judge_session(reply: &Reply<'_>, to: &mut dyn Sink) {
    if reply.call == Call::Ping {
        to.checked(ClauseId::Ping2);
        reply.judge_session(ClauseId::Ping2, to);
    }
}

/// PING-1: the last ping never goes back, and a ping moves it forward.
pub(in crate::conformance) fn judge_time(
    reply: &Reply<'_>,
    life: &mut Life,
    known: &Known,
    to: &mut dyn Sink,
) {
    const POINTER: &str = "/body/chatSession/lastPingedByChatInitiator";
    let Some(shown) = digits(&reply.session["lastPingedByChatInitiator"]) else { return };
    life.show_pinged(shown, reply.seen.at);
    let Some((greatest, known_at)) = known.pinged else { return };
    to.checked(ClauseId::Ping1);
    let moves = reply.call == Call::Ping && reply.sent.at >= Duration::from(known_at) + APART;
    if shown < greatest {
        let message = "lastPingedByChatInitiator went back";
        let what = (format!("{greatest} or later"), shown.to_string());
        to.found(reply.finding(ClauseId::Ping1, message, what, POINTER));
    } else if moves && shown == greatest {
        let message = "a ping did not move lastPingedByChatInitiator forward";
        let what = (format!("later than {greatest}"), shown.to_string());
        to.found(reply.finding(ClauseId::Ping1, message, what, POINTER));
    }
}
