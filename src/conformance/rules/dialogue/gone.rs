//! RESUME-6 where there is nothing left to list: the session itself is not known any more.

use crate::conformance::rules::history::{Mark, Tick};
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Call, Frame, Observation, Sent};

use super::{Dialogue, asked};

/// The status that says that there is no such thing (RFC 9110 section 15.5.5). What a closed session is
/// refused with the document does not say, so others say nothing of it.
const NOT_FOUND: i64 = 404;

impl Dialogue {
    /// A request of our own session was answered with an error. Told once of each session.
    pub(in crate::conformance) fn gone(
        &mut self,
        sent: &Sent,
        (seen, frame): (&Observation<'_>, &Frame),
        to: &mut dyn Sink,
    ) {
        let asks = matches!(sent.request.call(), Call::Session | Call::Resume | Call::Messages);
        if !asks || frame.status() != Some(NOT_FOUND) {
            return;
        }
        let session = asked(sent).and_then(|session| self.sessions.get_mut(session));
        let Some(session) = session.filter(|session| session.account.is_some()) else { return };
        if session.is_closed || session.dropped.or(session.resumed).is_none() {
            return;
        }
        let mut acknowledged =
            session.history.iter().filter(|record| record.is(Mark::Acknowledged));
        if !acknowledged.any(|record| record.stands(Tick::MAX)) {
            return;
        }
        (session.dropped, session.resumed) = (None, None);
        to.checked(ClauseId::Resume6);
        let message =
            "after a reconnect, a session with acknowledged messages is not known any more";
        let what = ("the session, and its messages", "status 404");
        to.found(Finding::told(seen, ClauseId::Resume6, message, what, "/status"));
    }
}
