//! ENV-4: requests that were answered with an error, and that a close may still excuse.
//!
//! A session may be closed by the other side. Requests that left within the delivery timeout before
//! a frame says so could not know, so an error is judged only once that time is up.

use std::time::Duration;

use crate::conformance::monitor::Limits;
use crate::conformance::{Finding, Sink};
use crate::protocol::SessionId;

/// How many errors may wait at once; beyond, the oldest is judged at once.
const MOST: usize = 64;

/// Errors that wait for their verdict.
pub(in crate::conformance) struct Refusals {
    timeout: Duration,
    waiting: Vec<Waiting>,
}

struct Waiting {
    session: SessionId,
    due: Duration,
    finding: Finding,
}

impl Refusals {
    pub(in crate::conformance) fn new(limits: &Limits) -> Self {
        Self { timeout: limits.delivery_timeout, waiting: Vec::new() }
    }

    /// Takes an error that answered a request which left at `sent_at`, in a session of which no
    /// close is known that excuses it.
    pub(in crate::conformance) fn take(
        &mut self,
        session: Option<SessionId>,
        sent_at: Duration,
        finding: Finding,
        now: Duration,
        to: &mut dyn Sink,
    ) {
        let due = sent_at + self.timeout;
        let Some(session) = session.filter(|_| due > now) else { return judge(finding, to) };
        if self.waiting.len() == MOST {
            judge(self.waiting.remove(0).finding, to);
        }
        self.waiting.push(Waiting { session, due, finding });
    }

    /// Judges what is due, unless a close of its session excuses it.
    pub(in crate::conformance) fn advance(
        &mut self,
        now: Duration,
        is_excused: &dyn Fn(&SessionId, Duration) -> bool,
        to: &mut dyn Sink,
    ) {
        for due in self.waiting.extract_if(.., |waiting| waiting.due < now) {
            if !is_excused(&due.session, due.finding.at) {
                judge(due.finding, to);
            }
        }
    }

    /// When the last verdict falls due.
    pub(in crate::conformance) fn open_until(&self) -> Option<Duration> {
        self.waiting.iter().map(|waiting| waiting.due).max()
    }
}

fn judge(finding: Finding, to: &mut dyn Sink) {
    to.checked(finding.clause);
    to.found(finding);
}
