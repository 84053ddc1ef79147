//! Sees all that happens in one flow instance: counts it, measures it, and has it judged.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
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

use super::tally::{Tally, TallySink};
use super::watch::Watch;

/// The observer of one flow instance's devices.
pub(super) struct Witness {
    tally: Rc<Tally>,
    watch: Watch,
    monitor: RefCell<Monitor>,
    memory: RefCell<Memory>,
    /// Told at each observation, for whoever waits for the monitor to be satisfied.
    seen: Notify,
}

/// What steps ask about the conversation so far.
#[derive(Default)]
struct Memory {
    /// Connections that wait for their acknowledgment, and since when.
    unacknowledged: BTreeMap<(DeviceNo, ConnectionNo), Duration>,
    /// Connections by an account's own token whose tenant nobody told, until a reply does.
    tenantless: BTreeMap<(DeviceNo, ConnectionNo), AccountNo>,
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
    pub(super) fn new(tally: Rc<Tally>, monitor: Monitor, watch: Watch) -> Self {
        let (monitor, memory) = (RefCell::new(monitor), RefCell::default());
        Self { tally, watch, monitor, memory, seen: Notify::new() }
    }

    /// Whether a concierge has shown up in a session.
    pub(super) fn has_concierge(&self, session: &SessionId) -> bool {
        self.memory.borrow().of_concierge(session).is_some()
    }

    /// The newest message of the concierge in a session.
    pub(super) fn last_of_concierge(&self, session: &SessionId) -> Option<Value> {
        self.memory.borrow().of_concierge(session).filter(|message| !message.is_null()).cloned()
    }

    /// Waits until nothing is owed any more, or its time is up; then judges what is left. What is
    /// first heard of meanwhile is not waited for, as it could go on for ever.
    pub(super) async fn settle(&self, clock: &dyn Clock) {
        let Some(until) = self.monitor.borrow().owed_until() else { return };
        while until > clock.now() && self.monitor.borrow().owed_until().is_some() {
            by(clock, until, self.seen.notified()).await;
        }
        self.monitor.borrow_mut().finish(until, &mut TallySink(&self.tally));
    }

    fn count(&self, at: Duration, seen: &Observation<'_>) {
        match &seen.what {
            Happening::Opened { began_at, caller, .. } => {
                let whose = (seen.device, seen.connection);
                let mut memory = self.memory.borrow_mut();
                memory.unacknowledged.insert(whose, at);
                if caller.tenant.is_none() && caller.token == TokenKind::Valid {
                    memory.tenantless.insert(whose, caller.account);
                }
                self.tally.with(|interval| {
                    interval.connected += 1;
                    interval.recorder.totals_mut().connections += 1;
                    interval.recorder.latency(Metric::Connect, at.saturating_sub(*began_at));
                });
            }
            Happening::Sent(sent) => self.tally.with(|interval| {
                let totals = interval.recorder.totals_mut();
                totals.requests += 1;
                totals.bytes_out += sent.bytes as u64;
                totals.sends += u64::from(sent.request.call() == Call::Send);
            }),
            Happening::Received { frame, bytes, role, answers, .. } => {
                self.tally.with(|interval| {
                    interval.recorder.totals_mut().bytes_in += *bytes as u64;
                    received(&mut interval.recorder, at, frame, *role, *answers);
                    if let Some(sent) = answers {
                        interval.places.answer(&sent.request.route);
                    }
                    if let FrameKind::Event { kind, .. } = &frame.kind {
                        interval.places.arrive(kind);
                    }
                });
                self.remember(seen, frame, *role);
            }
            Happening::NotOpened { .. } | Happening::Uploaded(_) | Happening::Pong { .. } => {}
            Happening::Expired(_) => {
                self.tally.error(Layer::Integration, ErrorKind::new("response_timeout"));
            }
            Happening::CutOff(_) => self.tally.error(Layer::Network, ErrorKind::new("cut_off")),
            Happening::Closed(ending) => {
                let whose = (seen.device, seen.connection);
                let mut memory = self.memory.borrow_mut();
                memory.unacknowledged.remove(&whose);
                memory.tenantless.remove(&whose);
                self.tally.with(|interval| interval.connected -= 1);
                if let Some((layer, kind)) = error_of(ending) {
                    self.tally.error(layer, kind);
                }
            }
        }
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
        let Some(session) = frame.session_id() else { return };
        let inner = if role == Role::Event { frame.payload() } else { frame.body() };
        let mut is_new = inner["chatSession"]["chatJoinedByEntityType"] == "BACKEND_USER"
            && memory.joined(session.clone());
        let is_message =
            matches!(&frame.kind, FrameKind::Event { kind: EventKind::Message(_), .. });
        if is_message && frame.message()["senderEntityType"] == "BACKEND_USER" {
            is_new |= memory.said(session, frame.message().clone());
        }
        self.tally.with(|interval| interval.concierges += u64::from(is_new));
    }
}

impl Observer for Witness {
    fn observe(&self, seen: &Observation<'_>) {
        if let Some(tracer) = self.watch.tracer_of(seen) {
            tracer.trace(self.tally.scenario_name(), seen);
        }
        self.count(seen.at, seen);
        self.monitor.borrow_mut().observe(seen, &mut TallySink(&self.tally));
        self.seen.notify_one();
    }
}

fn received(
    recorder: &mut Recorder,
    at: Duration,
    frame: &Frame,
    role: Role,
    answers: Option<&Rc<Sent>>,
) {
    match role {
        Role::Event => recorder.totals_mut().events += 1,
        Role::Answer(_) | Role::MisnamedAnswer(_) | Role::GatewayAnswer(_) => {
            recorder.totals_mut().responses += 1;
            if let Some(sent) = answers {
                answered(recorder, at, frame, role, sent);
            }
        }
        Role::LateAnswer(_) | Role::SecondAnswer => {
            recorder.totals_mut().responses += 1;
            recorder.error(Layer::Application, ErrorKind::new("unasked_answer"));
        }
        Role::Acknowledgment => {}
        Role::Stray => {
            let kind = match frame.kind {
                FrameKind::Malformed(_) => "not_json",
                FrameKind::Binary(_) => "binary",
                _ => "unknown_frame",
            };
            recorder.error(Layer::Schema, ErrorKind::new(kind));
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
        recorder.error(Layer::Gateway, ErrorKind::new("throttled"));
    } else if matches!(role, Role::GatewayAnswer(_)) {
        recorder.error(Layer::Integration, ErrorKind::new("gateway_error"));
    } else if sent.is_allowed {
        let kind = frame.status().map_or(ErrorKind::new("no_status"), ErrorKind::status);
        recorder.error(Layer::Application, kind);
    }
}

/// The error that an ending is; none where we closed.
fn error_of(ending: &Ending) -> Option<(Layer, ErrorKind)> {
    Some(match ending {
        Ending::ByUs => return None,
        Ending::ByServer(code) => {
            (Layer::Network, code.map_or(ErrorKind::new("closed"), ErrorKind::closed))
        }
        Ending::Broken(Broken::Reset) => (Layer::Network, ErrorKind::new("reset")),
        Ending::Broken(Broken::Protocol) => (Layer::Network, ErrorKind::new("websocket_protocol")),
        Ending::Broken(Broken::NotUtf8) => (Layer::Schema, ErrorKind::new("not_utf8")),
        Ending::Broken(Broken::TooLarge) => (Layer::Schema, ErrorKind::new("too_large")),
    })
}
