//! Connections that read nothing for a while, by our own will.

use std::time::Duration;

use crate::conformance::monitor::Endpoint;
use crate::conformance::parties::Parties;

use super::Dialogue;

impl Dialogue {
    /// A connection reads nothing until then, by our own will.
    pub(in crate::conformance) fn paused(
        &mut self,
        at: Endpoint,
        parties: &Parties,
        (now, until): (Duration, Duration),
    ) {
        self.pauses.begin(at, now, until);
        self.unread.pause(parties.account(at), until);
        for suspected in &mut self.suspected {
            suspected.due = self.pauses.due_everywhere(suspected.due);
        }
    }

    /// A connection has read up what had come while it read nothing.
    pub(in crate::conformance) fn read_up(&mut self, at: Endpoint, now: Duration) {
        self.pauses.end(at, now);
    }

    /// Whether what happens on a connection now may come of it that it did not read.
    pub(in crate::conformance) fn was_paused(&self, at: Endpoint, now: Duration) -> bool {
        self.pauses.may_explain(at, now)
    }
}
