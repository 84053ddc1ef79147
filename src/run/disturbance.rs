//! What disturbed a run from outside: the process stood still, the machine slept, its clock was set.
//!
//! It knows nothing of what was measured meanwhile. Start from [`DisturbanceWatch`].

use std::io;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;
use tokio::time::Instant;

/// How often the clocks are read.
const EVERY: Duration = Duration::from_millis(100);

/// From when on it counts: so much is needed to miss a time limit of the protocol.
const LEAST: Duration = Duration::from_secs(1);

/// How long it may take to read all clocks: what is read over a longer time does not fit together.
const AT_ONCE: Duration = Duration::from_millis(10);

/// What disturbed a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Disturbances {
    /// How long the process stood still: it was stopped, or got no CPU time at all.
    pub(super) stood_still: Duration,
    /// How long the machine was suspended.
    pub(super) slept: Duration,
    /// By how much the wall clock was set, back where that is negative.
    pub(super) clock_set: SignedDuration,
}

impl Disturbances {
    /// Whether time passed that nobody could see anything in.
    pub(super) fn missed_time(&self) -> bool {
        !(self.stood_still + self.slept).is_zero()
    }

    /// Why the figures of the run are not to be trusted, a sentence each.
    pub(super) fn doubts(&self) -> Vec<String> {
        let stood = |time: &Duration| {
            format!(
                "deskbell stood still for {:.1} s, stopped or without any CPU time: what was due then \
                 was late by its own fault",
                time.as_secs_f64()
            )
        };
        let slept = |time: &Duration| {
            format!(
                "this machine was suspended for {:.0} s: connections may have ended for that",
                time.as_secs_f64()
            )
        };
        let is_some = |time: &Duration| !time.is_zero();
        let stood = Some(self.stood_still).filter(is_some).map(|time| stood(&time));
        stood.into_iter().chain(Some(self.slept).filter(is_some).map(|time| slept(&time))).collect()
    }

    /// What to know of the wall clock, where it was set.
    pub(super) fn note(&self) -> Option<String> {
        let way = if self.clock_set.is_negative() { "back" } else { "forward" };
        let by = self.clock_set.unsigned_abs().as_secs_f64();
        (!self.clock_set.is_zero()).then(|| {
            format!(
                "the clock of this machine was set {way} by {by:.0} s: latencies are counted by another \
                 one, and clauses that hold the server's times to it are inconclusive"
            )
        })
    }
}

/// What the clocks say at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    /// Since the run's zero, without the time that the machine slept.
    running: Duration,
    /// The same with that time, from any zero; `None` where there is no such clock.
    elapsed: Option<Duration>,
    /// Since the Unix epoch.
    wall: Duration,
}

impl Reading {
    fn now(origin: Instant) -> Self {
        loop {
            let running = origin.elapsed();
            let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let reading = Self { running, elapsed: elapsed(), wall };
            if origin.elapsed() - running < AT_ONCE {
                return reading;
            }
        }
    }

    /// Adds what happened since an earlier reading.
    fn add_to(self, so_far: &mut Disturbances, before: Self) {
        let ran = self.running.saturating_sub(before.running);
        let passed = self.elapsed.zip(before.elapsed);
        let passed = passed.map_or(ran, |(now, then)| now.saturating_sub(then)).max(ran);
        let counts = |time: Duration| if time < LEAST { Duration::ZERO } else { time };
        so_far.stood_still += counts(ran.saturating_sub(EVERY));
        so_far.slept += counts(passed - ran);
        let signed = |time: Duration| SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let set = signed(self.wall) - signed(before.wall) - signed(passed);
        if set.unsigned_abs() >= LEAST {
            so_far.clock_set += set;
        }
    }
}

/// Time with that of sleep (clock_gettime(2), `CLOCK_BOOTTIME`).
#[cfg(target_os = "linux")]
fn elapsed() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::Boottime).try_into().ok()
}

#[cfg(not(target_os = "linux"))]
fn elapsed() -> Option<Duration> {
    None
}

/// Reads the clocks while a run goes on, on a thread of its own.
pub(super) struct DisturbanceWatch {
    thread: JoinHandle<Disturbances>,
    /// Dropped when the run is over.
    over: SyncSender<()>,
}

impl DisturbanceWatch {
    /// Begins.
    ///
    /// # Errors
    /// No thread to be had.
    pub(super) fn start(origin: Instant) -> io::Result<Self> {
        let (over, is_over) = sync_channel(0);
        let thread = thread::Builder::new().name("clocks".into()).spawn(move || {
            let (mut so_far, mut before) = (Disturbances::default(), Reading::now(origin));
            loop {
                let waited = is_over.recv_timeout(EVERY);
                let now = Reading::now(origin);
                now.add_to(&mut so_far, before);
                before = now;
                if waited != Err(RecvTimeoutError::Timeout) {
                    return so_far;
                }
            }
        })?;
        Ok(Self { thread, over })
    }

    /// What there was until now.
    pub(super) fn end(self) -> Disturbances {
        drop(self.over);
        // It does nothing that could panic.
        self.thread.join().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings of these seconds: what ran, what passed, the wall clock.
    #[track_caller]
    fn check(readings: &[(f64, Option<f64>, f64)], expected: (f64, f64, f64)) {
        let [still, slept] = [expected.0, expected.1].map(Duration::from_secs_f64);
        let clock_set = SignedDuration::from_secs_f64(expected.2);
        let reading = |(running, elapsed, wall): &(f64, Option<f64>, f64)| Reading {
            running: Duration::from_secs_f64(*running),
            elapsed: elapsed.map(Duration::from_secs_f64),
            wall: Duration::from_secs_f64(*wall),
        };
        let readings: Vec<_> = readings.iter().map(reading).collect();
        let mut so_far = Disturbances::default();
        readings.windows(2).for_each(|two| two[1].add_to(&mut so_far, two[0]));
        assert_eq!(so_far, Disturbances { stood_still: still, slept, clock_set });
    }

    #[test]
    fn time_that_goes_on_evenly_is_no_disturbance() {
        check(&[(0.0, Some(9.0), 1e6), (0.1, Some(9.1), 1e6 + 0.1)], (0.0, 0.0, 0.0));
        check(&[(0.0, Some(9.0), 1e6), (1.05, Some(10.05), 1e6 + 1.5)], (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_process_that_was_stopped_stood_still_and_nothing_else() {
        let stopped = [(0.0, Some(9.0), 1e6), (5.1, Some(14.1), 1e6 + 5.1)];
        check(&stopped, (5.0, 0.0, 0.0));
        let twice = [(10.2, Some(19.2), 1e6 + 10.2)];
        check(&[&stopped[..], &twice].concat(), (10.0, 0.0, 0.0));
    }

    #[test]
    fn a_machine_that_slept_did_not_stand_still_and_its_clock_was_not_set() {
        check(&[(0.0, Some(9.0), 1e6), (0.1, Some(3609.1), 1e6 + 3600.1)], (0.0, 3600.0, 0.0));
    }

    #[test]
    fn a_clock_that_was_set_is_told_apart_from_sleep_where_that_can_be_told() {
        check(&[(0.0, Some(9.0), 1e6), (0.125, Some(9.125), 1e6 + 3600.125)], (0.0, 0.0, 3600.0));
        check(&[(0.0, Some(9.0), 1e6), (0.125, Some(9.125), 1e6 - 3599.875)], (0.0, 0.0, -3600.0));
        check(&[(0.0, None, 1e6), (0.125, None, 1e6 + 3600.125)], (0.0, 0.0, 3600.0));
        let there_and_back =
            [(0.0, None, 1e6), (0.125, None, 2e6 + 0.125), (0.25, None, 1e6 + 0.25)];
        check(&there_and_back, (0.0, 0.0, 0.0));
    }

    #[test]
    fn what_is_watched_for_nothing_is_undisturbed_of_sleep() {
        let watched = DisturbanceWatch::start(Instant::now()).unwrap().end();
        assert_eq!(watched.slept, Duration::ZERO);
    }
}
