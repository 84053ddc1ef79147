//! What a search leaves: its folder, the copies that were asked for, and what stdout shows.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::capacity::{CapacityRecord, CapacityVerdict};
use crate::cli::canary::remove_leaks;
use crate::cli::colour;
use crate::cli::exit::Exit;
use crate::cli::refusal::Refusal;
use crate::cli::run::OutputFormat;
use crate::protocol::Secrets;
use crate::report::{
    CapacityFormat, Existing, FolderError, RunFolder, write_capacity_closing, write_text,
};

use super::CapacityArgs;

/// The folder of the run folders of levels.
const LEVELS: &str = "levels";

/// A folder that a search can be told in.
#[derive(Debug)]
pub(super) struct CapacityFolder {
    path: PathBuf,
}

impl CapacityFolder {
    /// Makes the folder, and sees that files can be written into it. What an earlier search left there is
    /// removed where that is asked for.
    ///
    /// # Errors
    /// Another search's or run's folder, and what the system says.
    pub(super) fn create(args: &CapacityArgs, run_id: &str) -> Result<Self, Refusal> {
        let path = args.out.clone().unwrap_or_else(|| Path::new("reports").join(run_id));
        let record = path.join(CapacityFormat::Json.file_name());
        let levels = path.join(LEVELS);
        let existing = if args.overwrite { Existing::Replace } else { Existing::Refuse };
        if existing == Existing::Refuse && (record.exists() || levels.exists()) {
            let held = FolderError::HoldsRun(path);
            return Err(Refusal::usage(format!("error: {held}")));
        }
        RunFolder::create(&path, existing).map_err(|error| match error {
            FolderError::HoldsRun(_) => Refusal::usage(format!("error: {error}")),
            _ => Refusal::not_done(&error.to_string()),
        })?;
        let cannot = |source| {
            Refusal::not_done(&FolderError::Folder { path: path.clone(), source }.to_string())
        };
        if record.exists() {
            fs::remove_file(&record).map_err(cannot)?;
        }
        if levels.is_dir() {
            fs::remove_dir_all(&levels).map_err(cannot)?;
        }
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all reports and copies, as far as they can be, and prints what the search came to. A report
    /// that cannot be written, or that held a secret, makes it a search that could not be done.
    ///
    /// # Errors
    /// A file that nobody knows whether it holds a secret, or a stdout that takes nothing.
    pub(super) fn close(
        &self,
        args: &CapacityArgs,
        mut record: CapacityRecord,
        secrets: &[Secrets],
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Exit, Refusal> {
        let mut lost = self.write(args, &record);
        lost.extend(self.leaks(args, secrets)?);
        if !lost.is_empty() {
            for why in &lost {
                // Where even stderr is closed, the exit status has to do.
                let _ = writeln!(err, "error: {why}");
            }
            record.why.extend(lost);
            record.verdict = CapacityVerdict::Error;
            record.exit_code = record.verdict.exit_code();
            // What cannot be written now was told of.
            let _ = self.write(args, &record);
            self.leaks(args, secrets)?;
        }
        let text = self.shown(args, &record)?;
        let text = secrets.iter().fold(text, |text, one| one.redact(&text).into_owned());
        out.write_all(text.as_bytes()).map_err(|error| Refusal::of_stdout(&error))?;
        Ok(Exit::from_code(record.exit_code))
    }

    fn shown(&self, args: &CapacityArgs, record: &CapacityRecord) -> Result<String, Refusal> {
        let mut text = Vec::new();
        let written = match args.format {
            OutputFormat::Json => CapacityFormat::Json.write(record, &mut text),
            OutputFormat::Text => write_capacity_closing(
                record,
                Some(&self.path),
                colour::look_of_stdout(),
                &mut text,
            ),
        };
        written.map_err(|error| Refusal::of_stdout(&error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Every file, and what is in it.
    fn files(&self, args: &CapacityArgs) -> Vec<(CapacityFormat, PathBuf)> {
        let own = CapacityFormat::ALL.map(|format| (format, self.path.join(format.file_name())));
        let copies = [(CapacityFormat::Junit, &args.junit), (CapacityFormat::Csv, &args.csv)];
        let copies = copies.into_iter().filter_map(|(format, path)| Some((format, path.clone()?)));
        own.into_iter().chain(copies).collect()
    }

    /// Writes them; why some are not, a sentence each.
    fn write(&self, args: &CapacityArgs, record: &CapacityRecord) -> Vec<String> {
        let unwritten = self.files(args).into_iter().filter_map(|(format, path)| {
            let mut text = Vec::new();
            format
                .write(record, &mut text)
                .map_err(|source| FolderError::File { path: path.clone(), source })
                .and_then(|()| write_text(&String::from_utf8_lossy(&text), &path))
                .err()
        });
        unwritten.map(|error| error.to_string()).collect()
    }

    /// Removes each file that holds a secret; which they were, a sentence each.
    fn leaks(&self, args: &CapacityArgs, secrets: &[Secrets]) -> Result<Vec<String>, Refusal> {
        let mut told = Vec::new();
        for secrets in secrets {
            let files = self.files(args).into_iter().map(|(_, path)| path);
            let leaks = remove_leaks(files, secrets).map_err(|(path, source)| {
                Refusal::not_done(&FolderError::File { path, source }.to_string())
            })?;
            told.extend(leaks.iter().map(ToString::to_string));
        }
        Ok(told)
    }
}
