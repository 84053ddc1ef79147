//! Why a run folder cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::conformance::IdSetsError;
use crate::protocol::cut_words;

/// How much is told of what a file says, in bytes.
const LONGEST_REASON: usize = 400;

/// How much of a format's name is told, in characters.
const LONGEST_NAME: usize = 40;

/// Why a run folder cannot be read.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// There is no such folder.
    #[error("there is no folder {}: name a run's folder", .0.display())]
    NoFolder(PathBuf),
    /// The folder is no run's, or not yet.
    #[error(
        "{} holds no run.json: it is no run folder, or its run was broken off or goes on",
        .0.display()
    )]
    NoRun(PathBuf),
    /// A file that belongs to a run folder is not there.
    #[error("{} is missing, and the run cannot be told without it: copy the whole folder", .0.display())]
    Missing(PathBuf),
    /// A file is there and cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than any that deskbell writes.
    #[error("{} is larger than any such file of deskbell's: {most} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How large it may be, in bytes.
        most: u64,
    },
    /// A file is of a form that this version does not read.
    #[error(
        "{} is of the format {format:?}, and this version of deskbell reads {reads}: \
         read it with the version that wrote it",
        .path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The format that it names.
        format: String,
        /// The one that is read.
        reads: &'static str,
    },
    /// A file is not what deskbell writes.
    #[error("{}:{line}:{column}: {why}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// In which line, from 1.
        line: usize,
        /// In which column, from 1; in a CSV file in which cell.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// The file of ids is not what deskbell writes.
    #[error("{}: {source}", .path.display())]
    Ids {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: IdSetsError,
    },
    /// A number is beyond what any run counts.
    #[error("{}: {place} is no number that a run can have", .path.display())]
    Impossible {
        /// The file.
        path: PathBuf,
        /// Where in it, as a JSON pointer.
        place: String,
    },
    /// Two files do not belong together.
    #[error(
        "{} holds {holds} {what}, and run.json counts {counted}: one of them was cut or changed, \
         or is of another run",
        .path.display()
    )]
    Unlike {
        /// The file.
        path: PathBuf,
        /// What it holds.
        what: String,
        /// How many.
        holds: u64,
        /// How many there should be.
        counted: u64,
    },
}

impl ArchiveError {
    /// A mistake in a line of a file. The reason may quote what stands there, however long that is.
    pub(super) fn malformed(path: &Path, (line, column): (usize, usize), why: String) -> Self {
        Self::Malformed { path: path.to_owned(), line, column, why: brief(why) }
    }

    /// A mistake in a JSON text that begins in this line.
    pub(super) fn json(path: &Path, first: usize, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let told = error.to_string();
        let why = told.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&told);
        Self::malformed(path, ((first + line).saturating_sub(1), column), why.to_owned())
    }

    /// A file of another format than the one that is read.
    pub(super) fn format(path: &Path, format: &str, reads: &'static str) -> Self {
        let format = format.chars().take(LONGEST_NAME).collect();
        Self::Format { path: path.to_owned(), format, reads }
    }

    /// Holds what a file has to what run.json counts.
    pub(super) fn check_like(
        path: &Path,
        what: &str,
        (holds, counted): (u64, u64),
    ) -> Result<(), Self> {
        if holds == counted {
            return Ok(());
        }
        Err(Self::Unlike { path: path.to_owned(), what: brief(what.to_owned()), holds, counted })
    }
}

/// Words of a file, as far as they are told.
pub(super) fn brief(words: String) -> String {
    if words.len() <= LONGEST_REASON { words } else { cut_words(&words, LONGEST_REASON).to_owned() }
}
