//! The conversation of one flow instance: its sessions, what is said in them, and what is owed to
//! whom. Requests come in by [`Dialogue::sent`] and go by one of `took_effect` and
//! `came_to_nothing`; events come in by [`Dialogue::event`].

mod effect;
mod gone;
mod paused;
mod told;

pub(in crate::conformance) use effect::Answer;

use std::rc::Rc;
use std::time::Duration;

use crate::conformance::few::Few;
use crate::conformance::monitor::{Endpoint, LONGEST_ID, Limits, Scope};
use crate::conformance::parties::Parties;
use crate::conformance::{Claim, ClauseId, Finding, Sink};
use crate::protocol::{Call, Frame, Observation, SchemaSet, Sent, SessionId, UploadExchange};

use super::delivery::Deliveries;
use super::event::Seen;
use super::history::{Mark, Tick};
use super::notice::Notices;
use super::offence::Offence;
use super::outgoing::{Outgoing, UnderWay};
use super::pause::Pauses;
use super::session::{Session, Sessions};
use super::unread::Unread;
use super::upload::Uploads;
use super::{lifecycle, list, seen, send, unsend};

/// How many pagings wait for a verdict at once; beyond, they are not judged.
const MOST_SUSPECTED: usize = 16;

/// How many sessions that a connection has no part in are remembered.
const MOST_STRANGE: usize = 32;

/// All that one flow instance and its server say to each other.
pub(in crate::conformance) struct Dialogue {
    limits: Rc<Limits>,
    sessions: Sessions,
    connections: Few<Endpoint, Connection>,
    under_way: UnderWay,
    pauses: Pauses,
    deliveries: Deliveries,
    notices: Notices,
    unread: Unread,
    uploads: Uploads,
    suspected: Vec<Suspected>,
    tick: Tick,
}

/// What is known of a connection.
#[derive(Default)]
struct Connection {
    seen: Seen,
    /// How many of its inits and resumes are under way, or were never answered.
    joining: u16,
    listings: u16,
    /// Several listings were open at once, so that which was answered cannot be told.
    is_mixed: bool,
    /// Events of sessions that nothing is known of.
    strange: Vec<Strange>,
}

struct Strange {
    session: SessionId,
    event: &'static str,
    at: Duration,
    is_claimed: bool,
}

/// What is wrong with a paging, unless its session changed meanwhile.
struct Suspected {
    session: SessionId,
    due: Duration,
    findings: Vec<Finding>,
}

/// Why nothing can be said of what a request asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conformance) enum Fruitless {
    /// It was answered with an error.
    Refused,
    /// It was not answered, or its answer could not be read.
    Unanswered,
}

impl Dialogue {
    pub(in crate::conformance) fn new(limits: &Rc<Limits>, scope: Scope) -> Self {
        Self {
            sessions: Sessions::new(scope.keeps_history),
            connections: Few::default(),
            under_way: UnderWay::default(),
            pauses: Pauses::new(limits.delivery_timeout),
            deliveries: Deliveries::new(limits),
            notices: Notices::new(limits.delivery_timeout),
            unread: Unread::new(limits.delivery_timeout, scope.is_alone),
            uploads: Uploads::default(),
            suspected: Vec::new(),
            tick: 0,
            limits: Rc::clone(limits),
        }
    }

    /// Whether a close explains an error that came at this time. One that we asked for explains
    /// nothing that came before we did.
    pub(in crate::conformance) fn excuses(&self, session: &SessionId, error_at: Duration) -> bool {
        self.sessions.get(session.as_str()).is_some_and(|session| {
            session.is_closed && session.end_asked_at.is_none_or(|asked_at| asked_at <= error_at)
        })
    }

    /// Whether what a request was refused for may have happened while no connection of ours took
    /// part, so that nobody could be told: the session was closed, or the message was unsent.
    pub(in crate::conformance) fn was_unwatched(&self, sent: &Sent) -> bool {
        let session = asked(sent).and_then(|session| self.sessions.get(session));
        let Some(session) = session.filter(|session| session.account.is_some()) else {
            return false;
        };
        let message = sent.request.body["messageId"].as_u64();
        let record = message.and_then(|id| session.history.get(id));
        let concierges = record.filter(|record| record.is(Mark::Concierge));
        !session.was_watched_since(session.proved)
            || concierges.is_some_and(|record| !session.was_watched_since(record.since))
    }

    /// What else is broken where a request that the document allows is refused.
    pub(in crate::conformance) fn breaks_too(&self, sent: &Sent) -> impl Iterator<Item = ClauseId> {
        let call = sent.request.call();
        let is_send = call == Call::Send && self.offence(sent).is_none();
        let is_upload = is_send && self.uploads.is_carried_by(sent);
        let send = is_send.then_some(ClauseId::Send7);
        let upload = is_upload.then_some(ClauseId::Upload5);
        send.into_iter().chain(upload)
    }

    /// Some frame says that a session is closed.
    pub(in crate::conformance) fn close(&mut self, session: &SessionId) {
        if let Some(session) = self.sessions.heard_of(session) {
            session.is_closed = true;
        }
    }

    /// Why a request has to be refused that leaves now.
    pub(in crate::conformance) fn offence(&self, sent: &Sent) -> Option<Offence> {
        match sent.request.call() {
            Call::Send => send::offence(sent),
            Call::Unsend => {
                let sends = self.under_way.iter().any(|other| other.call == Call::Send);
                unsend::offence(&self.sessions, sent, sends)
            }
            Call::Seen => seen::offence(&self.sessions, sent),
            _ => None,
        }
    }

    /// A request has left: what it causes will be owed to whoever takes part now, and a close that
    /// is told after an end is taken for ours.
    pub(in crate::conformance) fn sent(&mut self, sender: Endpoint, sent: &Sent, now: Duration) {
        self.tick += 1;
        let (call, left) = (sent.request.call(), self.tick);
        match call {
            Call::Init | Call::Resume => {
                let connection = self.connection(sender);
                connection.joining = connection.joining.saturating_add(1);
                return;
            }
            Call::Messages => {
                let connection = self.connection(sender);
                connection.listings = connection.listings.saturating_add(1);
                connection.is_mixed |= connection.listings > 1;
            }
            Call::Send | Call::Unsend | Call::Seen | Call::End => {}
            _ => return,
        }
        let offence = self.offence(sent);
        let echoes = self.limits.judges_own_echo;
        let id = asked(sent).and_then(|session| self.sessions.id(session));
        let mut outgoing = Outgoing {
            at: sender,
            no: sent.no,
            call,
            session: id,
            left,
            after: 0,
            owed: Vec::new(),
            message: sent.request.body["messageId"].as_u64(),
            told: Vec::new(),
            offence,
        };
        if let Some(session) = asked(sent).and_then(|session| self.sessions.get_mut(session)) {
            outgoing.after = session.acknowledged;
            let is_change = matches!(call, Call::Send | Call::Unsend);
            if is_change {
                session.changes = session.changes.saturating_add(1);
                session.changed = left;
            }
            if !session.is_closed && (is_change && offence.is_none() || call == Call::End) {
                let others = session.members.iter().map(|member| member.at);
                outgoing.owed = others.filter(|at| echoes || *at != sender).collect();
            }
            if !session.is_closed && call == Call::End {
                session.end_asked_at = Some(now);
            }
        }
        self.under_way.push(outgoing);
    }

    /// A request was not answered with 200, so nothing can be said of what it asked for.
    pub(in crate::conformance) fn came_to_nothing(
        &mut self,
        (sender, parties): (Endpoint, &Parties),
        sent: &Sent,
        why: Fruitless,
        to: &mut dyn Sink,
    ) {
        self.tick += 1;
        let call = sent.request.call();
        if matches!(call, Call::Init | Call::Resume) && why == Fruitless::Refused {
            self.joined(sender, parties, to);
        }
        let Some(outgoing) = self.take(sender, sent) else { return };
        let account = parties.account(sender);
        if call == Call::Seen && why == Fruitless::Unanswered {
            self.unread.give_up(account);
        }
        let Some(session) = asked(sent).and_then(|session| self.sessions.get_mut(session)) else {
            return;
        };
        if call == Call::End {
            session.end_asked_at = None;
        }
        let record = outgoing.message.and_then(|id| session.history.get_mut(id));
        if let Some(record) = record
            && call == Call::Unsend
            && why == Fruitless::Unanswered
        {
            record.mark(Mark::Unsure);
        }
    }

    /// LIST-6, where a page past the end is answered with an error. It is handed back, as a close
    /// of the session may excuse it.
    pub(in crate::conformance) fn page_refused(
        &self,
        sent: &Sent,
        (seen, frame): (&Observation<'_>, &Frame),
    ) -> Option<Finding> {
        let session = asked(sent).filter(|_| sent.request.call() == Call::Messages)?;
        list::page_refused(self.sessions.get(session)?, sent, (seen, frame))
    }

    fn connection(&mut self, at: Endpoint) -> &mut Connection {
        self.connections.get_or_insert_with(at, Connection::default)
    }

    /// Takes a request that is no longer under way.
    fn take(&mut self, sender: Endpoint, sent: &Sent) -> Option<Outgoing> {
        let outgoing = self.under_way.take(sender, sent.no)?;
        if outgoing.call == Call::Messages
            && let Some(connection) = self.connections.get_mut(&sender)
        {
            connection.listings = connection.listings.saturating_sub(1);
        }
        // A session that was first heard of after a request left does not count it.
        if matches!(outgoing.call, Call::Send | Call::Unsend)
            && let Some(id) = &outgoing.session
            && let Some(session) = self.sessions.get_mut(id.as_str())
        {
            session.changes = session.changes.saturating_sub(1);
            session.changed = self.tick;
        }
        Some(outgoing)
    }

    /// A file was uploaded, or was tried to be.
    pub(in crate::conformance) fn uploaded(
        &mut self,
        schemas: &SchemaSet,
        seen: &Observation<'_>,
        upload: &UploadExchange,
        to: &mut dyn Sink,
    ) {
        self.uploads.judge(schemas, seen, upload, to);
    }

    /// A connection has ended: nothing more is owed to it.
    pub(in crate::conformance) fn left(
        &mut self,
        at: Endpoint,
        parties: &Parties,
        now: Duration,
        to: &mut dyn Sink,
    ) {
        self.tick += 1;
        if let Some(mut connection) = self.connections.remove(&at) {
            connection.claim(at, parties, &self.sessions, to);
        }
        self.under_way.left(at);
        for (_, session) in self.sessions.iter_mut().filter(|(_, session)| session.has_member(at)) {
            session.dropped = Some(self.tick);
            if session.members.len() == 1 {
                // What the concierge says from now on nobody is told.
                self.unread.start_anew(session.account, now);
            }
        }
        self.deliveries.left((&mut self.sessions, &self.pauses), at, now, to);
        self.notices.left(at, (now, &self.pauses), to);
        self.pauses.left(at);
    }

    /// Judges what `now` makes due. What is owed is given as much time again before it is lost.
    pub(in crate::conformance) fn advance(&mut self, now: Duration, to: &mut dyn Sink) {
        let before = now.saturating_sub(self.limits.delivery_timeout);
        self.deliveries.judge((&mut self.sessions, &self.pauses), (before, now), to);
        self.notices.judge(before, &self.pauses, to);
        self.unread.judge(now, to);
        self.judge_suspected(now, to);
    }

    /// Judges what is due at `until` or before, without more time.
    pub(in crate::conformance) fn finish(&mut self, until: Duration, to: &mut dyn Sink) {
        let before = until.saturating_add(Duration::from_nanos(1));
        self.deliveries.judge((&mut self.sessions, &self.pauses), (before, before), to);
        self.notices.judge(before, &self.pauses, to);
        self.unread.judge(before, to);
        self.judge_suspected(before, to);
    }

    fn judge_suspected(&mut self, before: Duration, to: &mut dyn Sink) {
        for due in self.suspected.extract_if(.., |suspected| suspected.due < before) {
            let mut clauses: Vec<_> = due.findings.iter().map(|finding| finding.clause).collect();
            clauses.dedup();
            clauses.into_iter().for_each(|clause| to.checked(clause));
            due.findings.into_iter().for_each(|finding| to.found(finding));
        }
    }

    /// A session has changed by itself: what was suspected of its pagings is void.
    fn changed(&mut self, session: &SessionId) {
        self.suspected.retain(|suspected| suspected.session != *session);
    }

    /// When the last that is still owed is due.
    pub(in crate::conformance) fn owed_until(&self) -> Option<Duration> {
        let suspected = self.suspected.iter().map(|suspected| suspected.due).max();
        let owed = self.deliveries.owed_until(&self.sessions).max(self.notices.owed_until());
        let owed = owed.map(|due| self.pauses.due_everywhere(due));
        owed.max(suspected).max(self.unread.owed_until())
    }

    /// Whether a connection has part in a session, or may be about to.
    fn takes_part(&self, at: Endpoint, session: &Session) -> bool {
        let joining = self.connections.get(&at).is_some_and(|connection| connection.joining > 0);
        joining || session.has_member(at)
    }

    #[cfg(test)]
    pub(in crate::conformance) fn size(&self) -> usize {
        let (owed, under_way) =
            (self.deliveries.size() + self.notices.size(), self.under_way.size());
        let owed = owed + self.pauses.size();
        self.sessions.size() + owed + under_way + self.connections.len() + self.suspected.len()
    }
}

impl Connection {
    /// Claims the events of sessions that turned out not to be this flow's.
    fn claim(&mut self, at: Endpoint, parties: &Parties, sessions: &Sessions, to: &mut dyn Sink) {
        let Some(account) = parties.account(at) else { return };
        for strange in self.strange.iter_mut().filter(|strange| !strange.is_claimed) {
            strange.is_claimed = true;
            let known = sessions.get(strange.session.as_str());
            if known.is_none_or(|known| known.account != Some(account)) {
                to.claimed(Claim::Foreign {
                    session: strange.session.clone(),
                    account,
                    device: at.device,
                    at: strange.at,
                    event: strange.event,
                });
            }
        }
    }
}

/// The session that a request speaks of. One that is endless is not followed.
fn asked(sent: &Sent) -> Option<&str> {
    lifecycle::asked(sent).filter(|session| session.len() <= LONGEST_ID)
}
