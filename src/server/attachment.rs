//! A connection's hold on the hub.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::gateway::{Deadlines, Ended, Sizes};
use super::hub::Hub;
use super::outbox::Arrivals;
use super::state::SocketNo;

/// A connection that is taken in. It leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Attachment {
    pub(super) hub: Arc<Hub>,
    pub(super) socket: SocketNo,
    /// What is to be sent.
    pub(super) arrivals: Arrivals,
    /// Resolves when the connection has been evicted.
    pub(super) evicted: oneshot::Receiver<()>,
    /// The largest that the client may send.
    pub(super) sizes: Sizes,
    /// When the gateway ends the connection; `None` without one.
    pub(super) deadlines: Option<Box<Deadlines>>,
}

impl Attachment {
    /// The way in for what the client sends.
    pub(super) fn intake(&self) -> Intake {
        Intake { hub: Arc::clone(&self.hub), socket: self.socket }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.detach(self.socket);
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
        self.hub.receive(self.socket, Some(text));
    }

    pub(super) fn binary(&self) {
        self.hub.receive(self.socket, None);
    }

    /// The gateway ends the connection; the code to close it with, if any.
    pub(super) fn end(&self, ended: Ended) -> Option<u16> {
        self.hub.end(ended)
    }

    /// The answers to requests that were read at these instants have been written.
    pub(super) fn note_answered(&self, read_at: &[Instant]) {
        if !read_at.is_empty() {
            self.hub.note_answered(read_at);
        }
    }
}
