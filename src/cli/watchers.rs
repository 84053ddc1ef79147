//! The files that a run writes while it goes on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::run::RunPlan;
use crate::run::SESSIONS_FILE;

use super::journal::JournalFile;
use super::refusal::Refusal;
use super::run::RunArgs;
use super::trace::TraceFile;

/// `sessions.jsonl`, and the trace where one is asked for.
pub(super) struct Watchers {
    journal: (PathBuf, Arc<JournalFile>),
    trace: Option<(PathBuf, Arc<TraceFile>)>,
}

impl Watchers {
    /// Makes the files, and has the run tell them what it does.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(super) fn watch(
        args: &RunArgs,
        plan: &mut RunPlan,
        folder: &Path,
        is_embedded: bool,
    ) -> Result<Self, Refusal> {
        let trace = match &args.trace {
            None => None,
            Some(path) => {
                let trace = TraceFile::create(path, plan);
                let trace = Arc::new(trace.map_err(|error| cannot_write(path, &error))?);
                plan.watch.tracer = Some(Arc::clone(&trace) as _);
                plan.watch.traced_devices = args.trace_devices.get();
                Some((path.clone(), trace))
            }
        };
        let path = folder.join(SESSIONS_FILE);
        let journal = JournalFile::create(&path, plan, is_embedded);
        let journal = Arc::new(journal.map_err(|error| cannot_write(&path, &error))?);
        plan.watch.journal = Some(Arc::clone(&journal) as _);
        Ok(Self { journal: (path, journal), trace })
    }

    /// Ends the files.
    ///
    /// # Errors
    /// A file that could not be written whole.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        let (path, journal) = &self.journal;
        let journaled = journal.finish().map_err(|error| cannot_write(path, &error));
        let traced = self.trace.as_ref().map_or(Ok(()), |(path, trace)| {
            trace.finish().map_err(|error| cannot_write(path, &error))
        });
        journaled.and(traced)
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Refusal {
    Refusal::not_done(&format!("cannot write {}: {error}", path.display()))
}
