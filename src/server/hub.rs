//! The one place where connections meet: the state behind its lock, the queues of what goes out,
//! and the concierge's agenda.
//!
//! The lock is held while effects are queued as well, so that every connection gets them in the
//! order in which they came about. Nothing is awaited under it.

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
use super::http::Who;
use super::outbox::Outbox;
use super::outgoing::Outgoing;
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
    agenda: Agenda<Planned>,
    stats: Stats,
}

/// What is to happen later.
#[derive(Debug)]
enum Planned {
    Act(Act),
    /// A defect held it back; the answer to a request that was read at this instant.
    Tell(Told, Option<Instant>),
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
    read_at: Instant,
}

impl Hub {
    pub(super) fn new(config: &Config, clock: Clock) -> Self {
        let Config { bounds, service, seed, .. } = *config;
        let station = || Station::new(service, seed, clock.started_at(), bounds);
        let inner = Inner {
            state: State::new(MemoryStore::default(), config.wire, config.concierge, seed),
            defects: Defects::new(&config.defects),
            outboxes: BTreeMap::new(),
            station: (service != Service::default()).then(|| Box::new(station())),
            agenda: Agenda::default(),
            stats: Stats::default(),
        };
        Self {
            inner: Mutex::new(inner),
            agenda_changed: Notify::new(),
            clock,
            event_key: config.wire.event_key,
            ids: config.wire.ids,
            bounds,
        }
    }

    pub(super) fn now(&self) -> EpochMillis {
        self.clock.now()
    }

    pub(super) fn stats(&self) -> Stats {
        let inner = self.lock();
        let served = inner.station.as_ref().map(|station| station.served());
        Stats { served, ..inner.stats }
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
        Attachment { hub: Arc::clone(self), socket, arrivals, evicted }
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
            Planned::Tell(told, read_at) => self.tell(inner, told, read_at),
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
                let waiting = Waiting { socket, text: text.map(Box::from), read_at };
                self.plan_at(inner, leaves_at, Planned::Serve(waiting));
                self.do_due(inner);
            }
            None => self.evict(inner, socket),
        }
    }

    fn serve(&self, inner: &mut Inner, waiting: &Waiting) {
        let &Waiting { socket, ref text, read_at } = waiting;
        if let Some(station) = &mut inner.station {
            station.let_go(socket, text.as_deref().map_or(0, str::len));
        }
        self.apply(inner, input(socket, text.as_deref()), Some(read_at));
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
        if inner.station.is_some() {
            return self.let_wait(&mut inner, socket, text);
        }
        self.apply(&mut inner, input(socket, text), None);
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

    /// Lets the state take in what happened, and does what comes of it. The answer to a request is
    /// timed where it is told when that was read.
    fn apply(&self, inner: &mut Inner, input: Input<'_>, read_at: Option<Instant>) {
        if let Some(defects) = &mut inner.defects {
            let dues = defects.take_in(&mut inner.state, self.clock.now(), self.event_key, input);
            for due in dues {
                match due {
                    Due::Tell(told) if told.after.is_zero() => self.tell(inner, told, read_at),
                    Due::Tell(told) => self.plan(inner, told.after, Planned::Tell(told, read_at)),
                    Due::Schedule { after, act } => self.plan(inner, after, Planned::Act(act)),
                }
            }
            return;
        }
        for effect in inner.state.apply(self.clock.now(), input) {
            match effect {
                Effect::Reply { to, channel, status, mut body } => {
                    self.spell(&mut body);
                    let text = wire::encode_reply(&channel, status, &body);
                    self.enqueue(inner, to, Outgoing::answer(text, read_at));
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
    fn tell(&self, inner: &mut Inner, told: Told, read_at: Option<Instant>) {
        let outgoing = match told.what {
            What::Reply { mut frame } => {
                self.spell(&mut frame);
                Outgoing::answer(frame.to_string(), read_at)
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

    /// Queues a frame. A client that has let its queue fill up is evicted, so that one that does
    /// not read costs neither memory nor anybody's time.
    fn enqueue(&self, inner: &mut Inner, to: SocketNo, outgoing: Outgoing) {
        let Some(outbox) = inner.outboxes.get(&to) else { return };
        if !outbox.put(outgoing, self.bounds) {
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
