//! What a request changed that was answered with 200. Which session it spoke of is taken from the
//! request, whatever the answer repeats.

use std::rc::Rc;
use std::time::Duration;

use crate::conformance::finding::words;
use crate::conformance::monitor::{Endpoint, LONGEST_ID};
use crate::conformance::parties::Parties;
use crate::conformance::rules::delivery::CONCIERGE_MARGIN;
use crate::conformance::rules::digest::Digest;
use crate::conformance::rules::event::agrees;
use crate::conformance::rules::facts::{Facts, Joined};
use crate::conformance::rules::history::Mark;
use crate::conformance::rules::list::Listing;
use crate::conformance::rules::notice::News;
use crate::conformance::rules::outgoing::Outgoing;
use crate::conformance::rules::session::Member;
use crate::conformance::rules::{seen as marked, send, unread, unsend};
use crate::conformance::{Claim, ClauseId, Finding, SessionKey, Sink};
use crate::protocol::{Call, Frame, Json, MessageId, Observation, Sent, SessionId, digits};

use super::{Connection, Dialogue, MOST_SUSPECTED, Suspected, asked};

/// An answer with 200, and the request that it answers.
#[derive(Clone, Copy)]
pub(in crate::conformance) struct Answer<'a> {
    pub(in crate::conformance) at: Endpoint,
    pub(in crate::conformance) sent: &'a Rc<Sent>,
    pub(in crate::conformance) seen: &'a Observation<'a>,
    pub(in crate::conformance) frame: &'a Frame,
    pub(in crate::conformance) parties: &'a Parties,
}

impl Dialogue {
    /// Takes in what an answer says and changes.
    pub(in crate::conformance) fn took_effect(&mut self, answer: &Answer<'_>, to: &mut dyn Sink) {
        self.tick += 1;
        let Answer { at, sent, seen, frame, parties } = *answer;
        let call = sent.request.call();
        let session = match call {
            Call::Init => frame.session_id().filter(|session| session.as_str().len() <= LONGEST_ID),
            _ => asked(sent).map(|id| self.sessions.id(id).unwrap_or_else(|| SessionId::new(id))),
        };
        match call {
            Call::Init | Call::Resume => {
                if let Some(session) = &session {
                    self.join(session, answer);
                }
                self.joined(at, parties, to);
            }
            Call::Unread => {
                unread::judge_shape(seen, frame, self.limits.dialect, to);
                self.unread.replied(parties.account(at), sent, seen, frame);
            }
            _ => {}
        }
        let Some(session) = session else { return };
        if matches!(call, Call::Init | Call::Resume | Call::Session | Call::Ping | Call::Send)
            && let Some(session) = self.sessions.get_mut(session.as_str())
        {
            session.proved = self.tick;
        }
        self.learn(&session, answer, to);
        let Some(outgoing) = self.take(at, sent) else { return };
        match call {
            Call::Send => self.acknowledged(&session, outgoing, answer, to),
            Call::Messages => self.listed(&session, &outgoing, answer, to),
            Call::Unsend => self.unsent(&session, outgoing, answer, to),
            Call::Seen => self.marked(&session, &outgoing, answer, to),
            Call::End => {
                self.close(&session);
                self.unread.start_anew(parties.account(at), seen.at);
                self.ended(&session, (outgoing.owed, Some(at)), seen.at, to);
            }
            _ => {}
        }
    }

    /// A connection takes part in a session from now on.
    fn join(&mut self, id: &SessionId, answer: &Answer<'_>) {
        let Answer { at, sent, seen, parties, .. } = *answer;
        let is_new = sent.request.call() == Call::Init;
        let session = self.sessions.ours(id);
        session.is_complete |= is_new && session.account.is_none();
        session.account = session.account.or_else(|| parties.account(at));
        if session.members.is_empty() {
            session.watched = self.tick;
            if session.dropped.is_some() {
                // What was said meanwhile is counted already, and heard of by a listing at most.
                session.is_complete = false;
                self.unread.start_anew(session.account, seen.at);
            }
        }
        if !session.has_member(at) {
            let (was_told_join, was_told_end) = (false, session.is_closed);
            let since = seen.at.into();
            session.join(Member { at, since, newest: 0, was_told_join, was_told_end });
        }
        if !is_new && let Some(dropped) = session.dropped.take() {
            session.resumed = Some(dropped);
        }
    }

    /// An init or resume of a connection is under way no more.
    pub(super) fn joined(&mut self, at: Endpoint, parties: &Parties, to: &mut dyn Sink) {
        let Some(connection) = self.connections.get_mut(&at) else { return };
        connection.joining = connection.joining.saturating_sub(1);
        if connection.joining == 0 {
            connection.claim(at, parties, &self.sessions, to);
        }
    }

    /// Takes in what a reply says of its session.
    fn learn(&mut self, id: &SessionId, answer: &Answer<'_>, to: &mut dyn Sink) {
        let Answer { sent, seen, frame, .. } = *answer;
        let shown = &frame.body()["chatSession"];
        let Some(session) = self.sessions.get_mut(id.as_str()) else { return };
        if !shown.is_object() || shown["chatSessionId"] != id.as_str() {
            return;
        }
        let told = Facts::of(shown, sent.at);
        if session.facts.is_told && session.facts.is_joined_by_another(told) {
            to.found(Finding {
                message: "a session was joined by another than its update event said".into(),
                expected: "what the update event said".into(),
                actual: words(&shown["chatJoinedByEntityId"].to_string()),
                pointer: "/body/chatSession/chatJoinedByEntityId".into(),
                ..Finding::on(seen, ClauseId::Event9)
            });
            session.facts.joined = told.joined;
        }
        session.facts.is_told = false;
        self.joined_by(id, told, seen.at);
    }

    /// Learns more of a session; where somebody has joined it meanwhile, that is owed to all who
    /// took part.
    pub(super) fn joined_by(&mut self, id: &SessionId, told: Facts, now: Duration) {
        let Some(session) = self.sessions.get_mut(id.as_str()) else { return };
        let before = session.facts.joined;
        session.facts.learn(told);
        let (Joined::NotAt(asked_at), Joined::By(_)) = (before, told.joined) else { return };
        let is_only = session.members.len() == 1;
        let clause = if is_only { ClauseId::Event11 } else { ClauseId::Event9 };
        if is_only && !self.limits.judges_own_echo {
            return;
        }
        for member in &session.members {
            let took_part = Duration::from(member.since) <= asked_at
                || Duration::from(member.since) + CONCIERGE_MARGIN <= now;
            if took_part && !member.was_told_join {
                self.notices.owe(clause, member.at, (id, News::Joined), now);
            }
        }
    }

    /// A session has ended: that is owed to all of these who were not told.
    pub(super) fn ended(
        &mut self,
        id: &SessionId,
        (owed, ender): (Vec<Endpoint>, Option<Endpoint>),
        now: Duration,
        to: &mut dyn Sink,
    ) {
        let Some(session) = self.sessions.get_mut(id.as_str()) else { return };
        if std::mem::replace(&mut session.is_end_owed, true) {
            return;
        }
        for at in owed {
            let Some(member) = session.members.iter().find(|member| member.at == at) else {
                continue;
            };
            let clause = if ender == Some(at) { ClauseId::Event11 } else { ClauseId::Event9 };
            if member.was_told_end {
                to.checked(clause);
            } else {
                self.notices.owe(clause, at, (id, News::Ended), now);
            }
        }
    }

    /// A send was acknowledged.
    fn acknowledged(
        &mut self,
        id: &SessionId,
        outgoing: Outgoing,
        answer: &Answer<'_>,
        to: &mut dyn Sink,
    ) {
        let Answer { at, sent, seen, frame, parties } = *answer;
        let tenant = parties.account(at).and_then(|account| parties.tenant(account));
        let (after, limits) = (outgoing.after, &self.limits);
        send::judge(&send::Asked { sent, tenant, after, limits }, seen, frame, to);
        let is_upload = self.uploads.is_carried_by(sent);
        if is_upload {
            to.checked(ClauseId::Upload5);
        }
        let Some(message) = digits(&frame.message()["id"]) else { return };
        if let Some(session) = self.sessions.get_mut(id.as_str()) {
            session.acknowledged = session.acknowledged.max(message);
        }
        self.note_acknowledged(id, (message, is_upload), answer, to);
        let what = (MessageId(message), id, is_upload);
        let when = (seen.at, self.tick);
        let sent = (sent.times(), outgoing);
        let (sessions, pauses) = (&mut self.sessions, &self.pauses);
        self.deliveries.acknowledged((sessions, pauses), sent, what, when, to);
    }

    /// EVENT-3, LIST-7 and SEND-4: an acknowledged message beside what was known of it.
    fn note_acknowledged(
        &mut self,
        id: &SessionId,
        (message, is_upload): (u64, bool),
        answer: &Answer<'_>,
        to: &mut dyn Sink,
    ) {
        let Answer { at, seen, frame, .. } = *answer;
        let Some(session) = self.sessions.get_mut(id.as_str()) else { return };
        let digest = Digest::of(frame.message());
        let tick = self.tick;
        let is_forgotten = session.history.may_have_had(message);
        let is_new = session.history.get(message).is_none();
        if let Some(record) = session.history.get_mut(message) {
            if record.is(Mark::Acknowledged) {
                return send::taken(message, seen, to);
            }
            let is_listed = record.is(Mark::Listed);
            let clause = if is_listed { ClauseId::List7 } else { ClauseId::Event3 };
            agrees(clause, (record.digest, frame.message(), "/body/chatMessage"), seen, to);
            record.digest = digest;
        } else {
            session.history.add(message, digest, tick);
        }
        if let Some(record) = session.history.get_mut(message) {
            record.unmark(Mark::Listed);
            record.mark(Mark::Acknowledged);
            if is_upload {
                record.mark(Mark::Upload);
            }
        }
        if is_new && !is_forgotten {
            let (session, device) = (SessionKey::of(id), at.device);
            to.claimed(Claim::Message { id: message, session, device, at: seen.at });
        }
    }

    /// A page of messages was listed.
    fn listed(
        &mut self,
        id: &SessionId,
        outgoing: &Outgoing,
        answer: &Answer<'_>,
        to: &mut dyn Sink,
    ) {
        let Answer { at, sent, seen, frame, parties } = *answer;
        let Some(session) = self.sessions.heard_of(id) else { return };
        let connection = self.connections.get_or_insert_with(at, Connection::default);
        let is_mixed = connection.is_mixed;
        connection.is_mixed &= connection.listings > 0;
        let (left, now) = (outgoing.left, self.tick);
        let listing = Listing { at, sent, left, now, is_mixed, seen, frame };
        let is_complete = session.is_complete;
        let outlook = listing.judge(session, to);
        if outlook.goes_on {
            self.changed(id);
        }
        for _ in 0..outlook.news {
            if is_complete {
                self.unread.up(parties.account(at), seen.at);
            } else {
                self.unread.give_up(parties.account(at));
            }
        }
        if !outlook.suspicions.is_empty() && self.suspected.len() < MOST_SUSPECTED {
            let due = self.pauses.due_everywhere(seen.at + self.limits.delivery_timeout);
            let (session, findings) = (id.clone(), outlook.suspicions);
            self.suspected.push(Suspected { session, due, findings });
        }
    }

    /// A message was unsent.
    fn unsent(
        &mut self,
        id: &SessionId,
        outgoing: Outgoing,
        answer: &Answer<'_>,
        to: &mut dyn Sink,
    ) {
        let Answer { at, sent, seen, frame, parties } = *answer;
        unsend::judge(sent, seen, frame, self.limits.dialect, to);
        let Some(message) = outgoing.message else { return };
        let Some(session) = self.sessions.get_mut(id.as_str()) else { return };
        if let Some(record) = session.history.get_mut(message)
            && !record.is(Mark::Unsent)
        {
            record.mark(Mark::Unsent);
            record.since = self.tick;
            if record.is(Mark::Concierge) {
                self.unread.give_up(parties.account(at));
            }
        }
        for owed in outgoing.owed {
            let clause = if owed == at { ClauseId::Event11 } else { ClauseId::Event8 };
            if outgoing.told.contains(&owed) {
                to.checked(clause);
            } else if session.has_member(owed) {
                self.notices.owe(clause, owed, (id, News::Unsent(message)), seen.at);
            }
        }
    }

    /// A message was marked as seen.
    fn marked(
        &mut self,
        id: &SessionId,
        outgoing: &Outgoing,
        answer: &Answer<'_>,
        to: &mut dyn Sink,
    ) {
        let Answer { at, sent, seen, frame, parties } = *answer;
        let account = parties.account(at);
        let session = self.sessions.get_mut(id.as_str());
        let known = session.and_then(|session| session.history.get_mut(outgoing.message?));
        if outgoing.offence.is_none() {
            marked::judge((sent, known.as_deref()), seen, frame, to);
        }
        let Some(record) = known.filter(|record| record.is(Mark::Concierge)) else {
            return self.unread.give_up(account);
        };
        if !record.is(Mark::Seen) && !record.is(Mark::Gone) {
            record.mark(Mark::Seen);
            record.since = self.tick;
            self.unread.down(account, sent, seen.at);
        }
    }
}

/// Whether a value says that a session is closed.
pub(super) fn is_closed(session: &Json) -> bool {
    session["isSessionClosed"] == true
}
