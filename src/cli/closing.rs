//! What a run leaves: its folder, the copies that were asked for, and what stdout shows.
//!
//! It judges nothing of what was measured. Start from [`Closing`].

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::protocol::Secrets;
use crate::report::{FolderError, Format, RunFolder, rewrite_copy, write_closing, write_copy};
use crate::run::RunRecord;

use super::canary::{Leak, remove_leaks};
use super::colour;
use super::exit::Exit;
use super::losses::Losses;
use super::refusal::Refusal;
use super::run::{OutputFormat, RunArgs};

/// A run that is over, and has to be told.
pub(super) struct Closing<'a> {
    pub(super) folder: &'a RunFolder,
    /// Copy of junit.xml.
    pub(super) junit: Option<&'a Path>,
    /// Copy of summary.csv.
    pub(super) csv: Option<&'a Path>,
    /// What was written of it elsewhere meanwhile.
    pub(super) trace: Option<&'a Path>,
    /// What stdout shows.
    pub(super) format: OutputFormat,
    /// None of them may get through.
    pub(super) secrets: &'a Secrets,
}

impl<'a> Closing<'a> {
    /// Of a run of these options.
    pub(super) fn of(args: &'a RunArgs, folder: &'a RunFolder, secrets: &'a Secrets) -> Self {
        let [junit, csv, trace] = [&args.junit, &args.csv, &args.trace].map(Option::as_deref);
        Self { folder, junit, csv, trace, format: args.format, secrets }
    }

    /// Writes all that a run leaves behind, as far as it can be, and prints what the run came to. What
    /// could not be written makes it a run that could not be done.
    ///
    /// # Errors
    /// A file that nobody knows whether it holds a secret, or a stdout that takes nothing.
    pub(super) fn close(
        &self,
        record: RunRecord,
        losses: Losses,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Exit, Refusal> {
        let record = self.keep(record, losses, err)?;
        self.show(&record, out).map_err(|error| Refusal::of_stdout(&error))?;
        Ok(Exit::from_code(record.exit_code))
    }

    /// Writes all that a run leaves behind, as far as it can be; the record as it is then.
    ///
    /// # Errors
    /// A file that nobody knows whether it holds a secret.
    pub(super) fn keep(
        &self,
        mut record: RunRecord,
        mut losses: Losses,
        err: &mut dyn Write,
    ) -> Result<RunRecord, Refusal> {
        self.write(&mut record, &mut losses);
        for leak in self.remove_leaks(&mut record, &mut losses)? {
            // Where even stderr is closed, the summary has to do.
            let _ = writeln!(err, "error: {leak}");
        }
        if !losses.is_empty() {
            let _ = writeln!(err, "error: {losses}");
        }
        Ok(record)
    }

    /// Writes folder and copies. Where some cannot be written, the others say so.
    fn write(&self, record: &mut RunRecord, losses: &mut Losses) {
        if !losses.is_empty() {
            record.could_not(losses.sentences());
        }
        let mut unwritten = self.folder.write(record);
        unwritten.extend(self.each_copy(|format, path| write_copy(format, record, path)));
        if !unwritten.is_empty() {
            losses.note_reports(&unwritten);
            self.write_again(record, losses);
        }
    }

    /// Writes what stands once more, as a run that could not be done.
    fn write_again(&self, record: &mut RunRecord, losses: &mut Losses) {
        record.could_not(losses.sentences());
        losses.note_reports(&self.folder.write_broken(record));
        losses.note_reports(&self.each_copy(|format, path| rewrite_copy(format, record, path)));
    }

    /// The copies that were asked for; those of which this fails, and why.
    fn each_copy(
        &self,
        write: impl Fn(Format, &Path) -> Result<(), FolderError>,
    ) -> Vec<(PathBuf, io::Error)> {
        let unwritten = self.copies().filter_map(|(format, path)| match write(format, path) {
            Err(FolderError::File { path, source } | FolderError::Folder { path, source }) => {
                Some((path, source))
            }
            Ok(()) | Err(FolderError::HoldsRun(_)) => None,
        });
        unwritten.collect()
    }

    fn copies(&self) -> impl Iterator<Item = (Format, &'a Path)> {
        let copies = [(Format::Junit, self.junit), (Format::SummaryCsv, self.csv)];
        copies.into_iter().filter_map(|(format, path)| Some((format, path?)))
    }

    /// Looks whether a secret got into what was written: that fails the run.
    fn remove_leaks(
        &self,
        record: &mut RunRecord,
        losses: &mut Losses,
    ) -> Result<Vec<Leak>, Refusal> {
        let copied = self.copies().map(|(_, path)| path);
        // A trace may go to a device, which is neither read nor removed.
        let is_file = |path: &&Path| path.symlink_metadata().is_ok_and(|known| known.is_file());
        let beside = copied.chain(self.trace.filter(is_file)).map(Path::to_owned);
        let files = self.folder.files().into_iter().chain(beside);
        let leaks = remove_leaks(files, self.secrets).map_err(|(path, source)| {
            Refusal::not_done(&FolderError::File { path, source }.to_string())
        })?;
        if !leaks.is_empty() {
            leaks.iter().for_each(|leak| record.fail(leak.to_string()));
            losses.note_reports(&self.folder.rewrite(record));
            losses.note_reports(&self.each_copy(|format, path| rewrite_copy(format, record, path)));
            if !losses.is_empty() {
                record.could_not(losses.sentences());
            }
        }
        Ok(leaks)
    }

    /// Prints what a run came to; by then no secret should be left in it, and none gets through.
    fn show(&self, record: &RunRecord, out: &mut dyn Write) -> io::Result<()> {
        let mut text = Vec::new();
        match self.format {
            OutputFormat::Json => Format::RunJson.write(record, &mut text)?,
            OutputFormat::Text => {
                let folder = Some(self.folder.path());
                write_closing(record, folder, colour::look_of_stdout(), &mut text)?;
            }
        }
        out.write_all(self.secrets.redact(&String::from_utf8_lossy(&text)).as_bytes())
    }
}
