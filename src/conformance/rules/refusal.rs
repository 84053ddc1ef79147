//! Answers that a close of the session may still excuse: errors (ENV-4), and replies that say
//! closed (RESUME-2, PING-2, PING-4).
//!
//! A session may be closed by the other side. Requests that left within the delivery timeout before
//! a frame says so could not know, so their answers are judged only once that time is up. The same
//! holds for errors about a message that the other side has unsent.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use crate::conformance::monitor::Limits;
use crate::conformance::{Finding, Sink};
use crate::protocol::{Json, Sent, SessionId};

/// How many answers may wait at once; beyond, the oldest is judged at once.
const MOST: usize = 64;

/// How many unsent messages are remembered.
const UNSENT: usize = 128;

/// Answers that wait for their verdict.
pub(in crate::conformance) struct Refusals {
    limits: Rc<Limits>,
    /// None while there is nothing to hold, as mostly.
    held: Option<Box<Held>>,
}

#[derive(Default)]
struct Held {
    waiting: Vec<Waiting>,
    /// The messages that were last announced as unsent.
    unsent: VecDeque<u64>,
}

struct Waiting {
    session: SessionId,
    /// The message that the request was about.
    message: Option<u64>,
    due: Duration,
    finding: Finding,
}

impl Refusals {
    pub(in crate::conformance) fn new(limits: &Rc<Limits>) -> Self {
        Self { limits: Rc::clone(limits), held: None }
    }

    /// A message was announced as unsent, so an error about it is excused.
    pub(in crate::conformance) fn unsent(&mut self, message: u64) {
        let held = self.held.get_or_insert_default();
        held.unsent.truncate(UNSENT - 1);
        held.unsent.push_front(message);
        held.waiting.retain(|waiting| waiting.message != Some(message));
    }

    /// Takes the answer to a request, in a session of which no close is known that excuses it.
    pub(in crate::conformance) fn take(
        &mut self,
        session: Option<SessionId>,
        sent: &Sent,
        finding: Finding,
        now: Duration,
        to: &mut dyn Sink,
    ) {
        let message = sent.request.body.get("messageId").and_then(Json::as_u64);
        let held = self.held.get_or_insert_default();
        if message.is_some_and(|message| held.unsent.contains(&message)) {
            return;
        }
        let due = sent.at + self.limits.delivery_timeout;
        let Some(session) = session.filter(|_| due > now) else { return judge(finding, to) };
        if held.waiting.len() == MOST {
            judge(held.waiting.remove(0).finding, to);
        }
        held.waiting.push(Waiting { session, message, due, finding });
    }

    /// Judges what is due, unless a close of its session excuses it.
    pub(in crate::conformance) fn advance(
        &mut self,
        now: Duration,
        is_excused: &dyn Fn(&SessionId, Duration) -> bool,
        to: &mut dyn Sink,
    ) {
        let Some(held) = &mut self.held else { return };
        for due in held.waiting.extract_if(.., |waiting| waiting.due < now) {
            if !is_excused(&due.session, due.finding.at) {
                judge(due.finding, to);
            }
        }
    }

    /// When the last verdict falls due.
    pub(in crate::conformance) fn open_until(&self) -> Option<Duration> {
        self.held.as_ref()?.waiting.iter().map(|waiting| waiting.due).max()
    }
}

fn judge(finding: Finding, to: &mut dyn Sink) {
    to.checked(finding.clause);
    to.found(finding);
}
