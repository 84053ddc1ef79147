//! The routes of a session: open, resume, get, ping, end.

use serde_json::{Value, json};

use crate::server::concierge::{Act, Part};
use crate::server::request::{Fields, Refusal};
use crate::server::store::{Session, Store};
use crate::server::{tenant, wire};

use super::{Answer, Caller, Effect, State};

impl<S: Store> State<S> {
    /// Document, 1. Init Chat With Concierge.
    pub(super) fn open(&mut self, caller: Caller) -> Answer {
        let id = self.new_session_id();
        let session = self.store.add_session(id, caller.tenant, caller.now);
        self.take_part(caller, &session.id);
        let mut effects = Vec::new();
        if self.concierge.part != Part::Off {
            let act = Act::Join { session: session.id.clone() };
            effects.push(Effect::Schedule { after: self.concierge.join_after, act });
        }
        Answer { body: self.describe(caller, &session, tenant::full(caller.tenant)), effects }
    }

    /// Document, 2. Continue Previous Chat Session, step 2.
    pub(super) fn resume(&mut self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let session = self.find_open_session(caller, fields)?;
        self.take_part(caller, &session.id);
        Ok(self.touch(caller, session).into())
    }

    /// Document, 2. Continue Previous Chat Session, step 1. A closed session is still there to be asked for.
    pub(super) fn session(&self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let session = self.find_session(caller, fields)?;
        Ok(self.describe(caller, &session, tenant::brief(caller.tenant)).into())
    }

    /// Document, 4. Ping Chat Session.
    pub(super) fn ping(&mut self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let session = self.find_open_session(caller, fields)?;
        Ok(self.touch(caller, session).into())
    }

    /// Document, 9. End Chat Session.
    pub(super) fn end(&mut self, caller: Caller, fields: &Fields) -> Result<Answer, Refusal> {
        let mut session = self.find_open_session(caller, fields)?;
        session.is_closed = true;
        self.store.save_session(&session);
        let update = self.update(&session, Some(caller.socket));
        self.dissolve(&session.id);
        let body = wire::object([
            ("chatSessionId", json!(session.id)),
            ("chatSession", wire::session_in_response(&session)),
        ]);
        Ok(Answer { body, effects: vec![update] })
    }

    /// Notes that the caller was active in the session, and describes it.
    fn touch(&mut self, caller: Caller, mut session: Session) -> Value {
        session.initiator_pinged_at = caller.now;
        self.store.save_session(&session);
        self.describe(caller, &session, tenant::brief(caller.tenant))
    }

    fn describe(&self, caller: Caller, session: &Session, tenant: Value) -> Value {
        let connection = self.connections.get(&caller.socket).map(wire::connection_in_response);
        wire::object([
            ("chatSessionId", json!(session.id)),
            ("chatSession", wire::session_in_response(session)),
            ("connection", connection.unwrap_or_default()),
            ("tenant", tenant),
        ])
    }
}
