//! Answers that wait for their time: all of them equally long, so they leave in the order in which
//! they came, and one timer of the kernel serves them all. It fires within microseconds, where
//! tokio's is a millisecond late on average.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::io::read;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use super::Truth;
use super::connection::write_all;

/// The answers that wait.
pub(super) struct DueReplies {
    waiting: Rc<RefCell<VecDeque<DueReply>>>,
    came: Rc<Notify>,
}

/// What is to be written when its time has come.
pub(super) struct DueReply {
    pub(super) read_at: Instant,
    pub(super) stream: Rc<TcpStream>,
    pub(super) bytes: Vec<u8>,
    pub(super) sends: u64,
    pub(super) truth: Rc<RefCell<Truth>>,
}

impl DueReplies {
    /// None yet; from now on they are written when they are due.
    pub(super) fn start(delay: Duration) -> io::Result<Self> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
        #[expect(
            deprecated,
            reason = "sound for a descriptor that is owned; its successor is unsafe"
        )]
        let timer = AsyncFd::new(timer)?;
        let replies = Self { waiting: Rc::default(), came: Rc::default() };
        let (waiting, came) = (Rc::clone(&replies.waiting), Rc::clone(&replies.came));
        spawn_local(async move {
            loop {
                let next = waiting.borrow_mut().pop_front();
                match next {
                    None => came.notified().await,
                    Some(reply) => {
                        let due_at = reply.read_at + delay;
                        wait_until(&timer, due_at).await.expect("a timer of the kernel fires");
                        reply.write().await;
                    }
                }
            }
        });
        Ok(replies)
    }

    pub(super) fn push(&self, reply: DueReply) {
        self.waiting.borrow_mut().push_back(reply);
        self.came.notify_one();
    }
}

impl DueReply {
    async fn write(self) {
        // A client that is gone needs no answer, and the connection's own reads notice.
        if write_all(&self.stream, &self.bytes).await.is_ok() {
            self.truth.borrow_mut().written(self.sends, self.read_at);
        }
    }
}

async fn wait_until(timer: &AsyncFd<rustix::fd::OwnedFd>, at: Instant) -> io::Result<()> {
    let left = at.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(());
    }
    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
    let it_value = Timespec::try_from(left).map_err(io::Error::other)?;
    let once = Itimerspec { it_interval: never, it_value };
    timerfd_settime(timer, TimerfdTimerFlags::empty(), &once)?;
    loop {
        let mut ready = timer.readable().await?;
        let fired = ready.try_io(|timer| Ok(read(timer, &mut [0; 8])?));
        if let Ok(fired) = fired {
            return fired.map(drop);
        }
    }
}
