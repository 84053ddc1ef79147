//! What stands between devices and server, and passes everything on until an instant.

use std::time::Duration;

use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Bytes that one direction of a stream holds.
const BUFFER: usize = 64 * 1024;

/// What becomes of streams then, and of those that are opened later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// They stay open, and nothing is read or written any more.
    Silent,
    /// They are dropped.
    Gone,
}

/// Passes streams on. It has to be called within a tokio runtime.
pub(super) fn wall(
    after: Duration,
    then: Then,
    mut far_ends: mpsc::Receiver<DuplexStream>,
) -> mpsc::Receiver<DuplexStream> {
    let at = Instant::now() + after;
    let (onward, listener) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Some(device) = far_ends.recv().await {
            let (server, far_end) = duplex(BUFFER);
            if onward.send(far_end).await.is_err() {
                return;
            }
            tokio::spawn(pass(device, server, (at, then)));
        }
    });
    listener
}

async fn pass(mut device: DuplexStream, mut server: DuplexStream, (at, then): (Instant, Then)) {
    tokio::select! {
        biased;
        () = sleep_until(at) => {}
        _ = copy_bidirectional(&mut device, &mut server) => return,
    }
    if then == Then::Silent {
        std::future::pending().await
    }
}
