//! What waits to be sent on one connection: the end that frames are put in at, and the other one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::Bounds;
use super::outgoing::Outgoing;

/// Where frames for one connection are put in. Dropping it evicts the connection.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    queued_bytes: Arc<AtomicUsize>,
    _stay: oneshot::Sender<()>,
}

impl Outbox {
    /// An empty one; where its frames come out, and what resolves once it is dropped.
    pub(super) fn open(bounds: Bounds) -> (Self, Arrivals, oneshot::Receiver<()>) {
        let (queue, inbox) = mpsc::channel(bounds.queued_frames);
        let (stay, evicted) = oneshot::channel();
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let arrivals = Arrivals { queue: inbox, queued_bytes: Arc::clone(&queued_bytes) };
        (Self { queue, queued_bytes, _stay: stay }, arrivals, evicted)
    }

    /// Queues a frame; whether there was room for it.
    pub(super) fn put(&self, outgoing: Outgoing, bounds: Bounds) -> bool {
        let length = outgoing.len();
        let waiting = self.queued_bytes.fetch_add(length, Ordering::Relaxed);
        // One frame may exceed the bound by itself: a page of long messages is legitimate.
        let is_over = waiting > 0 && waiting.saturating_add(length) > bounds.queued_bytes;
        !is_over && self.queue.try_send(outgoing).is_ok()
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
