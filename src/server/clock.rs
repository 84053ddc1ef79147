//! The server's wall time.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// An instant of wall time, in milliseconds since the Unix epoch, as the protocol has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EpochMillis(pub u64);

impl EpochMillis {
    /// The instant so much later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for EpochMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Tells wall time by tokio's clock alone, so that it stands still when that is paused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    epoch_at_start: EpochMillis,
    started_at: Instant,
}

impl Clock {
    pub(super) fn start(epoch_at_start: EpochMillis) -> Self {
        Self { epoch_at_start, started_at: Instant::now() }
    }

    pub(super) fn started_at(&self) -> Instant {
        self.started_at
    }

    pub(super) fn now(&self) -> EpochMillis {
        self.epoch_at_start.after(self.started_at.elapsed())
    }
}
