//! Whether runs are alike enough to be compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{RunRecord, ScenarioRecord, Verdict};

use super::words::listed;
use super::{Difference, Kind, Measured};

/// What the target of a run against the embedded server ends with; its port is another each time.
const EMBEDDED: &str = "(embedded reference server)";

/// In what two runs are not alike.
pub fn unlikeness(one: &RunRecord, other: &RunRecord) -> BTreeSet<Kind> {
    let differs = |kind: Kind, of: fn(&RunRecord) -> String| (of(one) != of(other)).then_some(kind);
    let kinds =
        [differs(Kind::Target, target), differs(Kind::Plan, plan), differs(Kind::Dialect, dialect)];
    kinds.into_iter().flatten().collect()
}

/// Why a run by itself is none to compare by.
pub fn ailments(record: &RunRecord) -> BTreeSet<Kind> {
    let invalid =
        (!record.generator.valid || record.verdict == Verdict::Invalid).then_some(Kind::Invalid);
    let unfinished =
        matches!(record.verdict, Verdict::Interrupted | Verdict::Error).then_some(Kind::Unfinished);
    invalid.into_iter().chain(unfinished).collect()
}

/// In what runs are not alike, each told once with the runs that it is about.
pub(super) fn differences(runs: &[&Measured], despite: &[Kind]) -> Vec<Difference> {
    let told = [
        differing(runs, target)
            .map(|told| (Kind::Target, format!("the runs are against different targets: {told}"))),
        differing(runs, plan)
            .map(|_| (Kind::Plan, format!("the runs are of different plans: {}", plans(runs)))),
        differing(runs, dialect).map(|told| {
            (Kind::Dialect, format!("the runs hold ids and times to different dialects: {told}"))
        }),
        ailing(runs, Kind::Invalid)
            .map(|told| (Kind::Invalid, format!("latencies that are not to be trusted: {told}"))),
        ailing(runs, Kind::Unfinished)
            .map(|told| (Kind::Unfinished, format!("runs that did not come to their end: {told}"))),
    ];
    let difference = |(kind, told)| Difference { kind, told, let_pass: despite.contains(&kind) };
    told.into_iter().flatten().map(difference).collect()
}

impl Kind {
    /// The name that lets it pass on the command line, and stands in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Plan => "plan",
            Self::Dialect => "dialect",
            Self::Invalid => "invalid",
            Self::Unfinished => "unfinished",
        }
    }
}

/// Whom a run was against; an embedded server is the same one wherever it listens.
fn target(record: &RunRecord) -> String {
    if record.target.ends_with(EMBEDDED) {
        return "the embedded reference server".to_owned();
    }
    record.target.clone()
}

/// What identifies a plan, and which share of it a run was.
fn plan(record: &RunRecord) -> String {
    let shard = record.shard;
    format!("{} {}/{}", record.plan, shard.index, shard.count)
}

fn dialect(record: &RunRecord) -> String {
    let told = record.readings.iter().filter(|(name, _)| name.starts_with("dialect"));
    let told: Vec<_> = told
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let scenario = name.strip_prefix("dialect.");
            scenario.map_or(value.clone(), |scenario| format!("{scenario} by {value}"))
        })
        .collect();
    told.join(", ")
}

/// What the runs have of something, with the runs that have it, where not all have the same.
fn differing(runs: &[&Measured], of: fn(&RunRecord) -> String) -> Option<String> {
    let groups = grouped(runs, of);
    let told = groups.iter().map(|(what, folders)| format!("{what} ({})", listed(folders)));
    (groups.len() > 1).then(|| told.collect::<Vec<_>>().join("; "))
}

/// What the runs have of something, in the order in which it comes up.
fn grouped(runs: &[&Measured], of: fn(&RunRecord) -> String) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for run in runs {
        let what = of(&run.record);
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, folders)) => folders.push(run.folder.clone()),
            None => groups.push((what, vec![run.folder.clone()])),
        }
    }
    groups
}

/// What was planned, as far as a record tells it; where that does not differ, what else it may be.
fn plans(runs: &[&Measured]) -> String {
    match differing(runs, planned) {
        Some(told) => told,
        None => {
            let folders = grouped(runs, plan).into_iter().map(|(_, folders)| listed(&folders));
            let told = folders.collect::<Vec<_>>().join("; ");
            format!(
                "the scenarios and loads have the same names and numbers, and steps, settings or \
                 the connect rate are not the same ({told})"
            )
        }
    }
}

fn planned(record: &RunRecord) -> String {
    let shard = record.shard;
    let share = shard.is_part().then(|| format!("shard {} of {}", shard.index, shard.count));
    let scenarios = record.scenarios.iter().map(scenario);
    scenarios.chain(share).collect::<Vec<_>>().join(", ")
}

/// A scenario and its load: `chat by 8 devices, 50/s, 60 s`.
fn scenario(scenario: &ScenarioRecord) -> String {
    let load = &scenario.load;
    let devices = format!("{} by {} devices", scenario.name, load.devices);
    let parts = [
        load.rate_per_s.map(|rate| format!(" at {rate}/s")),
        load.duration_s.map(|seconds| format!(" for {seconds} s")),
        load.iterations.map(|times| format!(" {times} times")),
        (!load.stages.is_empty()).then(|| format!(" in {} stages", load.stages.len())),
    ];
    [Some(devices)].into_iter().chain(parts).flatten().collect()
}

/// The runs that ail so, each with why.
fn ailing(runs: &[&Measured], kind: Kind) -> Option<String> {
    let mut told: BTreeMap<&str, String> = BTreeMap::new();
    for run in runs.iter().filter(|run| ailments(&run.record).contains(&kind)) {
        let why = match kind {
            Kind::Invalid => run.record.generator.why.join("; "),
            _ => format!("{}: {}", run.record.verdict.as_str(), run.record.why.join("; ")),
        };
        told.insert(&run.folder, format!("{} ({})", run.folder, why.trim_end_matches([':', ' '])));
    }
    (!told.is_empty()).then(|| told.into_values().collect::<Vec<_>>().join("; "))
}
