//! EVENT-8, EVENT-9, EVENT-11: who is owed which delete and update event, and whether it came.

use std::collections::VecDeque;
use std::time::Duration;

use crate::conformance::monitor::Endpoint;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Observation, SessionId};

use super::pause::Pauses;

/// How many are owed at once; beyond, what is owed is not judged.
const MOST: usize = 1024;

/// What is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A message was unsent.
    Unsent(u64),
    /// Somebody joined.
    Joined,
    /// The session was ended.
    Ended,
}

/// An event that is owed to a connection.
struct Notice {
    clause: ClauseId,
    at: Endpoint,
    session: SessionId,
    news: News,
    due: Duration,
}

/// The delete and update events that are owed, soonest first.
pub(super) struct Notices {
    timeout: Duration,
    owed: VecDeque<Notice>,
}

impl Notices {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, owed: VecDeque::new() }
    }

    /// Owes an event from now on.
    pub(super) fn owe(
        &mut self,
        clause: ClauseId,
        at: Endpoint,
        (session, news): (&SessionId, News),
        now: Duration,
    ) {
        if self.owed.len() < MOST {
            let (session, due) = (session.clone(), now + self.timeout);
            self.plan(Notice { clause, at, session, news, due });
        }
    }

    fn plan(&mut self, notice: Notice) {
        let nth = self.owed.partition_point(|other| other.due <= notice.due);
        self.owed.insert(nth, notice);
    }

    /// An event has come, of this session where it names one.
    pub(super) fn arrived(
        &mut self,
        at: Endpoint,
        (session, news): (Option<&SessionId>, News),
        (seen, pauses): (&Observation<'_>, &Pauses),
        to: &mut dyn Sink,
    ) {
        let fits = |owed: &Notice| {
            owed.at == at
                && owed.news == news
                && session.is_none_or(|session| owed.session == *session)
        };
        let Some(nth) = self.owed.iter().position(fits) else { return };
        let Some(owed) = self.owed.remove(nth) else { return };
        if self.owed.is_empty() {
            self.owed = VecDeque::new();
        }
        to.checked(owed.clause);
        let due = pauses.due(at, owed.due);
        if seen.at > due {
            to.found(late(owed.clause, seen, due, self.timeout));
        }
    }

    /// A connection has ended: what was not due yet is owed no more.
    pub(super) fn left(
        &mut self,
        at: Endpoint,
        (now, pauses): (Duration, &Pauses),
        to: &mut dyn Sink,
    ) {
        self.owed.retain(|owed| {
            if owed.at == at && pauses.due(at, owed.due) < now {
                lost(owed, to);
            }
            owed.at != at
        });
    }

    /// Judges what was due before this.
    pub(super) fn judge(&mut self, before: Duration, pauses: &Pauses, to: &mut dyn Sink) {
        while let Some(owed) = self.owed.pop_front_if(|owed| owed.due < before) {
            let due = pauses.due(owed.at, owed.due);
            if due < before {
                lost(&owed, to);
            } else {
                self.plan(Notice { due, ..owed });
            }
        }
    }

    pub(super) fn owed_until(&self) -> Option<Duration> {
        self.owed.back().map(|owed| owed.due)
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.owed.len()
    }
}

/// An event that came after its deadline.
pub(super) fn late(
    clause: ClauseId,
    seen: &Observation<'_>,
    due: Duration,
    timeout: Duration,
) -> Finding {
    let late = seen.at.saturating_sub(due);
    Finding {
        message: format!("an event came {:.1} s late", late.as_secs_f64()),
        expected: format!("the event within {timeout:?}"),
        actual: format!("after {:.1} s", (timeout + late).as_secs_f64()),
        ..Finding::on(seen, clause)
    }
}

/// A finding on an event that did not come.
pub(super) fn missing(
    clause: ClauseId,
    (at, due): (Endpoint, Duration),
    session: &SessionId,
    event: &str,
) -> Finding {
    Finding {
        clause,
        at: due,
        device: Some(at.device),
        session: Some(session.clone()),
        route: None,
        event: Some(event.into()),
        message: String::new(),
        expected: format!("a {event} event within the delivery timeout"),
        actual: "none".into(),
        is_plain: true,
        pointer: String::new(),
        frame: None,
    }
}

fn lost(owed: &Notice, to: &mut dyn Sink) {
    to.checked(owed.clause);
    let (event, message) = match owed.news {
        News::Unsent(id) => {
            ("chat-message-delete", format!("that message {id} was unsent was not announced here"))
        }
        News::Joined => {
            ("chat-session-update", "that the session was joined was not announced here".into())
        }
        News::Ended => {
            ("chat-session-update", "that the session was ended was not announced here".into())
        }
    };
    to.found(Finding {
        message,
        ..missing(owed.clause, (owed.at, owed.due), &owed.session, event)
    });
}
