//! The one place where connections meet: the state behind its lock, the queues of what goes out,
//! and the concierge's agenda.
//!
//! The lock is held while effects are queued as well, so that every connection gets them in the
//! order in which they came about. Nothing is awaited under it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::protocol::{PayloadKey, Spelling, TenantId, UploadRequest, respell};

use super::clock::Clock;
use super::concierge::Act;
use super::defect::{Defects, Due, Knock, Told, Verdict, What};
use super::outgoing::Outgoing;
use super::state::{Effect, Input, SocketNo, State};
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
    /// By instant, and of the same instant in the order in which they were planned.
    agenda: BTreeMap<(Instant, u64), Planned>,
    planned: u64,
    stats: Stats,
}

/// What is to happen later.
#[derive(Debug)]
enum Planned {
    Act(Act),
    /// A defect held it back.
    Tell(Told),
}

/// What waits to be sent on one connection. Dropping it evicts the connection.
#[derive(Debug)]
struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    queued_bytes: Arc<AtomicUsize>,
    _stay: oneshot::Sender<()>,
}

impl Hub {
    pub(super) fn new(config: &Config, clock: Clock) -> Self {
        let inner = Inner {
            state: State::new(MemoryStore::default(), config.wire, config.concierge, config.seed),
            defects: Defects::new(&config.defects),
            outboxes: BTreeMap::new(),
            agenda: BTreeMap::new(),
            planned: 0,
            stats: Stats::default(),
        };
        Self {
            inner: Mutex::new(inner),
            agenda_changed: Notify::new(),
            clock,
            event_key: config.wire.event_key,
            ids: config.wire.ids,
            bounds: config.bounds,
        }
    }

    pub(super) fn now(&self) -> EpochMillis {
        self.clock.now()
    }

    pub(super) fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Counts an upgrade that was refused.
    pub(super) fn note_refused(&self) {
        self.lock().stats.refused += 1;
    }

    /// Takes in a new connection. It leaves when the attachment is dropped.
    pub(super) fn attach(self: &Arc<Self>, tenant: TenantId, device_id: Box<str>) -> Attachment {
        let (queue, inbox) = mpsc::channel(self.bounds.queued_frames);
        let (stay, evicted) = oneshot::channel();
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let mut inner = self.lock();
        inner.stats.connections += 1;
        let socket = SocketNo(inner.stats.connections);
        let outbox = Outbox { queue, queued_bytes: Arc::clone(&queued_bytes), _stay: stay };
        inner.outboxes.insert(socket, outbox);
        self.apply(&mut inner, Input::Connect { socket, tenant, device_id });
        let arrivals = Arrivals { queue: inbox, queued_bytes };
        Attachment { hub: Arc::clone(self), socket, arrivals, evicted }
    }

    /// Does what the concierge has planned, for as long as it is polled.
    pub(super) async fn keep_agenda(&self) -> Infallible {
        loop {
            let next = self.lock().agenda.first_key_value().map(|((at, _), _)| *at);
            match next {
                None => self.agenda_changed.notified().await,
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => self.do_due(),
                    () = self.agenda_changed.notified() => {}
                },
            }
        }
    }

    fn do_due(&self) {
        let mut inner = self.lock();
        let now = Instant::now();
        while let Some(entry) = inner.agenda.first_entry() {
            if entry.key().0 > now {
                break;
            }
            match entry.remove() {
                Planned::Act(act) => self.apply(&mut inner, Input::Act(act)),
                Planned::Tell(told) => self.tell(&mut inner, told),
            }
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

    fn apply(&self, inner: &mut Inner, input: Input<'_>) {
        if let Some(defects) = &mut inner.defects {
            let dues = defects.take_in(&mut inner.state, self.clock.now(), self.event_key, input);
            for due in dues {
                match due {
                    Due::Tell(told) if told.after.is_zero() => self.tell(inner, told),
                    Due::Tell(told) => self.plan(inner, told.after, Planned::Tell(told)),
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
                    self.enqueue(inner, to, Outgoing::Text(text.into()));
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
    fn tell(&self, inner: &mut Inner, told: Told) {
        let outgoing = match told.what {
            What::Reply { mut frame } | What::Event { mut frame, .. } => {
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

    fn plan(&self, inner: &mut Inner, after: Duration, planned: Planned) {
        // An act beyond the clock's range never comes.
        let Some(at) = Instant::now().checked_add(after) else { return };
        inner.planned += 1;
        inner.agenda.insert((at, inner.planned), planned);
        let is_next = inner.agenda.first_key_value().is_some_and(|((first, _), _)| *first == at);
        if is_next {
            self.agenda_changed.notify_one();
        }
    }

    /// Queues a frame. A client that has let its queue fill up is evicted, so that one that does
    /// not read costs neither memory nor anybody's time.
    fn enqueue(&self, inner: &mut Inner, to: SocketNo, outgoing: Outgoing) {
        let Some(outbox) = inner.outboxes.get(&to) else { return };
        let length = outgoing.len();
        let waiting = outbox.queued_bytes.fetch_add(length, Ordering::Relaxed);
        // One frame may exceed the bound by itself: a page of long messages is legitimate.
        let is_over = waiting > 0 && waiting.saturating_add(length) > self.bounds.queued_bytes;
        if is_over || outbox.queue.try_send(outgoing).is_err() {
            inner.outboxes.remove(&to);
            inner.stats.evicted += 1;
        }
    }

    /// The state is changed by nothing that can panic half-way, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's hold on the hub.
#[derive(Debug)]
pub(super) struct Attachment {
    hub: Arc<Hub>,
    socket: SocketNo,
    /// What is to be sent.
    pub(super) arrivals: Arrivals,
    /// Resolves when the connection has been evicted.
    pub(super) evicted: oneshot::Receiver<()>,
}

impl Attachment {
    /// The way in for what the client sends.
    pub(super) fn intake(&self) -> Intake {
        Intake { hub: Arc::clone(&self.hub), socket: self.socket }
    }
}

/// Takes in what one client sends.
#[derive(Debug)]
pub(super) struct Intake {
    hub: Arc<Hub>,
    socket: SocketNo,
}

impl Intake {
    pub(super) fn text(&self, text: &str) {
        self.receive(Input::Text { socket: self.socket, text });
    }

    pub(super) fn binary(&self) {
        self.receive(Input::Binary { socket: self.socket });
    }

    fn receive(&self, input: Input<'_>) {
        let mut inner = self.hub.lock();
        inner.stats.requests += 1;
        self.hub.apply(&mut inner, input);
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut inner = self.hub.lock();
        inner.outboxes.remove(&self.socket);
        self.hub.apply(&mut inner, Input::Disconnect { socket: self.socket });
    }
}

/// The frames that wait for one client.
#[derive(Debug)]
pub(super) struct Arrivals {
    queue: mpsc::Receiver<Outgoing>,
    queued_bytes: Arc<AtomicUsize>,
}

impl Arrivals {
    /// The next frame, once there is one; `None` when the connection is evicted.
    pub(super) async fn next(&mut self) -> Option<Outgoing> {
        let outgoing = self.queue.recv().await;
        self.note_taken(outgoing)
    }

    /// The next frame, if there is one already.
    pub(super) fn ready(&mut self) -> Option<Outgoing> {
        let outgoing = self.queue.try_recv().ok();
        self.note_taken(outgoing)
    }

    fn note_taken(&self, outgoing: Option<Outgoing>) -> Option<Outgoing> {
        if let Some(outgoing) = &outgoing {
            self.queued_bytes.fetch_sub(outgoing.len(), Ordering::Relaxed);
        }
        outgoing
    }
}
