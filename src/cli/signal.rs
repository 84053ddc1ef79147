//! SIGINT, SIGTERM and SIGHUP: the first one during a run ends it with full reports, a second one ends
//! the process at once. So does the first where there is no run yet.
//!
//! It knows nothing of what is ended. Start from [`Signals`] for a run, [`Ends`] for anything else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::Signal as Known;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::report::remove_temporary;
use crate::run::{PATIENCE, Stop, StopReason};

use super::Exit;
use super::progress::Voice;

/// The signals that ask for an end. Other signals do what they do to any process.
#[derive(Debug)]
pub(super) struct Ends {
    interrupt: Signal,
    terminate: Signal,
    /// A terminal that was closed; `None` where whoever started us wants that ignored, as `nohup` does.
    hangup: Option<Signal>,
}

impl Ends {
    /// Watches for them, in a runtime. From then on a file that may not grow any more, by `ulimit -f`, is
    /// an error of its write, and does not end the process.
    ///
    /// # Errors
    /// What the system says against it.
    pub(super) fn watch() -> io::Result<Self> {
        // What is done at it stays so when nobody listens.
        drop(signal(SignalKind::from_raw(Known::XFSZ.as_raw()))?);
        let is_wanted = !is_ignored(Known::HUP, &fs::read_to_string(STATUS).unwrap_or_default());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: is_wanted.then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    /// Ends when the next one comes.
    pub(super) async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Where Linux tells what a process does with signals (proc(5)).
const STATUS: &str = "/proc/self/status";

/// Whether a process ignores a signal, by its status; not where nothing tells.
fn is_ignored(signal: Known, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal.as_raw() - 1)) != 0)
}

/// What ends a run, from now on until the process ends.
#[derive(Debug)]
pub(super) struct Signals {
    phase: Arc<Mutex<Phase>>,
    /// What is stopped between the runs of a series.
    series: Option<Stop>,
}

/// What a first signal comes upon.
#[derive(Debug)]
enum Phase {
    /// Nothing is measured yet.
    Before,
    /// A run, which writes into a folder where it has one.
    Running { stop: Stop, folder: Option<PathBuf>, voice: Voice },
    /// The next run of a series is yet to come.
    Between { series: Stop },
    /// The run is over, and told.
    After { folder: Option<PathBuf> },
}

impl Signals {
    /// Watches for them.
    ///
    /// # Errors
    /// What the system says against it.
    pub(super) fn watch() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let mut ends = Ends::watch()?;
        drop(entered);
        let phase = Arc::new(Mutex::new(Phase::Before));
        let watched = Arc::clone(&phase);
        thread::Builder::new().name("signals".into()).spawn(move || {
            runtime.block_on(async {
                for nth in 0.. {
                    ends.next().await;
                    obey(nth, &watched.lock().unwrap_or_else(PoisonError::into_inner));
                }
            });
        })?;
        Ok(Self { phase, series: None })
    }

    /// Runs follow each other from now on until [`Self::series_is_over`]: between them, a first signal stops
    /// the series.
    pub(super) fn series_begins(&mut self, series: &Stop) {
        self.series = Some(series.clone());
        self.set(Phase::Between { series: series.clone() });
    }

    /// No run follows: a first signal changes nothing any more.
    pub(super) fn series_is_over(&mut self, folder: &Path) {
        self.series = None;
        self.run_is_over(Some(folder));
    }

    /// A run begins: a first signal stops it, and that is said. One of a series that is stopped by now is
    /// stopped with it.
    pub(super) fn run_begins(&self, stop: &Stop, folder: Option<&Path>, voice: Voice) {
        let folder = folder.map(Path::to_owned);
        self.set(Phase::Running { stop: stop.clone(), folder, voice });
        if let Some(StopReason::Interrupted) = self.series.as_ref().and_then(Stop::reason) {
            stop.stop(StopReason::Interrupted);
        }
    }

    /// The run is over: a first signal changes nothing any more, unless others are to follow.
    pub(super) fn run_is_over(&self, folder: Option<&Path>) {
        self.set(match &self.series {
            Some(series) => Phase::Between { series: series.clone() },
            None => Phase::After { folder: folder.map(Path::to_owned) },
        });
    }

    fn set(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }
}

fn obey(nth: u64, phase: &Phase) {
    match phase {
        Phase::Running { stop, voice, .. } if nth == 0 => {
            stop.stop(StopReason::Interrupted);
            voice.say(&format!(
                "interrupted: flows under way have up to {} s to finish, then come the reports; \
                 another signal ends at once, without them",
                PATIENCE.as_secs()
            ));
        }
        Phase::Between { series } if nth == 0 => {
            series.stop(StopReason::Interrupted);
            Voice::default().say(
                "interrupted: no run follows, and then come the reports; another signal ends at once, \
                 without them",
            );
        }
        Phase::After { .. } if nth == 0 => {
            Voice::default().say(
                "interrupted: the run is over, and its reports are written; another signal ends at once",
            );
        }
        Phase::Before | Phase::Between { .. } => end_at_once(None),
        Phase::Running { folder, .. } | Phase::After { folder } => end_at_once(folder.as_deref()),
    }
}

#[expect(clippy::exit, reason = "it is asked for an end without any more work")]
fn end_at_once(folder: Option<&Path>) -> ! {
    folder.into_iter().for_each(remove_temporary);
    std::process::exit(Exit::Interrupted as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: &str, expected: bool) {
        assert_eq!(is_ignored(Known::HUP, status), expected, "{status}");
    }

    #[test]
    fn what_is_ignored_stands_in_the_status() {
        check("Name:\tdeskbell\nSigIgn:\t0000000000001001\nSigCgt:\t0\n", true);
        check("SigIgn:\t0000000000001000\n", false);
        check("SigIgn:\tnone\n", false);
        check("", false);
    }
}
