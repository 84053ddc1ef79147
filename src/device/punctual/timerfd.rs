//! A timer of the kernel (timerfd_create(2)): it goes off some tens of microseconds after its time.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub(super) struct Timer {
    fd: AsyncFd<OwnedFd>,
}

impl Timer {
    /// A timer that is not set. It has to be made inside a runtime.
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe, and asks no more than an OwnedFd is"
        )]
        let fd = AsyncFd::with_interest(fd, Interest::READABLE)?;
        Ok(Self { fd })
    }

    /// Lets it go off after a time, instead of whenever it was set for.
    pub(super) fn set(&self, after: Duration) {
        // A time of zero would unset it; one past the end of time is as good as never.
        let after = after.clamp(Duration::from_nanos(1), Duration::from_secs(u32::MAX.into()));
        let once = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec::try_from(after).expect("it is clamped"),
        };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::empty(), &once)
            .expect("a timer of our own takes any time");
    }

    /// Ends once it has gone off since the last time.
    pub(super) async fn goes_off(&self) -> io::Result<()> {
        // Nothing is read: to set it anew clears what the kernel has counted, and until then the
        // cleared readiness holds.
        self.fd.readable().await?.clear_ready();
        Ok(())
    }
}
