//! `deskbell run`: replays scenarios, and reports.

use std::io::{self, Write};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::protocol::Dialect;
use crate::report::{Format, Style, check_copy, write_closing, write_copy};
use crate::run::{RunRecord, Stop};
use crate::scenario::parse_duration;

use super::colour;
use super::endpoint::EndpointArgs;
use super::exit::Exit;
use super::gate::{FailOn, Required, required};
use super::later::{Later, LaterOptions};
use super::planning::{self, Planned};
use super::progress::{ProgressKind, ProgressLine};
use super::refusal::Refusal;
use super::signal;

/// Options of `run`.
#[derive(Args, Clone, Debug)]
pub(super) struct RunArgs {
    /// Scenario files, folders of them, or built-in ones by name
    #[arg(value_name = "PATH", default_value = "builtin:chat")]
    pub(super) paths: Vec<String>,
    #[command(flatten)]
    pub(super) endpoint: EndpointArgs,
    /// Option of `serve` for the embedded server; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(super) server_arg: Vec<String>,
    /// Simulated devices, of each scenario
    #[arg(short, long, value_name = "N")]
    pub(super) devices: Option<NonZeroU32>,
    /// How often each flow instance repeats its flow
    #[arg(long, value_name = "N", conflicts_with = "duration")]
    pub(super) iterations: Option<NonZeroU32>,
    /// How long each flow instance repeats its flow
    #[arg(long, value_name = "D", value_parser = parse_duration)]
    pub(super) duration: Option<Duration>,
    /// Flows started a second over all devices, such as `50/s` (open model)
    #[arg(long, value_name = "R", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Over how long the flow instances start
    #[arg(long, value_name = "D", value_parser = parse_duration)]
    pub(super) ramp_up: Option<Duration>,
    /// Connects a second, such as `200/s`, or `max`; 500/s on loopback, else 50/s
    #[arg(long, value_name = "R", value_parser = connect_rate)]
    pub(super) connect_rate: Option<ConnectRate>,
    /// Feeds every random choice; random where not given, and told in the reports
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Scenarios without a load that run side by side
    #[arg(short, long, value_name = "N", default_value = "8")]
    pub(super) jobs: NonZeroUsize,
    /// Threads that simulate devices; as many as there are cores where not given
    #[arg(long, value_name = "N")]
    pub(super) workers: Option<NonZeroUsize>,
    /// Runs only scenarios with this tag; repeatable
    #[arg(long, value_name = "T")]
    pub(super) tags: Vec<String>,
    /// Leaves out scenarios with this tag; repeatable
    #[arg(long, value_name = "T")]
    pub(super) skip_tags: Vec<String>,
    /// Folder of JSON Schemas instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(super) schemas: Option<PathBuf>,
    /// How ids and times may be spelled, over what scenarios say
    #[arg(long, value_enum)]
    pub(super) dialect: Option<DialectArg>,
    /// Which violated level fails the run
    #[arg(long, value_enum, default_value_t = FailOn::Must)]
    pub(super) fail_on: FailOn,
    /// Fails the run where these clauses are not exercised, or inconclusive; repeatable
    #[arg(long, value_name = "must|CLAUSE", value_parser = required)]
    pub(super) require: Vec<Required>,
    /// YAML list of known deviations, each with a reason and a last day
    #[arg(long, value_name = "FILE")]
    pub(super) waivers: Option<PathBuf>,
    /// Run folder; reports/<run id> where not given
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Writes over a run that the folder holds already
    #[arg(long)]
    pub(super) overwrite: bool,
    /// Copy of junit.xml
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Copy of summary.csv
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Live display on stderr
    #[arg(long, value_enum, default_value_t = ProgressKind::Auto)]
    progress: ProgressKind,
    /// What stdout shows at the end
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    #[command(flatten)]
    later: Later<RunLater>,
}

/// How ids and times may be spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DialectArg {
    /// As the document has them in each place
    Documented,
    /// Digits as strings or numbers; where they differ is recorded
    Lenient,
}

impl DialectArg {
    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::Documented => Dialect::Documented,
            Self::Lenient => Dialect::Lenient,
        }
    }
}

/// How fast devices connect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ConnectRate {
    /// So many a second.
    PerSecond(f64),
    /// As fast as they can.
    Unbounded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// A summary for people
    Text,
    /// run.json
    Json,
}

/// Options of `run` that a later version will have.
#[derive(Clone, Debug)]
struct RunLater;

impl LaterOptions for RunLater {
    const NAMES: &'static [&'static str] = &[
        "source-ip",
        "shard",
        "start-at",
        "threshold",
        "trace",
        "trace-devices",
        "metrics",
        "dry-run",
    ];
}

fn connect_rate(text: &str) -> Result<ConnectRate, String> {
    if text == "max" {
        return Ok(ConnectRate::Unbounded);
    }
    rate(text).map(ConnectRate::PerSecond).map_err(|_| "write it like 200/s, or `max`".into())
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse().ok();
    let rate = number.filter(|rate: &f64| rate.is_finite() && *rate >= 0.001);
    rate.ok_or_else(|| "write it like 200/s".into())
}

/// Plans, runs, reports.
pub(super) fn run(args: &RunArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let copies = [&args.junit, &args.csv].into_iter().flatten();
    if let Some(error) = copies.filter_map(|path| check_copy(path).err()).next() {
        let _ = writeln!(err, "error: {error}");
        return Exit::NotDone;
    }
    match plan_and_run(args, out) {
        Ok(exit) => exit,
        Err(refusal) => {
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text);
            if let Err(error) = refusal.write_junit(args.junit.as_deref()) {
                let _ = writeln!(err, "error: {error}");
            }
            refusal.exit
        }
    }
}

fn plan_and_run(args: &RunArgs, out: &mut dyn Write) -> Result<Exit, Refusal> {
    let Planned { plan, folder, embedded } = planning::plan(args)?;
    let stop = Stop::default();
    signal::stop_on_signals(stop.clone())
        .map_err(|error| Refusal::not_done(&format!("cannot watch for signals: {error}")))?;
    let mut progress = ProgressLine::new(args.progress);
    let ran = crate::run::run(plan, &stop, &mut |snapshot| progress.show(snapshot));
    progress.finish();
    drop(embedded);
    let record = ran.map_err(|error| Refusal::of_run(&error))?;
    folder.write(&record).map_err(|error| Refusal::not_done(&error.to_string()))?;
    let copies = [(Format::Junit, &args.junit), (Format::SummaryCsv, &args.csv)];
    for (format, path) in copies {
        if let Some(path) = path {
            write_copy(format, &record, path)
                .map_err(|error| Refusal::not_done(&error.to_string()))?;
        }
    }
    show(args, &record, folder.path(), out).or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Refusal::not_done(&format!("cannot write to stdout: {error}"))),
    })?;
    Ok(Exit::from_code(record.exit_code))
}

fn show(
    args: &RunArgs,
    record: &RunRecord,
    folder: &std::path::Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    match args.format {
        OutputFormat::Json => Format::RunJson.write(record, out),
        OutputFormat::Text => {
            let is_coloured = colour::suits(&io::stdout());
            let style = if is_coloured { Style::Colour } else { Style::Plain };
            write_closing(record, Some(folder), style, out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<ConnectRate>) {
        assert_eq!(connect_rate(text).ok(), expected, "{text}");
    }

    #[test]
    fn a_connect_rate_is_a_number_a_second_or_max() {
        check("200/s", Some(ConnectRate::PerSecond(200.0)));
        check("0.5", Some(ConnectRate::PerSecond(0.5)));
        check("max", Some(ConnectRate::Unbounded));
        for nonsense in ["0", "-1", "nan", "inf", "fast", "10/m"] {
            check(nonsense, None);
        }
    }
}
