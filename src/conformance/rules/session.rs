//! The sessions of one flow instance: who takes part, whether they are closed, and what is owed in
//! them. A bounded memory, as each iteration of a flow may open another session.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use crate::conformance::monitor::Endpoint;
use crate::protocol::{MessageId, Sent, SessionId};

/// How many sessions are remembered, beyond those in which something is owed.
const MOST: usize = 32;

/// One session.
pub(super) struct Session {
    pub(super) members: Vec<Member>,
    pub(super) messages: HashMap<MessageId, Message>,
    pub(super) is_closed: bool,
    /// When we asked to end it, while it was open; none once that was refused.
    pub(super) end_asked_at: Option<Duration>,
    born: u64,
}

/// A connection that takes part in a session.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) at: Endpoint,
    pub(super) since: Duration,
}

/// A message that was acknowledged, or has arrived somewhere.
#[derive(Default)]
pub(super) struct Message {
    /// The connection it was sent on, and when; known once the send is acknowledged.
    pub(super) sent: Option<(Endpoint, Rc<Sent>)>,
    /// The connections that are still to get it.
    pub(super) owed: Vec<Endpoint>,
    /// The connections that have got it, and when.
    pub(super) arrived: Vec<(Endpoint, Duration)>,
    /// When it is judged who has not got it.
    pub(super) due: Duration,
}

impl Session {
    pub(super) fn has_member(&self, at: Endpoint) -> bool {
        self.members.iter().any(|member| member.at == at)
    }

    fn owes(&self) -> bool {
        self.messages.values().any(|message| !message.owed.is_empty())
    }
}

/// The sessions that were heard of.
#[derive(Default)]
pub(super) struct Sessions {
    by_id: BTreeMap<SessionId, Session>,
    born: u64,
}

impl Sessions {
    pub(super) fn get(&self, id: &SessionId) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &SessionId) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.by_id.values_mut()
    }

    /// A session that a server spoke of unasked: a new one is followed only where there is room.
    pub(super) fn heard_of(&mut self, id: &SessionId) -> Option<&mut Session> {
        if self.by_id.len() >= MOST && !self.by_id.contains_key(id) {
            return None;
        }
        Some(self.add(id))
    }

    /// A session of ours: for a new one, the least of the others gives way.
    pub(super) fn ours(&mut self, id: &SessionId) -> &mut Session {
        if self.by_id.len() >= MOST && !self.by_id.contains_key(id) {
            self.forget_one();
        }
        self.add(id)
    }

    fn add(&mut self, id: &SessionId) -> &mut Session {
        self.by_id.entry(id.clone()).or_insert_with(|| {
            self.born += 1;
            let (members, messages) = (Vec::new(), HashMap::new());
            Session { members, messages, is_closed: false, end_asked_at: None, born: self.born }
        })
    }

    /// Forgets a session in which nothing is owed: of those in which nobody takes part, else of
    /// those that are closed, else of all, the oldest.
    fn forget_one(&mut self) {
        let idle = self.by_id.iter().filter(|(_, session)| !session.owes());
        let least = idle.min_by_key(|(_, session)| {
            (!session.members.is_empty(), !session.is_closed, session.born)
        });
        if let Some(id) = least.map(|(id, _)| id.clone()) {
            self.by_id.remove(&id);
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.by_id.values().map(|session| 1 + session.members.len() + session.messages.len()).sum()
    }
}
