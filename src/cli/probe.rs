//! `deskbell probe`: how an endpoint reads what the document leaves open.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::probe::{Heard, Observed, Outcome, Traces, for_one_tenant, read, refused_session};
use crate::protocol::Secrets;
use crate::run::{Account, LoadOverride, RunPlan, RunRecord, Stop, Verdict, Watch, plan_scenarios};
use crate::scenario;

use super::catalogue::table;
use super::endpoint::{Aim, Endpoint, EndpointArgs};
use super::exit::Exit;
use super::files;
use super::planning::seed;
use super::probe_files::{Drafts, Written};
use super::progress::Voice;
use super::refusal::Refusal;
use super::signal::Signals;

/// Options of `probe`.
#[derive(Args, Clone, Debug)]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    pub(super) endpoint: EndpointArgs,
    /// Option of `serve` for the embedded server; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(super) server_arg: Vec<String>,
    /// Profile to write, with its waivers beside it; `profile.yaml`, and none for the embedded server
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Replaces a profile and waivers that are there already
    #[arg(long)]
    pub(super) overwrite: bool,
    /// What stdout gets
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ProbeFormat::Text)]
    format: ProbeFormat,
}

/// What `probe` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProbeFormat {
    /// A table in 80 columns
    Text,
    /// One object
    Json,
}

/// Connects a second.
const CONNECT_RATE: f64 = 10.0;

/// What a probe prints for programs.
#[derive(Serialize)]
struct Report<'a> {
    target: &'a str,
    run_id: &'a str,
    silences: &'a [Observed],
    profile: Option<String>,
    waivers: Option<String>,
}

/// Probes, prints what was seen, and writes a profile.
pub(super) fn probe(args: &ProbeArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    match probed(args, out, err) {
        Ok(exit) => exit,
        Err(refusal) => {
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text.trim_end());
            refusal.exit
        }
    }
}

fn probed(args: &ProbeArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Refusal> {
    let signals = Signals::watch()
        .map_err(|error| Refusal::not_done(&format!("cannot watch for signals: {error}")))?;
    let endpoint = Endpoint::of(&args.endpoint, !args.server_arg.is_empty())?;
    let drafts = Drafts::of(args, &endpoint)?;
    let aim = endpoint.enter(&args.server_arg, 2)?;
    aim.warn(err);
    let traces = Arc::new(Traces::default());
    let plan = plan(&aim, Arc::clone(&traces))?;
    let secrets = plan.secrets.clone();
    let stop = Stop::default();
    signals.run_begins(&stop, None, Voice::default());
    // It is said for people; nothing rests on it.
    let _ = writeln!(err, "probing {}: half a minute, one session, five messages", aim.label);
    let ran = crate::run::run(plan, &stop, &mut ());
    signals.run_is_over(None);
    let record = ran.map_err(|error| Refusal::of_run(&error))?;
    drop(aim);
    if record.verdict == Verdict::Error {
        return Err(Refusal::not_done(&record.why.join("; ")));
    }
    let heard = traces.take();
    let is_whole = record.verdict != Verdict::Interrupted;
    if let Some(how) = refused_session(&heard).filter(|_| is_whole) {
        return Err(Refusal::not_done(&format!("the endpoint opened no session: {how}")));
    }
    let observed = observed(&heard, &record, &secrets);
    // Half a probe is shown, and nothing is built on it.
    let drafts = drafts.filter(|_| is_whole);
    let written = drafts.map(|drafts| drafts.write(&record, &observed)).transpose()?;
    print(args.format, (&record, &observed), written.as_ref(), out)
        .map_err(|error| Refusal::of_stdout(&error))?;
    Ok(if is_whole { Exit::Passed } else { Exit::Interrupted })
}

/// A run of `builtin:probe`, once, by the first account and by one of another tenant where there is one.
fn plan(aim: &Aim, traces: Arc<Traces>) -> Result<RunPlan, Refusal> {
    let named = ["builtin:probe".to_owned()];
    let scenarios = scenario::load(&named, &files::context())
        .map_err(|mistakes| Refusal::usage(scenario::render(&mistakes, false)))?;
    let of_two = aim.plan().has_second_tenant();
    let scenarios =
        if of_two { scenarios } else { scenarios.into_iter().map(for_one_tenant).collect() };
    let gentle = LoadOverride { is_gentle: true, ..LoadOverride::default() };
    let scenarios = plan_scenarios(scenarios, &gentle).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(|error| format!("error: {error}")).collect();
        Refusal::usage(lines.join("\n"))
    })?;
    let traced_below = scenarios.iter().map(|plan| plan.devices()).sum();
    let plan = aim.plan();
    Ok(RunPlan {
        run_id: format!("probe-{}", Timestamp::now().strftime("%Y%m%d-%H%M%S")),
        seed: seed(),
        accounts: two_tenants(&plan.accounts),
        scenarios,
        connect_rate: Some(CONNECT_RATE),
        watch: Watch {
            tracer: Some(traces),
            traced_below,
            pings_sockets: true,
            ..Watch::default()
        },
        ..plan
    })
}

/// The first account, and the first one of another tenant.
fn two_tenants(accounts: &[Account]) -> Vec<Account> {
    let first = accounts.first();
    let others = accounts.iter().skip(1);
    let other = others.clone().find(|other| {
        other.tenant.is_none() || first.is_some_and(|first| other.tenant != first.tenant)
    });
    first.into_iter().chain(other).cloned().collect()
}

fn observed(heard: &[Heard], record: &RunRecord, secrets: &Secrets) -> Vec<Observed> {
    let started_at: Option<Timestamp> = record.started_at.parse().ok();
    let epoch = started_at.map(|at| at.duration_since(Timestamp::UNIX_EPOCH));
    let epoch = epoch.and_then(|epoch| Duration::try_from(epoch).ok()).unwrap_or_default();
    let mut observed = read(heard, epoch, &record.findings);
    for one in &mut observed {
        one.observed = secrets.redact(&one.observed).into_owned();
    }
    observed
}

fn print(
    format: ProbeFormat,
    (record, observed): (&RunRecord, &[Observed]),
    written: Option<&Written>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if format == ProbeFormat::Json {
        let path = |path: &PathBuf| path.display().to_string();
        let report = Report {
            target: &record.target,
            run_id: &record.run_id,
            silences: observed,
            profile: written.map(|written| path(&written.profile)),
            waivers: written.map(|written| path(&written.waivers)),
        };
        serde_json::to_writer_pretty(&mut *out, &report)?;
        return writeln!(out);
    }
    writeln!(out, "target    {}\n", record.target)?;
    write!(out, "{}", text(observed))?;
    if let Some(written) = written {
        writeln!(out, "\n{written}")?;
    }
    writeln!(out, "\n{}", left_behind(record))
}

/// What stays on the service.
fn left_behind(record: &RunRecord) -> String {
    let mut text = format!(
        "stays     {} messages in one session, ended; their metadata says\n          deskbell_run {}",
        record.totals.sends_acked, record.run_id
    );
    if record.latency.contains_key("upload_put") {
        text += "\n          a picture that was uploaded";
    }
    text
}

/// The table: each silence with what the document says, how deskbell reads it, and what was seen;
/// what differs comes first.
fn text(observed: &[Observed]) -> String {
    let row = |one: &Observed| {
        let setting = one
            .setting
            .as_ref()
            .map_or(String::new(), |setting| format!("\n{}: {}", setting.key, setting.value));
        let seen = format!("{}: {}{setting}", one.outcome.as_str(), one.observed);
        [one.place.to_owned(), brief(one.document), brief(one.reading), seen]
    };
    let differs = |one: &&Observed| one.outcome == Outcome::Differs;
    let (first, others): (Vec<_>, Vec<_>) = observed.iter().partition(differs);
    let mut rows = vec![["SILENCE", "DOCUMENT", "READING", "OBSERVED"].map(str::to_owned)];
    rows.extend(first.into_iter().chain(others).map(row));
    let count = |outcome| observed.iter().filter(|one| one.outcome == outcome).count();
    let counts = [Outcome::Agrees, Outcome::Differs, Outcome::NotSeen, Outcome::NotTried]
        .map(|outcome| format!("{} {}", count(outcome), outcome.as_str()));
    format!("{}\n\n{}\n", table(&rows, &[15, 18, 19]), counts.join(", "))
}

/// The first sentence, or the first part of it; docs/readings.md has the whole.
fn brief(text: &str) -> String {
    let ends = ["; ", ". ", " ("].iter().filter_map(|end| text.find(end));
    text[..ends.min().unwrap_or(text.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use crate::conformance::{READINGS, Silence};

    use super::*;

    #[test]
    fn the_table_fits_80_columns_and_holds_every_silence() {
        let row = |silence: &Silence| Observed {
            id: silence.id,
            place: silence.place,
            document: silence.document,
            reading: silence.reading,
            outcome: Outcome::Agrees,
            observed: "as it should be, at a length that takes more than one line".into(),
            setting: None,
        };
        let observed: Vec<_> = READINGS.iter().map(row).collect();
        let text = text(&observed);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("24 agrees, 0 differs"), "{text}");
    }
}
