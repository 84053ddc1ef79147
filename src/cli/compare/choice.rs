//! Which runs are compared with which.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::archive;
use crate::comparison::{Kind, ailments, unlikeness};
use crate::report::counted;
use crate::run::{RUN_FILE, RunRecord};

/// The folders of both sides, and what else to know of how they were chosen.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) base: Vec<PathBuf>,
    pub(super) candidate: Vec<PathBuf>,
    pub(super) notes: Vec<String>,
}

/// The runs that a command line names.
///
/// # Errors
/// A folder that is named more than once: its samples would count as those of another run.
pub(super) fn named(base: &[PathBuf], candidate: &[PathBuf]) -> Result<Sides, Vec<String>> {
    let all: Vec<_> = base.iter().chain(candidate).collect();
    let place = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let is_named_before =
        |at: usize| all[..at].iter().any(|earlier| place(earlier) == place(all[at]));
    let mistakes: Vec<_> = (0..all.len())
        .filter(|at| is_named_before(*at))
        .map(|at| format!("{} is named twice: name each run once", all[at].display()))
        .collect();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Sides { base: base.to_vec(), candidate: candidate.to_vec(), notes: Vec::new() })
}

/// The newest run of a folder, and against it those before it that are like it, so many in all.
///
/// # Errors
/// A folder that cannot be read, or has no two runs to compare.
pub(super) fn newest(reports: &Path, last: usize, despite: &[Kind]) -> Result<Sides, Vec<String>> {
    let unreadable = |error| vec![format!("cannot read the folder {}: {error}", reports.display())];
    let (mut runs, mut notes) = runs_in(reports).map_err(unreadable)?;
    runs.sort_by_key(|(path, record)| {
        (record.started_at.parse().unwrap_or(Timestamp::MIN), path.clone())
    });
    let Some((candidate, newest)) = runs.pop() else {
        let hint = "name another one with --reports";
        return Err(vec![format!("{} holds no run: {hint}", reports.display())]);
    };
    let is_let_pass = |kind: &Kind| despite.contains(kind);
    let is_like = |record: &RunRecord| {
        unlikeness(&newest, record).iter().chain(&ailments(record)).all(is_let_pass)
    };
    let (mut base, mut unlike) = (Vec::new(), 0);
    for (path, record) in runs.into_iter().rev() {
        if base.len() + 1 == last {
            break;
        }
        if is_like(&record) { base.push(path) } else { unlike += 1 }
    }
    let left_out = format!(
        "{} of {} left out: of another target, plan or dialect than {}, invalid or unfinished",
        counted(unlike, "run"),
        reports.display(),
        candidate.display()
    );
    if base.is_empty() {
        return Err(vec![format!(
            "{} holds no earlier run that is like the newest one, {} ({left_out})",
            reports.display(),
            candidate.display()
        )]);
    }
    if unlike > 0 {
        notes.push(left_out);
    }
    Ok(Sides { base, candidate: vec![candidate], notes })
}

/// Runs with their folders, and of those that cannot be read, why.
type Found = (Vec<(PathBuf, RunRecord)>, Vec<String>);

/// The runs in a folder. What is no run's folder is passed over.
fn runs_in(reports: &Path) -> std::io::Result<Found> {
    let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(reports)? {
        let path = entry?.path();
        if !path.join(RUN_FILE).is_file() {
            continue;
        }
        match archive::read_record(&path) {
            Ok(record) => runs.push((path, record)),
            Err(error) => unreadable.push(format!("left out: {error}")),
        }
    }
    unreadable.sort();
    Ok((runs, unreadable))
}
