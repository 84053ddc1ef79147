//! What may be looked at from outside, and never changed.

use serde_json::Value;

use crate::protocol::{MessageId, SessionId, TenantId};
use crate::server::store::{Message, Session, Store};
use crate::server::wire;

use super::{SocketNo, State};

impl<S: Store> State<S> {
    /// The tenant of an open connection.
    pub(in crate::server) fn tenant_of(&self, socket: SocketNo) -> Option<TenantId> {
        Some(self.connections.get(&socket)?.tenant)
    }

    /// The open connections with their tenants, the oldest first.
    pub(in crate::server) fn sockets(&self) -> impl Iterator<Item = (SocketNo, TenantId)> {
        self.connections.iter().map(|(socket, connection)| (*socket, connection.tenant))
    }

    /// The connections that take part in an open session, in the order in which they joined.
    pub(in crate::server) fn participants(&self, session: &str) -> &[SocketNo] {
        self.participants.get(session).map_or(&[], Vec::as_slice)
    }

    /// A session, whoever's it is.
    pub(in crate::server) fn session_by_id(&self, session: &str) -> Option<Session> {
        self.store.session(session)
    }

    /// A page of a listing that begins with the newest message.
    pub(in crate::server) fn newest_first(
        &self,
        session: &str,
        offset: u64,
        limit: u32,
    ) -> Vec<Value> {
        let mut all = self.store.page(&SessionId::new(session), 0, u32::MAX);
        all.reverse();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let page = all.iter().skip(offset).take(limit as usize);
        page.map(|message| wire::message_in_response(message, "metadata")).collect()
    }

    /// A message, if it belongs to the session.
    pub(in crate::server) fn message_by_id(&self, session: &str, id: u64) -> Option<Message> {
        self.store.message(&SessionId::new(session), MessageId(id))
    }
}
