//! Sees all that happens in one flow instance: counts it, measures it, and has it judged.

mod received;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

use crate::conformance::Monitor;
use crate::device::{Clock, Observer, by};
use crate::metrics::{ErrorKind, Metric};
use crate::protocol::{
    AccountNo, Call, ConnectionNo, DeviceNo, Ending, EventKind, Frame, FrameKind, Happening,
    Observation, Role, SessionId, TenantId, TokenKind, digits,
};

use super::blame::{Blame, Cause};
use super::connecting::is_valid;
use super::desk;
use super::lapse::Lapse;
use super::ledger::Ledger;
use super::ring::Ring;
use super::tally::{Tally, TallySink};
use super::watch::Watch;

use received::received;

/// The observer of one flow instance's devices.
pub(super) struct Witness {
    tally: Rc<Tally>,
    watch: Watch,
    monitor: RefCell<Monitor>,
    memory: RefCell<Memory>,
    /// Devices that play the concierge: what they see is counted, and not judged.
    at_desks: Vec<DeviceNo>,
    ledger: RefCell<Ledger>,
    /// What was seen last, told where something is wrong.
    pub(super) ring: RefCell<Ring>,
    /// The connections that were there when it began to rest, once it rests.
    resting: RefCell<Option<BTreeSet<(DeviceNo, ConnectionNo)>>>,
    /// Told at each observation, for whoever waits for the monitor to be satisfied.
    seen: Notify,
    /// Told when a connection has ended that we did not end.
    pub(super) lost: Notify,
    lapse: Lapse,
    /// Requests that were cut off by an end of their connection that is told next.
    cut_off: Cell<CutOff>,
}

/// Requests that one end of a connection has cut off.
#[derive(Clone, Copy, Default)]
struct CutOff {
    all: u64,
    /// Those that should succeed.
    allowed: u64,
}

/// What steps ask about the conversation so far.
#[derive(Default)]
struct Memory {
    /// Connections that wait for their acknowledgment, and since when.
    unacknowledged: BTreeMap<(DeviceNo, ConnectionNo), Duration>,
    /// Connections by an account's own token whose tenant nobody told, until a reply does.
    tenantless: BTreeMap<(DeviceNo, ConnectionNo), AccountNo>,
    /// Connections by an account's own token of which it is known when it expires, counted from the
    /// Unix epoch.
    expiring: Vec<((DeviceNo, ConnectionNo), AccountNo, Duration)>,
    /// Connections that do not read, or have not read up yet what has come; and those that have since when
    /// they had.
    paused: BTreeMap<(DeviceNo, ConnectionNo), Option<Duration>>,
    /// The concierge's newest message in each of the last sessions; null where it only joined.
    concierge: VecDeque<(SessionId, Value)>,
}

/// Sessions of which the concierge's newest message is remembered.
const SESSIONS_KEPT: usize = 16;

impl Memory {
    fn of_concierge(&self, session: &SessionId) -> Option<&Value> {
        self.concierge.iter().find(|(known, _)| known == session).map(|(_, message)| message)
    }

    /// The concierge joined; whether that is news.
    fn joined(&mut self, session: SessionId) -> bool {
        let is_new = self.of_concierge(&session).is_none();
        if is_new {
            self.concierge.truncate(SESSIONS_KEPT - 1);
            self.concierge.push_front((session, Value::Null));
        }
        is_new
    }

    /// The concierge wrote; whether that is the first that is known of one in the session.
    fn said(&mut self, session: SessionId, message: Value) -> bool {
        let is_new = self.of_concierge(&session).is_none();
        self.concierge.retain(|(known, _)| *known != session);
        self.concierge.truncate(SESSIONS_KEPT - 1);
        self.concierge.push_front((session, message));
        is_new
    }
}

impl Witness {
    pub(super) fn new(
        tally: Rc<Tally>,
        monitor: Monitor,
        at_desks: Vec<DeviceNo>,
        ring: Ring,
        watch: Watch,
        lapse: Lapse,
    ) -> Self {
        Self {
            tally,
            watch,
            monitor: RefCell::new(monitor),
            memory: RefCell::default(),
            at_desks,
            ledger: RefCell::default(),
            ring: RefCell::new(ring),
            resting: RefCell::default(),
            seen: Notify::new(),
            lost: Notify::new(),
            lapse,
            cut_off: Cell::default(),
        }
    }

    /// Whether a concierge has shown up in a session.
    pub(super) fn has_concierge(&self, session: &SessionId) -> bool {
        self.memory.borrow().of_concierge(session).is_some()
    }

    /// The newest message of the concierge in a session.
    pub(super) fn last_of_concierge(&self, session: &SessionId) -> Option<Value> {
        self.memory.borrow().of_concierge(session).filter(|message| !message.is_null()).cloned()
    }

    /// The sessions that are open still, by the account that opened them.
    pub(super) fn left_open(&self) -> BTreeMap<AccountNo, Vec<SessionId>> {
        self.ledger.borrow().by_account()
    }

    /// How many sessions are open still.
    pub(super) fn count_open(&self) -> u64 {
        self.ledger.borrow().len()
    }

    /// The account that opened a connection, while it is there.
    pub(super) fn account_of(&self, whose: (DeviceNo, ConnectionNo)) -> Option<AccountNo> {
        self.ledger.borrow().caller(whose).map(|caller| caller.account)
    }

    /// Judges what is due by now, and rests: there is no time for the rest.
    pub(super) fn give_up(&self, now: Duration) {
        self.monitor.borrow_mut().finish(now, &mut TallySink(&self.tally, &self.ring));
        self.rest();
    }

    /// From now on nothing is judged or measured any more: what comes is no part of the flow.
    pub(super) fn rest(&self) {
        *self.resting.borrow_mut() = Some(self.ledger.borrow().connections().collect());
    }

    /// Whether nothing is judged or measured any more.
    pub(super) fn is_resting(&self) -> bool {
        self.resting.borrow().is_some()
    }

    /// Keeps the number of connections right while it rests; whether it does.
    fn rests(&self, seen: &Observation<'_>) -> bool {
        let mut resting = self.resting.borrow_mut();
        let Some(counted) = resting.as_mut() else { return false };
        if matches!(seen.what, Happening::Closed(_))
            && counted.remove(&(seen.device, seen.connection))
        {
            self.tally.with(|interval| interval.connected -= 1);
        }
        true
    }

    /// Tells of sessions that are opened and ended.
    fn keep_books(&self, seen: &Observation<'_>) {
        let news = self.ledger.borrow_mut().learn(seen);
        if let (Some(news), Some(journal)) = (news, &self.watch.journal) {
            journal.note(self.tally.scenario_name(), &news);
        }
    }

    /// Waits until nothing is owed any more, or its time is up; then judges what is left. What is
    /// first heard of meanwhile is not waited for, as it could go on for ever.
    pub(super) async fn settle(&self, clock: &dyn Clock) {
        let Some(until) = self.monitor.borrow().owed_until() else { return };
        while until > clock.now() && self.monitor.borrow().owed_until().is_some() {
            by(clock, until, self.seen.notified()).await;
        }
        self.monitor.borrow_mut().finish(until, &mut TallySink(&self.tally, &self.ring));
    }

    fn count(&self, at: Duration, seen: &Observation<'_>) {
        match &seen.what {
            Happening::Opened { began_at, caller, token_expires_at, .. } => {
                let whose = (seen.device, seen.connection);
                let mut memory = self.memory.borrow_mut();
                memory.unacknowledged.insert(whose, at);
                if let Some(expires_at) = token_expires_at {
                    memory.expiring.push((whose, caller.account, *expires_at));
                }
                if caller.tenant.is_none() && caller.token == TokenKind::Valid {
                    memory.tenantless.insert(whose, caller.account);
                }
                self.tally.with(|interval| {
                    interval.connected += 1;
                    interval.tries.count(is_valid(caller).into(), false);
                    interval.recorder.totals_mut().connections += 1;
                    interval.recorder.latency(Metric::Connect, at.saturating_sub(*began_at));
                });
            }
            Happening::Sent(sent) => self.tally.with(|interval| {
                let totals = interval.recorder.totals_mut();
                totals.requests += 1;
                totals.bytes_out += sent.bytes as u64;
                totals.sends += u64::from(sent.request.call() == Call::Send);
                if let Some(content) = sent.request.body["messageContent"].as_str() {
                    self.tally.clean().sent(content);
                }
            }),
            Happening::Received { frame, bytes, role, answers, .. } => {
                let is_lapse = frame.is_unauthorized() && answers.is_some() && self.lapsed(seen);
                let has_waited = answers.is_some_and(|sent| self.has_delayed(seen, sent.at));
                let mut blame = None;
                self.tally.with(|interval| {
                    interval.recorder.totals_mut().bytes_in += *bytes as u64;
                    let (recorder, how) = (&mut interval.recorder, (*role, is_lapse, has_waited));
                    blame = received(recorder, at, frame, how, *answers);
                    if let Some(blame) = blame {
                        interval.blame(blame, at);
                    }
                    if let Some(sent) = answers {
                        let counts = sent.is_allowed || frame.is_throttling();
                        interval.tries.count(counts.into(), !frame.is_ok());
                        interval.places.answer(&sent.request.route);
                        let unsends = sent.request.call() == Call::Unsend;
                        interval.unsent += u64::from(unsends && frame.is_ok());
                    }
                    if let FrameKind::Event { kind, .. } = &frame.kind {
                        interval.places.arrive(kind);
                    }
                });
                if blame.is_some_and(|blame| blame.kind == ErrorKind::GATEWAY_ERROR) {
                    self.tally.gateway_said(frame.json["message"].as_str().unwrap_or_default());
                }
                self.remember(seen, frame, *role);
            }
            Happening::NotOpened { caller, .. } => {
                let is_valid = is_valid(caller).into();
                self.tally.with(|interval| interval.tries.count(is_valid, true));
            }
            Happening::Uploaded(exchange) => {
                let is_kept = exchange.put == Some(200);
                self.tally.with(|interval| interval.uploads += u64::from(is_kept));
            }
            Happening::Pong { .. } => {}
            Happening::Paused { .. } => {
                self.memory.borrow_mut().paused.insert((seen.device, seen.connection), None);
            }
            Happening::ReadUp => {
                self.memory.borrow_mut().paused.insert((seen.device, seen.connection), Some(at));
            }
            Happening::Expired(sent) => {
                let counts = sent.is_allowed.into();
                self.tally.with(|interval| interval.tries.count(counts, true));
                self.tally.blame(Blame::EXPIRED, at);
            }
            Happening::CutOff(sent) => self.cut_off(sent.is_allowed),
            Happening::Closed(ending) => self.closed(seen, ending),
        }
    }

    /// A request was cut off. By whom is known as soon as the end of its connection is told.
    fn cut_off(&self, is_allowed: bool) {
        let CutOff { all, allowed } = self.cut_off.get();
        self.cut_off.set(CutOff { all: all + 1, allowed: allowed + u64::from(is_allowed) });
    }

    /// What a concierge sees is counted. Its endpoint has limits of its own, of which nothing is known.
    fn at_desk(&self, seen: &Observation<'_>) {
        desk::count(&self.tally, seen);
        match &seen.what {
            Happening::CutOff(_) => self.cut_off(false),
            Happening::Closed(ending) => {
                self.ended(Cause::of(ending, None, self.lapse.limits(), false), seen.at);
            }
            _ => {}
        }
    }

    fn closed(&self, seen: &Observation<'_>, ending: &Ending) {
        let whose = (seen.device, seen.connection);
        let is_lapse = self.lapse.may_cause(ending) && self.lapsed(seen);
        let wear = self.monitor.borrow().wear(seen.device, seen.connection, seen.at);
        let cause = Cause::of(ending, wear, self.lapse.limits(), is_lapse);
        let mut memory = self.memory.borrow_mut();
        memory.unacknowledged.remove(&whose);
        memory.paused.remove(&whose);
        memory.tenantless.remove(&whose);
        memory.expiring.retain(|(other, ..)| *other != whose);
        drop(memory);
        self.tally.with(|interval| interval.connected -= 1);
        self.ended(cause, seen.at);
    }

    /// Counts why a connection ended, and the requests that it cut off.
    fn ended(&self, cause: Cause, at: Duration) {
        let CutOff { all, allowed } = self.cut_off.take();
        self.tally.with(|interval| {
            if matches!(cause, Cause::Excused(_) | Cause::Fault(_)) {
                interval.tries.count(allowed, true);
            }
            if let Cause::Excused(excuse) = cause {
                interval.closes.count(excuse);
            }
            (0..all).for_each(|_| interval.blame(cause.of_request(), at));
            if let Some(blame) = cause.blame() {
                interval.blame(blame, at);
            }
        });
    }

    /// Whether what left at this instant, and has come now, may have waited for us to read.
    fn has_delayed(&self, seen: &Observation<'_>, left_at: Duration) -> bool {
        let memory = self.memory.borrow();
        let paused = memory.paused.get(&(seen.device, seen.connection));
        paused.is_some_and(|read_up_at| read_up_at.is_none_or(|read_up_at| left_at < read_up_at))
    }

    /// Whether the token of a connection has expired that the service now turns away; where nothing
    /// renews it, the run is over.
    fn lapsed(&self, seen: &Observation<'_>) -> bool {
        let memory = self.memory.borrow();
        let whose = (seen.device, seen.connection);
        let of = memory.expiring.iter().find(|(other, ..)| *other == whose);
        let account = of.filter(|(.., expires_at)| self.lapse.is_over(*expires_at, seen.at));
        if let Some((_, account, _)) = account {
            self.lapse.turned_away(*account);
        }
        account.is_some()
    }

    fn remember(&self, seen: &Observation<'_>, frame: &Frame, role: Role) {
        let has_waited = self.has_delayed(seen, Duration::ZERO);
        let mut memory = self.memory.borrow_mut();
        if role == Role::Acknowledgment {
            let whose = (seen.device, seen.connection);
            if let Some(opened_at) = memory.unacknowledged.remove(&whose).filter(|_| !has_waited) {
                let latency = seen.at.saturating_sub(opened_at);
                self.tally.with(|i| i.recorder.latency(Metric::ConnectAck, latency));
            }
        }
        if !memory.tenantless.is_empty()
            && let Some(tenant) = digits(&frame.body()["tenant"]["id"])
            && let Some(account) = memory.tenantless.remove(&(seen.device, seen.connection))
        {
            self.tally.with(|i| i.tenants.push((account, TenantId(tenant))));
        }
        let inner = if role == Role::Event { frame.payload() } else { frame.body() };
        let has_joined = inner["chatSession"]["chatJoinedByEntityType"] == "BACKEND_USER";
        let is_message =
            matches!(&frame.kind, FrameKind::Event { kind: EventKind::Message(_), .. });
        let has_said = is_message && frame.message()["senderEntityType"] == "BACKEND_USER";
        if !has_joined && !has_said {
            return;
        }
        let Some(session) = frame.session_id() else { return };
        let mut is_new = has_joined && memory.joined(session.clone());
        if has_said {
            is_new |= memory.said(session, frame.message().to_value());
        }
        self.tally.with(|interval| interval.concierges += u64::from(is_new));
    }
}

impl Observer for Witness {
    fn observe(&self, seen: &Observation<'_>) {
        if let Some(tracer) = self.watch.tracer_of(seen) {
            tracer.trace(self.tally.scenario_name(), seen);
        }
        self.ring.borrow_mut().observe(seen);
        if matches!(&seen.what, Happening::Closed(ending) if **ending != Ending::ByUs) {
            self.lost.notify_one();
        }
        if self.at_desks.contains(&seen.device) {
            return self.at_desk(seen);
        }
        self.keep_books(seen);
        if self.rests(seen) {
            return;
        }
        self.count(seen.at, seen);
        self.monitor.borrow_mut().observe(seen, &mut TallySink(&self.tally, &self.ring));
        self.seen.notify_one();
    }
}
