//! From what was found to one verdict, its exit code, and the reasons in words.

use std::collections::BTreeMap;

use crate::metrics::{Threshold, Totals};

use super::event::StopReason;
use super::record::{
    ClauseResult, ClauseStatus, GateRecord, Generator, ScenarioRecord, ThresholdResult, Verdict,
    WaiverResult, WaiverStatus,
};

/// What a verdict rests on.
pub(super) struct Facts<'a> {
    pub(super) stopped: Option<&'a StopReason>,
    pub(super) totals: &'a Totals,
    pub(super) clauses: &'a [ClauseResult],
    pub(super) gate: &'a GateRecord,
    pub(super) waivers: &'a [WaiverResult],
    /// Over the whole run.
    pub(super) thresholds: &'a [ThresholdResult],
    pub(super) scenarios: &'a [ScenarioRecord],
    /// Devices that could not connect.
    pub(super) unconnected: u64,
    pub(super) generator: &'a Generator,
    /// Whether what was not met may be the harness's own fault: of time that it missed, or of what its
    /// machine lacked.
    pub(super) is_own_fault: bool,
}

/// A verdict with its reasons.
#[derive(Debug, PartialEq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) exit_code: u8,
    pub(super) why: Vec<String>,
}

/// Where several verdicts apply: not done, then interrupted, then failed, then invalid. What makes
/// a run invalid is told of the others as well. What may be the harness's own
/// fault fails nothing, unless something else is proven.
pub(super) fn judge(facts: &Facts<'_>) -> Judgement {
    let proven = why_violated(facts);
    let is_excused = proven.is_empty() && facts.is_own_fault;
    let mut failed = proven;
    failed.extend(why_unmet(facts));
    if let Some(StopReason::Aborted(why)) = facts.stopped {
        failed.insert(0, format!("ended early, {why}"));
    }
    let doubts = facts.generator.why.clone();
    match facts.stopped {
        Some(
            StopReason::Unreachable(why) | StopReason::Accounts(why) | StopReason::Unwritable(why),
        ) => Judgement { verdict: Verdict::Error, exit_code: 3, why: vec![why.clone()] },
        None if facts.totals.connections == 0 => {
            let why = vec!["no device connected".to_owned()];
            Judgement { verdict: Verdict::Error, exit_code: 3, why }
        }
        Some(StopReason::Interrupted) => {
            let mut why = vec!["interrupted; the figures reach until then".to_owned()];
            why.extend(failed);
            why.extend(doubts);
            Judgement { verdict: Verdict::Interrupted, exit_code: 130, why }
        }
        Some(StopReason::Aborted(_)) | None if !failed.is_empty() && !is_excused => {
            let why = failed.into_iter().chain(doubts).collect();
            Judgement { verdict: Verdict::Failed, exit_code: 1, why }
        }
        _ if !facts.generator.valid => {
            let why = doubts.into_iter().chain(failed).collect();
            Judgement { verdict: Verdict::Invalid, exit_code: 4, why }
        }
        _ => Judgement { verdict: Verdict::Passed, exit_code: 0, why: Vec::new() },
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}

/// What speaks against the service, or against what was asked for, whatever time was missed.
fn why_violated(facts: &Facts<'_>) -> Vec<String> {
    let violated = facts
        .clauses
        .iter()
        .filter(|clause| clause.status == ClauseStatus::Violated)
        .filter(|clause| facts.gate.fails_on(clause.level))
        .map(|clause| {
            let times = times(clause.violated - clause.waived);
            format!("{} violated {times}: {}", clause.id, clause.title)
        });
    let required = why_required(facts.clauses, facts.gate);
    let stale = facts.waivers.iter().filter_map(why_stale);
    violated.chain(required).chain(stale).collect()
}

/// What else makes a run fail.
fn why_unmet(facts: &Facts<'_>) -> Vec<String> {
    let unmet = facts.scenarios.iter().flat_map(|scenario| {
        scenario.steps.iter().filter(|step| step.failed > 0).map(move |step| {
            let (file, line, name, failed) = (&scenario.file, step.line, &step.step, step.failed);
            format!("{file}:{line} {name} failed {}", times(failed))
        })
    });
    let unconnected =
        (facts.unconnected > 0).then(|| format!("{} devices could not connect", facts.unconnected));
    let of_scenarios = facts.scenarios.iter().flat_map(|scenario| {
        let crossed = scenario.thresholds.iter().filter_map(why_crossed);
        crossed.map(move |why| format!("{}: {why}", scenario.name))
    });
    let crossed = facts.thresholds.iter().filter_map(why_crossed).chain(of_scenarios);
    let unfinished = facts.scenarios.iter().filter(|_| facts.stopped.is_none());
    let unfinished = unfinished.filter_map(|scenario| {
        scenario.early.unfinished().map(|why| format!("{}: {why}", scenario.name))
    });
    unmet.chain(crossed).chain(unfinished).chain(unconnected).collect()
}

fn why_crossed(threshold: &ThresholdResult) -> Option<String> {
    let expr = &threshold.expr;
    Some(match threshold.value {
        _ if threshold.ok => return None,
        Some(value) => {
            let value =
                Threshold::parse(expr).map(|read| format!(", and it is {}", read.with_unit(value)));
            format!("threshold crossed: {expr}{}", value.unwrap_or_default())
        }
        None => format!("threshold without samples: {expr}"),
    })
}

/// A sentence for each reason that required clauses have no verdict, with all of those clauses.
fn why_required(clauses: &[ClauseResult], gate: &GateRecord) -> Vec<String> {
    let mut by_reason: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for clause in clauses.iter().filter(|clause| gate.required.contains(&clause.id)) {
        let lack = match clause.status {
            ClauseStatus::NotExercised => "not exercised",
            ClauseStatus::Inconclusive => "inconclusive",
            ClauseStatus::Passed | ClauseStatus::Violated | ClauseStatus::Waived => continue,
        };
        let note = clause.note.as_deref().unwrap_or_default();
        by_reason.entry(format!("{lack} ({note})")).or_default().push(clause.id.as_str());
    }
    let sentence =
        |(lack, ids): (String, Vec<&str>)| format!("required, {lack}: {}", ids.join(", "));
    by_reason.into_iter().map(sentence).collect()
}

fn why_stale(waiver: &WaiverResult) -> Option<String> {
    let waives = &waiver.waives;
    match waiver.status {
        WaiverStatus::Stale => Some(format!(
            "stale waiver of {waives}: its place was exercised and clean; remove it, or say \
             `intermittent: true`"
        )),
        WaiverStatus::Past => {
            Some(format!("the waiver of {waives} ended on {}: mend it, or renew it", waiver.until))
        }
        WaiverStatus::Used | WaiverStatus::NotExercised | WaiverStatus::Away => None,
    }
}
