//! The routes of messages: list, send, unsend, mark as seen, count the unread.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::protocol::{ContentType, EventKind, MessageId, SessionId};
use crate::server::concierge::{Act, Part};
use crate::server::request::{Fields, Page, Refusal};
use crate::server::store::{Draft, Message, Sender, Session, Store};
use crate::server::wire;

use super::{Answer, Caller, Effect, SocketNo, State};

impl<S: Store> State<S> {
    /// Document, 3. Get All Chat Messages, of a closed session as well.
    pub(super) fn list(
        &self,
        caller: Caller,
        query: Option<&str>,
        fields: &Fields,
    ) -> Result<Answer, Refusal> {
        let session = self.find_session(caller, fields)?;
        let Page { page, limit } = Page::parse(query);
        let per_page = limit.min(self.wire.page_cap);
        let offset = (u64::from(page) - 1) * u64::from(per_page);
        let messages = self.store.page(&session.id, offset, per_page);
        let messages =
            messages.iter().map(|message| wire::message_in_response(message, "metadata"));
        Ok(Answer::from(wire::object([
            ("messages", Value::Array(messages.collect())),
            ("paginate", json!({ "per_page": per_page, "offset": offset, "page": page })),
        ])))
    }

    /// Document, 5. Send Message. It counts as a ping, as the document's example of an end has it.
    pub(super) fn send(&mut self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let (content_type, content) = (fields.content_type()?, fields.content()?);
        let metadata = fields.metadata()?.map(|metadata| Arc::new(metadata.clone()));
        let mut session = self.find_open_session(caller, fields)?;
        session.initiator_pinged_at = caller.now;
        self.store.save_session(&session);
        let message = self.store.add_message(Draft {
            session: session.id.clone(),
            tenant: session.tenant,
            sender: Sender::Tenant,
            content_type,
            content: content.into(),
            metadata,
            sent_at: caller.now,
        });
        let mut effects = vec![self.announce(&message, Some(caller.socket))];
        self.plan_reaction(&message, &mut effects);
        let body = message_body(&session, wire::message_in_response(&message, "metdata"));
        Ok(Answer { body, effects })
    }

    /// Document, 6. UnSent Message: one's own, in an open session.
    pub(super) fn unsend(&mut self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let id = fields.message_id()?;
        let session = self.find_open_session(caller, fields)?;
        let message = self.store.message(&session.id, id).ok_or(Refusal::UnknownMessage)?;
        if message.draft.sender != Sender::Tenant {
            return Err(Refusal::NotYours);
        }
        let retraction = self.retract(&session.id, id, Some(caller.socket));
        Ok(Answer { body: json!({ "messageId": id }), effects: vec![retraction] })
    }

    /// Document, 7. Mark Message As seen: the concierge's, in a closed session as well, since what stays
    /// unseen stays counted. Only the first marking changes anything.
    pub(super) fn see(&mut self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let id = fields.message_id()?;
        let session = self.find_session(caller, fields)?;
        let mut message = self.store.message(&session.id, id).ok_or(Refusal::UnknownMessage)?;
        if message.draft.sender != Sender::Concierge {
            return Err(Refusal::Yours);
        }
        if message.seen_at.is_none() {
            message.seen_at = Some(caller.now);
            self.store.save_message(&message);
        }
        Ok(message_body(&session, wire::message_in_response(&message, "metadata")).into())
    }

    /// Document, 8. Get Unread Message Count, over all the tenant's sessions.
    pub(super) fn count_unread(&self, caller: Caller) -> Answer {
        let unread = self.store.unread(caller.tenant);
        json!({ "unreadMsgCount": unread.to_string() }).into()
    }

    /// Announces a new message to those who take part.
    pub(super) fn announce(&self, message: &Message, cause: Option<SocketNo>) -> Effect {
        Effect::Event {
            to: self.audience(&message.draft.session, cause),
            kind: EventKind::Message(message.draft.session.clone()),
            payload: wire::object([("chatMessage", wire::message_in_event(message))]),
        }
    }

    /// Removes a message and announces that.
    pub(super) fn retract(
        &mut self,
        session: &SessionId,
        id: MessageId,
        cause: Option<SocketNo>,
    ) -> Effect {
        self.store.remove_message(session, id);
        Effect::Event {
            to: self.audience(session, cause),
            kind: EventKind::Delete,
            payload: json!({ "messageId": id }),
        }
    }

    /// What the concierge will do about a message of the tenant.
    pub(super) fn plan_reaction(&self, message: &Message, effects: &mut Vec<Effect>) {
        if self.concierge.part == Part::Off {
            return;
        }
        let session = &message.draft.session;
        if let Some(after) = self.concierge.seen_after {
            let act = Act::See { session: session.clone(), message: message.id };
            effects.push(Effect::Schedule { after, act });
        }
        let is_text = message.draft.content_type == ContentType::Text;
        if self.concierge.part == Part::Reply && is_text {
            let act = Act::Reply { session: session.clone(), to: message.id };
            effects.push(Effect::Schedule { after: self.concierge.reply_after, act });
        }
    }
}

pub(super) fn message_body(session: &Session, message: Value) -> Value {
    wire::object([("chatSessionId", json!(session.id)), ("chatMessage", message)])
}
