//! Reads the runs of both sides, several at once: an hour of a run takes a while to decode.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::archive::{ArchiveError, read_blocks};
use crate::comparison::{Limits, Measured};

use super::choice::Sides;

/// The runs of the base, and those of the candidate.
type Both = (Vec<Measured>, Vec<Measured>);

/// Reads all runs without their first seconds.
///
/// # Errors
/// Each run that cannot be read, that is there twice, or of which nothing is left.
pub(super) fn read(sides: &Sides, skipped: u64, limits: &Limits) -> Result<Both, Vec<String>> {
    let folders: Vec<_> = sides.base.iter().chain(&sides.candidate).collect();
    let mut runs: Vec<Measured> = Vec::new();
    let mut mistakes = Vec::new();
    for read in read_each(&folders, skipped, limits) {
        match read.map_err(|error| error.to_string()).and_then(|run| new_to(&runs, run, skipped)) {
            Ok(run) => runs.push(run),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let candidate = runs.split_off(sides.base.len());
    Ok((runs, candidate))
}

/// A run that is not there yet, and of which there is something left.
fn new_to(known: &[Measured], run: Measured, skipped: u64) -> Result<Measured, String> {
    let is_same = |other: &&Measured| other.record.run_id == run.record.run_id;
    if let Some(other) = known.iter().find(is_same) {
        let (id, folder, other) = (&run.record.run_id, &run.folder, &other.folder);
        return Err(format!("{folder} is the run {id}, as {other} is: name each run once"));
    }
    let folder = &run.folder;
    match (run.blocks.seconds, run.record.timeline.len()) {
        (0, 0) => Err(format!("{folder} has no second to compare")),
        (0, lasted) => Err(format!(
            "{folder} lasted {lasted} s, of which --skip leaves nothing at {skipped} s: skip less"
        )),
        _ => Ok(run),
    }
}

/// Reads each folder, as many at once as there are cores.
fn read_each(
    folders: &[&PathBuf],
    skipped: u64,
    limits: &Limits,
) -> Vec<Result<Measured, ArchiveError>> {
    let next = AtomicUsize::new(0);
    let read_some = || {
        let mut read = Vec::new();
        while let Some((at, folder)) = nth(folders, next.fetch_add(1, Ordering::Relaxed)) {
            read.push((at, measured(folder, skipped, limits)));
        }
        read
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(folders.len());
    let mut all = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(read_some)).collect();
        let joined = started.into_iter();
        let read = joined.map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)));
        read.flatten().collect::<Vec<_>>()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, read)| read).collect()
}

fn nth<'a>(folders: &[&'a PathBuf], at: usize) -> Option<(usize, &'a Path)> {
    Some((at, folders.get(at)?.as_path()))
}

fn measured(folder: &Path, skipped: u64, limits: &Limits) -> Result<Measured, ArchiveError> {
    let (record, blocks) = read_blocks(folder, skipped, |metric| limits.wants(metric))?;
    Ok(Measured { folder: folder.display().to_string(), record, blocks })
}
