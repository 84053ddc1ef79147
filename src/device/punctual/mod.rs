//! A clock whose waits end punctually: one timer of the kernel for all waits of a thread, in order.
//!
//! tokio's own timer counts in whole milliseconds, so that a wait ends one late on average; that would
//! stand in every latency that counts from a planned instant. It knows nothing of what is waited for.
//! Start from [`PunctualClock::start`].

#[cfg_attr(target_os = "linux", path = "timerfd.rs")]
#[cfg_attr(not(target_os = "linux"), path = "no_timer.rs")]
mod timer;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::Instant;

use super::clock::{Clock, Sleep, TokioClock};

use timer::Timer;

/// The machine's clock, of one thread. Where the system has no timer for it, its waits are as
/// [`TokioClock`]'s.
pub struct PunctualClock {
    coarse: TokioClock,
    alarm: Option<Rc<Alarm>>,
}

impl PunctualClock {
    /// A clock that counts from `origin`; clocks of one run share it. It has to be started inside a
    /// [`tokio::task::LocalSet`], which it wakes waits in as long as that runs.
    pub fn start(origin: Instant) -> Self {
        let coarse = TokioClock::since(origin);
        let alarm = Timer::new().ok().map(|timer| Rc::new(Alarm::new(coarse, timer)));
        if let Some(alarm) = &alarm {
            spawn_local(Rc::clone(alarm).ring());
        }
        Self { coarse, alarm }
    }
}

impl Clock for PunctualClock {
    fn now(&self) -> Duration {
        self.coarse.now()
    }

    fn sleep_until(&self, at: Duration) -> Sleep {
        self.coarse.sleep_until(at)
    }

    fn wake_at(&self, at: Duration) -> Sleep {
        match &self.alarm {
            Some(alarm) => Box::pin(Wait { alarm: Rc::clone(alarm), at, no: alarm.next_no() }),
            None => self.coarse.sleep_until(at),
        }
    }
}

/// The waits of one thread, by when they end.
struct Alarm {
    clock: TokioClock,
    timer: Timer,
    waits: RefCell<BTreeMap<(Duration, u64), Waker>>,
    next_no: Cell<u64>,
    /// When the timer goes off; [`Duration::MAX`] where it is not set.
    goes_off_at: Cell<Duration>,
}

impl Alarm {
    fn new(clock: TokioClock, timer: Timer) -> Self {
        Self {
            clock,
            timer,
            waits: RefCell::default(),
            next_no: Cell::default(),
            goes_off_at: Cell::new(Duration::MAX),
        }
    }

    /// Wakes whoever is due whenever the timer goes off.
    async fn ring(self: Rc<Self>) {
        // It fails where the runtime ends, and with it all that waits.
        while self.timer.goes_off().await.is_ok() {
            self.goes_off_at.set(Duration::MAX);
            let now = self.clock.now();
            while let Some(waker) = self.take_due(now) {
                waker.wake();
            }
            let next = self.waits.borrow().first_key_value().map(|((at, _), _)| *at);
            if let Some(at) = next {
                self.set(at, now);
            }
        }
    }

    fn take_due(&self, now: Duration) -> Option<Waker> {
        let mut waits = self.waits.borrow_mut();
        let first = waits.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    fn wait(&self, (at, no): (Duration, u64), now: Duration, waker: &Waker) {
        let before = self.waits.borrow_mut().insert((at, no), waker.clone());
        // Only now: what it wakes may hold waits itself.
        drop(before);
        if at < self.goes_off_at.get() {
            self.set(at, now);
        }
    }

    fn set(&self, at: Duration, now: Duration) {
        self.goes_off_at.set(at);
        self.timer.set(at.saturating_sub(now));
    }

    fn forget(&self, wait: (Duration, u64)) {
        let waker = self.waits.borrow_mut().remove(&wait);
        drop(waker);
    }

    fn next_no(&self) -> u64 {
        let no = self.next_no.get();
        self.next_no.set(no + 1);
        no
    }
}

/// One wait; it is forgotten when it is dropped.
struct Wait {
    alarm: Rc<Alarm>,
    at: Duration,
    /// Tells waits apart that end at once.
    no: u64,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let now = self.alarm.clock.now();
        if now >= self.at {
            return Poll::Ready(());
        }
        self.alarm.wait((self.at, self.no), now, cx.waker());
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.alarm.forget((self.at, self.no));
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::future::join_all;
    use tokio::runtime::Builder;
    use tokio::task::LocalSet;

    use super::*;

    /// Far more than any wait here takes.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Runs `work` by a clock of its own, which must have forgotten all waits then.
    #[track_caller]
    fn check<T, W: Future<Output = T>>(work: impl FnOnce(Rc<PunctualClock>) -> W) -> T {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let clock = Rc::new(PunctualClock::start(Instant::now()));
            let done = tokio::time::timeout(PATIENCE, work(Rc::clone(&clock))).await.unwrap();
            let alarm = clock.alarm.as_ref().expect("Linux has timers");
            assert_eq!(alarm.waits.borrow().len(), 0);
            done
        })
    }

    #[test]
    fn no_wait_ends_early_and_those_that_waited_end_in_order() {
        let n_waits = 5_000_u64;
        let ended = check(|clock| async move {
            let ended = RefCell::new(Vec::new());
            let wait = |at: Duration| {
                let (clock, ended) = (&clock, &ended);
                async move {
                    let (mut wait, mut has_waited) = (clock.wake_at(at), false);
                    let done = poll_fn(|cx| {
                        let polled = wait.as_mut().poll(cx);
                        has_waited |= polled.is_pending();
                        polled
                    });
                    done.await;
                    assert!(clock.now() >= at, "woken early");
                    ended.borrow_mut().push((has_waited, at));
                }
            };
            // Begun in another order than they end in.
            let places = (0..n_waits).map(|nth| (nth * 7919) % n_waits);
            let at = |place| Duration::from_micros(50_000 + place * 40);
            join_all(places.map(|place| wait(at(place)))).await;
            ended.into_inner()
        });
        assert_eq!(ended.len(), 5_000);
        assert!(ended.iter().filter(|(has_waited, _)| *has_waited).is_sorted());
    }

    #[test]
    fn what_is_past_ends_at_once() {
        check(|clock| async move {
            clock.wake_at(Duration::ZERO).await;
            clock.wake_at(clock.now()).await;
        });
    }

    #[test]
    fn a_wait_that_is_given_up_is_forgotten_and_keeps_no_other() {
        check(|clock| async move {
            let soon = clock.now() + Duration::from_millis(50);
            for nth in 0..2_000 {
                let mut given_up = clock.wake_at(soon + Duration::from_micros(nth));
                let noop = &mut Context::from_waker(Waker::noop());
                // Polled twice, as others that wait beside it are woken.
                let _ = (given_up.as_mut().poll(noop), given_up.as_mut().poll(noop));
            }
            let mut first = clock.wake_at(soon);
            let _ = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            drop(first);
            clock.wake_at(soon + Duration::from_millis(1)).await;
        });
    }

    #[test]
    fn a_wait_that_is_begun_later_may_end_sooner() {
        check(|clock| async move {
            let long = clock.wake_at(clock.now() + PATIENCE);
            let short = clock.wake_at(clock.now() + Duration::from_millis(20));
            tokio::select! {
                biased;
                () = long => panic!("the longer wait ended first"),
                () = short => {}
            }
        });
    }
}
