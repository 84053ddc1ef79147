//! `deskbell merge`: adds the run folders of shards up to one.

mod latencies;
mod reading;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::conformance::{IdSets, between};
use crate::merge::{Flaw, Merging, choose};
use crate::protocol::{Secrets, cut_words};
use crate::report::{Existing, FolderError, RunFolder, check_copy, printable};
use crate::run::{IDS_FILE, RunRecord, SESSIONS_FILE};

use super::closing::Closing;
use super::exit::Exit;
use super::losses::Losses;
use super::planning::run_id;
use super::refusal::Refusal;
use super::run::OutputFormat;

use reading::{Added, LeftOut, Shards};

/// How much of a line is told, in bytes: it may quote what stands in a file.
const LONGEST_LINE: usize = 1000;

/// Options of `merge`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Exits as a run of the whole plan would, and with 4 where a shard is missing, there twice, \
                  cut, of something else, invalid or unfinished: it is named, and what is whole is added \
                  up all the same."
)]
pub(super) struct MergeArgs {
    /// Run folders of the shards, in any order
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Folder for the merged run
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// How many shards there have to be
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    expect: u32,
    /// Writes over a run that the folder holds already
    #[arg(long)]
    overwrite: bool,
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

/// Reads shards, adds them up, and tells what that came to.
pub(super) fn merge(args: &MergeArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let done = added_up(args).and_then(|(folder, record)| {
        let closing = Closing {
            folder: &folder,
            junit: args.junit.as_deref(),
            csv: args.csv.as_deref(),
            trace: None,
            format: args.format,
            secrets: &Secrets::default(),
        };
        closing.close(record, Losses::default(), out, err)
    });
    done.unwrap_or_else(|refusal| {
        let refusal = Refusal { text: told(&refusal.text), ..refusal };
        // Where even stderr is closed, the exit status has to do.
        let _ = writeln!(err, "{}", refusal.text);
        if let Err(error) = refusal.write_junit(args.junit.as_deref()) {
            let _ = writeln!(err, "error: {error}");
        }
        refusal.exit
    })
}

/// A message without secrets, nor anything that a terminal would obey.
fn told(text: &str) -> String {
    let text = Secrets::default().redact(text).into_owned();
    let lines = text.lines().map(|line| printable(cut_words(line, LONGEST_LINE)).into_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// The merged record, and the folder that has its latencies already.
///
/// # Errors
/// Wrong options, shards of which nothing can be added up, and files that cannot be written.
fn added_up(args: &MergeArgs) -> Result<(RunFolder, RunRecord), Refusal> {
    let existing = check(args)?;
    let mut shards = Shards::read(&args.runs);
    loop {
        let choice = choose(&shards.heads, args.expect, &shards.told());
        let mut flaws = shards.flaws();
        flaws.extend(choice.flaws);
        if choice.chosen.is_empty() {
            // Made for shards that then could not be added: it stays where anything is in it.
            let _ = fs::remove_dir(&args.out);
            return Err(nothing(&flaws));
        }
        let left_out = match reading::add(&choice.chosen) {
            Ok(Added { mut merging, logs, ids }) => {
                let folder =
                    RunFolder::create(&args.out, existing).map_err(|error| refused(&error))?;
                let left_out = latencies::write(logs, &mut merging, &folder)?;
                if left_out.is_empty() {
                    return finish(folder, merging, (&ids, flaws));
                }
                left_out
            }
            Err(left_out) => left_out,
        };
        shards.leave_out(left_out);
    }
}

fn finish(
    folder: RunFolder,
    mut merging: Merging,
    (ids, flaws): (&[(u32, IdSets)], Vec<Flaw>),
) -> Result<(RunFolder, RunRecord), Refusal> {
    // Sessions that are open, and ids, stand in the folders of the shards.
    for name in [SESSIONS_FILE, IDS_FILE] {
        folder.remove(name).map_err(|error| refused(&error))?;
    }
    let elapsed = merging.elapsed();
    merging.judge(between(ids, elapsed));
    let record = merging.finish(run_id(), flaws);
    let record = record.expect("there is a shard in it");
    Ok((folder, record))
}

/// Holds the options to each other and to what is there already.
fn check(args: &MergeArgs) -> Result<Existing, Refusal> {
    let place = |path: &Path| fs::canonicalize(path).ok();
    let out = place(&args.out);
    if let Some(run) = args.runs.iter().find(|run| out.is_some() && place(run) == out) {
        let run = run.display();
        return Err(Refusal::usage(format!(
            "error: {run} is a shard, and --out would write over it: name another folder with --out"
        )));
    }
    let existing = if args.overwrite { Existing::Replace } else { Existing::Refuse };
    RunFolder::check(&args.out, existing).map_err(|error| refused(&error))?;
    let mut copies = [&args.junit, &args.csv].into_iter().flatten();
    copies.try_for_each(|path| check_copy(path)).map_err(|error| refused(&error))?;
    Ok(existing)
}

fn refused(error: &FolderError) -> Refusal {
    match error {
        FolderError::HoldsRun(_) => Refusal::usage(format!("error: {error}")),
        FolderError::Folder { .. } | FolderError::File { .. } => {
            Refusal::not_done(&error.to_string())
        }
    }
}

/// No shard can be added up.
fn nothing(flaws: &[Flaw]) -> Refusal {
    let why = flaws.iter().map(|flaw| format!("error: {flaw}"));
    let nothing = "error: there is no shard to add up".to_owned();
    let lines: Vec<_> = why.chain([nothing]).collect();
    Refusal { exit: Exit::Invalid, text: lines.join("\n") }
}
