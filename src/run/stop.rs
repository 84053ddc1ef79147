//! How a run is stopped before its end, from inside or outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::device::ConnectError;

use super::event::StopReason;

/// How many connects may fail before the first has succeeded.
const FRUITLESS: u32 = 20;

/// How long flows may take to finish where a person waits for the end, or nothing more can be kept of
/// them.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Stops a run. Clones stop the same one; the first reason stands.
#[derive(Clone, Debug)]
pub struct Stop {
    reason: Arc<watch::Sender<Option<StopReason>>>,
    connected: Arc<AtomicU32>,
    refused: Arc<AtomicU32>,
}

impl Default for Stop {
    fn default() -> Self {
        let (connected, refused) = (Arc::default(), Arc::default());
        Self { reason: Arc::new(watch::Sender::new(None)), connected, refused }
    }
}

impl Stop {
    /// Stops the run: no flow begins any more, those under way finish within the grace period, and
    /// what was measured is reported.
    pub fn stop(&self, reason: StopReason) {
        self.reason.send_if_modified(|known| {
            let is_first = known.is_none();
            if is_first {
                *known = Some(reason);
            }
            is_first
        });
    }

    /// Why the run was stopped, once it was.
    pub fn reason(&self) -> Option<StopReason> {
        self.reason.borrow().clone()
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.reason.borrow().is_some()
    }

    /// Ends when the run is stopped.
    pub(super) async fn stopped(&self) {
        // The sender is held by `self`, so the wait cannot fail.
        let _ = self.reason.subscribe().wait_for(Option::is_some).await;
    }

    /// How long flows under way may take to finish, of a scenario with this grace period.
    pub(super) fn grace(&self, grace: Duration) -> Duration {
        match *self.reason.borrow() {
            Some(StopReason::Interrupted | StopReason::Unwritable(_)) => grace.min(PATIENCE),
            _ => grace,
        }
    }

    /// Whether anybody has ever connected.
    pub(super) fn has_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed) > 0
    }

    pub(super) fn connected(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    /// A connect has failed. A run in which nothing ever connected is stopped: at once where
    /// every try would end the same, else after some tries, at most `devices`, as many as there are.
    pub(super) fn refused(&self, error: &ConnectError, devices: u32) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        let is_fruitless = error.is_lasting() || refused >= FRUITLESS.min(devices);
        if is_fruitless && !self.has_connected() {
            let why = match error {
                ConnectError::Refused(status @ (401 | 403)) => {
                    format!("the access token was refused with HTTP status {status}")
                }
                other => format!("nothing could connect: {other}"),
            };
            self.stop(StopReason::Unreachable(why));
        }
    }
}
