//! From options and files to a plan: everything that can be wrong is told before a device
//! connects.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use crate::device::{AccessToken, Target};
use crate::protocol::{SchemaSet, TenantId};
use crate::report::{Existing, FolderError, RunFolder, write_not_started};
use crate::run::{
    Account, LoadOverride, RunError, RunPlan, ScenarioPlan, is_allowed, is_loopback, plan_scenarios,
};
use crate::scenario::{self, Scenario, Until};
use crate::server::{EpochMillis, mint};

use super::accounts::{self, Given};
use super::colour;
use super::embedded::Embedded;
use super::exit::Exit;
use super::files;
use super::gate;
use super::repeating::repeat_with;
use super::run::{ConnectRate, RunArgs};
use super::serve::{now, parse_serve_args};

/// Connects a second, where none is asked for.
const RATE_ON_LOOPBACK: f64 = 500.0;
const RATE_ELSEWHERE: f64 = 50.0;

/// The first tenant of the embedded server; each further one is one more.
const FIRST_TENANT: u64 = 34;

/// How long tokens of the embedded server are valid.
const EMBEDDED_TTL: Duration = Duration::from_secs(24 * 3600);

/// Open files beside sockets: reports, libraries, uploads under way.
const SPARE_FILES: u64 = 64;

/// A run that can begin.
pub(super) struct Planned {
    pub(super) plan: RunPlan,
    pub(super) folder: RunFolder,
    pub(super) embedded: Option<Embedded>,
}

/// Why a run cannot begin, or could not be done: one message, and the exit status.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Refusal {
    fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into() }
    }

    pub(super) fn not_done(text: &str) -> Self {
        Self { exit: Exit::NotDone, text: format!("error: {text}") }
    }

    pub(super) fn of_run(error: &RunError) -> Self {
        let exit = match error {
            RunError::Panicked => Exit::Bug,
            RunError::Start(_) => Exit::NotDone,
        };
        Self { exit, text: format!("error: {error}") }
    }

    /// Leaves the message as an error case, so that no older report is taken for this run's.
    pub(super) fn write_junit(&self, path: Option<&Path>) -> Result<(), String> {
        let Some(path) = path else { return Ok(()) };
        write_not_started(&self.text, path).map_err(|error| error.to_string())
    }
}

/// Where to connect, and as whom.
struct Aim {
    target: Target,
    label: String,
    upload_origin: Option<Url>,
    accounts: Vec<Account>,
    expired_token: Option<AccessToken>,
    embedded: Option<Embedded>,
}

/// Plans a run.
pub(super) fn plan(args: &RunArgs) -> Result<Planned, Refusal> {
    let target = args.target.as_deref().map(parse_target).transpose()?;
    check_combination(args)?;
    let upload_origin = args.upload_origin.as_deref().map(parse_origin).transpose()?;
    check_hosts(args, target.as_ref(), upload_origin.as_ref())?;
    let scenarios = load_scenarios(&args.paths)?;
    let scenarios = select(args, scenarios)?;
    let is_remote = target.as_ref().is_some_and(|target| !is_loopback(target.host()));
    let scenarios =
        plan_scenarios(scenarios, load_override(args, is_remote)).map_err(|errors| {
            let lines: Vec<_> = errors.iter().map(|error| format!("error: {error}")).collect();
            Refusal::usage(lines.join("\n"))
        })?;
    preflight(&scenarios, target.is_none())?;
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
    let aim = match target {
        Some(target) => aim_at(args, target, upload_origin)?,
        None => aim_at_embedded(args, &scenarios)?,
    };
    let folder = RunFolder::create(&out, existing).map_err(|error| match error {
        FolderError::HoldsRun(_) => Refusal::usage(format!("error: {error}")),
        _ => Refusal::not_done(&error.to_string()),
    })?;
    let plan = RunPlan {
        run_id,
        seed: args.seed.unwrap_or_else(seed),
        connect_rate: connect_rate(args.connect_rate, is_remote),
        target: aim.target,
        target_label: aim.label,
        upload_origin: aim.upload_origin,
        allowed_hosts: args.allow.clone(),
        accounts: aim.accounts,
        expired_token: aim.expired_token,
        scenarios,
        jobs: args.jobs.get(),
        workers: args.workers.map_or_else(cores, std::num::NonZeroUsize::get),
        schemas,
        gate,
        repeat_with: repeat_with(args),
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

fn parse_target(text: &str) -> Result<Target, Refusal> {
    Target::parse(text).map_err(|error| Refusal::usage(format!("error: --target: {error}")))
}

fn parse_origin(text: &str) -> Result<Url, Refusal> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "http" && url.has_host());
    url.ok_or_else(|| {
        Refusal::usage("error: --upload-origin: write it like http://127.0.0.1:8080; https:// is not supported by this version of deskbell")
    })
}

/// Options that go only with a target, or only without one.
fn check_combination(args: &RunArgs) -> Result<(), Refusal> {
    let with_target = [
        ("--token", args.token.is_some()),
        ("--accounts", args.accounts.is_some()),
        ("--upload-origin", args.upload_origin.is_some()),
    ];
    let given = with_target.iter().find(|(_, is_given)| *is_given);
    match (&args.target, given) {
        (None, Some((name, _))) => Err(Refusal::usage(format!(
            "error: {name} is given without a target: name one with --target ws://HOST/PATH, or \
             leave {name} out to run against the embedded server"
        ))),
        (Some(_), _) if !args.server_arg.is_empty() => Err(Refusal::usage(
            "error: --server-arg is for the embedded server, which a run with --target has not",
        )),
        (Some(_), None) | (Some(_), Some(("--upload-origin", _)))
            if args.token.is_none() && args.accounts.is_none() =>
        {
            Err(Refusal::usage(
                "error: a target needs --token TOKEN (or DESKBELL_TOKEN) or --accounts FILE",
            ))
        }
        _ => Ok(()),
    }
}

fn check_hosts(
    args: &RunArgs,
    target: Option<&Target>,
    upload_origin: Option<&Url>,
) -> Result<(), Refusal> {
    let target = target.map(|target| ("--target", target.host()));
    let upload = upload_origin.map(|url| ("--upload-origin", url.host_str().unwrap_or_default()));
    for (option, host) in target.into_iter().chain(upload) {
        if !is_allowed(host, &args.allow) {
            return Err(Refusal::usage(format!(
                "error: {option}: the host {host} is neither loopback nor allowed: give \
                 --allow {host} if load may be sent to it"
            )));
        }
    }
    Ok(())
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

fn aim_at(args: &RunArgs, target: Target, upload_origin: Option<Url>) -> Result<Aim, Refusal> {
    let Given { accounts, expired_token } = match (&args.token, &args.accounts) {
        (_, Some(path)) => accounts::read(path, now().0).map_err(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(|told| format!("error: {told}")).collect();
            Refusal::usage(lines.join("\n"))
        })?,
        (Some(token), None) => {
            let account = Account { token: AccessToken::new(token.clone()), tenant: None };
            Given { accounts: vec![account], expired_token: None }
        }
        (None, None) => Given { accounts: Vec::new(), expired_token: None },
    };
    // A server on this machine is taken for one that serves uploads on its own port.
    let own_port = || Url::parse(&format!("http://{}:{}", target.host(), target.port())).ok();
    let guessed = if is_loopback(target.host()) { own_port() } else { None };
    Ok(Aim {
        label: target.to_string(),
        upload_origin: upload_origin.or(guessed),
        accounts,
        expired_token,
        embedded: None,
        target,
    })
}

fn aim_at_embedded(args: &RunArgs, scenarios: &[ScenarioPlan]) -> Result<Aim, Refusal> {
    let free_port = ["--listen", "127.0.0.1:0"].map(str::to_owned);
    let plan = parse_serve_args(free_port.iter().chain(&args.server_arg))
        .map_err(|error| Refusal::usage(format!("error: --server-arg: {error}")))?;
    let embedded = Embedded::start(plan).map_err(|error| {
        Refusal::not_done(&format!("cannot start the embedded server: {error}"))
    })?;
    let address = embedded.address;
    let target = parse_target(&format!("ws://{address}/uat"))?;
    let tenants: usize = scenarios.iter().map(ScenarioPlan::tenants).sum();
    let token = |tenant, ttl, at| {
        let token = mint(&embedded.secret, tenant, ttl, at);
        AccessToken::new(token.expose_secret().to_owned())
    };
    let account = |nth: u64| {
        let tenant = TenantId(FIRST_TENANT + nth);
        Account { token: token(tenant, EMBEDDED_TTL, now()), tenant: Some(tenant) }
    };
    let long_ago = EpochMillis(0);
    Ok(Aim {
        label: format!("{target} (embedded reference server)"),
        upload_origin: Url::parse(&format!("http://{address}")).ok(),
        accounts: (0..tenants.max(1) as u64).map(account).collect(),
        expired_token: Some(token(TenantId(FIRST_TENANT), Duration::ZERO, long_ago)),
        target,
        embedded: Some(embedded),
    })
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
