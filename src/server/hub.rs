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

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::protocol::{PayloadKey, TenantId};

use super::clock::Clock;
use super::concierge::Act;
use super::state::{Effect, Input, SocketNo, State};
use super::store::MemoryStore;
use super::{Bounds, Config, EpochMillis, Stats, wire};

/// What all connections share.
#[derive(Debug)]
pub(super) struct Hub {
    inner: Mutex<Inner>,
    agenda_changed: Notify,
    clock: Clock,
    event_key: PayloadKey,
    bounds: Bounds,
}

#[derive(Debug)]
struct Inner {
    state: State<MemoryStore>,
    outboxes: BTreeMap<SocketNo, Outbox>,
    /// By instant, and of the same instant in the order in which they were planned.
    agenda: BTreeMap<(Instant, u64), Act>,
    planned: u64,
    stats: Stats,
}

/// What waits to be sent on one connection. Dropping it evicts the connection.
#[derive(Debug)]
struct Outbox {
    queue: mpsc::Sender<Utf8Bytes>,
    queued_bytes: Arc<AtomicUsize>,
    _stay: oneshot::Sender<()>,
}

impl Hub {
    pub(super) fn new(config: &Config, clock: Clock) -> Self {
        let inner = Inner {
            state: State::new(MemoryStore::default(), config.wire, config.concierge, config.seed),
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
            let act = entry.remove();
            self.apply(&mut inner, Input::Act(act));
        }
    }

    fn apply(&self, inner: &mut Inner, input: Input<'_>) {
        for effect in inner.state.apply(self.clock.now(), input) {
            match effect {
                Effect::Reply { to, channel, status, body } => {
                    let text = wire::encode_reply(&channel, status, &body);
                    self.enqueue(inner, to, text.into());
                }
                Effect::Event { to, kind, payload } if !to.is_empty() => {
                    let text = wire::encode_event(&kind, self.event_key, &payload);
                    let text = Utf8Bytes::from(text);
                    inner.stats.events += to.len() as u64;
                    for socket in to {
                        self.enqueue(inner, socket, text.clone());
                    }
                }
                Effect::Event { .. } => {}
                Effect::Schedule { after, act } => self.plan(inner, after, act),
            }
        }
    }

    fn plan(&self, inner: &mut Inner, after: Duration, act: Act) {
        // An act beyond the clock's range never comes.
        let Some(at) = Instant::now().checked_add(after) else { return };
        inner.planned += 1;
        inner.agenda.insert((at, inner.planned), act);
        let is_next = inner.agenda.first_key_value().is_some_and(|((first, _), _)| *first == at);
        if is_next {
            self.agenda_changed.notify_one();
        }
    }

    /// Queues a frame. A client that has let its queue fill up is evicted, so that one that does
    /// not read costs neither memory nor anybody's time.
    fn enqueue(&self, inner: &mut Inner, to: SocketNo, text: Utf8Bytes) {
        let Some(outbox) = inner.outboxes.get(&to) else { return };
        let length = text.len();
        let waiting = outbox.queued_bytes.fetch_add(length, Ordering::Relaxed);
        // One frame may exceed the bound by itself: a page of long messages is legitimate.
        let is_over = waiting > 0 && waiting.saturating_add(length) > self.bounds.queued_bytes;
        if is_over || outbox.queue.try_send(text).is_err() {
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
    queue: mpsc::Receiver<Utf8Bytes>,
    queued_bytes: Arc<AtomicUsize>,
}

impl Arrivals {
    /// The next frame, once there is one; `None` when the connection is evicted.
    pub(super) async fn next(&mut self) -> Option<Utf8Bytes> {
        let text = self.queue.recv().await;
        self.note_taken(text)
    }

    /// The next frame, if there is one already.
    pub(super) fn ready(&mut self) -> Option<Utf8Bytes> {
        let text = self.queue.try_recv().ok();
        self.note_taken(text)
    }

    fn note_taken(&self, text: Option<Utf8Bytes>) -> Option<Utf8Bytes> {
        if let Some(text) = &text {
            self.queued_bytes.fetch_sub(text.len(), Ordering::Relaxed);
        }
        text
    }
}
