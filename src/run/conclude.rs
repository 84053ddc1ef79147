//! From the sums of a run to its record: how clauses, waivers and thresholds stand, and the verdict.
//!
//! It asks no clock and no plan, so that it serves a run, and the sum of its shards. Start from
//! [`conclude`].

mod scenario;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::conformance::Unjudged;
use crate::load::Shard;
use crate::metrics::Layer;

use super::conversation::ConversationRecord;
use super::event::Interval;
use super::figures::{Figured, thresholds};
use super::in_force::InForce;
use super::record::{
    ClauseStatus, FoundViolation, Generator, LeftBehind, Machine, RUN_FORMAT, RunRecord,
    ScenarioRecord, ShardRecord,
};
use super::second::TimelineRow;
use super::standing::{Circumstances, clauses};
use super::sums::Sums;
use super::verdict::{Facts, judge};
use super::waived::waivers;

use scenario::{distributions, latencies, scenario_record};

/// What a shard says of what is left to the merge.
const OF_A_PART: &str = "thresholds, required clauses and stale waivers are judged by `deskbell merge`, \
                         over all shards";

/// What a record tells that is not concluded from sums.
#[derive(Clone, Debug)]
pub struct Premises {
    /// Unique name of the run.
    pub run_id: String,
    /// Digest of the plan.
    pub plan: String,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// When it ended, RFC 3339 in UTC.
    pub ended_at: String,
    /// How long that is: what rates are taken over.
    pub elapsed: Duration,
    /// Against what, redacted.
    pub target: String,
    /// What held for the run, and who said so.
    pub in_force: Vec<InForce>,
    /// What a command line that repeats the run has to say.
    pub repeat_with: Vec<String>,
    /// What fed every random choice.
    pub seed: u64,
    /// Which share of the plan it is.
    pub shard: Shard,
    /// The shards that it was added up from.
    pub shards: Vec<ShardRecord>,
    /// The instant that it was to begin at.
    pub start_at: Option<String>,
    /// How the load generator itself did.
    pub generator: Generator,
    /// What it was generated on.
    pub machine: Machine,
    /// What could not be judged.
    pub unjudged: Unjudged,
    /// The first findings.
    pub findings: Vec<FoundViolation>,
    /// What was seen until each of the first findings and unmet steps.
    pub conversations: Vec<ConversationRecord>,
    /// Each second of the run, from the first.
    pub timeline: Vec<TimelineRow>,
    /// Errors by layer over time.
    pub errors_by_second: BTreeMap<Layer, Vec<(u64, u64)>>,
}

/// The record of a run. What can only be told of a whole is not told of a share.
pub fn conclude(sums: Arc<Sums>, given: Premises) -> RunRecord {
    let (terms, is_part) = (&sums.terms, given.shard.is_part());
    let circumstances = Circumstances {
        terms,
        is_punctual: given.generator.valid,
        is_clock_set: sums.is_clock_set,
        is_shared: given.unjudged.shared > 0,
    };
    let waivers = waivers(&sums, circumstances, is_part);
    let mut whole = Interval::default();
    let scenarios: Vec<_> = sums
        .scenarios
        .iter()
        .zip(&terms.scenarios)
        .map(|(told, terms)| {
            let mut record = scenario_record(told, terms, given.elapsed);
            record.clauses = clauses(&told.sum, circumstances);
            record.clauses.retain(|clause| clause.status != ClauseStatus::NotExercised);
            record.errors.extend(record.early.unfinished().filter(|_| sums.stopped.is_none()));
            if is_part {
                record.thresholds.clear();
            }
            whole.add(told.sum.clone());
            record
        })
        .collect();
    let clauses = clauses(&whole, circumstances);
    let (mut gate, mut held_to) = (terms.gate.clone(), &terms.thresholds[..]);
    if is_part {
        gate.required.clear();
        held_to = &[];
    }
    let figures = Figured { sum: &whole, elapsed: given.elapsed };
    let thresholds = thresholds(held_to, &figures);
    let judgement = judge(&Facts {
        stopped: sums.stopped.as_ref(),
        totals: whole.recorder.totals(),
        clauses: &clauses,
        gate: &gate,
        waivers: &waivers,
        thresholds: &thresholds,
        scenarios: &scenarios,
        unconnected: whole.unconnected,
        generator: &given.generator,
        is_own_fault: sums.is_own_fault,
    });
    let readings = readings(&sums, &whole, &given, &scenarios);
    let findings = whole.recorder.totals().findings;
    let found = findings.must + findings.should + findings.info + findings.waived;
    RunRecord {
        format: RUN_FORMAT.to_owned(),
        run_id: given.run_id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        plan: given.plan,
        started_at: given.started_at,
        ended_at: given.ended_at,
        verdict: judgement.verdict,
        exit_code: judgement.exit_code,
        why: judgement.why,
        target: given.target,
        in_force: given.in_force,
        repeat_with: given.repeat_with,
        seed: given.seed,
        shard: given.shard,
        shards: given.shards,
        start_at: given.start_at,
        readings,
        totals: *whole.recorder.totals(),
        errors: whole.recorder.errors().clone(),
        errors_by_second: given.errors_by_second,
        throttling: whole.throttling,
        closes: whole.closes,
        latency: latencies(&whole.recorder),
        distributions: distributions(&whole.recorder),
        clauses,
        thresholds,
        generator: given.generator,
        machine: given.machine,
        gate,
        waivers,
        left_behind: left_behind(&whole),
        scenarios,
        findings_beyond: found.saturating_sub(given.findings.len() as u64),
        findings: given.findings,
        conversations: given.conversations,
        timeline: given.timeline,
        sums: Some(sums),
    }
}

fn left_behind(whole: &Interval) -> LeftBehind {
    LeftBehind {
        open_sessions: whole.left_open,
        messages: whole.recorder.totals().sends_acked.saturating_sub(whole.unsent),
        uploads: whole.uploads,
    }
}

/// How the endpoint reads the document, and what else the verdicts of this run rest on.
fn readings(
    sums: &Sums,
    whole: &Interval,
    given: &Premises,
    scenarios: &[ScenarioRecord],
) -> BTreeMap<String, Value> {
    let mut told = sums.readings.clone();
    if given.unjudged.untold > 0 {
        let text = format!("{} ids beyond what is kept over a run", given.unjudged.untold);
        told.entry("not_judged".to_owned()).or_default().push(json!(text));
    }
    let mut readings = sums.terms.readings.clone();
    readings.extend(told.into_iter().map(|(name, known)| (name, json!(known))));
    let came = if whole.concierges > 0 { "came" } else { "none came" };
    readings.insert("concierge".into(), json!(came));
    if given.unjudged.shared > 0 {
        let text =
            format!("{} events of sessions that this run did not open", given.unjudged.shared);
        readings.insert("account_shared".into(), json!(text));
    }
    if whole.held_back > 0 {
        let text = format!("{} sends waited for their turn, as caps.rate asks", whole.held_back);
        readings.insert("held_back".into(), json!(text));
    }
    let early: Vec<_> = scenarios.iter().flat_map(ended_early).collect();
    if !early.is_empty() {
        readings.insert("ended_early".into(), json!(early));
    }
    if given.shard.is_part() {
        readings.insert("shard".into(), json!(OF_A_PART));
    }
    readings
}

/// What flow instances of a scenario left undone, a sentence for each reason.
fn ended_early(scenario: &ScenarioRecord) -> impl Iterator<Item = String> {
    scenario.early.in_words().into_iter().map(|words| format!("{}: {words}", scenario.name))
}
