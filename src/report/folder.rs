//! Where reports go: a run folder, and copies elsewhere. A file is written under a temporary name
//! and renamed, so that there is a whole one or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::run::{IDS_FILE, LATENCY_FILE, RunRecord, SESSIONS_FILE};

use super::part::{PartFile, remove_if_there};
use super::whole::{has_room, parent_of, temporary_in, write_whole};
use super::{Format, junit};

/// A folder that reports can be written to.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// What to do with a run that a folder holds already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Refuse the folder.
    Refuse,
    /// Write over it.
    Replace,
}

/// Why reports cannot be written.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The folder is another run's.
    #[error("{} holds a run already: name another folder with --out, or give --overwrite", .0.display())]
    HoldsRun(PathBuf),
    /// The folder cannot be made, or nothing can be written into it.
    #[error("cannot write into the folder {}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl RunFolder {
    /// Makes the folder, and sees that files can be written into it: best done before the run.
    pub fn create(path: &Path, existing: Existing) -> Result<Self, FolderError> {
        let refused = |source| FolderError::Folder { path: path.to_owned(), source };
        Self::check(path, existing)?;
        fs::create_dir_all(path).map_err(refused)?;
        has_room(path).map_err(refused)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Sees that the folder is not another run's, and makes nothing.
    pub fn check(path: &Path, existing: Existing) -> Result<(), FolderError> {
        let holds_run = [Format::RunJson.file_name(), SESSIONS_FILE];
        if existing == Existing::Refuse && holds_run.iter().any(|name| path.join(name).exists()) {
            return Err(FolderError::HoldsRun(path.to_owned()));
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a file that is written while the run goes on, and removes the one of an earlier run.
    pub fn begin(&self, name: &str) -> Result<PartFile, FolderError> {
        self.remove(name)?;
        PartFile::create(&self.path, name)
            .map_err(|source| FolderError::File { path: self.path.join(name), source })
    }

    /// Gives a file its name, now that it is whole. A `run.json` of an earlier run goes first.
    pub fn place(&self, part: PartFile) -> io::Result<()> {
        remove_if_there(&self.path.join(Format::RunJson.file_name()))?;
        part.finish()
    }

    /// Writes every report, in the folder that is made again where it is gone. `run.json` goes first
    /// where it stands from an earlier run and comes last, once all others are written, so that it never
    /// stands beside reports of another run. What could not be written, and what the system says.
    pub fn write(&self, record: &RunRecord) -> Vec<(PathBuf, io::Error)> {
        // What keeps it from being made keeps each file from being written, and is told of those.
        let _ = fs::create_dir_all(&self.path);
        let (last, others) = Format::ALL.split_last().expect("there are formats");
        let mut unwritten = self.write_each(&[*last], |path, _| remove_if_there(path));
        unwritten.extend(self.write_each(others, |path, format| replace(path, format, record)));
        if unwritten.is_empty() {
            unwritten = self.write_each(&[*last], |path, format| replace(path, format, record));
        }
        unwritten
    }

    /// Writes the reports of a run that could not be reported whole: those again that stand, so that
    /// they say so, and `run.json`. What could not be written.
    pub fn write_broken(&self, record: &RunRecord) -> Vec<(PathBuf, io::Error)> {
        let mut unwritten = self.rewrite(record);
        let last = [Format::RunJson];
        unwritten.extend(self.write_each(&last, |path, format| replace(path, format, record)));
        unwritten
    }

    /// Writes reports; one that cannot be written does not stand from before either.
    fn write_each(
        &self,
        formats: &[Format],
        write: impl Fn(&Path, Format) -> io::Result<()>,
    ) -> Vec<(PathBuf, io::Error)> {
        let path = |format: &Format| (self.path.join(format.file_name()), *format);
        let unwritten = formats.iter().map(path).filter_map(|(path, format)| {
            let error = write(&path, format).err()?;
            // Where it cannot be removed, that is no more than is told already.
            let _ = remove_if_there(&path);
            Some((path, error))
        });
        unwritten.collect()
    }

    /// The files that a run leaves in it, be they there or not.
    pub fn files(&self) -> Vec<PathBuf> {
        let streamed = [SESSIONS_FILE, LATENCY_FILE, IDS_FILE];
        let names = Format::ALL.map(Format::file_name).into_iter().chain(streamed);
        names.map(|name| self.path.join(name)).collect()
    }

    /// Removes a file of an earlier run.
    pub fn remove(&self, name: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        remove_if_there(&path).map_err(|source| FolderError::File { path, source })
    }

    /// Writes again those reports that still stand. What could not be written.
    pub fn rewrite(&self, record: &RunRecord) -> Vec<(PathBuf, io::Error)> {
        self.write_each(&Format::ALL, |path, format| {
            if path.exists() { replace(path, format, record) } else { Ok(()) }
        })
    }
}

/// Writes a report again, where one still stands.
pub fn rewrite_copy(format: Format, record: &RunRecord, path: &Path) -> Result<(), FolderError> {
    let refused = |source| FolderError::File { path: path.to_owned(), source };
    if path.exists() { replace(path, format, record).map_err(refused) } else { Ok(()) }
}

/// Writes one report to a file of its own, in place of whatever stands there: where that fails, nothing
/// of an earlier run is left.
pub fn write_copy(format: Format, record: &RunRecord, path: &Path) -> Result<(), FolderError> {
    into_place(path, |to| format.write(record, to))
}

/// Sees that a report can be written to a file: best done before the run.
pub fn check_copy(path: &Path) -> Result<(), FolderError> {
    let refused = |source| FolderError::File { path: path.to_owned(), source };
    let folder = parent_of(path).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).and_then(|()| temporary_in(folder)).map_err(refused)?;
    if path.is_dir() { Err(refused(io::ErrorKind::IsADirectory.into())) } else { Ok(()) }
}

/// Writes a junit.xml that tells why a run could not start, in place of whatever stands there.
pub fn write_not_started(why: &str, path: &Path) -> Result<(), FolderError> {
    into_place(path, |to| junit::write_not_started(why, to))
}

fn replace(path: &Path, format: Format, record: &RunRecord) -> io::Result<()> {
    write_whole(path, |to| format.write(record, to))
}

/// Writes a text to a file, in place of whatever stands there.
pub fn write_text(text: &str, path: &Path) -> Result<(), FolderError> {
    into_place(path, |to| to.write_all(text.as_bytes()))
}

/// Writes a file wherever it is asked for, its folder made where it is missing.
fn into_place(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), FolderError> {
    let made = parent_of(path).map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| write_whole(path, write)).map_err(|source| {
        if path.symlink_metadata().is_ok_and(|known| known.is_file()) {
            // Where it cannot be removed, that is no more than is told already.
            let _ = remove_if_there(path);
        }
        FolderError::File { path: path.to_owned(), source }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use crate::report::sample;

    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[track_caller]
    fn check_refused<T: std::fmt::Debug>(result: Result<T, FolderError>, path: &Path, why: &str) {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
        assert!(message.contains(why), "{message}");
    }

    #[test]
    fn a_run_folder_holds_every_report_and_nothing_temporary() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("reports/run-1");
        let folder = RunFolder::create(&path, Existing::Refuse).unwrap();
        assert!(folder.write(&sample::record()).is_empty());
        let expected = [
            "clauses.csv",
            "conversations.jsonl",
            "junit.xml",
            "report.html",
            "run.json",
            "summary.csv",
            "summary.md",
            "sums.json",
            "timeline.csv",
            "violations.jsonl",
        ];
        assert_eq!(names_in(&path), expected);
    }

    #[test]
    fn a_file_that_is_written_while_running_gets_its_name_when_it_is_whole() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(root.path(), Existing::Refuse).unwrap();
        for name in ["run.json", LATENCY_FILE, ".deskbell-latency.hlog"] {
            fs::write(root.path().join(name), "of an earlier run").unwrap();
        }
        let mut part = folder.begin(LATENCY_FILE).unwrap();
        part.write_all(b"begun").unwrap();
        assert_eq!(names_in(root.path()), [".deskbell-latency.hlog", "run.json"]);
        drop(part);
        assert_eq!(names_in(root.path()), ["run.json"]);
        let mut part = folder.begin(LATENCY_FILE).unwrap();
        part.write_all(b"whole").unwrap();
        folder.place(part).unwrap();
        assert_eq!(names_in(root.path()), [LATENCY_FILE]);
        assert_eq!(fs::read_to_string(root.path().join(LATENCY_FILE)).unwrap(), "whole");
    }

    #[test]
    fn a_folder_that_holds_a_run_is_refused_or_replaced() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(root.path(), Existing::Refuse).unwrap();
        assert!(folder.write(&sample::record()).is_empty());
        check_refused(RunFolder::create(root.path(), Existing::Refuse), root.path(), "--overwrite");
        let folder = RunFolder::create(root.path(), Existing::Replace).unwrap();
        assert!(folder.write(&sample::passed()).is_empty());
        let written = fs::read_to_string(root.path().join("run.json")).unwrap();
        assert!(written.contains(r#""verdict": "passed""#));
    }

    #[test]
    fn a_path_that_cannot_be_written_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let below = file.join("below");
        check_refused(RunFolder::create(&below, Existing::Refuse), &below, "cannot write");
        check_refused(write_copy(Format::Junit, &sample::record(), &below), &below, "cannot write");
        let folder = root.path().join("folder");
        fs::create_dir(&folder).unwrap();
        check_refused(
            write_copy(Format::Junit, &sample::record(), &folder),
            &folder,
            "cannot write",
        );
        assert_eq!(names_in(root.path()), ["file", "folder"]);
    }

    #[test]
    fn where_a_report_cannot_be_written_the_others_are_and_say_so() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(root.path(), Existing::Refuse).unwrap();
        let blocked = root.path().join("report.html");
        fs::create_dir(&blocked).unwrap();
        let unwritten = folder.write(&sample::passed());
        let paths: Vec<_> = unwritten.iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(paths, std::slice::from_ref(&blocked));
        assert!(!root.path().join("run.json").exists());
        fs::remove_dir(&blocked).unwrap();
        assert!(folder.write_broken(&sample::unstarted()).is_empty());
        let names = names_in(root.path());
        assert!(names.contains(&"run.json".into()) && !names.contains(&"report.html".into()));
        let told = fs::read_to_string(root.path().join("junit.xml")).unwrap();
        assert!(told.contains("the run could be done"), "{told}");
    }

    #[test]
    fn a_folder_that_is_gone_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("reports/run");
        let folder = RunFolder::create(&path, Existing::Refuse).unwrap();
        fs::remove_dir_all(root.path().join("reports")).unwrap();
        assert!(folder.write(&sample::passed()).is_empty());
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "in its place").unwrap();
        assert_eq!(folder.write(&sample::passed()).len(), Format::ALL.len());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_run_folder_are_replaced_and_not_written_through() {
        let root = tempfile::tempdir().unwrap();
        let (run, elsewhere) = (root.path().join("run"), root.path().join("precious"));
        fs::create_dir(&run).unwrap();
        fs::write(&elsewhere, "precious").unwrap();
        for format in Format::ALL {
            std::os::unix::fs::symlink(&elsewhere, run.join(format.file_name())).unwrap();
        }
        let folder = RunFolder::create(&run, Existing::Replace).unwrap();
        assert!(folder.write(&sample::record()).is_empty());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
        assert!(folder.files().iter().all(|file| !file.is_symlink()));
    }

    #[test]
    fn what_was_removed_is_not_written_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(root.path(), Existing::Refuse).unwrap();
        assert!(folder.write(&sample::record()).is_empty());
        fs::remove_file(root.path().join("junit.xml")).unwrap();
        assert!(folder.rewrite(&sample::passed()).is_empty());
        assert!(!root.path().join("junit.xml").exists());
        let written = fs::read_to_string(root.path().join("run.json")).unwrap();
        assert!(written.contains(r#""verdict": "passed""#));
    }

    #[test]
    fn a_copy_replaces_what_stands_there() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new/copy.csv");
        for record in [sample::record(), sample::unstarted()] {
            write_copy(Format::SummaryCsv, &record, &path).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
        assert_eq!(names_in(path.parent().unwrap()), ["copy.csv"]);
    }
}
