//! `deskbell run`: replays scenarios, and reports.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::metrics::Threshold;
use crate::protocol::Secrets;
use crate::report::{Exposition, RunFolder, check_copy};
use crate::run::{Onlooker, RunPlan, RunRecord, ScenarioPlan, Stop};
use crate::scenario::{RateError, parse_duration, parse_rate};

use super::audience::Audience;
use super::closing::Closing;
use super::dry_run;
use super::endpoint::EndpointArgs;
use super::exit::Exit;
use super::exporter::Exporter;
use super::gate::{FailOn, Required, required};
use super::losses::Losses;
use super::planning::{self, Planned};
use super::precedence::ConnectRate;
use super::progress::{Progress, ProgressKind};
use super::rails;
use super::refusal::Refusal;
use super::shard::{self, ShardArg};
use super::signal::Signals;
use super::start;
use super::watchers::Watchers;

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
    #[arg(long, value_name = "D", value_parser = longer_than_zero)]
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
    /// Plays the I-th of N shares alone, counted from 1, beside others on other machines: 2/4; `auto`
    /// takes both numbers from the engine that started it
    #[arg(long, value_name = "I/N|auto", value_parser = shard::parse)]
    pub(super) shard: Option<ShardArg>,
    /// Gets ready, and begins at this instant: 2026-11-23T17:00:00Z
    #[arg(long, value_name = "TIME", value_parser = start::parse)]
    pub(super) start_at: Option<Timestamp>,
    /// Scenarios without a load that run side by side; 8 on loopback, else 1
    #[arg(short, long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Ends the run once this holds over the last 10 s, such as `errors.rate > 20%`, or `never`; away
    /// from loopback `errors.rate > 50%`
    #[arg(long, value_name = "EXPR", value_parser = rails::abort_on)]
    pub(super) abort_on: Option<AbortOn>,
    /// Threads that simulate devices; as many as there are cores where not given, one less beside the
    /// embedded server
    #[arg(long, value_name = "N")]
    pub(super) workers: Option<NonZeroUsize>,
    /// Address of this machine that devices connect from, where one has too few ports for all of
    /// them; repeatable, each in turn
    #[arg(long, value_name = "IP")]
    pub(super) source_ip: Vec<IpAddr>,
    /// Runs only scenarios with this tag; repeatable
    #[arg(long, value_name = "T")]
    pub(super) tags: Vec<String>,
    /// Leaves out scenarios with this tag; repeatable
    #[arg(long, value_name = "T")]
    pub(super) skip_tags: Vec<String>,
    /// What a figure of the whole run must be, in place of a threshold of profile or scenario on the
    /// same figure: `send_to_peer.p99 < 250ms`; repeatable
    #[arg(long, value_name = "EXPR", value_parser = Threshold::parse)]
    pub(super) threshold: Vec<Threshold>,
    /// Folder of JSON Schemas instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(super) schemas: Option<PathBuf>,
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
    /// Every frame of the first devices, without secrets, as JSON lines; written while running
    #[arg(long, value_name = "FILE", value_parser = trace_file())]
    pub(super) trace: Option<PathBuf>,
    /// Of how many devices, from the first, frames go to --trace
    #[arg(long, value_name = "N", default_value = "10", requires = "trace")]
    pub(super) trace_devices: NonZeroU32,
    /// Answers with the figures so far at http://ADDR/metrics while running, as Prometheus reads them:
    /// 127.0.0.1:9464; port 0 is any, and told
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(super) metrics: Option<SocketAddr>,
    /// Live display on stderr
    #[arg(long, value_enum, default_value_t = ProgressKind::Auto)]
    pub(super) progress: ProgressKind,
    /// What stdout shows at the end
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(super) format: OutputFormat,
    /// Tells what the run would do, and ends: nothing is connected to
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Said once of secrets that cannot be told from any other text.
const SHORT_SECRET: &str = "warning: a secret has fewer than 12 characters: reports are not searched \
     for it, and it is not redacted where a server echoes it";

/// When a run ends early.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AbortOn {
    /// Once this holds.
    Holds(Box<Threshold>),
    /// At its end.
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// A summary for people
    Text,
    /// run.json
    Json,
}

/// A run that was played, and is to be told.
pub(super) struct Played {
    pub(super) record: RunRecord,
    pub(super) folder: RunFolder,
    /// None of them may get into what is told.
    pub(super) secrets: Secrets,
    /// What could not be written meanwhile.
    pub(super) losses: Losses,
}

/// Stdout carries the results, so that `-` names nothing.
fn trace_file() -> impl TypedValueParser<Value = PathBuf> {
    NonEmptyStringValueParser::new().try_map(|text| match text.as_str() {
        "-" => Err("name a file: stdout carries the results"),
        _ => Ok(PathBuf::from(text)),
    })
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write it like 127.0.0.1:9464, or with port 0 for any")
}

/// Reads `--connect-rate`.
pub(super) fn connect_rate(text: &str) -> Result<ConnectRate, String> {
    if text == "max" {
        return Ok(ConnectRate::Unbounded);
    }
    rate(text).map(ConnectRate::PerSecond).map_err(|_| "write it like 200/s, or `max`".into())
}

/// Reads a rate, with its unit or without.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate = match parse_rate(text) {
        Err(RateError::NoUnit(number)) => parse_rate(&format!("{number}/s")),
        read => read,
    };
    match rate {
        Ok(0.0) => Err("a rate is more than none".into()),
        Ok(per_s) => Ok(per_s),
        Err(RateError::Malformed) => Err("write it like 200/s".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a duration.
pub(super) fn longer_than_zero(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err("a load takes longer than no time".into()),
        read => read.map_err(|error| error.to_string()),
    }
}

/// Plans, runs, reports.
pub(super) fn run(args: &RunArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let copies = [&args.junit, &args.csv].into_iter().flatten();
    if let Some(error) = copies.filter_map(|path| check_copy(path).err()).next() {
        let _ = writeln!(err, "error: {error}");
        return Exit::NotDone;
    }
    let done = if args.dry_run { dry_run::tell(args, out) } else { plan_and_run(args, out, err) };
    match done {
        Ok(exit) => exit,
        Err(refusal) => {
            let refusal = refusal.without_secrets(&args.endpoint);
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text);
            if let Err(error) = refusal.write_junit(args.junit.as_deref()) {
                let _ = writeln!(err, "error: {error}");
            }
            refusal.exit
        }
    }
}

fn plan_and_run(args: &RunArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Refusal> {
    let signals = Signals::watch()
        .map_err(|error| Refusal::not_done(&format!("cannot watch for signals: {error}")))?;
    let planned = planning::plan(args)?;
    warn(&planned, err);
    let stop = Stop::default();
    let played = play(args, planned, (&signals, &stop), &mut (), err)?;
    let Played { record, folder, secrets, losses } = played;
    Closing::of(args, &folder, &secrets).close(record, losses, out, err)
}

/// Says what is to be known before a run begins.
fn warn(planned: &Planned, err: &mut dyn Write) {
    let Planned { plan, shard, quota_warnings, .. } = planned;
    if let Some(shard) = shard {
        // Where even stderr is closed, nobody is there to be told.
        let _ = writeln!(err, "note: shard {shard}");
    }
    for warning in plan.account_warnings.iter().chain(quota_warnings) {
        let _ = writeln!(err, "warning: {warning}");
    }
    for cut_down in plan.scenarios.iter().filter_map(ScenarioPlan::cut_down) {
        let _ = writeln!(err, "note: {cut_down}");
    }
    for shortfall in plan.scenarios.iter().filter_map(ScenarioPlan::shortfall) {
        let _ = writeln!(err, "warning: {shortfall}");
    }
    if plan.secrets.has_short() {
        let _ = writeln!(err, "{SHORT_SECRET}");
    }
}

/// Plays a planned run until it is over or stopped, and tells an onlooker of it: nothing is judged or
/// printed of it here, and of its folder only what is written meanwhile.
///
/// # Errors
/// What kept it from being played.
pub(super) fn play(
    args: &RunArgs,
    planned: Planned,
    (signals, stop): (&Signals, &Stop),
    beside: &mut dyn Onlooker,
    err: &mut dyn Write,
) -> Result<Played, Refusal> {
    let Planned { mut plan, folder, embedded, .. } = planned;
    let watchers = Watchers::watch(args, &mut plan, folder.path(), embedded.is_some(), stop)?;
    let secrets = plan.secrets.clone();
    let exposition = args.metrics.map(|_| Arc::new(exposition(&plan)));
    let exporter = args.metrics.zip(exposition.clone());
    let exporter = exporter.map(|(address, told)| Exporter::start(address, told)).transpose()?;
    if let Some(exporter) = &exporter {
        let _ = writeln!(err, "metrics at {}", exporter.url());
    }
    if let Some(start_at) = plan.start_at {
        start::wait(start_at, err)?;
    }
    let progress = Progress::start(args.progress);
    signals.run_begins(stop, Some(folder.path()), progress.voice());
    let mut audience = Audience::new((progress, beside), &folder, exposition, stop)?;
    let ran = crate::run::run(plan, stop, &mut audience);
    let (latencies, ids) = audience.leave();
    signals.run_is_over(Some(folder.path()));
    drop((embedded, exporter));
    let mut losses = Losses::default();
    watchers.finish(&mut losses);
    let record = ran.map_err(|error| Refusal::of_run(&error))?;
    latencies.place(&folder, &mut losses);
    ids.place(&folder, &mut losses);
    Ok(Played { record, folder, secrets, losses })
}

fn exposition(plan: &RunPlan) -> Exposition {
    let of_scenarios = plan.scenarios.iter().flat_map(|one| &one.scenario.thresholds);
    let thresholds = plan.thresholds.iter().chain(of_scenarios);
    Exposition::new(&plan.run_id, plan.clean().text(&plan.target_label), thresholds)
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
        check("30/m", Some(ConnectRate::PerSecond(0.5)));
        for nonsense in ["0", "0.0001", "-1", "1e300", "nan", "inf", "fast", "10/h"] {
            check(nonsense, None);
        }
    }
}
