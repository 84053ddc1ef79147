//! The one place where connections meet: the state behind its lock, the queues of what goes out,
//! and the concierge's agenda.
//!
//! The lock is held while effects are queued as well, so that every connection gets them in the
//! order in which they came about. Nothing is awaited under it.

mod gateway;
mod kept;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::protocol::{PayloadKey, Spelling, UploadRequest, respell};

use super::agenda::Agenda;
use super::attachment::Attachment;
use super::clock::Clock;
use super::concierge::Act;
use super::defect::{Defects, Due, Knock, Told, Verdict, What};
use super::durable::Journal;
use super::gateway::{Complaint, Gate};
use super::http::Who;
use super::outbox::Outbox;
use super::outgoing::{Asked, Outgoing};
use super::service::Service;
use super::state::{Effect, Input, SocketNo, State};
use super::station::Station;
use super::store::MemoryStore;
use super::upload::File;
use super::{Bounds, Config, EpochMillis, Stats, wire};

/// What all connections share.
#[derive(Debug)]
pub(super) struct Hub {
    inner: Mutex<Inner>,
    agenda_changed: Notify,
    clock: Clock,
    event_key: PayloadKey,
    ids: Option<Spelling>,
    bounds: Bounds,
}

#[derive(Debug)]
struct Inner {
    state: State<MemoryStore>,
    /// `None` in a faithful server.
    defects: Option<Box<Defects>>,
    outboxes: BTreeMap<SocketNo, Outbox>,
    /// `None` in a server that takes no time.
    station: Option<Box<Station>>,
    /// `None` where clients reach the server as it is.
    gate: Option<Box<Gate>>,
    agenda: Agenda<Planned>,
    /// `None` in a server that keeps nothing beyond its end.
    journal: Option<Journal>,
    stats: Stats,
}

/// What is to happen later.
#[derive(Debug)]
enum Planned {
    Act(Act),
    /// A defect held it back; what is kept of the request that it answers.
    Tell(Told, Option<Asked>),
    /// The gateway held it back.
    Put(SocketNo, Outgoing),
    /// The gateway answers in the service's place.
    TimeOut(SocketNo),
    /// The rest happens later only where the server takes its time.
    Enter(SocketNo, Who),
    Serve(Waiting),
    Leave(SocketNo),
}

/// A request that waits to be served.
#[derive(Debug)]
struct Waiting {
    socket: SocketNo,
    /// `None` for a binary message.
    text: Option<Box<str>>,
    asked: Asked,
}

impl Hub {
    /// With a store, and what keeps its changes.
    pub(super) fn new(
        config: &Config,
        clock: Clock,
        store: MemoryStore,
        journal: Option<Journal>,
    ) -> Self {
        let Config { bounds, service, seed, .. } = *config;
        let station = || Station::new(service, seed, clock.started_at(), bounds);
        let inner = Inner {
            state: State::new(store, config.wire, config.concierge, seed),
            defects: Defects::new(&config.defects),
            outboxes: BTreeMap::new(),
            station: (service != Service::default()).then(|| Box::new(station())),
            gate: Self::gate(config, clock.started_at()),
            agenda: Agenda::default(),
            journal,
            stats: Stats::default(),
        };
        let queued_bytes =
            inner.gate.as_ref().map_or(bounds.queued_bytes, |gate| gate.buffer_bytes());
        let hub = Self {
            inner: Mutex::new(inner),
            agenda_changed: Notify::new(),
            clock,
            event_key: config.wire.event_key,
            ids: config.wire.ids,
            bounds: Bounds { queued_bytes, ..bounds },
        };
        hub.plan_again();
        hub
    }

    pub(super) fn now(&self) -> EpochMillis {
        self.clock.now()
    }

    pub(super) fn stats(&self) -> Stats {
        let inner = self.lock();
        let served = inner.station.as_ref().map(|station| station.served());
        Stats { served, gated: Self::gated(&inner), ..inner.stats }
    }

    /// Counts an upgrade that was refused.
    pub(super) fn note_refused(&self) {
        self.lock().stats.refused += 1;
    }

    /// Takes in a new connection. It leaves when the attachment is dropped.
    pub(super) fn attach(self: &Arc<Self>, who: Who) -> Attachment {
        let (outbox, arrivals, evicted) = Outbox::open(self.bounds);
        let mut inner = self.lock();
        inner.stats.connections += 1;
        let socket = SocketNo(inner.stats.connections);
        inner.outboxes.insert(socket, outbox);
        let awake_at = inner.station.as_ref().map(|station| station.awake_at(Instant::now()));
        self.do_at(&mut inner, awake_at, Planned::Enter(socket, who));
        let (sizes, deadlines) = (self.sizes(&inner), Self::deadlines(&inner));
        Attachment { hub: Arc::clone(self), socket, arrivals, evicted, sizes, deadlines }
    }

    /// Does what is planned, for as long as it is polled.
    pub(super) async fn keep_agenda(&self) -> Infallible {
        loop {
            let next = self.lock().agenda.next_at();
            match next {
                None => self.agenda_changed.notified().await,
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => self.do_due(&mut self.lock()),
                    () = self.agenda_changed.notified() => {}
                },
            }
        }
    }

    fn do_due(&self, inner: &mut Inner) {
        let now = Instant::now();
        while let Some(planned) = inner.agenda.take_due(now) {
            self.carry_out(inner, planned);
        }
    }

    fn carry_out(&self, inner: &mut Inner, planned: Planned) {
        match planned {
            Planned::Act(act) => self.apply(inner, Input::Act(act), None),
            Planned::Tell(told, asked) => self.tell(inner, told, asked),
            Planned::Put(to, outgoing) => self.put(inner, to, outgoing),
            Planned::TimeOut(socket) => {
                self.complain(inner, socket, Complaint::EndpointRequestTimedOut);
            }
            Planned::Enter(socket, Who::Tenant { tenant, device_id }) => {
                self.apply(inner, Input::Connect { socket, tenant, device_id }, None);
            }
            Planned::Enter(socket, Who::Desk) => {
                self.apply(inner, Input::ConnectDesk { socket }, None);
            }
            Planned::Serve(waiting) => self.serve(inner, &waiting),
            Planned::Leave(socket) => self.apply(inner, Input::Disconnect { socket }, None),
        }
    }

    /// Has a request wait for its turn. What leaves at once is served here, and what was to leave
    /// before it as well, as timers are coarser than the queue's arithmetic.
    fn let_wait(&self, inner: &mut Inner, socket: SocketNo, text: Option<&str>) {
        let Some(station) = &mut inner.station else { return };
        let read_at = Instant::now();
        let length = text.map_or(0, str::len);
        match station.take_in(socket, length, read_at) {
            Some(leaves_at) => {
                let is_unheard = self.watch_over(inner, socket, read_at, leaves_at);
                let asked = Asked { read_at, is_unheard };
                let waiting = Waiting { socket, text: text.map(Box::from), asked };
                self.plan_at(inner, leaves_at, Planned::Serve(waiting));
                self.do_due(inner);
            }
            None => self.evict(inner, socket),
        }
    }

    fn serve(&self, inner: &mut Inner, waiting: &Waiting) {
        let &Waiting { socket, ref text, asked } = waiting;
        if let Some(station) = &mut inner.station {
            station.let_go(socket, text.as_deref().map_or(0, str::len));
        }
        self.apply(inner, input(socket, text.as_deref()), Some(asked));
    }

    /// Drops a connection. What it asked for before is still done.
    pub(super) fn detach(&self, socket: SocketNo) {
        let mut inner = self.lock();
        inner.outboxes.remove(&socket);
        let done_at = inner.station.as_ref().map(|it| it.done_with(socket, Instant::now()));
        self.do_at(&mut inner, done_at, Planned::Leave(socket));
    }

    /// Takes in a message of a client; `None` for a binary one.
    pub(super) fn receive(&self, socket: SocketNo, text: Option<&str>) {
        let mut inner = self.lock();
        inner.stats.requests += 1;
        if !self.let_in(&mut inner, socket, text) {
            return;
        }
        if inner.station.is_some() {
            return self.let_wait(&mut inner, socket, text);
        }
        let asked = inner.gate.as_ref().map(|_| Asked::now());
        self.apply(&mut inner, input(socket, text), asked);
    }

    /// Counts requests whose answers have been written, by when they were read.
    pub(super) fn note_answered(&self, read_at: &[Instant]) {
        let now = Instant::now();
        if let Some(station) = &mut self.lock().station {
            read_at.iter().for_each(|read_at| station.note_answered(now - *read_at));
        }
    }

    /// What a defect makes of somebody who wants to connect; `None` where none has a say.
    pub(super) fn answer_door(&self, knock: &Knock<'_>) -> Option<Verdict> {
        self.lock().defects.as_mut()?.answer_door(knock)
    }

    /// Lets defects change the grant of an upload URL.
    pub(super) fn change_grant(&self, request: &UploadRequest, grant: &mut Value) {
        if let Some(defects) = &self.lock().defects {
            defects.change_grant(request, grant);
        }
    }

    /// Lets defects change a file that is put, and the status that this is answered with.
    pub(super) fn change_file(&self, file: &mut File) -> Option<u16> {
        self.lock().defects.as_ref()?.change_file(file)
    }

    /// Lets the state take in what happened, and does what comes of it; the answer to a request is
    /// told with what is kept of that.
    fn apply(&self, inner: &mut Inner, input: Input<'_>, asked: Option<Asked>) {
        if let Some(defects) = &mut inner.defects {
            let dues = defects.take_in(&mut inner.state, self.clock.now(), self.event_key, input);
            inner.write_changes();
            for due in dues {
                match due {
                    Due::Tell(told) if told.after.is_zero() => self.tell(inner, told, asked),
                    Due::Tell(told) => self.plan(inner, told.after, Planned::Tell(told, asked)),
                    Due::Schedule { after, act } => self.plan(inner, after, Planned::Act(act)),
                }
            }
            return;
        }
        let effects = inner.state.apply(self.clock.now(), input);
        inner.write_changes();
        for effect in effects {
            match effect {
                Effect::Reply { to, channel, status, mut body } => {
                    self.spell(&mut body);
                    let text = wire::encode_reply(&channel, status, &body);
                    self.enqueue(inner, to, Outgoing::answer(text, asked));
                }
                Effect::Event { to, kind, mut payload } if !to.is_empty() => {
                    self.spell(&mut payload);
                    let text = wire::encode_event(&kind, self.event_key, &payload);
                    let text = Outgoing::Text(Utf8Bytes::from(text));
                    inner.stats.events += to.len() as u64;
                    for socket in to {
                        self.enqueue(inner, socket, text.clone());
                    }
                }
                Effect::Event { .. } => {}
                Effect::Schedule { after, act } => self.plan(inner, after, Planned::Act(act)),
            }
        }
    }

    fn spell(&self, value: &mut Value) {
        if let Some(spelling) = self.ids {
            respell(value, spelling);
        }
    }

    /// Tells what went through the defects.
    fn tell(&self, inner: &mut Inner, told: Told, asked: Option<Asked>) {
        let outgoing = match told.what {
            What::Reply { mut frame } => {
                self.spell(&mut frame);
                Outgoing::answer(frame.to_string(), asked)
            }
            What::Event { mut frame, .. } => {
                self.spell(&mut frame);
                Outgoing::Text(frame.to_string().into())
            }
            What::Raw(message) => Outgoing::Odd(Box::new(message)),
            What::Cut => {
                for socket in told.to {
                    inner.outboxes.remove(&socket);
                }
                return;
            }
        };
        for socket in told.to {
            self.enqueue(inner, socket, outgoing.clone());
        }
    }

    /// Plans something for so much later; where the server stalls then, for when it does no more.
    fn plan(&self, inner: &mut Inner, after: Duration, planned: Planned) {
        // An act beyond the clock's range never comes.
        let Some(at) = Instant::now().checked_add(after) else { return };
        let at = inner.station.as_ref().map_or(at, |station| station.awake_at(at));
        self.plan_at(inner, at, planned);
    }

    fn plan_at(&self, inner: &mut Inner, at: Instant, planned: Planned) {
        if inner.agenda.plan(at, planned) {
            self.agenda_changed.notify_one();
        }
    }

    /// Does something when its time has come; at once where it has none.
    fn do_at(&self, inner: &mut Inner, at: Option<Instant>, planned: Planned) {
        match at.filter(|at| *at > Instant::now()) {
            Some(at) => self.plan_at(inner, at, planned),
            None => self.carry_out(inner, planned),
        }
    }

    /// Has a message go out, by the gateway where there is one.
    fn enqueue(&self, inner: &mut Inner, to: SocketNo, outgoing: Outgoing) {
        if let Some(outgoing) = self.let_out(inner, to, outgoing) {
            self.put(inner, to, outgoing);
        }
    }

    /// Queues a frame, which leaves once all that it may tell of is on disk. A client that has let its
    /// queue fill up is evicted, so that one that does not read costs neither memory nor anybody's
    /// time; or a gateway drops the frame.
    fn put(&self, inner: &mut Inner, to: SocketNo, outgoing: Outgoing) {
        let Some(outbox) = inner.outboxes.get(&to) else { return };
        if !outbox.put(inner.held(outgoing), self.bounds)
            && !inner.gate.as_mut().is_some_and(|it| it.overflow())
        {
            self.evict(inner, to);
        }
    }

    fn evict(&self, inner: &mut Inner, socket: SocketNo) {
        if inner.outboxes.remove(&socket).is_some() {
            inner.stats.evicted += 1;
        }
    }

    /// The state is changed by nothing that can panic half-way, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn input(socket: SocketNo, text: Option<&str>) -> Input<'_> {
    text.map_or(Input::Binary { socket }, |text| Input::Text { socket, text })
}
