//! EVENT-4: whether messages come in the order in which they were sent.

use std::collections::VecDeque;

use crate::conformance::monitor::Endpoint;
use crate::conformance::rules::history::Tick;
use crate::conformance::rules::session::{Message, Session};
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{MessageId, SessionId};

use super::Arrival;

/// How many messages that came before an earlier one wait for their acknowledgment.
const MOST_EARLY: usize = 64;

/// Messages that came before one with a lesser id, and when that came.
#[derive(Default)]
pub(super) struct Order(VecDeque<Early>);

struct Early {
    session: SessionId,
    message: MessageId,
    /// When the send of the lesser one was acknowledged.
    other_acknowledged: Tick,
    finding: Finding,
}

impl Order {
    /// A message has arrived: whether one with a greater id came before, that was sent after this
    /// one was acknowledged.
    pub(super) fn arrived(
        &mut self,
        session: &mut Session,
        at: Endpoint,
        Arrival { session: session_id, id, seen, .. }: Arrival<'_>,
        to: &mut dyn Sink,
    ) {
        let Some(member) = session.member_mut(at) else { return };
        if id.0 > member.newest {
            member.newest = id.0;
            return;
        }
        let Some(this) = session.messages.get(&id).filter(|this| this.acknowledged > 0) else {
            return;
        };
        let came = |other: &Message| other.arrived.iter().any(|(known, _)| *known == at);
        for (other_id, other) in &session.messages {
            if *other_id <= id || !came(other) {
                continue;
            }
            let finding = || Finding {
                message: format!("message {id} came after message {other_id}, sent later"),
                expected: "the messages of a session in the order of their ids".into(),
                actual: format!("{other_id} before {id}"),
                ..Finding::on(seen, ClauseId::Event4)
            };
            if other.sent.is_some() {
                if this.acknowledged < other.left {
                    return to.found(finding());
                }
            } else {
                self.0.truncate(MOST_EARLY - 1);
                self.0.push_front(Early {
                    session: session_id.clone(),
                    message: *other_id,
                    other_acknowledged: this.acknowledged,
                    finding: finding(),
                });
            }
        }
    }

    /// A send was acknowledged that left at this point: what came before another one may have been
    /// sent after that.
    pub(super) fn acknowledged(
        &mut self,
        session: &SessionId,
        id: MessageId,
        left: Tick,
        to: &mut dyn Sink,
    ) {
        self.0.retain(|early| {
            let is_this = early.message == id && early.session == *session;
            if is_this && early.other_acknowledged < left {
                to.found(early.finding.clone());
            }
            !is_this
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
