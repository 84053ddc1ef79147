//! What is known of each session's life, and what was known when each open request left.
//!
//! A session is closed once its end was acknowledged or an event said so; what a reply alone says
//! counts where nothing holds against it. A bounded memory, as each iteration may open another.

use std::time::Duration;

use crate::conformance::few::Few;
use crate::conformance::moment::Moment;
use crate::conformance::monitor::{Endpoint, LONGEST_ID};
use crate::protocol::{AccountNo, Call, RequestNo, Sent, SessionId};

use super::offence::Offence;

/// How many sessions are remembered.
const MOST: usize = 32;

/// How far apart pings may be for a session to be kept active (4. Ping Chat Session: every 30
/// seconds), with a second for the way.
const PING_GAP: Duration = Duration::from_secs(31);

/// What is known of one session.
#[derive(Debug, Default)]
pub(in crate::conformance) struct Life {
    /// The account that opened it, or that was let into it where the document allows that.
    pub(super) owner: Option<AccountNo>,
    /// Its `chatSession.id`.
    pub(super) number: Option<u64>,
    /// The greatest `lastPingedByChatInitiator` of any reply, and when it was first seen.
    pub(super) pinged: Option<(u64, Moment)>,
    /// Whether its end was acknowledged.
    pub(super) is_ended: bool,
    /// Whether an event, or a reply that nothing held against, said that it is closed.
    is_told_closed: bool,
    /// When we last asked to end it; none once that was refused.
    end_asked_at: Option<Moment>,
    /// Since when its pings have followed each other in time, and when the last of them left.
    kept: Option<(Moment, Moment)>,
    /// The connections that opened or resumed it: they are told when it closes.
    members: Vec<Endpoint>,
    /// The connections on which an event said that it is closed.
    closed_on: Vec<Endpoint>,
    born: u64,
}

impl Life {
    /// Whether its end was acknowledged, or something said that it is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.is_ended || self.is_told_closed
    }

    /// Since when it has to be open, as far as is known at `now`: it was pinged in time, someone
    /// would have been told of a close, nobody has said so, and we have not asked for it.
    pub(super) fn open_since(&self, now: Duration) -> Option<Duration> {
        let (since, left_at) = self.kept?;
        let is_ours = !self.is_closed() && self.end_asked_at.is_none() && !self.members.is_empty();
        let is_in_time = now.saturating_sub(left_at.into()) <= PING_GAP;
        (is_ours && is_in_time).then(|| since.into())
    }

    /// A ping, or what counts as one, was answered: the session is open.
    pub(super) fn ping_answered(&mut self, left_at: Duration, now: Duration) {
        let in_time = |(_, last): &(Moment, Moment)| now.saturating_sub((*last).into()) <= PING_GAP;
        let left_at = Moment::from(left_at);
        self.kept = match self.kept.filter(in_time) {
            Some((since, last)) => Some((since, last.max(left_at))),
            None => Some((left_at, left_at)),
        };
    }

    /// A reply showed when the session was last pinged.
    pub(super) fn show_pinged(&mut self, value: u64, now: Duration) {
        if self.pinged.is_none_or(|(greatest, _)| value > greatest) {
            self.pinged = Some((value, now.into()));
        }
    }

    /// Something says that it is closed.
    pub(super) fn close(&mut self) {
        self.is_told_closed = true;
    }

    /// An event came that says whether it is closed; whether an earlier one on the same connection
    /// had said so.
    pub(super) fn updated(&mut self, at: Endpoint, is_closed: bool) -> bool {
        let was_told = self.closed_on.contains(&at);
        if is_closed {
            self.close();
            if !was_told {
                self.closed_on.push(at);
            }
        }
        was_told
    }

    /// A connection takes part in it.
    pub(super) fn join(&mut self, at: Endpoint) {
        if !self.members.contains(&at) {
            self.members.reserve_exact(1);
            self.members.push(at);
        }
    }
}

/// What was known when a request left.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::conformance) struct Known {
    /// What the request does that the document does not allow.
    pub(in crate::conformance) offence: Option<Offence>,
    /// Whether the end of its session was acknowledged.
    pub(super) was_ended: bool,
    /// When its session was last pinged, and since when that was known.
    pub(super) pinged: Option<(u64, Moment)>,
}

/// The sessions that were heard of, and the requests that are open.
#[derive(Debug, Default)]
pub(in crate::conformance) struct Lives {
    by_id: Few<Box<str>, Life>,
    open: Vec<(Endpoint, RequestNo, Known)>,
    /// Whether a session of ours had to be forgotten, so that an unknown one may have been ours.
    pub(super) has_forgotten: bool,
    born: u64,
}

impl Lives {
    pub(super) fn get(&self, id: &str) -> Option<&Life> {
        self.by_id.get(id)
    }

    /// A session of ours; for a new one, the least of the others gives way.
    pub(super) fn ours(&mut self, id: &str) -> Option<&mut Life> {
        if !self.by_id.contains_key(id) {
            if id.len() > LONGEST_ID {
                return None;
            }
            if self.by_id.len() >= MOST {
                self.forget_one();
            }
            self.begin(id);
        }
        self.by_id.get_mut(id)
    }

    /// A session that was opened just now, whatever was known under its id. Whether others of its
    /// owner stay open the document does not say: that is known again once one is pinged.
    pub(super) fn opened(&mut self, id: &str, owner: AccountNo) {
        self.by_id.remove(id);
        for other in self.by_id.values_mut().filter(|other| other.owner == Some(owner)) {
            other.kept = None;
        }
        if let Some(life) = self.ours(id) {
            life.owner = Some(owner);
        }
    }

    /// A session that a server spoke of unasked: a new one is followed only where there is room.
    pub(super) fn heard_of(&mut self, id: &str) -> Option<&mut Life> {
        let has_room = id.len() <= LONGEST_ID && self.by_id.len() < MOST;
        if has_room && !self.by_id.contains_key(id) {
            self.begin(id);
        }
        self.by_id.get_mut(id)
    }

    /// A request has left.
    pub(in crate::conformance) fn sent(
        &mut self,
        at: Endpoint,
        sent: &Sent,
        offence: Option<Offence>,
    ) {
        let mut known = Known { offence, ..Known::default() };
        if let Some(life) = asked(sent).and_then(|id| self.by_id.get_mut(id)) {
            known.was_ended = life.is_ended;
            known.pinged = life.pinged;
            if sent.request.call() == Call::End && !life.is_closed() {
                life.end_asked_at = Some(sent.at.into());
            }
        }
        self.open.push((at, sent.no, known));
    }

    /// A request is no longer open: what was known when it left.
    pub(in crate::conformance) fn take(&mut self, at: Endpoint, sent: &Sent) -> Known {
        let is_it = |open: &(Endpoint, RequestNo, Known)| (open.0, open.1) == (at, sent.no);
        let nth = self.open.iter().position(is_it);
        let Some(nth) = nth else { return Known::default() };
        let (_, _, known) = self.open.remove(nth);
        if self.open.is_empty() {
            self.open = Vec::new();
        }
        known
    }

    /// A request was not answered with 200.
    pub(in crate::conformance) fn came_to_nothing(&mut self, sent: &Sent) {
        if sent.request.call() == Call::End
            && let Some(life) = asked(sent).and_then(|id| self.by_id.get_mut(id))
        {
            life.end_asked_at = None;
        }
    }

    /// A request that the document does not allow was answered with 200: where it ended a session,
    /// that is closed all the same.
    pub(in crate::conformance) fn intruded(&mut self, sent: &Sent) {
        if sent.request.call() == Call::End
            && let Some(life) = asked(sent).and_then(|id| self.by_id.get_mut(id))
        {
            life.close();
        }
    }

    /// A connection has ended.
    pub(in crate::conformance) fn left(&mut self, at: Endpoint) {
        for life in self.by_id.values_mut() {
            life.members.retain(|member| *member != at);
            life.closed_on.retain(|told| *told != at);
        }
    }

    /// Whether a close of a session explains what was said of it at this time, or it is no longer
    /// known at all. A close that we asked for explains nothing that was said before we did.
    pub(in crate::conformance) fn excuses(&self, id: &SessionId, said_at: Duration) -> bool {
        self.by_id.get(id.as_str()).is_none_or(|life| {
            life.is_closed() && life.end_asked_at.is_none_or(|asked_at| asked_at <= said_at.into())
        })
    }

    fn begin(&mut self, id: &str) {
        self.born += 1;
        let life = Life { born: self.born, ..Life::default() };
        self.by_id.insert(id.into(), life);
    }

    /// Forgets the oldest of those that were only heard of, else of those that are closed, else
    /// of all.
    fn forget_one(&mut self) {
        let least = self
            .by_id
            .iter()
            .min_by_key(|(_, life)| (life.owner.is_some(), !life.is_closed(), life.born));
        if let Some((id, life)) = least.map(|(id, life)| (id.clone(), life)) {
            self.has_forgotten |= life.owner.is_some();
            self.by_id.remove(&id);
        }
    }

    #[cfg(test)]
    pub(in crate::conformance) fn size(&self) -> usize {
        let lives = self.by_id.values();
        lives.map(|life| 1 + life.members.len() + life.closed_on.len()).sum::<usize>()
            + self.open.len()
    }
}

/// The session that a request names.
pub(super) fn asked(sent: &Sent) -> Option<&str> {
    sent.request.body.get("chatSessionId")?.as_str()
}
