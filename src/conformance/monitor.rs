//! The monitor: fed every observation of one flow instance, in order, it judges each frame.
//!
//! It streams: it holds what is still owed and a bounded memory of the rest, whatever the length
//! of the run. Correlation of answers with requests is done before it, by connection.

use std::iter;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{
    ConnectionNo, DeviceNo, Dialect, EventKind, Frame, FrameKind, Happening, Observation, Role,
    SchemaSet, Sent, SessionId,
};

use super::parties::Parties;
use super::rules::dialogue::{Answer, Dialogue, Fruitless};
use super::rules::lifecycle::{Known, Lives};
use super::rules::line::{self, Lines};
use super::rules::offence::{self, Offence};
use super::rules::refusal::Refusals;
use super::rules::reply::Reply;
use super::rules::{connect, end, envelope, event, isolation, resume};
use super::{ClauseId, Finding, Reading, Sink};

/// The limits that verdicts rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a request may stay unanswered (ENV-3). Kept by the device; told in findings.
    pub response_timeout: Duration,
    /// How long an event may take (EVENT-1).
    pub delivery_timeout: Duration,
    /// How long the acknowledgment of a connection may take (CONNECT-2).
    pub ack_timeout: Duration,
    /// How far the server's clock may be off ours (INIT-10, SEND-5).
    pub clock_tolerance: Duration,
    /// After how long without a frame the server may close a connection (CONNECT-6).
    pub idle_timeout: Duration,
    /// After how long the server may close any connection (CONNECT-6).
    pub lifetime: Duration,
    /// The codes it may do so with.
    pub close_codes: Vec<u16>,
    /// Whether an acknowledgment is expected, not only recorded (CONNECT-2).
    pub judges_ack: bool,
    /// Whether the sender's own connection is expected to get its events (EVENT-7, EVENT-11).
    pub judges_own_echo: bool,
    /// How ids and times may be spelled (ENV-5, EVENT-5, UNSEND-1, UNREAD-1).
    pub dialect: Dialect,
    /// Wall time at the run's zero, since the Unix epoch.
    pub epoch: Duration,
}

/// What a flow does, as far as it decides on what can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whether it lists messages, so that all messages of its sessions are remembered, in digests.
    pub keeps_history: bool,
    /// Whether no other flow of this run uses its tenants meanwhile (UNREAD-2).
    pub is_alone: bool,
}

/// How long a connection has been there, and how long nothing has gone either way on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wear {
    /// Since its connect was begun.
    pub age: Duration,
    /// Since the last frame, or since it was opened.
    pub idle: Duration,
}

/// One connection of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Endpoint {
    pub(super) device: DeviceNo,
    pub(super) connection: ConnectionNo,
}

/// Judges what happens in one flow instance.
pub struct Monitor {
    limits: Rc<Limits>,
    schemas: Arc<SchemaSet>,
    parties: Parties,
    dialogue: Dialogue,
    refusals: Refusals,
    /// Replies that say closed where nobody has closed the session, as far as is known.
    doubts: Refusals,
    lives: Lives,
    lines: Lines,
}

/// The longest id that is followed, of a session or a connection, in bytes. The document's sessions
/// are UUIDs of 36.
pub(super) const LONGEST_ID: usize = 128;

impl Monitor {
    /// A monitor that has seen nothing yet. The limits may be shared with others.
    pub fn new(schemas: Arc<SchemaSet>, limits: impl Into<Rc<Limits>>, scope: Scope) -> Self {
        let limits = limits.into();
        Self {
            schemas: schemas.in_dialect(limits.dialect),
            parties: Parties::default(),
            dialogue: Dialogue::new(&limits, scope),
            refusals: Refusals::new(&limits),
            doubts: Refusals::new(&limits),
            lives: Lives::default(),
            lines: Lines::default(),
            limits,
        }
    }

    /// Takes the next observation.
    pub fn observe(&mut self, seen: &Observation<'_>, to: &mut dyn Sink) {
        self.advance(seen.at, to);
        let at = Endpoint { device: seen.device, connection: seen.connection };
        match &seen.what {
            Happening::Opened { began_at, caller, token_expires_at, .. } => {
                self.parties.opened(at, caller);
                let who = (*caller, self.parties.tenant(caller.account));
                let times = (*began_at, seen.at);
                let (lines, limits) = (&mut self.lines, &self.limits);
                connect::opened(lines, at, who, times, *token_expires_at, limits, to);
            }
            Happening::NotOpened { caller, why, was_let_in, .. } => {
                connect::not_opened(seen, caller, (*why, *was_let_in), to);
            }
            Happening::Pong { .. } => {}
            Happening::Paused { until } => {
                self.dialogue.paused(at, &self.parties, (seen.at, *until));
                self.lines.put_off_ack(at, *until + self.limits.ack_timeout);
            }
            Happening::ReadUp => self.dialogue.read_up(at, seen.at),
            Happening::Uploaded(upload) => {
                self.dialogue.uploaded(&self.schemas, seen, upload, to);
            }
            Happening::Sent(sent) => {
                self.lines.sent(at, seen.at, sent.bytes);
                let offence = self.offence(at, sent);
                self.lives.sent(at, sent, offence);
                self.dialogue.sent(at, sent, seen.at);
            }
            Happening::CutOff(sent) => {
                let known = self.lives.take(at, sent);
                self.lives.came_to_nothing(sent);
                connect::cut_off(&mut self.lines, at, known.offence);
                self.came_to_nothing(at, sent, Fruitless::Unanswered, to);
            }
            Happening::Expired(sent) => {
                let known = self.lives.take(at, sent);
                self.lives.came_to_nothing(sent);
                connect::expired(&mut self.lines, at, seen, known.offence, to);
                self.came_to_nothing(at, sent, Fruitless::Unanswered, to);
                envelope::expired(&self.limits, seen, sent, to);
            }
            Happening::Closed(ending) => {
                let was_paused = self.dialogue.was_paused(at, seen.at);
                self.dialogue.left(at, &self.parties, seen.at, to);
                self.parties.left(at);
                self.lives.left(at);
                let whole = (seen, &**ending, was_paused);
                connect::closed(&mut self.lines, at, whole, &self.limits, to);
                envelope::broken(seen, ending, to);
            }
            Happening::Received { frame, role, answers, .. } => {
                to.checked(ClauseId::Env10);
                self.lines.received(at, seen.at);
                if let Some(session) = closed_by(frame) {
                    self.dialogue.close(&session);
                }
                self.received(at, seen, (frame, *role, *answers), to);
            }
        }
    }

    fn received(
        &mut self,
        at: Endpoint,
        seen: &Observation<'_>,
        (frame, role, answers): (&Frame, Role, Option<&Rc<Sent>>),
        to: &mut dyn Sink,
    ) {
        match role {
            Role::Answer(_) | Role::MisnamedAnswer(_) | Role::GatewayAnswer(_) => {
                let Some(sent) = answers else { return };
                let known = self.lives.take(at, sent);
                let is_lapse = frame.is_unauthorized() && self.has_lapsed(at, seen.at);
                let is_allowed = sent.is_allowed && known.offence.is_none() && !is_lapse;
                let whole = (frame, role, &**sent);
                let refusal = envelope::answered(&self.schemas, seen, whole, is_allowed, to);
                if is_lapse {
                    self.lives.came_to_nothing(sent);
                    return self.came_to_nothing(at, sent, Fruitless::Unanswered, to);
                }
                self.replied(at, seen, whole, &known, to);
                let page = self.dialogue.page_refused(sent, (seen, frame));
                for finding in refusal.into_iter().chain(page.filter(|_| known.offence.is_none())) {
                    self.refused(sent, finding, to);
                }
                let is_intrusion = known.offence.is_some_and(|offence| !offence.is_of_message());
                if matches!(role, Role::Answer(_)) && frame.is_ok() && !is_intrusion {
                    let parties = &self.parties;
                    self.dialogue.took_effect(&Answer { at, sent, seen, frame, parties }, to);
                } else {
                    let is_error = frame.status().is_some_and(|status| status >= 400);
                    let why = if is_error { Fruitless::Refused } else { Fruitless::Unanswered };
                    self.came_to_nothing(at, sent, why, to);
                }
            }
            Role::LateAnswer(_) => {}
            Role::SecondAnswer => envelope::answered_again(seen, to),
            Role::Event => self.event(at, seen, frame, to),
            // Its shape is the server's own business, be it JSON or not.
            Role::Acknowledgment => {
                connect::acknowledged(&mut self.lines, at, to);
                to.reading(Reading::Acknowledgment(frame.json.clone()));
            }
            Role::Stray => envelope::stray(seen, frame, to),
        }
    }

    /// Whether the token of a connection has expired, so that a refusal says nothing of the request.
    fn has_lapsed(&self, at: Endpoint, now: Duration) -> bool {
        self.lines.get(at).is_some_and(|line| line.has_lapsed(now, &self.limits))
    }

    /// What a request that leaves now does that the document does not allow, as far as is known.
    fn offence(&self, at: Endpoint, sent: &Sent) -> Option<Offence> {
        let caller = self.parties.caller(at).filter(|caller| line::is_valid(caller))?;
        let of = (caller.account, sent);
        offence::of_session(&self.schemas, &self.parties, &self.lives, of)
            .or_else(|| self.dialogue.offence(sent))
    }

    /// A request was answered: what the answer says of the connection and of the session's life.
    fn replied(
        &mut self,
        at: Endpoint,
        seen: &Observation<'_>,
        (frame, role, sent): (&Frame, Role, &Sent),
        known: &Known,
        to: &mut dyn Sink,
    ) {
        connect::answered(&mut self.lines, at, (seen, frame), known.offence, to);
        if let Some(offence) = known.offence {
            offence::answered(offence, seen, (frame, role), to);
        }
        if !matches!(role, Role::Answer(_)) || !frame.is_ok() {
            self.lives.came_to_nothing(sent);
            if known.offence.is_none() {
                self.dialogue.gone(sent, (seen, frame), to);
            }
            let doubt = resume::refused(&self.lives, seen, (frame, sent));
            return self.doubt(sent, doubt, seen.at, to);
        }
        let Some(line) = self.lines.get(at) else { return };
        let caller = Rc::clone(&line.caller);
        let Some(reply) = Reply::of(seen, (frame, sent), &caller) else { return };
        let own = line.tenant;
        isolation::judge(&reply, own, to);
        if known.offence.is_some_and(Offence::is_foreign) {
            return self.lives.intruded(sent);
        }
        if own.is_none() {
            self.parties.learn(at, frame);
            self.lines.learn(at, self.parties.tenant(caller.account));
        }
        connect::told(&mut self.lines, at, &reply, &self.limits, to);
        for doubt in reply.judge(&mut self.lives, known, (at, &self.limits), to) {
            self.doubt(sent, doubt, seen.at, to);
        }
    }

    /// A reply says closed of a session that has to be open, as far as is known.
    fn doubt(&mut self, sent: &Sent, doubt: Option<Finding>, now: Duration, to: &mut dyn Sink) {
        if let Some(doubt) = doubt {
            self.doubts.take(sent.request.session_id(), sent, doubt, now, to);
        }
    }

    fn came_to_nothing(&mut self, at: Endpoint, sent: &Sent, why: Fruitless, to: &mut dyn Sink) {
        self.dialogue.came_to_nothing((at, &self.parties), sent, why, to);
    }

    /// A request that the document allows was refused, which a close of its session may excuse.
    fn refused(&mut self, sent: &Sent, finding: Finding, to: &mut dyn Sink) {
        let session = followed(sent.request.session_id());
        let excuses = |session| self.dialogue.excuses(session, finding.at);
        if session.as_ref().is_some_and(excuses) || self.dialogue.was_unwatched(sent) {
            return;
        }
        let now = finding.at;
        let too = self.dialogue.breaks_too(sent);
        let too: Vec<_> = too.map(|clause| Finding { clause, ..finding.clone() }).collect();
        for finding in iter::once(finding).chain(too) {
            self.refusals.take(session.clone(), sent, finding, now, to);
        }
    }

    fn event(&mut self, at: Endpoint, seen: &Observation<'_>, frame: &Frame, to: &mut dyn Sink) {
        event::judge(&self.schemas, seen, frame, to);
        end::updated(&mut self.lives, at, (seen, frame), to);
        if let Some(message) = event::unsent(frame) {
            self.refusals.unsent(message);
        }
        self.dialogue.event(at, (seen, frame), &self.parties, to);
    }

    /// How long an open connection has been there, and been idle; `None` of one that is not known.
    pub fn wear(&self, device: DeviceNo, connection: ConnectionNo, now: Duration) -> Option<Wear> {
        self.lines.get(Endpoint { device, connection }).map(|line| line.wear(now))
    }

    /// Judges what `now` makes due.
    pub fn advance(&mut self, now: Duration, to: &mut dyn Sink) {
        self.dialogue.advance(now, to);
        let dialogue = &self.dialogue;
        self.refusals.advance(now, &|session, at| dialogue.excuses(session, at), to);
        self.doubts.advance(now, &|session, at| self.lives.excuses(session, at), to);
        connect::advance(&mut self.lines, now, &self.limits, to);
    }

    /// When the last verdict that is still open falls due; `None` when none is.
    pub fn owed_until(&self) -> Option<Duration> {
        let doubted = self.refusals.open_until().max(self.doubts.open_until());
        self.dialogue.owed_until().max(doubted).max(self.lines.owed_until())
    }

    /// Judges what is due at `until` or before. What falls due later is not judged at all.
    pub fn finish(&mut self, until: Duration, to: &mut dyn Sink) {
        self.advance(until.saturating_add(Duration::from_nanos(1)), to);
        self.dialogue.finish(until, to);
    }

    /// How many sessions, messages and connections are remembered.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.dialogue.size() + self.lives.size() + self.lines.size()
    }
}

/// A session id that is worth following: one that a server made endless would fill our memory.
fn followed(session: Option<SessionId>) -> Option<SessionId> {
    session.filter(|session| session.as_str().len() <= LONGEST_ID)
}

/// The session that a frame says is closed.
fn closed_by(frame: &Frame) -> Option<SessionId> {
    let subject = match &frame.kind {
        FrameKind::Event { kind: EventKind::Update(_), .. } => frame.payload(),
        FrameKind::Response { .. } => frame.body(),
        _ => return None,
    };
    let is_closed = subject["chatSession"]["isSessionClosed"] == true;
    if is_closed { followed(frame.session_id()) } else { None }
}
