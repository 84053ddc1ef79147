//! What waits to be sent on one connection: the end that frames are put in at, and the other one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::Bounds;
use super::outgoing::{Held, Outgoing};

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
        let arrivals =
            Arrivals { queue: inbox, queued_bytes: Arc::clone(&queued_bytes), held: None };
        (Self { queue, queued_bytes, _stay: stay }, arrivals, evicted)
    }

    /// Queues a frame; whether there was room for it. One without room leaves no trace.
    pub(super) fn put(&self, outgoing: Outgoing, bounds: Bounds) -> bool {
        let length = outgoing.len();
        let waiting = self.queued_bytes.fetch_add(length, Ordering::Relaxed);
        // One frame may exceed the bound by itself: a page of long messages is legitimate.
        let is_over = waiting > 0 && waiting.saturating_add(length) > bounds.queued_bytes;
        let is_queued = !is_over && self.queue.try_send(outgoing).is_ok();
        if !is_queued {
            self.queued_bytes.fetch_sub(length, Ordering::Relaxed);
        }
        is_queued
    }
}

/// The frames that wait for one client.
#[derive(Debug)]
pub(super) struct Arrivals {
    queue: mpsc::Receiver<Outgoing>,
    queued_bytes: Arc<AtomicUsize>,
    /// The next frame, where it was taken from the queue and may not be said yet.
    held: Option<Box<Held>>,
}

impl Arrivals {
    /// The next frame, once there is one that may be said; `None` when the connection is evicted.
    /// Dropping the future loses none.
    pub(super) async fn next(&mut self) -> Option<Outgoing> {
        if self.held.is_none() {
            match self.queue.recv().await? {
                Outgoing::Held(held) => self.held = Some(held),
                outgoing => return Some(self.note_taken(outgoing)),
            }
        }
        if let Some(held) = &mut self.held {
            held.on_disk.reached().await;
        }
        self.ready()
    }

    /// The next frame, if there is one already that may be said.
    pub(super) fn ready(&mut self) -> Option<Outgoing> {
        let outgoing = match self.held.take() {
            Some(held) => Outgoing::Held(held),
            None => self.queue.try_recv().ok()?,
        };
        match outgoing {
            Outgoing::Held(held) if !held.on_disk.is_reached() => {
                self.held = Some(held);
                None
            }
            Outgoing::Held(held) => Some(self.note_taken(held.outgoing)),
            outgoing => Some(self.note_taken(outgoing)),
        }
    }

    fn note_taken(&self, outgoing: Outgoing) -> Outgoing {
        self.queued_bytes.fetch_sub(outgoing.len(), Ordering::Relaxed);
        outgoing
    }
}

#[cfg(test)]
mod tests {
    use crate::server::durable::OnDisk;

    use super::*;

    fn text(text: &'static str) -> Outgoing {
        Outgoing::Text(text.into())
    }

    fn shown(outgoing: Option<Outgoing>) -> Option<String> {
        let message: Option<tokio_tungstenite::tungstenite::Message> = outgoing.map(Into::into);
        message.map(|message| message.to_text().unwrap().to_owned())
    }

    async fn is_pending<T>(future: impl Future<Output = T>) -> bool {
        tokio::select! { biased; _ = future => false, () = std::future::ready(()) => true }
    }

    #[tokio::test]
    async fn what_is_held_leaves_in_order_once_it_is_on_disk() {
        let (tell, progress) = tokio::sync::watch::channel(0);
        let (outbox, mut arrivals, _evicted) = Outbox::open(Bounds::default());
        let held = |no, outgoing| {
            let on_disk = OnDisk::after(progress.clone(), no);
            Outgoing::Held(Box::new(Held { on_disk, outgoing }))
        };
        for outgoing in [text("a"), held(1, text("b")), held(2, text("c")), text("d")] {
            assert!(outbox.put(outgoing, Bounds::default()));
        }
        assert_eq!(shown(arrivals.ready()).as_deref(), Some("a"));
        assert_eq!(shown(arrivals.ready()), None);
        tell.send_replace(1);
        assert_eq!(shown(arrivals.next().await).as_deref(), Some("b"));
        assert_eq!(shown(arrivals.ready()), None);
        let (first, ()) = tokio::join!(arrivals.next(), async {
            tokio::task::yield_now().await;
            tell.send_replace(7);
        });
        assert_eq!(shown(first).as_deref(), Some("c"));
        assert_eq!(shown(arrivals.ready()).as_deref(), Some("d"));
        assert_eq!(arrivals.queued_bytes.load(Ordering::Relaxed), 0);
        assert!(outbox.put(held(8, text("e")), Bounds::default()));
        drop(tell);
        assert!(is_pending(arrivals.next()).await);
        assert_eq!(shown(arrivals.ready()), None);
    }
}
