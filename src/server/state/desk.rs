//! The routes of the back office, where a person plays the concierge. They are this server's own: the
//! protocol document has only the tenant's side.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::server::EpochMillis;
use crate::server::request::{Fields, Refusal};
use crate::server::store::{Draft, Message, Sender, Session, Store};
use crate::server::wire;

use super::messages::message_body;
use super::{Answer, Channel, SocketNo, State};

/// Sessions that one listing tells, the newest first.
const MOST_LISTED: usize = 100;

impl<S: Store> State<S> {
    pub(super) fn answer_desk(
        &mut self,
        now: EpochMillis,
        socket: SocketNo,
        channel: &Channel,
        fields: &Fields,
    ) -> Result<Answer, Refusal> {
        match channel.route.as_str() {
            "desk/list-chat-sessions" => Ok(self.list_open().into()),
            "desk/join-chat-session" => self.join_at_desk(now, socket, fields),
            "desk/send-message" => self.send_at_desk(now, socket, fields),
            "desk/seen-message" => self.see_at_desk(now, fields),
            "desk/unsend-message" => self.unsend_at_desk(socket, fields),
            "desk/end-chat-session" => self.end_at_desk(fields),
            _ => Err(Refusal::UnknownRoute),
        }
    }

    fn list_open(&self) -> Value {
        let sessions = self.store.open_sessions(MOST_LISTED);
        let sessions: Vec<_> = sessions.iter().map(wire::session_in_response).collect();
        json!({ "chatSessions": sessions })
    }

    /// From now on this connection gets the session's events.
    fn join_at_desk(
        &mut self,
        now: EpochMillis,
        socket: SocketNo,
        fields: &Fields,
    ) -> Result<Answer, Refusal> {
        let session = self.open_at_desk(fields)?;
        let participants = self.participants.entry(session.id.clone()).or_default();
        if !participants.contains(&socket) {
            participants.push(socket);
            self.desks.entry(socket).or_default().push(session.id.clone());
        }
        let (session, effects) = self.join(now, session);
        Ok(Answer { body: session_body(&session), effects })
    }

    fn send_at_desk(
        &mut self,
        now: EpochMillis,
        socket: SocketNo,
        fields: &Fields,
    ) -> Result<Answer, Refusal> {
        let (content_type, content) = (fields.content_type()?, fields.content()?);
        let metadata = fields.metadata()?.map(|metadata| Arc::new(metadata.clone()));
        let session = self.open_at_desk(fields)?;
        let (session, mut effects) = self.join(now, session);
        let message = self.store.add_message(Draft {
            session: session.id.clone(),
            tenant: session.tenant,
            sender: Sender::Concierge,
            content_type,
            content: content.into(),
            metadata,
            sent_at: now,
        });
        effects.push(self.announce(&message, Some(socket)));
        let body = message_body(&session, wire::message_in_response(&message, "metadata"));
        Ok(Answer { body, effects })
    }

    fn see_at_desk(&mut self, now: EpochMillis, fields: &Fields) -> Result<Answer, Refusal> {
        let (session, message) = self.message_at_desk(fields)?;
        if message.draft.sender != Sender::Tenant {
            return Err(Refusal::NotTheirs);
        }
        let effects = self.see_tenants(now, session.clone(), message.id);
        let message = self.store.message(&session.id, message.id).unwrap_or(message);
        let body = message_body(&session, wire::message_in_response(&message, "metadata"));
        Ok(Answer { body, effects })
    }

    fn unsend_at_desk(&mut self, socket: SocketNo, fields: &Fields) -> Result<Answer, Refusal> {
        let (session, message) = self.message_at_desk(fields)?;
        if message.draft.sender != Sender::Concierge {
            return Err(Refusal::NotYours);
        }
        let retraction = self.retract(&session.id, message.id, Some(socket));
        Ok(Answer { body: json!({ "messageId": message.id }), effects: vec![retraction] })
    }

    fn end_at_desk(&mut self, fields: &Fields) -> Result<Answer, Refusal> {
        let mut session = self.open_at_desk(fields)?;
        let effects = self.end_by_concierge(session.clone());
        session.is_closed = true;
        Ok(Answer { body: session_body(&session), effects })
    }

    fn message_at_desk(&self, fields: &Fields) -> Result<(Session, Message), Refusal> {
        let id = fields.message_id()?;
        let session = self.open_at_desk(fields)?;
        let message = self.store.message(&session.id, id).ok_or(Refusal::UnknownMessage)?;
        Ok((session, message))
    }

    /// Any tenant's session: the concierge serves them all.
    fn open_at_desk(&self, fields: &Fields) -> Result<Session, Refusal> {
        let session = self.store.session(fields.session_id()?).ok_or(Refusal::UnknownSession)?;
        if session.is_closed { Err(Refusal::SessionClosed) } else { Ok(session) }
    }
}

fn session_body(session: &Session) -> Value {
    wire::object([
        ("chatSessionId", json!(session.id)),
        ("chatSession", wire::session_in_response(session)),
    ])
}
