//! The files that a run writes while it goes on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::run::{RunPlan, SESSIONS_FILE, Stop, StopReason};

use super::journal::JournalFile;
use super::losses::{self, Losses};
use super::refusal::Refusal;
use super::run::RunArgs;
use super::trace::TraceFile;

/// `sessions.jsonl`, and the trace where one is asked for.
pub(super) struct Watchers {
    journal: (PathBuf, Arc<JournalFile>),
    trace: Option<(PathBuf, Arc<TraceFile>)>,
}

impl Watchers {
    /// Makes the files, and has the run tell them what it does. One that cannot be written any more
    /// stops the run.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(super) fn watch(
        args: &RunArgs,
        plan: &mut RunPlan,
        folder: &Path,
        is_embedded: bool,
        stop: &Stop,
    ) -> Result<Self, Refusal> {
        let trace = match &args.trace {
            None => None,
            Some(path) => {
                let trace = TraceFile::create(path, plan, stopping(stop, path));
                let trace = Arc::new(trace.map_err(|error| cannot_write(path, &error))?);
                plan.watch.tracer = Some(Arc::clone(&trace) as _);
                plan.watch.traced_below = plan.end_of_first(args.trace_devices);
                Some((path.clone(), trace))
            }
        };
        let path = folder.join(SESSIONS_FILE);
        let journal = JournalFile::create(&path, plan, is_embedded, stopping(stop, &path));
        let journal = Arc::new(journal.map_err(|error| cannot_write(&path, &error))?);
        plan.watch.journal = Some(Arc::clone(&journal) as _);
        Ok(Self { journal: (path, journal), trace })
    }

    /// Ends the files, and notes those that could not be written whole.
    pub(super) fn finish(&self, losses: &mut Losses) {
        let (path, journal) = &self.journal;
        if let Err(error) = journal.finish() {
            losses.note(path, &error, "sessions from then on, for `deskbell cleanup`");
        }
        if let Some((path, trace)) = &self.trace
            && let Err(error) = trace.finish()
        {
            losses.note(path, &error, "frames from then on");
        }
    }
}

/// Stops a run that cannot be reported whole any more, once that is known of a file.
pub(super) fn stopping(stop: &Stop, path: &Path) -> impl FnOnce(&io::Error) + Send + 'static {
    let (stop, path) = (stop.clone(), path.to_owned());
    move |error| stop.stop(StopReason::Unwritable(losses::why(&path, error)))
}

fn cannot_write(path: &Path, error: &io::Error) -> Refusal {
    Refusal::not_done(&losses::why(path, error))
}
