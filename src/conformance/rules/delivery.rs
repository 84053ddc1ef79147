//! EVENT-1, EVENT-4, EVENT-7: who is owed which message, whether it came, and in which order.
//!
//! A connection takes part in a session from the arrival of its 200 to init or resume, and is owed
//! each message whose send leaves later; of the concierge's, each that was first seen anywhere a
//! second later or more. An event may come before the acknowledgment of its send.
//!
//! At the deadline a message is not called lost yet: one that comes within the same time again was
//! late. Where the flow ends before, what was due and has not come is lost.

mod order;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use crate::conformance::monitor::{Endpoint, Limits};
use crate::conformance::{ClauseId, Delivery, Finding, Outcome, Sink};
use crate::protocol::{MessageId, Observation, SessionId, Times};

use super::history::Tick;
use super::notice::{late, missing};
use super::outgoing::Outgoing;
use super::pause::Pauses;
use super::session::{Member, Message, Session, Sessions};

use order::Order;

/// How much later than a join a message of the concierge must be seen to be owed.
pub(super) const CONCIERGE_MARGIN: Duration = Duration::from_secs(1);

/// How many messages are followed at once. In a flood of more, the oldest that were judged are
/// forgotten, and where there are none, new ones are not judged.
const MOST_MESSAGES: usize = 16 * 1024;

/// How many messages that are acknowledged and have come wherever they are owed are remembered, the
/// newest of them: one that is sent before them may still come after them (EVENT-4).
const MOST_SETTLED: usize = 16;

/// Among how many of the newest entries that of a message is looked for as it settles.
const NEAR: usize = 8;

/// What is owed in the sessions of one flow instance.
pub(super) struct Deliveries {
    limits: Rc<Limits>,
    /// Messages to be judged, soonest first. One that is acknowledged after it arrived stands twice.
    due: VecDeque<Entry>,
    /// Messages that were judged, and are kept for a late acknowledgment; soonest to go first.
    judged: VecDeque<Entry>,
    /// Messages of which nothing is open any more, oldest first; they stand in neither of the others.
    settled: VecDeque<Entry>,
    order: Order,
}

/// A message with the instant at which it was to be judged.
struct Entry {
    due: Duration,
    session: SessionId,
    message: MessageId,
}

/// A message event, and what it says.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) session: &'a SessionId,
    pub(super) id: MessageId,
    pub(super) is_concierges: bool,
    pub(super) seen: &'a Observation<'a>,
}

impl Deliveries {
    pub(super) fn new(limits: &Rc<Limits>) -> Self {
        Self {
            limits: Rc::clone(limits),
            due: VecDeque::new(),
            judged: VecDeque::new(),
            settled: VecDeque::new(),
            order: Order::default(),
        }
    }

    /// A connection has ended: what was not due yet is owed to it no more.
    pub(super) fn left(
        &mut self,
        (sessions, pauses): (&mut Sessions, &Pauses),
        at: Endpoint,
        now: Duration,
        to: &mut dyn Sink,
    ) {
        for (id, session) in sessions.iter_mut() {
            session.members.retain(|member| member.at != at);
            for (message_id, message) in &mut session.messages {
                let before = message.owed.len();
                message.owed.retain(|owed| *owed != at);
                if message.owed.len() < before && pauses.due(at, message.due) < now {
                    let (due, session) = (message.due, id.clone());
                    lost(&Entry { due, session, message: *message_id }, at, message, to);
                }
            }
        }
    }

    /// A send was acknowledged with this message.
    pub(super) fn acknowledged(
        &mut self,
        (sessions, pauses): (&mut Sessions, &Pauses),
        (sent, outgoing): (Times, Outgoing),
        (id, session_id, is_upload): (MessageId, &SessionId, bool),
        (now, tick): (Duration, Tick),
        to: &mut dyn Sink,
    ) {
        let Some(session) = sessions.get(session_id.as_str()) else { return };
        let mut owed = outgoing.owed;
        owed.retain(|at| session.has_member(*at));
        let due = now + self.limits.delivery_timeout;
        let Some((_, message)) = self.follow(sessions, session_id, id, due) else { return };
        if message.sent.is_some() {
            return;
        }
        let sender = outgoing.at;
        message.sent = Some((sender, sent));
        (message.left, message.acknowledged) = (outgoing.left, tick);
        (message.owed, message.is_upload) = (owed, is_upload);
        message.has_earlier = outgoing.after > 0;
        for nth in 0..message.arrived.len() {
            let (at, arrived_at) = message.arrived[nth];
            message.settle(at, to);
            if message.has_earlier {
                to.checked(ClauseId::Event4);
            }
            if pauses.has_delayed(at, sent.at, arrived_at) {
                continue;
            }
            let (latency, service) = sent.until(arrived_at);
            let (is_own, is_first) = (at == sender, nth == 0);
            to.delivered(Delivery { latency, service, is_own, is_first });
        }
        if message.due != due {
            message.due = due;
            self.plan(Entry { due, session: session_id.clone(), message: id });
        }
        self.order.acknowledged(session_id, id, outgoing.left, to);
        self.settle(sessions, session_id, id);
    }

    /// A message event has arrived, for the first time on this connection. `has_got` tells which
    /// others have got it, however long ago.
    pub(super) fn arrived(
        &mut self,
        (sessions, pauses): (&mut Sessions, &Pauses),
        at: Endpoint,
        arrival: Arrival<'_>,
        has_got: &dyn Fn(Endpoint) -> bool,
        to: &mut dyn Sink,
    ) {
        let Arrival { session: session_id, id, is_concierges, seen } = arrival;
        let now = seen.at;
        let known = sessions.get(session_id.as_str());
        let is_new = known.is_none_or(|known| !known.messages.contains_key(&id));
        let (due, timeout) = (now + self.limits.delivery_timeout, self.limits.delivery_timeout);
        let Some((view, message)) = self.follow(sessions, session_id, id, due) else { return };
        // One that is seen first where nothing was read for a while may have been said long before.
        if is_concierges && is_new && !view.is_closed && !pauses.is_behind(at) {
            let owed = |member: &&Member| {
                Duration::from(member.since) + CONCIERGE_MARGIN <= now
                    && (member.at == at || !has_got(member.at))
            };
            message.owed = view.members.iter().filter(owed).map(|member| member.at).collect();
        }
        if message.arrived.iter().any(|(known, _)| *known == at) {
            return;
        }
        let is_first = message.arrived.is_empty();
        message.arrived.push((at, now));
        let due = pauses.due(at, message.due);
        if let Some(clause) = message.settle(at, to)
            && now > due
        {
            to.found(late(clause, seen, due, timeout));
        }
        if let Some((sender, sent)) = &message.sent {
            if !pauses.has_delayed(at, sent.at, now) {
                let (latency, service) = sent.until(now);
                to.delivered(Delivery { latency, service, is_own: at == *sender, is_first });
            }
            if message.has_earlier {
                to.checked(ClauseId::Event4);
            }
        }
        if let Some(session) = sessions.get_mut(session_id.as_str()) {
            self.order.arrived(session, at, arrival, to);
        }
        self.settle(sessions, session_id, id);
    }

    /// Keeps no more than a few of the messages of which nothing is open any more, so that a fast
    /// conversation takes no more room than a slow one.
    fn settle(&mut self, sessions: &mut Sessions, session_id: &SessionId, id: MessageId) {
        let message = sessions.get(session_id.as_str()).and_then(|known| known.messages.get(&id));
        let is_settled = |message: &Message| {
            message.sent.is_some() && message.owed.is_empty() && !message.arrived.is_empty()
        };
        if !message.is_some_and(is_settled) {
            return;
        }
        let is_it = |entry: &Entry| entry.message == id && entry.session == *session_id;
        let Some(back) = self.due.iter().rev().take(NEAR).position(is_it) else { return };
        let Some(entry) = self.due.remove(self.due.len() - 1 - back) else { return };
        if self.settled.len() == MOST_SETTLED
            && let Some(oldest) = self.settled.pop_front()
        {
            forget(sessions, &oldest);
        }
        self.settled.push_back(entry);
    }

    /// Judges what was due before this, and forgets what was due long before `now`.
    pub(super) fn judge(
        &mut self,
        (sessions, pauses): (&mut Sessions, &Pauses),
        (before, now): (Duration, Duration),
        to: &mut dyn Sink,
    ) {
        while let Some(entry) = self.due.pop_front_if(|entry| entry.due < before) {
            let session = sessions.get_mut(entry.session.as_str());
            let message = session.and_then(|session| session.messages.get_mut(&entry.message));
            let Some(message) = message.filter(|message| message.due == entry.due) else {
                continue;
            };
            let later =
                |at: &Endpoint| Some(pauses.due(*at, entry.due)).filter(|due| *due >= before);
            let put_off = message.owed.iter().filter_map(later).max();
            let is_due = |at: &mut Endpoint| later(at).is_none();
            for at in message.owed.extract_if(.., is_due).collect::<Vec<_>>() {
                lost(&entry, at, message, to);
            }
            if let Some(due) = put_off {
                message.due = due;
                self.plan(Entry { due, ..entry });
                continue;
            }
            self.judged.push_back(entry);
            if self.due.is_empty() {
                self.due = VecDeque::new();
            }
        }
        // An acknowledgment may come that much after the event that overtook it.
        let kept = self.limits.response_timeout;
        let is_old = |entry: &mut Entry| pauses.due_everywhere(entry.due) + kept < now;
        while let Some(entry) = self.judged.pop_front_if(is_old) {
            forget(sessions, &entry);
            if self.judged.is_empty() {
                self.judged = VecDeque::new();
            }
        }
        while let Some(entry) = self.settled.pop_front_if(|entry| entry.due < before) {
            forget(sessions, &entry);
            if self.settled.is_empty() {
                self.settled = VecDeque::new();
            }
        }
    }

    /// A message is to be judged then.
    fn plan(&mut self, entry: Entry) {
        let nth = self.due.partition_point(|other| other.due <= entry.due);
        self.due.insert(nth, entry);
    }

    /// When the last message that is still owed is due.
    pub(super) fn owed_until(&self, sessions: &Sessions) -> Option<Duration> {
        let owes = |entry: &&Entry| {
            let session = sessions.get(entry.session.as_str());
            let message = session.and_then(|session| session.messages.get(&entry.message));
            message.is_some_and(|message| message.due == entry.due && !message.owed.is_empty())
        };
        self.due.iter().rev().find(owes).map(|entry| entry.due)
    }

    /// A message with its session, known already or new; none where there is no room for it.
    fn follow<'a>(
        &mut self,
        sessions: &'a mut Sessions,
        session_id: &SessionId,
        id: MessageId,
        due: Duration,
    ) -> Option<(SessionView<'a>, &'a mut Message)> {
        let known = sessions.get(session_id.as_str());
        if !known.is_some_and(|known| known.messages.contains_key(&id)) {
            if self.due.len() + self.judged.len() >= MOST_MESSAGES {
                let oldest = self.judged.pop_front()?;
                forget(sessions, &oldest);
            }
            let session = sessions.heard_of(session_id)?;
            session.messages.insert(id, Message { due, ..Message::default() });
            self.plan(Entry { due, session: session_id.clone(), message: id });
        }
        let Session { members, messages, is_closed, .. } = sessions.get_mut(session_id.as_str())?;
        Some((SessionView { members, is_closed: *is_closed }, messages.get_mut(&id)?))
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.due.len() + self.judged.len() + self.settled.len() + self.order.len()
    }
}

/// A session beside one of its messages.
struct SessionView<'a> {
    members: &'a [Member],
    is_closed: bool,
}

impl Message {
    /// The message has come to a connection: the clause under which it was owed, if it was.
    fn settle(&mut self, at: Endpoint, to: &mut dyn Sink) -> Option<ClauseId> {
        let nth = self.owed.iter().position(|owed| *owed == at)?;
        self.owed.remove(nth);
        let clause = self.clause(at);
        to.checked(clause);
        if clause == ClauseId::Event1 {
            to.settled(Outcome::Delivered);
            if self.is_upload {
                to.checked(ClauseId::Upload5);
            }
        }
        Some(clause)
    }

    /// Under which clause the message is owed to a connection.
    fn clause(&self, at: Endpoint) -> ClauseId {
        match &self.sent {
            Some((sender, _)) if *sender == at => ClauseId::Event7,
            _ => ClauseId::Event1,
        }
    }
}

fn forget(sessions: &mut Sessions, entry: &Entry) {
    let Some(session) = sessions.get_mut(entry.session.as_str()) else { return };
    // One that is to be judged anew has another entry.
    if session.messages.get(&entry.message).is_some_and(|message| message.due == entry.due) {
        session.messages.remove(&entry.message);
        if session.messages.is_empty() {
            session.messages = BTreeMap::new();
        }
    }
}

fn lost(entry: &Entry, at: Endpoint, message: &Message, to: &mut dyn Sink) {
    let clause = message.clause(at);
    let place = (at, entry.due);
    let told = format!("message {} did not come to this connection", entry.message);
    to.checked(clause);
    if clause == ClauseId::Event1 {
        to.settled(Outcome::Lost);
        if message.is_upload {
            to.checked(ClauseId::Upload5);
            let message = told.clone();
            to.found(Finding {
                message,
                ..missing(ClauseId::Upload5, place, &entry.session, "chat-message")
            });
        }
    }
    to.found(Finding { message: told, ..missing(clause, place, &entry.session, "chat-message") });
}
