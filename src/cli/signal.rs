//! SIGINT and SIGTERM: the first one during a run ends it with full reports, a second one ends the
//! process at once. So does the first where there is no run yet.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::report::remove_temporary;
use crate::run::{PATIENCE, Stop, StopReason};

use super::Exit;
use super::progress::Voice;

/// Both signals, from now on until the process ends.
#[derive(Debug)]
pub(super) struct Signals(Arc<Mutex<Phase>>);

/// What a first signal comes upon.
#[derive(Debug)]
enum Phase {
    /// Nothing is measured yet.
    Before,
    /// A run, which writes into a folder where it has one.
    Running { stop: Stop, folder: Option<PathBuf>, voice: Voice },
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
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        drop(entered);
        let phase = Arc::new(Mutex::new(Phase::Before));
        let watched = Arc::clone(&phase);
        thread::Builder::new().name("signals".into()).spawn(move || {
            runtime.block_on(async {
                for nth in 0.. {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    obey(nth, &watched.lock().unwrap_or_else(PoisonError::into_inner));
                }
            });
        })?;
        Ok(Self(phase))
    }

    /// A run begins: a first signal stops it, and that is said.
    pub(super) fn run_begins(&self, stop: &Stop, folder: Option<&Path>, voice: Voice) {
        let folder = folder.map(Path::to_owned);
        self.set(Phase::Running { stop: stop.clone(), folder, voice });
    }

    /// The run is over: a first signal changes nothing any more.
    pub(super) fn run_is_over(&self, folder: Option<&Path>) {
        self.set(Phase::After { folder: folder.map(Path::to_owned) });
    }

    fn set(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
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
        Phase::After { .. } if nth == 0 => {
            Voice::default().say(
                "interrupted: the run is over, and its reports are written; another signal ends at once",
            );
        }
        Phase::Before => end_at_once(None),
        Phase::Running { folder, .. } | Phase::After { folder } => end_at_once(folder.as_deref()),
    }
}

#[expect(clippy::exit, reason = "it is asked for an end without any more work")]
fn end_at_once(folder: Option<&Path>) -> ! {
    folder.into_iter().for_each(remove_temporary);
    std::process::exit(Exit::Interrupted as i32)
}
