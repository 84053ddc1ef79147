//! From options and files to a plan: everything that can be wrong is told before a device
//! connects.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::metrics::Threshold;
use crate::protocol::SchemaSet;
use crate::report::{Existing, FolderError, RunFolder};
use crate::run::{
    Common, Given, LoadOverride, Outlook, RunPlan, Safety, ScenarioPlan, Shard, Watch, check_shard,
    plan_scenarios,
};
use crate::scenario::{self, Scenario};

use super::accounts;
use super::colour;
use super::desk;
use super::embedded::Embedded;
use super::endpoint::Endpoint;
use super::files;
use super::gate;
use super::in_force::in_force;
use super::precedence::{Accounts, Asked, Resolved};
use super::preflight;
use super::rails;
use super::refusal::Refusal;
use super::repeating::repeat_with;
use super::run::RunArgs;
use super::serve::now;
use super::shard::{self, Chosen};
use super::sources::sources;
use super::start;
use super::token_age;

/// Open files beside sockets: reports, libraries, files that are uploaded.
const SPARE_FILES: u64 = 64;

/// A run that can begin.
pub(super) struct Planned {
    pub(super) plan: RunPlan,
    pub(super) folder: RunFolder,
    pub(super) embedded: Option<Embedded>,
    pub(super) shard: Option<Chosen>,
    /// Which quotas of API Gateway it comes near, a sentence each.
    pub(super) quota_warnings: Vec<String>,
}

/// What options and files come to, before anything is asked of anybody.
pub(super) struct Outline {
    pub(super) endpoint: Endpoint,
    pub(super) asked: Asked,
    pub(super) shard: Option<Chosen>,
    pub(super) start_at: Option<Timestamp>,
    pub(super) scenarios: Vec<ScenarioPlan>,
    pub(super) safety: Safety,
    pub(super) jobs: usize,
    pub(super) connect_rate: Option<f64>,
}

impl Outline {
    /// Which share is run here.
    fn share(&self) -> Shard {
        self.shard.map_or(Shard::WHOLE, |chosen| chosen.shard)
    }

    /// What the run will do, given so many accounts; `None` is as many as are wanted.
    pub(super) fn outlook(&self, (accounts, has_expired_token): (Option<usize>, bool)) -> Outlook {
        let target = self.endpoint.target.as_ref();
        let label =
            target.map_or_else(|| "an embedded reference server".to_owned(), ToString::to_string);
        let has_upload_origin = self.endpoint.upload_origin.is_some() || !self.endpoint.is_remote();
        let given = Given {
            target: &label,
            shard: self.share(),
            start_at: self.start_at,
            accounts,
            has_expired_token,
            has_upload_origin,
            connects_per_s: self.connect_rate,
            most_sends_per_s: self.safety.most_sends_per_s,
            jobs: self.jobs,
            sockets_each: if target.is_none() { 2 } else { 1 },
            spare_files: SPARE_FILES,
        };
        Outlook::of(&self.scenarios, &given)
    }

    /// Sees that its share can be run beside the others, by so many accounts; `None` is as many as are
    /// wanted.
    ///
    /// # Errors
    /// What keeps it from that, exit 2.
    pub(super) fn check_share(&self, accounts: Option<usize>) -> Result<(), Refusal> {
        let common = Common { accounts, jobs: self.jobs, most_devices: self.safety.most_devices };
        check_share(self.share(), &self.scenarios, common)
    }

    /// How many accounts there are, and whether there is a token that has expired. The embedded
    /// server gives as many as are wanted.
    ///
    /// # Errors
    /// A file of accounts that is wrong.
    pub(super) fn accounts(&self) -> Result<(Option<usize>, bool), Refusal> {
        let resolved = &self.endpoint.resolved;
        match resolved.accounts.as_ref().map(|accounts| &accounts.value) {
            Some(Accounts::File(path)) => {
                let given = accounts::read(path, Duration::from_millis(now().0));
                let given = given.map_err(|error| Refusal::usage(error.to_string()))?;
                Ok((Some(given.accounts.len()), given.expired_token.is_some()))
            }
            Some(Accounts::Token(_)) => Ok((Some(1), false)),
            Some(Accounts::Command(_)) => Ok((Some(resolved.tenants.value.len().max(1)), false)),
            None => Ok((None, self.endpoint.target.is_none())),
        }
    }
}

/// Plans a run as far as that goes without a network.
pub(super) fn outline(args: &RunArgs) -> Result<Outline, Refusal> {
    let endpoint = Endpoint::of(&args.endpoint, !args.server_arg.is_empty())?;
    let is_remote = endpoint.is_remote();
    let shard = shard::chosen(args.shard, endpoint.target.is_some(), &variable)?;
    if let Some(start_at) = args.start_at {
        start::time_left(start_at, Timestamp::now())?;
    }
    let asked = Asked::of(args, endpoint.profile.as_ref(), is_remote);
    let scenarios = select(args, load_scenarios(&args.paths)?)?;
    let scenarios = adapt(scenarios, &endpoint.resolved, &asked);
    let safety = rails::safety(args, endpoint.resolved.caps.value, is_remote);
    let asked_rate = asked.connect_rate.value.per_s();
    let connect_rate = rails::connect_rate(args.connect_rate, asked_rate, &safety)?;
    let load = LoadOverride {
        change: asked.load.clone(),
        is_gentle: is_remote,
        most_devices: safety.most_devices,
    };
    let scenarios = plan_scenarios(scenarios, &load).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(|error| format!("error: {error}")).collect();
        Refusal::usage(lines.join("\n"))
    })?;
    let jobs = rails::jobs(args, is_remote, &safety, &scenarios);
    let start_at = args.start_at;
    Ok(Outline { endpoint, asked, shard, start_at, scenarios, safety, jobs, connect_rate })
}

/// A variable of the environment, where it is set.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Plans a run.
pub(super) fn plan(args: &RunArgs) -> Result<Planned, Refusal> {
    let outline = outline(args)?;
    let outlook = outline.outlook((None, true));
    preflight::check_open_files(&outlook)?;
    let sources = sources(&args.source_ip, &outline, &outlook)?;
    let quota_warnings =
        if outline.endpoint.is_remote() { preflight::quota_warnings(&outlook) } else { Vec::new() };
    let share = outline.share();
    let Outline { endpoint, asked, shard, start_at, scenarios, safety, jobs, connect_rate } =
        outline;
    let repeat_with = repeat_with(args, &endpoint.resolved, share);
    desk::check_hosts(&scenarios, &endpoint.allowed_hosts)?;
    let schemas = match &args.schemas {
        Some(folder) => SchemaSet::load(folder)
            .map(Arc::new)
            .map_err(|error| Refusal::usage(format!("error: {error}")))?,
        None => SchemaSet::builtin(),
    };
    let waivers = asked.waivers.as_ref().map(|waivers| waivers.value.as_path());
    let gate = gate::gate((args.fail_on, &args.require), waivers, Timestamp::now())
        .map_err(Refusal::usage)?;
    let run_id = run_id();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&run_id));
    let existing = if args.overwrite { Existing::Replace } else { Existing::Refuse };
    let tenants = scenarios.iter().map(ScenarioPlan::tenants).sum();
    let aim = endpoint.enter(&args.server_arg, tenants)?;
    let accounts = Some(aim.accounts.len());
    check_share(share, &scenarios, Common { accounts, jobs, most_devices: safety.most_devices })?;
    let folder = RunFolder::create(&out, existing).map_err(|error| match error {
        FolderError::HoldsRun(_) => Refusal::usage(format!("error: {error}")),
        _ => Refusal::not_done(&error.to_string()),
    })?;
    let mut plan = RunPlan {
        run_id,
        seed: args.seed.unwrap_or_else(seed),
        shard: share,
        start_at,
        connect_rate,
        scenarios,
        jobs,
        workers: args.workers.map_or_else(|| workers(aim.embedded.is_some()), NonZeroUsize::get),
        schemas,
        gate,
        thresholds: asked.thresholds.iter().map(|one| one.value.clone()).collect(),
        repeat_with,
        safety,
        jitters: true,
        watch: Watch { warner: Some(Arc::new(warn)), ..Watch::default() },
        network: aim.network.clone().leaving_from(sources),
        ..aim.plan()
    };
    if args.seed.is_none() && share.is_part() {
        plan.seed = plan.own_seed();
    }
    plan.account_warnings.extend(token_age::expiring(&plan, begins_at(start_at)));
    desk::note_secrets(&plan);
    plan.in_force = in_force(args, &aim, (&asked, shard), &plan);
    Ok(Planned { plan, folder, embedded: aim.embedded, shard, quota_warnings })
}

/// When a run begins, since the Unix epoch: now, where no instant was given.
fn begins_at(start_at: Option<Timestamp>) -> Duration {
    let given = start_at.map(|at| at.duration_since(Timestamp::UNIX_EPOCH));
    let given = given.and_then(|since_epoch| Duration::try_from(since_epoch).ok());
    given.unwrap_or_else(|| Duration::from_millis(now().0))
}

/// Sees that a share can be run beside the others.
fn check_share(shard: Shard, scenarios: &[ScenarioPlan], common: Common) -> Result<(), Refusal> {
    check_shard(shard, scenarios, common).map_err(|error| Refusal::usage(format!("error: {error}")))
}

/// Scenarios with the settings that were given in place of their own, and without the thresholds on
/// figures that the whole run is held to.
fn adapt(mut scenarios: Vec<Scenario>, resolved: &Resolved, asked: &Asked) -> Vec<Scenario> {
    let is_whole = |threshold: &Threshold| {
        asked.thresholds.iter().any(|one| one.value.measure() == threshold.measure())
    };
    for scenario in &mut scenarios {
        scenario.settings = resolved.over(std::mem::take(&mut scenario.settings));
        scenario.thresholds.retain(|threshold| !is_whole(threshold));
    }
    scenarios
}

/// Says at once what a person may want to mend while a run goes on.
fn warn(text: &str) {
    // A closed stderr is no reason to end a run.
    let _ = writeln!(io::stderr(), "warning: {text}");
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

/// Reads scenarios.
pub(super) fn load_scenarios(paths: &[String]) -> Result<Vec<Scenario>, Refusal> {
    scenario::load(paths, &files::context()).map_err(|diagnostics| {
        let is_coloured = colour::suits(&io::stderr());
        Refusal::usage(scenario::render(&diagnostics, is_coloured))
    })
}

/// A name that no other run has.
pub(super) fn run_id() -> String {
    let time = Timestamp::now().strftime("%Y%m%d-%H%M%S");
    format!("{time}-{:04x}", rand::random::<u16>())
}

/// A seed that JSON readers keep exactly.
pub(super) fn seed() -> u64 {
    rand::random::<u64>() >> 11
}

/// A worker a core; one core is left to a server that shares them.
fn workers(is_embedded: bool) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if is_embedded { (cores - 1).max(1) } else { cores }
}
