//! From options and files to a plan: everything that can be wrong is told before a device
//! connects.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::protocol::SchemaSet;
use crate::report::{Existing, FolderError, RunFolder};
use crate::run::{LoadOverride, RunPlan, Safety, ScenarioPlan, Watch, plan_scenarios};
use crate::scenario::{self, Scenario, Until};

use super::colour;
use super::embedded::Embedded;
use super::endpoint::Endpoint;
use super::files;
use super::gate;
use super::refusal::Refusal;
use super::repeating::repeat_with;
use super::run::{ConnectRate, RunArgs};

/// Connects a second, where none is asked for.
const RATE_ON_LOOPBACK: f64 = 500.0;
const RATE_ELSEWHERE: f64 = 50.0;

/// Open files beside sockets: reports, libraries, uploads under way.
const SPARE_FILES: u64 = 64;

/// A run that can begin.
pub(super) struct Planned {
    pub(super) plan: RunPlan,
    pub(super) folder: RunFolder,
    pub(super) embedded: Option<Embedded>,
}

/// Plans a run.
pub(super) fn plan(args: &RunArgs) -> Result<Planned, Refusal> {
    let endpoint = Endpoint::of(&args.endpoint, !args.server_arg.is_empty())?;
    let scenarios = load_scenarios(&args.paths)?;
    let mut scenarios = select(args, scenarios)?;
    if let Some(dialect) = args.dialect {
        scenarios.iter_mut().for_each(|scenario| scenario.settings.dialect = dialect.dialect());
    }
    let is_remote = endpoint.is_remote();
    let scenarios =
        plan_scenarios(scenarios, load_override(args, is_remote)).map_err(|errors| {
            let lines: Vec<_> = errors.iter().map(|error| format!("error: {error}")).collect();
            Refusal::usage(lines.join("\n"))
        })?;
    preflight(&scenarios, endpoint.target.is_none())?;
    let schemas = match &args.schemas {
        Some(folder) => SchemaSet::load(folder)
            .map(Arc::new)
            .map_err(|error| Refusal::usage(format!("error: {error}")))?,
        None => SchemaSet::builtin(),
    };
    let waivers = args.waivers.as_deref();
    let gate = gate::gate((args.fail_on, &args.require), waivers, Timestamp::now())
        .map_err(Refusal::usage)?;
    let run_id = run_id();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&run_id));
    let existing = if args.overwrite { Existing::Replace } else { Existing::Refuse };
    let tenants = scenarios.iter().map(ScenarioPlan::tenants).sum();
    let aim = endpoint.enter(&args.server_arg, tenants)?;
    let folder = RunFolder::create(&out, existing).map_err(|error| match error {
        FolderError::HoldsRun(_) => Refusal::usage(format!("error: {error}")),
        _ => Refusal::not_done(&error.to_string()),
    })?;
    let plan = RunPlan {
        run_id,
        seed: args.seed.unwrap_or_else(seed),
        connect_rate: connect_rate(args.connect_rate, is_remote),
        scenarios,
        jobs: args.jobs.get(),
        workers: args.workers.map_or_else(cores, std::num::NonZeroUsize::get),
        schemas,
        gate,
        repeat_with: repeat_with(args),
        safety: Safety::default(),
        watch: Watch::default(),
        ..aim.plan()
    };
    Ok(Planned { plan, folder, embedded: aim.embedded })
}

/// Sees that there are open files enough, a socket being one; the embedded server has as many.
fn preflight(scenarios: &[ScenarioPlan], is_embedded: bool) -> Result<(), Refusal> {
    let devices = |plans: &mut dyn Iterator<Item = &ScenarioPlan>| {
        plans.map(|plan| u64::from(plan.devices())).collect::<Vec<_>>()
    };
    let alone = devices(&mut scenarios.iter().filter(|plan| plan.is_alone));
    let beside = devices(&mut scenarios.iter().filter(|plan| !plan.is_alone));
    let sockets = alone.into_iter().max().unwrap_or(0).max(beside.into_iter().sum());
    let needed = sockets * if is_embedded { 2 } else { 1 } + SPARE_FILES;
    let limit = raise_open_files();
    if needed <= limit {
        return Ok(());
    }
    Err(Refusal::not_done(&format!(
        "{sockets} devices need {needed} open files, and the limit is {limit}: ask for fewer \
         devices, or raise it (`ulimit -n {needed}`)"
    )))
}

/// Raises the limit of open files as far as it goes; what it is now.
pub(super) fn raise_open_files() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX)
}

/// The scenarios with one of the tags asked for, and none of those to be skipped.
fn select(args: &RunArgs, mut scenarios: Vec<Scenario>) -> Result<Vec<Scenario>, Refusal> {
    let has =
        |scenario: &Scenario, tags: &[String]| tags.iter().any(|tag| scenario.tags.contains(tag));
    scenarios.retain(|scenario| {
        (args.tags.is_empty() || has(scenario, &args.tags)) && !has(scenario, &args.skip_tags)
    });
    if scenarios.is_empty() {
        let asked = args.tags.join(", ");
        return Err(Refusal::usage(format!("error: no scenario is left by --tags {asked}")));
    }
    Ok(scenarios)
}

fn load_override(args: &RunArgs, is_remote: bool) -> LoadOverride {
    let iterations = args.iterations.map(|times| Until::Iterations(times.get()));
    LoadOverride {
        devices: args.devices,
        until: iterations.or(args.duration.map(Until::Elapsed)),
        rate: args.rate,
        ramp_up: args.ramp_up,
        is_gentle: is_remote,
    }
}

fn connect_rate(asked: Option<ConnectRate>, is_remote: bool) -> Option<f64> {
    match asked {
        Some(ConnectRate::Unbounded) => None,
        Some(ConnectRate::PerSecond(rate)) => Some(rate),
        None if is_remote => Some(RATE_ELSEWHERE),
        None => Some(RATE_ON_LOOPBACK),
    }
}

fn load_scenarios(paths: &[String]) -> Result<Vec<Scenario>, Refusal> {
    scenario::load(paths, &files::context()).map_err(|diagnostics| {
        let is_coloured = colour::suits(&io::stderr());
        Refusal::usage(scenario::render(&diagnostics, is_coloured))
    })
}

fn run_id() -> String {
    let time = Timestamp::now().strftime("%Y%m%d-%H%M%S");
    format!("{time}-{:04x}", rand::random::<u16>())
}

/// A seed that JSON readers keep exactly.
fn seed() -> u64 {
    rand::random::<u64>() >> 11
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}
