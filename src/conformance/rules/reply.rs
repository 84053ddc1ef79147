//! A reply to a request that the document allows, taken apart once for all rules about sessions.

use crate::conformance::finding::shown;
use crate::conformance::monitor::{Endpoint, Limits};
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Call, Caller, Frame, Json, Observation, Sent, digits};

use super::lifecycle::{Known, Lives, asked};
use super::{end, init, ping, resume};

/// A reply with status 200, and the parts that it may have; null where it has not.
pub(in crate::conformance) struct Reply<'a> {
    pub(super) seen: &'a Observation<'a>,
    pub(super) sent: &'a Sent,
    pub(super) call: Call,
    pub(super) caller: &'a Caller,
    pub(super) body: &'a Json,
    pub(super) session: &'a Json,
    pub(super) connection: &'a Json,
    pub(super) tenant: &'a Json,
}

impl<'a> Reply<'a> {
    /// The parts of a reply; none where its route has none of them.
    pub(in crate::conformance) fn of(
        seen: &'a Observation<'a>,
        (frame, sent): (&'a Frame, &'a Sent),
        caller: &'a Caller,
    ) -> Option<Self> {
        let call = sent.request.call();
        match call {
            Call::Init | Call::Session | Call::Resume | Call::Ping | Call::End => {}
            Call::Messages
            | Call::Send
            | Call::Unsend
            | Call::Seen
            | Call::Unread
            | Call::Other => return None,
        }
        let body = frame.body();
        let (session, connection) = (&body["chatSession"], &body["connection"]);
        Some(Self { seen, sent, call, caller, body, session, connection, tenant: &body["tenant"] })
    }

    /// Judges the reply by all that is known of its session and its caller. What it says against
    /// that is handed back, as a close that is told in time explains it.
    pub(in crate::conformance) fn judge(
        &self,
        lives: &mut Lives,
        known: &Known,
        (at, limits): (Endpoint, &Limits),
        to: &mut dyn Sink,
    ) -> [Option<Finding>; 2] {
        let now = self.seen.at;
        init::judge_parts(self, to);
        ping::judge_session(self, to);
        end::judge(self, to);
        let Some(id) = self.session_id() else { return [None, None] };
        if self.call == Call::Init {
            init::judge_new(self, limits, to);
            lives.opened(id, self.caller.account);
        }
        let Some(life) = lives.ours(id) else { return [None, None] };
        resume::judge_session(self, life, to);
        if self.sent.is_allowed {
            life.owner.get_or_insert(self.caller.account);
        }
        if self.call == Call::End {
            life.is_ended = true;
        }
        // What a reply tells of another session than was asked for says nothing of this one.
        if self.shown_id() != Some(id) {
            return [None, None];
        }
        if let Some(number) = digits(&self.session["id"]) {
            life.number.get_or_insert(number);
        }
        ping::judge_time(self, life, known, to);
        let doubts = resume::judge_life(self, life, known, to);
        if matches!(self.call, Call::Init | Call::Resume) {
            life.join(at);
        }
        if matches!(self.call, Call::Init | Call::Resume | Call::Ping)
            && self.says_closed() == Some(false)
        {
            life.ping_answered(self.sent.at, now);
        }
        doubts
    }

    /// The session that was asked for, or opened.
    pub(super) fn session_id(&self) -> Option<&'a str> {
        match self.call {
            Call::Init => self.shown_id(),
            _ => asked(self.sent),
        }
    }

    /// The session that the reply says it is of.
    pub(super) fn shown_id(&self) -> Option<&'a str> {
        self.body["chatSessionId"].as_str()
    }

    /// Whether the reply says that the session is closed.
    pub(super) fn says_closed(&self) -> Option<bool> {
        self.session["isSessionClosed"].as_bool()
    }

    /// The reply has to be of the session that was asked for.
    pub(super) fn judge_session(&self, clause: ClauseId, to: &mut dyn Sink) {
        let shown_id = &self.body["chatSessionId"];
        let (Some(asked), false) = (asked(self.sent), shown_id.is_null()) else { return };
        if shown_id.as_str() != Some(asked) {
            let message = "the reply is of another session than the one asked for";
            let what = (asked, shown(shown_id));
            to.found(self.finding(clause, message, what, "/body/chatSessionId"));
        }
    }

    pub(super) fn finding(
        &self,
        clause: ClauseId,
        message: &str,
        what: (impl Into<String>, impl Into<String>),
        pointer: &str,
    ) -> Finding {
        Finding::told(self.seen, clause, message, what, pointer)
    }
}
