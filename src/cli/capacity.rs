//! `deskbell capacity`: the highest load that keeps the objectives.

mod asked;
mod climb;
mod conclusion;
mod folder;
mod forecast;
mod judging;
mod level;
mod objectives;
mod planner;
mod seconds;
mod words;

use std::io::Write;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::capacity::By;
use crate::report::check_copy;
use crate::scenario::parse_duration;

use super::endpoint::EndpointArgs;
use super::exit::Exit;
use super::planning;
use super::precedence::ConnectRate;
use super::progress::ProgressKind;
use super::refusal::Refusal;
use super::run::{OutputFormat, connect_rate, longer_than_zero};
use super::signal::Signals;

use asked::Asked;
use climb::Climb;
use conclusion::Concluded;
use folder::CapacityFolder;
use forecast::Forecast;
use planner::Planner;

/// Options of `capacity`.
#[derive(Args, Clone, Debug)]
pub(super) struct CapacityArgs {
    /// One scenario: a file, or a built-in one by name, such as builtin:load/capacity
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// What has to hold at a load, such as `rtt.send.p99 < 250ms`; repeatable. Without one on errors,
    /// `errors.rate < 1%` is added
    #[arg(long, value_name = "EXPR")]
    slo: Vec<String>,
    /// The lowest load that is tried: flows started a second, or devices
    #[arg(long, value_name = "N")]
    from: Option<String>,
    /// The highest load that is tried
    #[arg(long, value_name = "N")]
    to: Option<String>,
    /// What is raised: flows started a second (open model), or devices
    #[arg(long, value_enum, default_value_t = Raised::Rate)]
    by: Raised,
    /// Fails where less than this load is carried
    #[arg(long, value_name = "N")]
    at_least: Option<String>,
    /// How close the highest load that keeps the objectives and the lowest that does not are to come
    #[arg(long, value_name = "P", default_value = "3%")]
    precision: String,
    /// How long a level runs, once all of its devices are connected and set up, before it counts
    #[arg(long, value_name = "D", default_value = "5s", value_parser = parse_duration)]
    warm_up: Duration,
    /// How long a level near the knee counts at least; half of it far away
    #[arg(long, value_name = "D", default_value = "20s", value_parser = longer_than_zero)]
    level: Duration,
    /// How long a level counts at most, where its percentiles ask for more samples
    #[arg(long, value_name = "D", default_value = "2m", value_parser = longer_than_zero)]
    level_max: Duration,
    /// Devices that share a rate; where not given, as many as it takes. Not with --by devices
    #[arg(short, long, value_name = "N")]
    devices: Option<NonZeroU32>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// Option of `serve` for the embedded server, one of which is started for each level; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    server_arg: Vec<String>,
    /// Connects a second, such as `200/s`, or `max`; 500/s on loopback, else 50/s
    #[arg(long, value_name = "R", value_parser = connect_rate)]
    connect_rate: Option<ConnectRate>,
    /// Feeds every random choice; random where not given, and told in the reports
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads that simulate devices; as many as there are cores where not given, one less beside the
    /// embedded server
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Address of this machine that devices connect from, where one has too few ports for all of
    /// them; repeatable, each in turn
    #[arg(long, value_name = "IP")]
    source_ip: Vec<IpAddr>,
    /// Folder of the reports, with a run folder of each level; reports/<id>-capacity where not given
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Writes over a search that the folder holds already, and removes its levels
    #[arg(long)]
    overwrite: bool,
    /// Copy of junit.xml
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Copy of capacity.csv
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Live display on stderr
    #[arg(long, value_enum, default_value_t = ProgressKind::Auto)]
    progress: ProgressKind,
    /// What stdout shows at the end: a summary for people, or capacity.json
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// Tells what the search would do, and ends: nothing is connected to
    #[arg(long)]
    dry_run: bool,
}

/// What is raised from level to level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Raised {
    /// Flows started a second
    Rate,
    /// Devices
    Devices,
}

impl From<Raised> for By {
    fn from(raised: Raised) -> Self {
        match raised {
            Raised::Rate => Self::Rate,
            Raised::Devices => Self::Devices,
        }
    }
}

/// Searches, and reports.
pub(super) fn capacity(args: &CapacityArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let copies = [&args.junit, &args.csv].into_iter().flatten();
    if let Some(error) = copies.filter_map(|path| check_copy(path).err()).next() {
        let _ = writeln!(err, "error: {error}");
        return Exit::NotDone;
    }
    match searched(args, out, err) {
        Ok(exit) => exit,
        Err(refusal) => {
            let refusal = refusal.without_secrets(&args.endpoint);
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text.trim_end());
            if let Err(error) = refusal.write_junit(args.junit.as_deref()) {
                let _ = writeln!(err, "error: {error}");
            }
            refusal.exit
        }
    }
}

fn searched(
    args: &CapacityArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Refusal> {
    let asked = Asked::of(args)?;
    let mut planner = Planner::of(args, &asked)?;
    let forecast = Forecast::of(&asked, &planner)?;
    if args.dry_run {
        return forecast.show(args.format, out).map(|()| Exit::Passed);
    }
    let mut signals = Signals::watch()
        .map_err(|error| Refusal::not_done(&format!("cannot watch for signals: {error}")))?;
    let run_id = format!("{}-capacity", planning::run_id());
    let folder = CapacityFolder::create(args, &run_id)?;
    for sentence in forecast.sentences.iter().chain(&asked.notes) {
        // Where even stderr is closed, nobody is there to be told.
        let _ = writeln!(err, "{sentence}");
    }
    let started_at = Timestamp::now();
    let climb = Climb::new(args, &asked, folder.path());
    let climbed = climb.climb(&mut planner, &mut signals, err)?;
    signals.series_is_over(folder.path());
    let concluded = Concluded { asked: &asked, climbed: &climbed };
    let record = concluded.record(conclusion::Head {
        run_id,
        started_at: started_at.to_string(),
        planned: forecast.sentences,
        file: args.scenario.clone(),
        warm_up: args.warm_up,
    });
    folder.close(args, record, &climbed.secrets, out, err)
}
