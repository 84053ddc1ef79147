//! What the concierge still has to do after a restart.

use crate::protocol::MessageId;
use crate::server::concierge::{Act, Part};
use crate::server::store::{Session, Store};

use super::{Effect, State};

impl<S: Store> State<S> {
    /// Plans again what the concierge had planned, as far as the sessions tell it: whom it has to join,
    /// which messages it has to mark as seen and to reply to, which sessions it will end. The times
    /// count from now.
    pub(in crate::server) fn plan_again(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for session in self.store.open_sessions(usize::MAX) {
            self.plan_session(&session, &mut effects);
            self.plan_reactions(&session, &mut effects);
        }
        effects
    }

    fn plan_session(
        &self,
        Session { id, joiner_pinged_at, .. }: &Session,
        effects: &mut Vec<Effect>,
    ) {
        let session = id.clone();
        if joiner_pinged_at.is_some() {
            let ends = self.concierge.ends_after;
            effects.extend(ends.map(|after| Effect::Schedule { after, act: Act::End { session } }));
        } else if self.concierge.part != Part::Off {
            let after = self.concierge.join_after;
            effects.push(Effect::Schedule { after, act: Act::Join { session } });
        }
    }

    /// A text counts as replied to where the concierge wrote after it: better no reply than two. Where
    /// it unsends its replies they tell nothing, so that it replies to none.
    fn plan_reactions(&self, session: &Session, effects: &mut Vec<Effect>) {
        let messages = self.store.page(&session.id, 0, u32::MAX);
        let last_reply = messages.iter().rfind(|message| !message.is_of_tenant());
        let replied_to = last_reply.map_or(MessageId(0), |reply| reply.id);
        for message in messages.iter().filter(|message| message.is_of_tenant()) {
            let is_due = |effect: &Effect| match effect {
                Effect::Schedule { act: Act::See { .. }, .. } => message.seen_at.is_none(),
                _ => message.id > replied_to && !self.concierge.unsends,
            };
            let mut planned = Vec::new();
            self.plan_reaction(message, &mut planned);
            effects.extend(planned.into_iter().filter(is_due));
        }
    }
}
