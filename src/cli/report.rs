//! `deskbell report`: renders the reports of a run folder again, from its own files.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::archive;
use crate::protocol::{Secrets, cut_words};
use crate::report::{Format, check_copy, printable, write_closing, write_copy};
use crate::run::{RUN_FILE, RunRecord};

use super::colour;
use super::exit::Exit;
use super::refusal::Refusal;
use super::run::OutputFormat;

/// How much of a message is told, in bytes: it may quote what stands in a file.
const LONGEST_MESSAGE: usize = 1000;

/// Options of `report`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Exits with 0 once the reports are written, whatever the run's verdict was, and \
                        with 2 where the folder cannot be read."
)]
pub(super) struct ReportArgs {
    /// A run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Folder that the reports go to; the run's own where not given
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Copy of junit.xml
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Copy of summary.csv
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// What stdout shows at the end
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

/// Reads a run, writes its reports, and tells what it came to.
pub(super) fn report(args: &ReportArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    match rendered(args, out) {
        Ok(()) => Exit::Passed,
        Err(refusal) => {
            let text = Secrets::default().redact(&refusal.text).into_owned();
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", printable(cut_words(&text, LONGEST_MESSAGE)));
            refusal.exit
        }
    }
}

fn rendered(args: &ReportArgs, out: &mut dyn Write) -> Result<(), Refusal> {
    let record =
        archive::read(&args.run).map_err(|error| Refusal::usage(format!("error: {error}")))?;
    let folder = args.out.as_deref().unwrap_or(&args.run);
    if holds_another(folder, &args.run) {
        let folder = folder.display();
        return Err(Refusal::usage(format!(
            "error: {folder} holds another run: name another folder with --out"
        )));
    }
    write_reports(args, folder, &record)?;
    let text = closing(args, &record)
        .map_err(|error| Refusal::not_done(&format!("cannot tell of the run: {error}")))?;
    let text = Secrets::default().redact(&String::from_utf8_lossy(&text)).into_owned();
    match out.write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Refusal::not_done(&format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether a folder is that of a run other than this one.
fn holds_another(folder: &Path, run: &Path) -> bool {
    let is_same = || match (fs::canonicalize(folder), fs::canonicalize(run)) {
        (Ok(folder), Ok(run)) => folder == run,
        _ => false,
    };
    folder.join(RUN_FILE).exists() && !is_same()
}

fn write_reports(args: &ReportArgs, folder: &Path, record: &RunRecord) -> Result<(), Refusal> {
    let own = Format::RENDERED.map(|format| (format, folder.join(format.file_name())));
    let copies = [(Format::Junit, &args.junit), (Format::SummaryCsv, &args.csv)];
    let copies = copies.into_iter().filter_map(|(format, path)| Some((format, path.clone()?)));
    let files: Vec<_> = own.into_iter().chain(copies).collect();
    files
        .iter()
        .try_for_each(|(_, path)| check_copy(path))
        .and_then(|()| {
            files.iter().try_for_each(|(format, path)| write_copy(*format, record, path))
        })
        .map_err(|error| Refusal::not_done(&error.to_string()))
}

/// What stdout shows.
fn closing(args: &ReportArgs, record: &RunRecord) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match args.format {
        OutputFormat::Json => Format::RunJson.write(record, &mut text)?,
        OutputFormat::Text => {
            write_closing(record, Some(&args.run), colour::look_of_stdout(), &mut text)?;
            if let Some(folder) = &args.out {
                writeln!(text, "rendered  {}", folder.display())?;
            }
        }
    }
    Ok(text)
}
