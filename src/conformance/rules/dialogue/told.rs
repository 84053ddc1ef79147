//! What a server says unasked: events, and what they change.

use std::time::Duration;

use crate::conformance::monitor::{Endpoint, LONGEST_ID};
use crate::conformance::parties::Parties;
use crate::conformance::rules::delivery::{Arrival, CONCIERGE_MARGIN};
use crate::conformance::rules::digest::Digest;
use crate::conformance::rules::facts::{self, Facts, Joined};
use crate::conformance::rules::history::Mark;
use crate::conformance::rules::notice::News;
use crate::conformance::rules::session::Session;
use crate::conformance::rules::{event, event::agrees};
use crate::conformance::{Claim, ClauseId, SessionKey, Sink};
use crate::protocol::{
    Call, EventKind, Frame, FrameKind, Json, MessageId, Observation, SessionId, digits,
};

use super::effect::is_closed;
use super::{Connection, Dialogue, MOST_STRANGE, Strange};

impl Dialogue {
    /// An event has come.
    pub(in crate::conformance) fn event(
        &mut self,
        at: Endpoint,
        (seen, frame): (&Observation<'_>, &Frame),
        parties: &Parties,
        to: &mut dyn Sink,
    ) {
        self.tick += 1;
        let FrameKind::Event { kind, .. } = &frame.kind else { return };
        if let EventKind::Message(session) | EventKind::Update(session) = kind {
            self.standing(at, (session, kind), seen, parties, to);
        }
        if let Some(key) = event::Key::of(frame) {
            to.checked(ClauseId::Event2);
            if !self.connection(at).seen.is_first(key) {
                return event::again(seen, frame, to);
            }
            match kind {
                EventKind::Message(session) if session.as_str().len() <= LONGEST_ID => {
                    self.message(at, (session, key), (seen, frame), parties, to);
                }
                EventKind::Delete => self.deleted(at, (seen, frame), parties, to),
                _ => {}
            }
        }
        if let EventKind::Update(session) = kind
            && session.as_str().len() <= LONGEST_ID
        {
            self.updated(at, session, (seen, frame), parties, to);
        }
    }

    /// EVENT-6 and EVENT-10: whether the connection may be told of this session.
    fn standing(
        &mut self,
        at: Endpoint,
        (id, kind): (&SessionId, &EventKind),
        seen: &Observation<'_>,
        parties: &Parties,
        to: &mut dyn Sink,
    ) {
        let Some(account) = parties.account(at) else { return };
        let session = self.sessions.get(id.as_str());
        let owner = session.and_then(|session| session.account);
        let tenants = owner.map(|owner| (parties.tenant(owner), parties.tenant(account)));
        if let (Some(session), Some(owner)) = (session, owner) {
            let is_own =
                owner == account || matches!(tenants, Some((Some(one), Some(two))) if one == two);
            if is_own {
                to.checked(ClauseId::Event6);
                to.checked(ClauseId::Event10);
                if !self.takes_part(at, session) {
                    event::unasked(seen, to);
                }
                return;
            }
            if matches!(tenants, Some((Some(_), Some(_)))) {
                to.checked(ClauseId::Event6);
                return event::foreign(seen, to);
            }
        }
        if id.as_str().len() > LONGEST_ID || self.sessions.was_forgotten(id) {
            return;
        }
        let name = if matches!(kind, EventKind::Message(_)) {
            "chat-message"
        } else {
            "chat-session-update"
        };
        let connection = self.connections.get_or_insert_with(at, Connection::default);
        let is_known = |known: &Strange| known.session == *id && known.event == name;
        if connection.strange.len() < MOST_STRANGE && !connection.strange.iter().any(is_known) {
            let (session, is_claimed) = (id.clone(), false);
            connection.strange.push(Strange { session, event: name, at: seen.at, is_claimed });
        }
        if connection.joining == 0 {
            connection.claim(at, parties, &self.sessions, to);
            if name == "chat-message" {
                self.unread.give_up(Some(account));
            }
        }
    }

    /// A message event, for the first time on this connection.
    fn message(
        &mut self,
        at: Endpoint,
        (id, key): (&SessionId, event::Key),
        (seen, frame): (&Observation<'_>, &Frame),
        parties: &Parties,
        to: &mut dyn Sink,
    ) {
        let message = frame.message();
        let Some(no) = digits(&message["id"]) else { return };
        let is_concierges = message["senderEntityType"] == "BACKEND_USER";
        self.note_delivered(at, (id, no), (seen, frame), parties, to);
        let connections = &self.connections;
        let has_got = |at| connections.get(&at).is_some_and(|known| known.seen.has(key));
        let arrival = Arrival { session: id, id: MessageId(no), is_concierges, seen };
        let (sessions, pauses) = (&mut self.sessions, &self.pauses);
        self.deliveries.arrived((sessions, pauses), at, arrival, &has_got, to);
    }

    /// EVENT-3 and LIST-7: a message beside what was known of it.
    fn note_delivered(
        &mut self,
        at: Endpoint,
        (id, no): (&SessionId, u64),
        (seen, frame): (&Observation<'_>, &Frame),
        parties: &Parties,
        to: &mut dyn Sink,
    ) {
        let tick = self.tick;
        let Some(session) = self.sessions.heard_of(id) else { return };
        let message = frame.message();
        let is_concierges = message["senderEntityType"] == "BACKEND_USER";
        let is_forgotten = session.history.may_have_had(no);
        if let Some(record) = session.history.get_mut(no) {
            let is_listed = record.is(Mark::Listed);
            let clause = if is_listed { ClauseId::List7 } else { ClauseId::Event3 };
            return agrees(clause, (record.digest, message, "/payload/chatMessage"), seen, to);
        }
        session.changed = tick;
        let is_known = session.account.is_some();
        if let Some(record) = session.history.add(no, Digest::of(message), tick)
            && is_concierges
        {
            record.mark(Mark::Concierge);
        }
        if is_concierges {
            self.changed(id);
            if is_known && !is_forgotten {
                self.unread.up(parties.account(at), seen.at);
                let (session, device) = (SessionKey::of(id), at.device);
                to.claimed(Claim::Message { id: no, session, device, at: seen.at });
            }
        }
    }

    /// A delete event, for the first time on this connection. It names no session.
    fn deleted(
        &mut self,
        at: Endpoint,
        (seen, frame): (&Observation<'_>, &Frame),
        parties: &Parties,
        to: &mut dyn Sink,
    ) {
        let Some(no) = digits(&frame.payload()["messageId"]) else { return };
        let is_this =
            |call: Call, message: Option<u64>| call == Call::Unsend && message == Some(no);
        for outgoing in self.under_way.iter_mut().filter(|out| is_this(out.call, out.message)) {
            outgoing.told.push(at);
        }
        self.notices.arrived(at, (None, News::Unsent(no)), (seen, &self.pauses), to);
        let mut changed = None;
        for (id, session) in self.sessions.iter_mut().filter(|(_, known)| known.has_member(at)) {
            let Some(record) = session.history.get_mut(no) else { continue };
            if !record.is(Mark::Unsent) && !record.is(Mark::Gone) {
                session.changed = self.tick;
                changed = Some((id.clone(), record.is(Mark::Concierge)));
            }
            record.mark(Mark::Gone);
        }
        if let Some((id, is_concierges)) = changed {
            self.changed(&id);
            if is_concierges {
                self.unread.give_up(parties.account(at));
            }
        }
    }

    /// An update event: EVENT-9, and whether somebody joined or the session was ended.
    fn updated(
        &mut self,
        at: Endpoint,
        id: &SessionId,
        (seen, frame): (&Observation<'_>, &Frame),
        parties: &Parties,
        to: &mut dyn Sink,
    ) {
        let shown = &frame.payload()["chatSession"];
        if !shown.is_object() {
            return;
        }
        let is_ours = |session: &Session| session.account.is_some();
        if !self.sessions.get(id.as_str()).is_some_and(is_ours) {
            return self.told_early(at, id, shown);
        }
        let Some(session) = self.sessions.get_mut(id.as_str()) else { return };
        let (known, is_only) = (session.facts, session.members.len() == 1);
        let told = Facts::of(shown, Duration::ZERO);
        let has_joined = matches!(told.joined, Joined::By(_));
        let is_end = is_closed(shown);
        let member = session.member_mut(at);
        let was_told = member.as_deref().is_some_and(|member| member.was_told_join);
        if let Some(member) = member {
            member.was_told_join |= has_joined;
            member.was_told_end |= is_end;
        }
        facts::judge(known, (shown, was_told), seen, to);
        if has_joined {
            if is_only && !was_told && self.limits.judges_own_echo {
                to.checked(ClauseId::Event11);
            }
            self.notices.arrived(at, (Some(id), News::Joined), (seen, &self.pauses), to);
            if let Some(session) = self.sessions.get_mut(id.as_str()) {
                session.facts.is_told |= !matches!(known.joined, Joined::By(_));
            }
            self.joined_by(id, told, seen.at);
        }
        if is_end {
            self.notices.arrived(at, (Some(id), News::Ended), (seen, &self.pauses), to);
            self.unread.start_anew(parties.account(at), seen.at);
            let (owed, ender) = self.owed_end(id, seen.at);
            self.ended(id, (owed, ender), seen.at, to);
        }
    }

    /// An update event of a session that nothing is known of: where it came before the reply that
    /// opens the session, its connection was told who joined.
    fn told_early(&mut self, at: Endpoint, id: &SessionId, shown: &Json) {
        let told = Facts::of(shown, Duration::ZERO);
        let is_joining = self.connections.get(&at).is_some_and(|known| known.joining > 0);
        if is_joining
            && matches!(told.joined, Joined::By(_))
            && let Some(session) = self.sessions.heard_of(id)
        {
            (session.facts.joined, session.facts.is_told) = (told.joined, true);
        }
    }

    /// To whom the end of a session is owed that was first heard of now: those who took part as we
    /// asked for it, or those who had for a while as the concierge ended it.
    fn owed_end(&self, id: &SessionId, now: Duration) -> (Vec<Endpoint>, Option<Endpoint>) {
        let ours =
            |call: Call, session: Option<&SessionId>| call == Call::End && session == Some(id);
        let ours = self.under_way.iter().find(|out| ours(out.call, out.session.as_ref()));
        if let Some(ours) = ours {
            return (ours.owed.clone(), Some(ours.at));
        }
        let members = self.sessions.get(id.as_str()).map(|session| session.members.as_slice());
        let took_part = members.unwrap_or_default().iter();
        let took_part =
            took_part.filter(|member| Duration::from(member.since) + CONCIERGE_MARGIN <= now);
        (took_part.map(|member| member.at).collect(), None)
    }
}
