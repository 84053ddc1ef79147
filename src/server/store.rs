//! Where sessions and messages are kept. What may be done to them is [`State`]'s business.
//!
//! [`State`]: super::state::State

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::protocol::{ContentType, MessageId, SessionId, TenantId};

use super::EpochMillis;

/// Keeps sessions and messages, and hands out their ids.
pub(super) trait Store: Send {
    /// Adds an open session with a new number.
    fn add_session(&mut self, id: SessionId, tenant: TenantId, now: EpochMillis) -> Session;
    /// The session of this id.
    fn session(&self, id: &str) -> Option<Session>;
    /// At most so many open sessions, the newest first.
    fn open_sessions(&self, limit: usize) -> Vec<Session>;
    /// Replaces a session that was added before.
    fn save_session(&mut self, session: &Session);
    /// Adds a message with a new id, greater than any before.
    fn add_message(&mut self, draft: Draft) -> Message;
    /// The message of this id, if it belongs to the session.
    fn message(&self, session: &SessionId, id: MessageId) -> Option<Message>;
    /// Replaces a message that was added before.
    fn save_message(&mut self, message: &Message);
    /// Removes a message, and does nothing where there is none.
    fn remove_message(&mut self, session: &SessionId, id: MessageId);
    /// At most `limit` messages of a session by ascending id, after the first `offset`.
    fn page(&self, session: &SessionId, offset: u64, limit: u32) -> Vec<Message>;
    /// How many messages of the concierge the tenant has not seen, over all its sessions.
    fn unread(&self, tenant: TenantId) -> u64;
}

/// A chat session. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    /// Its number, `id` on the wire.
    pub(super) no: u64,
    pub(super) id: SessionId,
    pub(super) tenant: TenantId,
    pub(super) initiator_pinged_at: EpochMillis,
    /// The concierge's last ping; `None` until it joins.
    pub(super) joiner_pinged_at: Option<EpochMillis>,
    pub(super) is_closed: bool,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Tenant,
    Concierge,
}

/// A message without an id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) session: SessionId,
    /// The tenant of the session, whoever the sender is.
    pub(super) tenant: TenantId,
    pub(super) sender: Sender,
    pub(super) content_type: ContentType,
    pub(super) content: Arc<str>,
    pub(super) metadata: Option<Arc<Map<String, Value>>>,
    pub(super) sent_at: EpochMillis,
}

/// A message. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) draft: Draft,
    pub(super) seen_at: Option<EpochMillis>,
}

impl Message {
    /// Whether the tenant wrote it.
    pub(super) fn is_of_tenant(&self) -> bool {
        self.draft.sender == Sender::Tenant
    }

    /// Whether it counts as unread for the tenant.
    fn is_unread(&self) -> bool {
        self.draft.sender == Sender::Concierge && self.seen_at.is_none()
    }
}

/// Keeps everything in memory, until the server ends.
#[derive(Debug, Default)]
pub(super) struct MemoryStore {
    sessions: BTreeMap<SessionId, Shelf>,
    unread: BTreeMap<TenantId, u64>,
    last_message: u64,
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
        }
    }

    fn add_message(&mut self, draft: Draft) -> Message {
        self.last_message += 1;
        let message = Message { id: MessageId(self.last_message), draft, seen_at: None };
        if let Some(shelf) = self.sessions.get_mut(&message.draft.session) {
            shelf.messages.push(message.clone());
            self.count(message.draft.tenant, false, message.is_unread());
        }
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
    }

    fn remove_message(&mut self, session: &SessionId, id: MessageId) {
        let Some(shelf) = self.sessions.get_mut(session) else { return };
        let Some(at) = shelf.position(id) else { return };
        let message = shelf.messages.remove(at);
        self.count(message.draft.tenant, message.is_unread(), false);
    }

    fn page(&self, session: &SessionId, offset: u64, limit: u32) -> Vec<Message> {
        let Some(shelf) = self.sessions.get(session) else { return Vec::new() };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        shelf.messages.iter().skip(offset).take(limit as usize).cloned().collect()
    }

    fn unread(&self, tenant: TenantId) -> u64 {
        self.unread.get(&tenant).copied().unwrap_or_default()
    }
}
