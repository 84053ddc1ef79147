//! Sees all that happens in one flow instance: counts it, measures it, and has it judged.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

use crate::conformance::Monitor;
use crate::device::{Clock, Observer, by};
use crate::metrics::{ErrorKind, Layer, Metric, Recorder};
use crate::protocol::{
    AccountNo, Broken, Call, ConnectionNo, DeviceNo, Ending, EventKind, Frame, FrameKind,
    Happening, Observation, Role, Sent, SessionId, TenantId, TokenKind, digits,
};

use super::connecting::is_valid;
use super::desk;
use super::lapse::Lapse;
use super::ledger::Ledger;
use super::ring::Ring;
use super::tally::{Tally, TallySink};
use super::watch::Watch;

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
    lapse: Lapse,
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
    /// Requests that should succeed, cut off by an end of their connection that is told next.
    cut_off: u64,
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
            lapse,
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
                self.tally.with(|interval| {
                    interval.recorder.totals_mut().bytes_in += *bytes as u64;
                    received(&mut interval.recorder, at, frame, (*role, is_lapse), *answers);
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
            Happening::Expired(sent) => {
                let counts = sent.is_allowed.into();
                self.tally.with(|interval| interval.tries.count(counts, true));
                self.tally.error(Layer::Integration, ErrorKind::RESPONSE_TIMEOUT);
            }
            Happening::CutOff(sent) => {
                self.memory.borrow_mut().cut_off += u64::from(sent.is_allowed);
                self.tally.error(Layer::Network, ErrorKind::CUT_OFF);
            }
            Happening::Closed(ending) => {
                let whose = (seen.device, seen.connection);
                let is_lapse = self.lapse.may_cause(ending) && self.lapsed(seen);
                let mut memory = self.memory.borrow_mut();
                memory.unacknowledged.remove(&whose);
                memory.tenantless.remove(&whose);
                memory.expiring.retain(|(other, ..)| *other != whose);
                let cut_off = std::mem::take(&mut memory.cut_off);
                self.tally.with(|interval| interval.connected -= 1);
                if is_lapse {
                    self.tally.error(Layer::Authorizer, ErrorKind::TOKEN_EXPIRED);
                } else if let Some((layer, kind)) = error_of(ending) {
                    self.tally.with(|interval| interval.tries.count(cut_off, true));
                    self.tally.error(layer, kind);
                }
            }
        }
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
        let mut memory = self.memory.borrow_mut();
        if role == Role::Acknowledgment {
            let whose = (seen.device, seen.connection);
            if let Some(opened_at) = memory.unacknowledged.remove(&whose) {
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
        if self.at_desks.contains(&seen.device) {
            return desk::count(&self.tally, seen);
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

fn received(
    recorder: &mut Recorder,
    at: Duration,
    frame: &Frame,
    (role, is_lapse): (Role, bool),
    answers: Option<&Rc<Sent>>,
) {
    match role {
        Role::Event => recorder.totals_mut().events += 1,
        Role::Answer(_) | Role::MisnamedAnswer(_) | Role::GatewayAnswer(_) => {
            recorder.totals_mut().responses += 1;
            if is_lapse {
                recorder.error(Layer::Authorizer, ErrorKind::TOKEN_EXPIRED);
            } else if let Some(sent) = answers {
                answered(recorder, at, frame, role, sent);
            }
        }
        Role::LateAnswer(_) | Role::SecondAnswer => {
            recorder.totals_mut().responses += 1;
            recorder.error(Layer::Application, ErrorKind::UNASKED_ANSWER);
        }
        Role::Acknowledgment => {}
        Role::Stray => {
            let kind = match frame.kind {
                FrameKind::Malformed(_) => ErrorKind::NOT_JSON,
                FrameKind::Binary(_) => ErrorKind::BINARY,
                _ => ErrorKind::UNKNOWN_FRAME,
            };
            recorder.error(Layer::Schema, kind);
        }
    }
}

fn answered(recorder: &mut Recorder, at: Duration, frame: &Frame, role: Role, sent: &Sent) {
    let call = sent.request.call();
    let (latency, service) = sent.until(at);
    recorder.planned_latency(Metric::Rtt(call), latency, service);
    if frame.is_ok() {
        if call == Call::Send {
            recorder.totals_mut().sends_acked += 1;
            recorder.planned_latency(Metric::SendToAck, latency, service);
        }
    } else if frame.is_throttling() {
        recorder.error(Layer::Gateway, ErrorKind::THROTTLED);
    } else if matches!(role, Role::GatewayAnswer(_)) {
        recorder.error(Layer::Integration, ErrorKind::GATEWAY_ERROR);
    } else if sent.is_allowed {
        let kind = frame.status().map_or(ErrorKind::NO_STATUS, ErrorKind::status);
        recorder.error(Layer::Application, kind);
    }
}

/// The error that an ending is; none where we closed.
pub(super) fn error_of(ending: &Ending) -> Option<(Layer, ErrorKind)> {
    Some(match ending {
        Ending::ByUs => return None,
        Ending::ByServer(code) => {
            (Layer::Network, code.map_or(ErrorKind::CLOSED, ErrorKind::closed))
        }
        Ending::Broken(Broken::Reset) => (Layer::Network, ErrorKind::RESET),
        Ending::Broken(Broken::Protocol) => (Layer::Network, ErrorKind::WEBSOCKET_PROTOCOL),
        Ending::Broken(Broken::NotUtf8) => (Layer::Schema, ErrorKind::NOT_UTF8),
        Ending::Broken(Broken::TooLarge) => (Layer::Schema, ErrorKind::TOO_LARGE),
    })
}
