//! Where sessions and messages are kept. What may be done to them is [`State`]'s business.
//!
//! Start from [`Store`]; [`Change`] is what a store tells whoever keeps it beyond the server's end.
//!
//! [`State`]: super::state::State

mod change;
mod memory;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::protocol::{ContentType, MessageId, SessionId, TenantId};

use super::EpochMillis;

pub(super) use change::Change;
pub(super) use memory::{Contents, MemoryStore};

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
    /// A new number for a connection, greater than any before.
    fn next_connection(&mut self) -> u64;
    /// What changed since this was last asked, in order; nothing where nobody keeps it.
    fn take_changes(&mut self) -> Vec<Change>;
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
