//! EVENT-1: who is owed which message, and whether it came.
//!
//! A connection takes part in a session from the arrival of its 200 to init or resume, and is owed
//! each message whose send leaves later; of the concierge's, each that was first seen anywhere a
//! second later or more. An event may come before the acknowledgment of its send.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::conformance::monitor::{Endpoint, Limits};
use crate::conformance::{ClauseId, Delivery, Finding, Outcome, Sink};
use crate::protocol::{Call, MessageId, RequestNo, Sent, SessionId, digits};

use super::session::{Member, Message, Session, Sessions};

/// How much later than a join a message of the concierge must be seen to be owed.
const CONCIERGE_MARGIN: Duration = Duration::from_secs(1);

/// How many messages are followed at once. In a flood of more, the oldest that were judged are
/// forgotten, and where there are none, new ones are not judged.
const MOST_MESSAGES: usize = 16 * 1024;

/// What is owed in the sessions of one flow instance.
pub(in crate::conformance) struct Deliveries {
    response_timeout: Duration,
    delivery_timeout: Duration,
    sessions: Sessions,
    /// Sends on their way: who takes part in the session as they leave.
    sends: BTreeMap<(Endpoint, RequestNo), Vec<Endpoint>>,
    /// Messages to be judged, soonest first. One that is acknowledged after it arrived stands twice.
    due: VecDeque<Entry>,
    /// Messages that were judged, and are kept for a late acknowledgment; soonest to go first.
    judged: VecDeque<Entry>,
}

/// A message with the instant at which it was to be judged.
struct Entry {
    due: Duration,
    session: SessionId,
    message: MessageId,
}

impl Deliveries {
    pub(in crate::conformance) fn new(limits: &Limits) -> Self {
        Self {
            response_timeout: limits.response_timeout,
            delivery_timeout: limits.delivery_timeout,
            sessions: Sessions::default(),
            sends: BTreeMap::new(),
            due: VecDeque::new(),
            judged: VecDeque::new(),
        }
    }

    /// Whether a close explains an error that came at this time. One that we asked for explains
    /// nothing that came before we did.
    pub(in crate::conformance) fn excuses(&self, session: &SessionId, error_at: Duration) -> bool {
        self.sessions.get(session).is_some_and(|session| {
            session.is_closed && session.end_asked_at.is_none_or(|asked_at| asked_at <= error_at)
        })
    }

    /// Some frame says that a session is closed.
    pub(in crate::conformance) fn close(&mut self, session: &SessionId) {
        if let Some(session) = self.sessions.heard_of(session) {
            session.is_closed = true;
        }
    }

    /// A connection takes part in a session from now on.
    pub(in crate::conformance) fn join(
        &mut self,
        session: &SessionId,
        at: Endpoint,
        since: Duration,
    ) {
        let session = self.sessions.ours(session);
        if !session.has_member(at) {
            session.members.push(Member { at, since });
        }
    }

    /// A connection has ended: nothing more is owed to it.
    pub(in crate::conformance) fn left(&mut self, at: Endpoint) {
        self.sends.retain(|(sender, _), _| *sender != at);
        for session in self.sessions.iter_mut() {
            session.members.retain(|member| member.at != at);
            for message in session.messages.values_mut() {
                message.owed.retain(|owed| *owed != at);
            }
        }
    }

    /// A request has left: a send will be owed to whoever takes part now, and a close that is
    /// told after an end is taken for ours.
    pub(in crate::conformance) fn sent(&mut self, sender: Endpoint, sent: &Sent, now: Duration) {
        let Some(session) = sent.request.session_id() else { return };
        let Some(session) = self.sessions.get_mut(&session).filter(|session| !session.is_closed)
        else {
            return;
        };
        match sent.request.call() {
            Call::Send => {
                let others = session.members.iter().map(|member| member.at);
                let others: Vec<_> = others.filter(|at| *at != sender).collect();
                if !others.is_empty() {
                    self.sends.insert((sender, sent.no), others);
                }
            }
            Call::End => session.end_asked_at = Some(now),
            _ => {}
        }
    }

    /// A request was not answered with 200, so nothing can be said of what it asked for.
    pub(in crate::conformance) fn came_to_nothing(&mut self, sender: Endpoint, sent: &Sent) {
        self.sends.remove(&(sender, sent.no));
        if sent.request.call() == Call::End
            && let Some(session) = sent.request.session_id()
            && let Some(session) = self.sessions.get_mut(&session)
        {
            session.end_asked_at = None;
        }
    }

    /// A send was acknowledged with this message.
    pub(in crate::conformance) fn acknowledged(
        &mut self,
        sender: Endpoint,
        sent: &Rc<Sent>,
        message: &Value,
        now: Duration,
        to: &mut dyn Sink,
    ) {
        let mut owed = self.sends.remove(&(sender, sent.no)).unwrap_or_default();
        let Some(id) = digits(&message["id"]).map(MessageId) else { return };
        let Some(session_id) = sent.request.session_id() else { return };
        let Some(session) = self.sessions.get(&session_id) else { return };
        owed.retain(|at| session.has_member(*at));
        let due = now + self.delivery_timeout;
        let Some((_, message)) = self.follow(&session_id, id, due) else { return };
        if message.sent.is_some() {
            return;
        }
        message.sent = Some((sender, Rc::clone(sent)));
        message.owed = owed;
        for nth in 0..message.arrived.len() {
            let (at, arrived_at) = message.arrived[nth];
            message.settle(at, to);
            let (latency, service) = sent.until(arrived_at);
            let (is_own, is_first) = (at == sender, nth == 0);
            to.delivered(Delivery { latency, service, is_own, is_first });
        }
        if message.due != due {
            message.due = due;
            self.due.push_back(Entry { due, session: session_id, message: id });
        }
    }

    /// A message event has arrived, for the first time on this connection. `has_got` tells which
    /// others have got it, however long ago.
    pub(in crate::conformance) fn arrived(
        &mut self,
        session: &SessionId,
        at: Endpoint,
        message: &Value,
        (now, has_got): (Duration, &dyn Fn(Endpoint) -> bool),
        to: &mut dyn Sink,
    ) {
        let Some(id) = digits(&message["id"]).map(MessageId) else { return };
        let is_concierges = message["senderEntityType"] == "BACKEND_USER";
        let is_new =
            self.sessions.get(session).is_none_or(|known| !known.messages.contains_key(&id));
        let due = now + self.delivery_timeout;
        let Some((session, message)) = self.follow(session, id, due) else { return };
        if is_concierges && is_new && !session.is_closed {
            let owed = |member: &&Member| {
                member.since + CONCIERGE_MARGIN <= now && (member.at == at || !has_got(member.at))
            };
            message.owed = session.members.iter().filter(owed).map(|member| member.at).collect();
        }
        if message.arrived.iter().any(|(known, _)| *known == at) {
            return;
        }
        let is_first = message.arrived.is_empty();
        message.arrived.push((at, now));
        message.settle(at, to);
        if let Some((sender, sent)) = &message.sent {
            let (latency, service) = sent.until(now);
            to.delivered(Delivery { latency, service, is_own: at == *sender, is_first });
        }
    }

    /// Judges the messages that are due, and forgets what was judged long ago.
    pub(in crate::conformance) fn advance(&mut self, now: Duration, to: &mut dyn Sink) {
        while let Some(entry) = self.due.pop_front_if(|entry| entry.due < now) {
            let Some(session) = self.sessions.get_mut(&entry.session) else { continue };
            let Some(message) = session.messages.get_mut(&entry.message) else { continue };
            if message.due != entry.due {
                continue;
            }
            for at in std::mem::take(&mut message.owed) {
                lost(&entry, at, to);
            }
            self.judged.push_back(entry);
        }
        // An acknowledgment may come that much after the event that overtook it.
        let kept = self.response_timeout;
        while let Some(entry) = self.judged.pop_front_if(|entry| entry.due + kept < now) {
            self.forget(&entry);
        }
    }

    /// When the last message that is still owed is due.
    pub(in crate::conformance) fn owed_until(&self) -> Option<Duration> {
        let owes = |entry: &&Entry| {
            let session = self.sessions.get(&entry.session);
            let message = session.and_then(|session| session.messages.get(&entry.message));
            message.is_some_and(|message| message.due == entry.due && !message.owed.is_empty())
        };
        self.due.iter().rev().find(owes).map(|entry| entry.due)
    }

    /// A message with its session, known already or new; none where there is no room for it.
    fn follow(
        &mut self,
        session_id: &SessionId,
        id: MessageId,
        due: Duration,
    ) -> Option<(SessionView<'_>, &mut Message)> {
        let is_known =
            self.sessions.get(session_id).is_some_and(|known| known.messages.contains_key(&id));
        if !is_known {
            if self.due.len() + self.judged.len() >= MOST_MESSAGES {
                let oldest = self.judged.pop_front()?;
                self.forget(&oldest);
            }
            let session = self.sessions.heard_of(session_id)?;
            session.messages.insert(id, Message { due, ..Message::default() });
            self.due.push_back(Entry { due, session: session_id.clone(), message: id });
        }
        let Session { members, messages, is_closed, .. } = self.sessions.get_mut(session_id)?;
        Some((SessionView { members, is_closed: *is_closed }, messages.get_mut(&id)?))
    }

    #[cfg(test)]
    pub(in crate::conformance) fn size(&self) -> usize {
        self.sessions.size() + self.sends.len() + self.due.len() + self.judged.len()
    }

    fn forget(&mut self, entry: &Entry) {
        let Some(session) = self.sessions.get_mut(&entry.session) else { return };
        // One that is to be judged anew has another entry.
        if session.messages.get(&entry.message).is_some_and(|message| message.due == entry.due) {
            session.messages.remove(&entry.message);
        }
    }
}

/// A session beside one of its messages.
struct SessionView<'a> {
    members: &'a [Member],
    is_closed: bool,
}

impl Message {
    fn settle(&mut self, at: Endpoint, to: &mut dyn Sink) {
        if let Some(nth) = self.owed.iter().position(|owed| *owed == at) {
            self.owed.remove(nth);
            to.checked(ClauseId::Event1);
            to.settled(Outcome::Delivered);
        }
    }
}

fn lost(entry: &Entry, at: Endpoint, to: &mut dyn Sink) {
    to.checked(ClauseId::Event1);
    to.settled(Outcome::Lost);
    to.found(Finding {
        clause: ClauseId::Event1,
        at: entry.due,
        device: at.device,
        session: Some(entry.session.clone()),
        route: None,
        event: Some("chat-message".into()),
        message: format!("message {} did not come to this connection", entry.message),
        expected: "a chat-message event within the delivery timeout".into(),
        actual: "none".into(),
        pointer: String::new(),
        frame: None,
    });
}
