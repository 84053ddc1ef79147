//! The store of every server: all of it in memory.

use std::collections::BTreeMap;

use crate::protocol::{MessageId, SessionId, TenantId};
use crate::server::EpochMillis;

use super::{Change, Draft, Message, Session, Store};

/// Keeps everything in memory, until the server ends.
#[derive(Debug, Default)]
pub(in crate::server) struct MemoryStore {
    sessions: BTreeMap<SessionId, Shelf>,
    unread: BTreeMap<TenantId, u64>,
    last_message: u64,
    last_connection: u64,
    /// What changed since it was last taken; `None` where nobody keeps it.
    changes: Option<Vec<Change>>,
}

/// What a store held when it was last kept.
#[derive(Debug, Default, PartialEq)]
pub(in crate::server) struct Contents {
    /// By ascending number.
    pub(in crate::server) sessions: Vec<Session>,
    /// By ascending id, each of one of the sessions.
    pub(in crate::server) messages: Vec<Message>,
    /// The greatest id that a message ever had.
    pub(in crate::server) last_message: u64,
    /// The greatest number that a connection ever had.
    pub(in crate::server) last_connection: u64,
}

/// A session with its messages by ascending id.
#[derive(Debug)]
struct Shelf {
    session: Session,
    messages: Vec<Message>,
}

impl Shelf {
    fn position(&self, id: MessageId) -> Option<usize> {
        self.messages.binary_search_by_key(&id, |message| message.id).ok()
    }
}

impl MemoryStore {
    /// A store with these contents, which tells its changes from now on.
    pub(in crate::server) fn restore(contents: Contents) -> Self {
        let mut store = Self {
            last_message: contents.last_message,
            last_connection: contents.last_connection,
            ..Self::default()
        };
        for session in contents.sessions {
            let shelf = Shelf { session: session.clone(), messages: Vec::new() };
            store.sessions.insert(session.id, shelf);
        }
        contents.messages.into_iter().for_each(|message| store.shelve(message));
        store.changes = Some(Vec::new());
        store
    }

    /// What it holds.
    #[cfg(test)]
    pub(in crate::server) fn contents(&self) -> Contents {
        let shelves = self.sessions.values();
        let mut sessions: Vec<_> = shelves.clone().map(|shelf| shelf.session.clone()).collect();
        let mut messages: Vec<_> = shelves.flat_map(|shelf| shelf.messages.clone()).collect();
        sessions.sort_unstable_by_key(|session| session.no);
        messages.sort_unstable_by_key(|message| message.id);
        let (last_message, last_connection) = (self.last_message, self.last_connection);
        Contents { sessions, messages, last_message, last_connection }
    }

    /// Puts a message behind the others of its session.
    fn shelve(&mut self, message: Message) {
        let Some(shelf) = self.sessions.get_mut(&message.draft.session) else { return };
        let (tenant, is_unread) = (message.draft.tenant, message.is_unread());
        shelf.messages.push(message);
        self.count(tenant, false, is_unread);
    }

    fn note(&mut self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change());
        }
    }

    fn count(&mut self, tenant: TenantId, was_unread: bool, is_unread: bool) {
        let unread = self.unread.entry(tenant).or_default();
        *unread = *unread + u64::from(is_unread) - u64::from(was_unread);
    }
}

impl Store for MemoryStore {
    fn add_session(&mut self, id: SessionId, tenant: TenantId, now: EpochMillis) -> Session {
        let session = Session {
            no: self.sessions.len() as u64 + 1,
            id,
            tenant,
            initiator_pinged_at: now,
            joiner_pinged_at: None,
            is_closed: false,
        };
        let shelf = Shelf { session: session.clone(), messages: Vec::new() };
        self.sessions.insert(session.id.clone(), shelf);
        self.note(|| Change::Session(session.clone()));
        session
    }

    fn session(&self, id: &str) -> Option<Session> {
        self.sessions.get(id).map(|shelf| shelf.session.clone())
    }

    fn open_sessions(&self, limit: usize) -> Vec<Session> {
        let sessions = self.sessions.values().map(|shelf| &shelf.session);
        let mut open: Vec<_> = sessions.filter(|session| !session.is_closed).collect();
        open.sort_unstable_by_key(|session| std::cmp::Reverse(session.no));
        open.into_iter().take(limit).cloned().collect()
    }

    fn save_session(&mut self, session: &Session) {
        if let Some(shelf) = self.sessions.get_mut(&session.id) {
            shelf.session = session.clone();
            self.note(|| Change::Session(session.clone()));
        }
    }

    fn add_message(&mut self, draft: Draft) -> Message {
        self.last_message += 1;
        let message = Message { id: MessageId(self.last_message), draft, seen_at: None };
        self.shelve(message.clone());
        self.note(|| Change::Message(message.clone()));
        message
    }

    fn message(&self, session: &SessionId, id: MessageId) -> Option<Message> {
        let shelf = self.sessions.get(session)?;
        Some(shelf.messages[shelf.position(id)?].clone())
    }

    fn save_message(&mut self, message: &Message) {
        let Some(shelf) = self.sessions.get_mut(&message.draft.session) else { return };
        let Some(at) = shelf.position(message.id) else { return };
        let before = std::mem::replace(&mut shelf.messages[at], message.clone());
        self.count(message.draft.tenant, before.is_unread(), message.is_unread());
        self.note(|| Change::Message(message.clone()));
    }

    fn remove_message(&mut self, session: &SessionId, id: MessageId) {
        let Some(shelf) = self.sessions.get_mut(session) else { return };
        let Some(at) = shelf.position(id) else { return };
        let message = shelf.messages.remove(at);
        self.count(message.draft.tenant, message.is_unread(), false);
        self.note(|| Change::Removed(id));
    }

    fn page(&self, session: &SessionId, offset: u64, limit: u32) -> Vec<Message> {
        let Some(shelf) = self.sessions.get(session) else { return Vec::new() };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        shelf.messages.iter().skip(offset).take(limit as usize).cloned().collect()
    }

    fn unread(&self, tenant: TenantId) -> u64 {
        self.unread.get(&tenant).copied().unwrap_or_default()
    }

    fn next_connection(&mut self) -> u64 {
        self.last_connection += 1;
        let no = self.last_connection;
        self.note(|| Change::Connected(no));
        no
    }

    fn take_changes(&mut self) -> Vec<Change> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
