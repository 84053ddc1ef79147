//! The requests under way whose answers are judged by what held as they left.

use crate::conformance::monitor::Endpoint;
use crate::protocol::{Call, RequestNo, SessionId};

use super::history::Tick;
use super::offence::Offence;

/// A request under way.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) at: Endpoint,
    pub(super) no: RequestNo,
    pub(super) call: Call,
    pub(super) session: Option<SessionId>,
    pub(super) left: Tick,
    /// The greatest id that was acknowledged in the session before it left.
    pub(super) after: u64,
    /// Who is owed what it causes.
    pub(super) owed: Vec<Endpoint>,
    /// The message it speaks of.
    pub(super) message: Option<u64>,
    /// Who was told of what it causes before it was answered.
    pub(super) told: Vec<Endpoint>,
    /// Why it has to be refused, where it has to.
    pub(super) offence: Option<Offence>,
}

/// The requests under way; few at any time.
#[derive(Debug, Default)]
pub(super) struct UnderWay(Vec<Outgoing>);

impl UnderWay {
    pub(super) fn push(&mut self, outgoing: Outgoing) {
        self.0.push(outgoing);
    }

    pub(super) fn take(&mut self, at: Endpoint, no: RequestNo) -> Option<Outgoing> {
        let nth = self.0.iter().position(|outgoing| outgoing.at == at && outgoing.no == no)?;
        let taken = self.0.remove(nth);
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
        Some(taken)
    }

    pub(super) fn left(&mut self, at: Endpoint) {
        self.0.retain(|outgoing| outgoing.at != at);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Outgoing> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Outgoing> {
        self.0.iter_mut()
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }
}
