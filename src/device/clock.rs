//! The time a device lives in.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::Instant;

/// A pending wait.
pub type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// Monotonic time since the start of the run, and waits in it.
pub trait Clock {
    /// Time since the start of the run.
    fn now(&self) -> Duration;

    /// Ends once `at` has come, counted like [`Clock::now`], or a few milliseconds later: for time
    /// limits, which cost little and seldom end. One that comes while the process stands still is put
    /// off for as long as it takes to see what has arrived.
    fn sleep_until(&self, at: Duration) -> Sleep;

    /// Ends at `at`, as punctually as the machine can: for instants that are planned.
    fn wake_at(&self, at: Duration) -> Sleep {
        self.sleep_until(at)
    }
}

/// From when on an instant that has come was not seen to come: the process stood still meanwhile, stopped
/// or without any CPU time.
const UNSEEN: Duration = Duration::from_secs(1);

/// What waits then get on top, so that whatever has arrived meanwhile is read before they end.
const TO_CATCH_UP: Duration = Duration::from_secs(1);

/// tokio's clock: the machine's, in milliseconds, or paused time in a simulation.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    origin: Instant,
}

impl TokioClock {
    /// A clock that counts from `origin`; clocks of one run share it.
    pub fn since(origin: Instant) -> Self {
        Self { origin }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep_until(&self, at: Duration) -> Sleep {
        let ends_at = self.origin + at;
        Box::pin(async move {
            let began_at = Instant::now();
            tokio::time::sleep_until(ends_at).await;
            if began_at < ends_at && ends_at.elapsed() > UNSEEN {
                tokio::time::sleep(TO_CATCH_UP).await;
            }
        })
    }
}

/// The outcome of `work`, or `None` if it is not done when `at` has come.
pub async fn by<T>(clock: &dyn Clock, at: Duration, work: impl Future<Output = T>) -> Option<T> {
    let work = pin!(work);
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.sleep_until(at) => None,
    }
}
