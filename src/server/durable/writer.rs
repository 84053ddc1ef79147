//! The thread that writes: all changes that have come in meanwhile, in one transaction.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::server::store::Change;

use super::{DatabaseError, Journal, write};

/// Changes of one transaction, at most about: enough that a sync is small beside them, few enough that
/// nobody waits long.
const CHANGES_AT_ONCE: usize = 4096;

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Order {
    Write(Batch),
    End,
}

/// Changes that belong together.
#[derive(Debug)]
pub(super) struct Batch {
    /// Counted from 1.
    pub(super) no: u64,
    pub(super) changes: Vec<Change>,
}

/// The thread, seen from outside.
#[derive(Debug)]
pub(in crate::server) struct Writer {
    orders: Sender<Order>,
    ended: oneshot::Receiver<Result<(), DatabaseError>>,
}

impl Writer {
    /// Starts it. With a lag it is late on purpose, and nobody waits for it.
    pub(super) fn start(
        database: Connection,
        lag: Option<Duration>,
    ) -> Result<(Self, Journal), DatabaseError> {
        let (orders, taken) = mpsc::channel();
        let (tell, progress) = watch::channel(0);
        let (end, ended) = oneshot::channel();
        let work = move || {
            let result = obey(database, &taken, &tell, lag);
            // Whoever started the server is gone, where nobody hears it.
            let _ = end.send(result);
        };
        let thread = thread::Builder::new().name("database".into());
        thread.spawn(work).map_err(DatabaseError::Thread)?;
        let journal = Journal::new(orders.clone(), progress, lag.is_none());
        Ok((Self { orders, ended }, journal))
    }

    /// Has it write what it was told before, and end.
    pub(in crate::server) fn end(&self) {
        // It has ended already, where it does not take this.
        let _ = self.orders.send(Order::End);
    }

    /// Resolves when it has ended: as it was told to, or because it cannot write.
    pub(in crate::server) async fn ended(&mut self) -> Result<(), DatabaseError> {
        (&mut self.ended).await.unwrap_or(Err(DatabaseError::Panicked))
    }
}

fn obey(
    mut database: Connection,
    orders: &Receiver<Order>,
    progress: &watch::Sender<u64>,
    lag: Option<Duration>,
) -> Result<(), DatabaseError> {
    let mut is_over = false;
    while !is_over && let Ok(Order::Write(first)) = orders.recv() {
        lag.into_iter().for_each(thread::sleep);
        let (mut written, mut next) = (0, Some(first));
        let transaction = database.transaction()?;
        let mut last = 0;
        while let Some(Batch { no, changes }) = next.take() {
            changes.iter().try_for_each(|change| write::change(&transaction, change))?;
            (last, written) = (no, written + changes.len());
            if written < CHANGES_AT_ONCE {
                match orders.try_recv() {
                    Ok(Order::Write(batch)) => next = Some(batch),
                    Ok(Order::End) => is_over = true,
                    Err(_) => {}
                }
            }
        }
        transaction.commit()?;
        progress.send_replace(last);
    }
    database.close().map_err(|(_, error)| error.into())
}
