//! `deskbell compare`: whether runs are slower, or otherwise worse, than earlier ones.

mod choice;
mod reading;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::comparison::{Comparison, Difference, Kind, Limits, Question};
use crate::protocol::{Secrets, cut_words};
use crate::report::{ComparisonFormat, printable, write_comparison_closing, write_text};
use crate::run::RUN_FILE;
use crate::scenario::parse_duration;

use super::colour;
use super::exit::Exit;
use super::refusal::Refusal;

/// How much of a line is told, in bytes: it may quote what stands in a file.
const LONGEST_LINE: usize = 1000;

/// Options of `compare`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Worse is what lies beyond its limit with the whole interval that its samples allow. By \
                  default the limits are p99=10% for every latency, 10% for sends.rate and events.rate, \
                  and 0.1 percentage points for errors.rate and lost.rate.\n\n\
                  Exits with 0 where nothing is worse, with 1 where a figure is worse or missing, or a \
                  clause newly violated or no longer exercised, and with 2 where the runs cannot be \
                  compared."
)]
pub(super) struct CompareArgs {
    /// Folders of the runs to judge
    #[arg(value_name = "RUN", required_unless_present = "last", conflicts_with = "last")]
    runs: Vec<PathBuf>,
    /// Folder of a run to compare against; repeatable
    #[arg(long, value_name = "RUN", required_unless_present = "last", conflicts_with = "last")]
    base: Vec<PathBuf>,
    /// How much worse a figure may be, such as `p99=10%`, `send_to_peer.p95=5ms` or `errors.rate=0.1%`;
    /// repeatable. One of a latency takes the place of p99=10%, one of a rate that of its own
    #[arg(long, value_name = "[METRIC.]STAT=LIMIT")]
    max_regression: Vec<String>,
    /// Compares runs that differ in this all the same, and says so; repeatable
    #[arg(long, value_enum, value_name = "WHAT")]
    despite: Vec<Despite>,
    /// Leaves out the first seconds of each run
    #[arg(long, value_name = "D", value_parser = parse_duration)]
    skip: Option<Duration>,
    /// Judges the newest run of --reports by the newest before it that are like it, so many in all, and
    /// shows their trend
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    last: Option<u32>,
    /// Folder of run folders that --last looks through
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// Folder for comparison.json, comparison.md, comparison.html and junit.xml
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Copy of junit.xml
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// What stdout shows
    #[arg(long, value_enum, default_value_t = Shown::Text)]
    format: Shown,
}

/// In what runs may differ all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Despite {
    /// The endpoint
    Target,
    /// Scenarios, load, settings
    Plan,
    /// How ids and times are held to the document
    Dialect,
    /// Latencies that are not to be trusted
    Invalid,
    /// Runs that were interrupted, or could not be done
    Unfinished,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// A summary for people
    Text,
    /// comparison.json
    Json,
    /// comparison.md
    Markdown,
}

impl Despite {
    fn kind(self) -> Kind {
        match self {
            Self::Target => Kind::Target,
            Self::Plan => Kind::Plan,
            Self::Dialect => Kind::Dialect,
            Self::Invalid => Kind::Invalid,
            Self::Unfinished => Kind::Unfinished,
        }
    }
}

/// Reads runs, compares them, and tells what that came to.
pub(super) fn compare(args: &CompareArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    match compared(args, out) {
        Ok(exit) => exit,
        Err(refusal) => {
            let refusal = Refusal { text: told(&refusal.text), ..refusal };
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text);
            if let Err(error) = refusal.write_junit(args.junit.as_deref()) {
                let _ = writeln!(err, "error: {error}");
            }
            refusal.exit
        }
    }
}

/// A message without secrets, nor anything that a terminal would obey.
fn told(text: &str) -> String {
    let text = Secrets::default().redact(text).into_owned();
    let lines = text.lines().map(|line| printable(cut_words(line, LONGEST_LINE)).into_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn compared(args: &CompareArgs, out: &mut dyn Write) -> Result<Exit, Refusal> {
    let folder = args.out.as_deref();
    if let Some(folder) = folder.filter(|folder| folder.join(RUN_FILE).exists()) {
        let folder = folder.display();
        return Err(Refusal::usage(format!(
            "error: {folder} holds a run, whose reports would be lost: name another folder with --out"
        )));
    }
    let despite: Vec<_> = args.despite.iter().map(|despite| despite.kind()).collect();
    let (limits, sides) = asked(args, &despite)?;
    let skipped = args.skip.map_or(0, |time| time.as_secs_f64().ceil() as u64);
    let (base, candidate) = reading::read(&sides, skipped, &limits).map_err(all_of)?;
    let question = Question {
        base,
        candidate,
        limits: &limits,
        despite: &despite,
        skipped,
        as_history: args.last.is_some(),
        notes: sides.notes,
    };
    let unlike: Vec<_> =
        question.differences().into_iter().filter(|difference| !difference.let_pass).collect();
    if !unlike.is_empty() {
        return Err(not_alike(&unlike));
    }
    let comparison = question.answer();
    write_reports(args, &comparison)?;
    show(args, &comparison, out)?;
    Ok(Exit::from_code(comparison.exit_code))
}

/// Limits and runs of a command line.
///
/// # Errors
/// Every mistake in them.
fn asked(args: &CompareArgs, despite: &[Kind]) -> Result<(Limits, choice::Sides), Refusal> {
    let limits = Limits::parse(args.max_regression.iter().map(String::as_str));
    let sides = match args.last {
        Some(last) => choice::newest(&args.reports, last as usize, despite),
        None => choice::named(&args.base, &args.runs),
    };
    match (limits, sides) {
        (Ok(limits), Ok(sides)) => Ok((limits, sides)),
        (limits, sides) => {
            let limits = limits.err().into_iter().flatten().map(|error| error.to_string());
            Err(all_of(limits.chain(sides.err().into_iter().flatten()).collect()))
        }
    }
}

fn all_of(mistakes: Vec<String>) -> Refusal {
    let lines: Vec<_> = mistakes.into_iter().map(|mistake| format!("error: {mistake}")).collect();
    Refusal::usage(lines.join("\n"))
}

fn not_alike(differences: &[Difference]) -> Refusal {
    let lines = differences.iter().map(|difference| {
        let kind = difference.kind.as_str();
        format!("error: {}; --despite {kind} compares them all the same", difference.told)
    });
    Refusal::usage(lines.collect::<Vec<_>>().join("\n"))
}

fn write_reports(args: &CompareArgs, comparison: &Comparison) -> Result<(), Refusal> {
    let own = args.out.iter().flat_map(|folder| {
        ComparisonFormat::ALL.map(|format| (format, folder.join(format.file_name())))
    });
    let copy = args.junit.iter().map(|path| (ComparisonFormat::Junit, path.clone()));
    own.chain(copy).try_for_each(|(format, path)| write_report(format, comparison, &path))
}

fn write_report(
    format: ComparisonFormat,
    comparison: &Comparison,
    path: &Path,
) -> Result<(), Refusal> {
    let text = rendered(|text| format.write(comparison, text))?;
    write_text(&text, path).map_err(|error| Refusal::not_done(&error.to_string()))
}

fn show(args: &CompareArgs, comparison: &Comparison, out: &mut dyn Write) -> Result<(), Refusal> {
    let text = rendered(|text| match args.format {
        Shown::Json => ComparisonFormat::Json.write(comparison, text),
        Shown::Markdown => ComparisonFormat::Markdown.write(comparison, text),
        Shown::Text => {
            let look = colour::look_of_stdout();
            write_comparison_closing(comparison, args.out.as_deref(), look, text)
        }
    })?;
    match out.write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Refusal::of_stdout(&error)),
        _ => Ok(()),
    }
}

/// A report as a text, with nothing in it that looks like a secret.
fn rendered(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<String, Refusal> {
    let mut text = Vec::new();
    write(&mut text)
        .map_err(|error| Refusal::not_done(&format!("cannot tell of the comparison: {error}")))?;
    Ok(Secrets::default().redact(&String::from_utf8_lossy(&text)).into_owned())
}
