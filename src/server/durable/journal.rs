//! The end that changes are put in at, and how far they are on disk.

use std::sync::mpsc;

use tokio::sync::watch;

use crate::server::store::Change;

use super::writer::{Batch, Order};

/// Takes in the changes of one server, in order.
#[derive(Debug)]
pub(in crate::server) struct Journal {
    /// Without a bound of its own, as nothing may wait here: whoever causes changes has its answers wait
    /// for them, and is evicted where too many wait.
    orders: mpsc::Sender<Order>,
    progress: watch::Receiver<u64>,
    /// The number of the newest batch.
    newest: u64,
    /// Whether anybody waits for the disk at all.
    holds: bool,
}

impl Journal {
    pub(super) fn new(
        orders: mpsc::Sender<Order>,
        progress: watch::Receiver<u64>,
        holds: bool,
    ) -> Self {
        Self { orders, progress, newest: 0, holds }
    }

    /// Has changes written, all of them or none.
    pub(in crate::server) fn write(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.newest += 1;
        // Where nobody takes it the server is about to end, and nothing that waits is ever said.
        let _ = self.orders.send(Order::Write(Batch { no: self.newest, changes }));
    }

    /// What anything that is said now has to wait for; `None` where all is on disk.
    pub(in crate::server) fn outstanding(&self) -> Option<OnDisk> {
        let on_disk = OnDisk { progress: self.progress.clone(), no: self.newest };
        (self.holds && !on_disk.is_reached()).then_some(on_disk)
    }
}

/// Comes about once a batch, and all before it, are on disk.
#[derive(Clone, Debug)]
pub(in crate::server) struct OnDisk {
    progress: watch::Receiver<u64>,
    no: u64,
}

impl OnDisk {
    #[cfg(test)]
    pub(in crate::server) fn after(progress: watch::Receiver<u64>, no: u64) -> Self {
        Self { progress, no }
    }

    pub(in crate::server) fn is_reached(&self) -> bool {
        *self.progress.borrow() >= self.no
    }

    /// Waits for it: for ever, where the disk failed. Dropping the future changes nothing.
    pub(in crate::server) async fn reached(&mut self) {
        if self.progress.wait_for(|done| *done >= self.no).await.is_err() {
            std::future::pending().await
        }
    }
}
