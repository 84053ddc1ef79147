//! What the concierge does when its time has come.

use crate::protocol::{ContentType, MessageId};
use crate::server::EpochMillis;
use crate::server::concierge::Act;
use crate::server::store::{Draft, Sender, Session, Store};

use super::{Effect, State};

impl<S: Store> State<S> {
    pub(super) fn act(&mut self, now: EpochMillis, act: &Act) -> Vec<Effect> {
        let session = self.store.session(act.session().as_str());
        let Some(session) = session.filter(|session| !session.is_closed) else {
            return Vec::new();
        };
        match act {
            Act::Join { .. } => self.join(now, session).1,
            Act::Reply { to, .. } => self.reply_to(now, session, *to),
            Act::See { message, .. } => self.see_tenants(now, session, *message),
            Act::Unsend { message, .. } => vec![self.retract(&session.id, *message, None)],
            Act::End { .. } => self.end_by_concierge(session),
        }
    }

    /// Joins if the concierge has not yet, and pings. Whoever acts has joined first.
    pub(super) fn join(
        &mut self,
        now: EpochMillis,
        mut session: Session,
    ) -> (Session, Vec<Effect>) {
        let is_first = session.joiner_pinged_at.replace(now).is_none();
        self.store.save_session(&session);
        if !is_first {
            return (session, Vec::new());
        }
        let mut effects = vec![self.update(&session, None)];
        if let Some(after) = self.concierge.ends_after {
            let act = Act::End { session: session.id.clone() };
            effects.push(Effect::Schedule { after, act });
        }
        (session, effects)
    }

    fn reply_to(&mut self, now: EpochMillis, session: Session, to: MessageId) -> Vec<Effect> {
        let (session, mut effects) = self.join(now, session);
        let message = self.store.add_message(Draft {
            session: session.id.clone(),
            tenant: session.tenant,
            sender: Sender::Concierge,
            content_type: ContentType::Text,
            content: format!("Thank you for message {to}. How may we help?").into(),
            metadata: None,
            sent_at: now,
        });
        effects.push(self.announce(&message, None));
        if self.concierge.unsends {
            let act = Act::Unsend { session: session.id, message: message.id };
            effects.push(Effect::Schedule { after: self.concierge.reply_after, act });
        }
        effects
    }

    /// The tenant may have unsent it meanwhile. The document has no event for this.
    pub(super) fn see_tenants(
        &mut self,
        now: EpochMillis,
        session: Session,
        id: MessageId,
    ) -> Vec<Effect> {
        let (session, effects) = self.join(now, session);
        if let Some(mut message) = self.store.message(&session.id, id) {
            message.seen_at = Some(now);
            self.store.save_message(&message);
        }
        effects
    }

    pub(super) fn end_by_concierge(&mut self, mut session: Session) -> Vec<Effect> {
        session.is_closed = true;
        self.store.save_session(&session);
        let update = self.update(&session, None);
        self.dissolve(&session.id);
        vec![update]
    }
}
