//! The sessions of one flow instance: whose they are, who takes part, what was said in them. A
//! bounded memory, as each iteration of a flow may open another session.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::conformance::SessionKey;
use crate::conformance::few::Few;
use crate::conformance::moment::Moment;
use crate::conformance::monitor::Endpoint;
use crate::protocol::{AccountNo, MessageId, SessionId, Times};

use super::facts::Facts;
use super::history::{History, Tick};
use super::paging::Paging;

/// How many sessions are remembered, beyond those in which something is owed.
const MOST: usize = 32;

/// Of how many that were forgotten it is remembered that they were ours.
const MOST_FORGOTTEN: usize = 256;

/// One session.
pub(super) struct Session {
    pub(super) members: Vec<Member>,
    pub(super) messages: BTreeMap<MessageId, Message>,
    pub(super) is_closed: bool,
    /// Whether its end was announced, or is owed to be.
    pub(super) is_end_owed: bool,
    /// When we asked to end it, while it was open; none once that was refused.
    pub(super) end_asked_at: Option<Duration>,
    /// Whose it is: the account that opened or resumed it.
    pub(super) account: Option<AccountNo>,
    /// Whether it was opened by this flow, so that all that is said in it can be known.
    pub(super) is_complete: bool,
    pub(super) facts: Facts,
    pub(super) history: History,
    /// The greatest id of an acknowledged message.
    pub(super) acknowledged: u64,
    /// Sends and unsends that are under way.
    pub(super) changes: u16,
    /// When the last send or unsend left, was answered or was heard of.
    pub(super) changed: Tick,
    pub(super) paging: Option<Box<Paging>>,
    /// Since when some connection has taken part all the time, where one does now.
    pub(super) watched: Tick,
    /// When it last answered a request that a closed session refuses.
    pub(super) proved: Tick,
    /// When a connection that took part ended, and nobody has resumed it since.
    pub(super) dropped: Option<Tick>,
    /// The same, where somebody has, and has not listed all messages yet (RESUME-6).
    pub(super) resumed: Option<Tick>,
    born: u64,
}

/// A connection that takes part in a session.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) at: Endpoint,
    pub(super) since: Moment,
    /// The greatest message id that it got.
    pub(super) newest: u64,
    pub(super) was_told_join: bool,
    pub(super) was_told_end: bool,
}

/// A message that was acknowledged, or has arrived somewhere.
#[derive(Default)]
pub(super) struct Message {
    /// The connection it was sent on, and when; known once the send is acknowledged.
    pub(super) sent: Option<(Endpoint, Times)>,
    /// When its send left and was acknowledged; zero where that is not known.
    pub(super) left: Tick,
    pub(super) acknowledged: Tick,
    /// Whether some message of its session was acknowledged before it left (EVENT-4).
    pub(super) has_earlier: bool,
    pub(super) is_upload: bool,
    /// The connections that are still to get it.
    pub(super) owed: Vec<Endpoint>,
    /// The connections that have got it, and when.
    pub(super) arrived: Vec<(Endpoint, Duration)>,
    /// When it is judged who has not got it.
    pub(super) due: Duration,
}

impl Session {
    fn new(keeps_history: bool, born: u64) -> Self {
        Self {
            members: Vec::new(),
            messages: BTreeMap::new(),
            is_closed: false,
            is_end_owed: false,
            end_asked_at: None,
            account: None,
            is_complete: false,
            facts: Facts::default(),
            history: History::new(keeps_history),
            acknowledged: 0,
            changes: 0,
            changed: 0,
            paging: None,
            watched: 0,
            proved: 0,
            resumed: None,
            dropped: None,
            born,
        }
    }

    pub(super) fn has_member(&self, at: Endpoint) -> bool {
        self.members.iter().any(|member| member.at == at)
    }

    pub(super) fn member_mut(&mut self, at: Endpoint) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.at == at)
    }

    /// Whether some connection has taken part all the time from this on, so that what the
    /// concierge did since was told.
    pub(super) fn was_watched_since(&self, tick: Tick) -> bool {
        !self.members.is_empty() && self.watched <= tick
    }

    /// A connection takes part in it from now on.
    pub(super) fn join(&mut self, member: Member) {
        self.members.reserve_exact(1);
        self.members.push(member);
    }

    fn owes(&self) -> bool {
        self.messages.values().any(|message| !message.owed.is_empty())
    }
}

/// The sessions that were heard of.
pub(super) struct Sessions {
    by_id: Few<SessionId, Session>,
    forgotten: VecDeque<SessionKey>,
    keeps_history: bool,
    born: u64,
}

impl Sessions {
    pub(super) fn new(keeps_history: bool) -> Self {
        Self { by_id: Few::default(), forgotten: VecDeque::new(), keeps_history, born: 0 }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    /// The id of a session that is known, as it is shared.
    pub(super) fn id(&self, id: &str) -> Option<SessionId> {
        self.by_id.get_key_value(id).map(|(id, _)| id.clone())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&SessionId, &Session)> {
        self.by_id.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&SessionId, &mut Session)> {
        self.by_id.iter_mut()
    }

    /// Whether it was ours, and had to give way to others.
    pub(super) fn was_forgotten(&self, id: &SessionId) -> bool {
        !self.forgotten.is_empty() && self.forgotten.contains(&SessionKey::of(id))
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
        let keeps_history = self.keeps_history;
        self.by_id.get_or_insert_with(id.clone(), || {
            self.born += 1;
            Session::new(keeps_history, self.born)
        })
    }

    /// Forgets a session in which nothing is owed: of those in which nobody takes part, else of
    /// those that are closed, else of all, the oldest.
    fn forget_one(&mut self) {
        let idle = self.by_id.iter().filter(|(_, session)| !session.owes());
        let least = idle.min_by_key(|(_, session)| {
            (!session.members.is_empty(), !session.is_closed, session.born)
        });
        let Some(id) = least.map(|(id, _)| id.clone()) else { return };
        let was_ours = self.by_id.remove(&id).is_some_and(|session| session.account.is_some());
        if was_ours {
            self.forgotten.truncate(MOST_FORGOTTEN - 1);
            self.forgotten.push_front(SessionKey::of(&id));
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        let size = |session: &Session| {
            let records = session.history.iter().count();
            1 + session.members.len() + session.messages.len() + records
        };
        self.by_id.values().map(size).sum()
    }
}
