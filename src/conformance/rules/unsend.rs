//! UNSEND: what a message's unsend must answer, and which must be refused (document: 6. UnSent
//! Message).

use crate::conformance::finding::words;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Dialect, Frame, Observation, Sent, digits};

use super::history::Mark;
use super::offence::Offence;
use super::session::{Session, Sessions};

/// UNSEND-2, -3 and -4. A `messageId` that is no number, and a session that is closed or that this
/// flow knows nothing of, are not judged.
pub(super) fn offence(sessions: &Sessions, sent: &Sent, has_unknown: bool) -> Option<Offence> {
    let body = &sent.request.body;
    let id = body["messageId"].as_u64()?;
    let session = sessions.get(body["chatSessionId"].as_str()?).filter(|known| !known.is_closed)?;
    let (clause, says) = match session.history.get(id) {
        Some(record) if record.is(Mark::Unsent) => {
            (ClauseId::Unsend2, "unsending a message that was unsent before")
        }
        Some(record) if record.is(Mark::Gone) => return None,
        Some(record) if record.is(Mark::Concierge) => {
            (ClauseId::Unsend3, "unsending a message of the concierge")
        }
        Some(_) => return None,
        None if is_anothers(sessions, id) => {
            (ClauseId::Unsend4, "unsending a message under another session's id")
        }
        None if has_unknown || !is_unknown(session, id) => return None,
        None => (ClauseId::Unsend2, "unsending a message that does not exist"),
    };
    Some(Offence { clause, says })
}

/// Whether some session knows this message; which does not ask for it.
pub(super) fn is_anothers(sessions: &Sessions, id: u64) -> bool {
    sessions.iter().any(|(_, session)| session.history.get(id).is_some())
}

/// Whether there can be no such message: all of the session are known, or it would be the newest.
fn is_unknown(session: &Session, id: u64) -> bool {
    let history = &session.history;
    !history.may_have_had(id) && (session.is_complete || id > history.greatest())
}

/// UNSEND-1
pub(super) fn judge(
    sent: &Sent,
    seen: &Observation<'_>,
    frame: &Frame,
    dialect: Dialect,
    to: &mut dyn Sink,
) {
    let Some(id) = sent.request.body["messageId"].as_u64() else { return };
    to.checked(ClauseId::Unsend1);
    let theirs = &frame.body()["messageId"];
    let is_spelled = dialect == Dialect::Lenient || theirs.is_number();
    if !is_spelled || digits(theirs) != Some(id) {
        to.found(Finding {
            message: "the reply names another message than the one unsent".into(),
            expected: id.to_string(),
            actual: words(&theirs.to_string()),
            pointer: "/body/messageId".into(),
            ..Finding::on(seen, ClauseId::Unsend1)
        });
    }
}
