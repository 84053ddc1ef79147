//! Where the flow instances of an open model line up: its plan begins when all that this shard has are
//! connected and set up, or have given up, so that what is measured is the plan and not the connecting.

use std::sync::OnceLock;
use std::time::Duration;

use super::barrier::FlowBarrier;

/// The start line of one scenario. All workers share it.
#[derive(Debug)]
pub(super) struct StartLine {
    barrier: FlowBarrier,
    began_at: OnceLock<Duration>,
}

impl StartLine {
    /// A line for so many instances.
    pub(super) fn new(instances: u32) -> Self {
        Self { barrier: FlowBarrier::new(instances), began_at: OnceLock::new() }
    }

    /// Waits until all are there; when that was, by whoever looked at the clock first.
    pub(super) async fn cross(&self, now: impl Fn() -> Duration) -> Duration {
        self.barrier.wait().await;
        self.begin(now)
    }

    /// Waits for nobody.
    pub(super) fn begin(&self, now: impl Fn() -> Duration) -> Duration {
        *self.began_at.get_or_init(now)
    }

    /// An instance is done, and will not come any more.
    pub(super) fn leave(&self) {
        self.barrier.leave();
    }
}
