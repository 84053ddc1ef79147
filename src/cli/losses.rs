//! Files of a run that could not be written: which, why, and what is lost with them.
//!
//! It writes nothing itself. Start from [`Losses`].

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What a run could not write.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Losses(Vec<Loss>);

#[derive(Debug, PartialEq, Eq)]
struct Loss {
    file: String,
    cause: String,
    lost: &'static str,
}

impl Losses {
    /// Notes a file, what the system says, and what is lost with it.
    pub(super) fn note(&mut self, path: &Path, cause: &io::Error, lost: &'static str) {
        let loss = Loss { file: path.display().to_string(), cause: cause.to_string(), lost };
        if !self.0.iter().any(|known| known.file == loss.file) {
            self.0.push(loss);
        }
    }

    /// Notes reports.
    pub(super) fn note_reports(&mut self, unwritten: &[(PathBuf, io::Error)]) {
        unwritten.iter().for_each(|(path, cause)| self.note(path, cause, "reports"));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A sentence for each file.
    pub(super) fn sentences(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|loss| sentence(&loss.file, &loss.cause))
    }
}

/// Why a file is not written, in the words that every report has for it.
pub(super) fn why(path: &Path, cause: &io::Error) -> String {
    sentence(&path.display().to_string(), &cause.to_string())
}

fn sentence(files: &str, cause: &str) -> String {
    format!("cannot write {files}: {cause}")
}

impl fmt::Display for Losses {
    /// One message: the files by what the system says of them, and what is lost.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut causes: Vec<&str> = Vec::new();
        let mut lost: Vec<&str> = Vec::new();
        for loss in &self.0 {
            if !causes.contains(&&*loss.cause) {
                causes.push(&loss.cause);
            }
            if !lost.contains(&loss.lost) {
                lost.push(loss.lost);
            }
        }
        for cause in causes {
            let of_it = self.0.iter().filter(|loss| loss.cause == cause);
            let files: Vec<_> = of_it.map(|loss| loss.file.as_str()).collect();
            write!(f, "{}; ", sentence(&files.join(", "), cause))?;
        }
        write!(f, "lost: {}; what else was to be written stands", lost.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_names_every_file_by_its_cause_and_what_is_lost() {
        let mut losses = Losses::default();
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        losses.note(Path::new("run/latency.hlog"), &full(), "the latencies of each second");
        let html = || (PathBuf::from("run/report.html"), full());
        losses.note_reports(&[html(), html()]);
        losses.note(Path::new("t.jsonl"), &io::ErrorKind::NotFound.into(), "frames from then on");
        let (full, gone) =
            (full().to_string(), io::Error::from(io::ErrorKind::NotFound).to_string());
        let told = format!(
            "cannot write run/latency.hlog, run/report.html: {full}; cannot write t.jsonl: {gone}; lost: \
             the latencies of each second, reports, frames from then on; what else was to be written \
             stands"
        );
        assert_eq!(losses.to_string(), told);
        assert_eq!(losses.sentences().nth(2), Some(format!("cannot write t.jsonl: {gone}")));
    }
}
