//! What speaks against a clause or a step, in lines for a person.

use std::collections::BTreeMap;
use std::fmt;

use crate::conformance::{Silence, readings_of};
use crate::run::{
    ClauseResult, ClauseStatus, FoundViolation, RunRecord, ScenarioRecord, StepRecord, UnmetStep,
};

use super::figure::{brief, counted, grouped};
use super::repeat;

/// What the first finding says; findings beyond those kept leave only their count.
pub(super) fn headline(
    record: &RunRecord,
    scenario: &ScenarioRecord,
    clause: &ClauseResult,
) -> String {
    first(record, scenario, clause)
        .map_or_else(|| violated_in(clause), |found| found.finding.message.clone())
}

/// Expected, actual, where, and how to repeat it.
pub(super) fn of_clause(
    record: &RunRecord,
    scenario: &ScenarioRecord,
    clause: &ClauseResult,
) -> String {
    let mut lines = Lines::default();
    lines.add("violated", violated_in(clause));
    for silence in readings_of(clause.id) {
        lines.add("rests on", reading(silence));
    }
    let found = first(record, scenario, clause);
    let shard = found.and_then(|found| found.shard);
    if let Some(FoundViolation { finding, .. }) = found {
        lines.add("expected", &finding.expected);
        lines.add("actual", &finding.actual);
        if !finding.pointer.is_empty() {
            lines.add("pointer", &finding.pointer);
        }
        lines.add_shard(shard);
        if let Some(device) = finding.device {
            lines.add("device", device);
        }
        if let Some(session) = &finding.session {
            lines.add("session", session);
        }
        lines.add("at", brief(finding.at));
    }
    lines.add_repeat(record, scenario, shard);
    lines.0
}

/// Expected, actual, where, and how to repeat it.
pub(super) fn of_step(record: &RunRecord, scenario: &ScenarioRecord, step: &StepRecord) -> String {
    let mut lines = Lines::default();
    lines.add("unmet", counted(step.failed, "time"));
    let unmet = unmet_of(scenario, step);
    let shard = unmet.and_then(|unmet| unmet.shard);
    if let Some(unmet) = unmet {
        lines.add("expected", &unmet.expected);
        lines.add("actual", &unmet.actual);
        lines.add_shard(shard);
        lines.add("device", unmet.device);
    }
    lines.add_repeat(record, scenario, shard);
    // Readers of JUnit take the last place in a text for the one to point to.
    lines.add("step", place(scenario, step.line, &step.step));
    lines.0
}

/// `scenarios/chat.yaml:12 send`
pub(super) fn place(scenario: &ScenarioRecord, line: usize, step: &str) -> String {
    format!("{}:{line} {step}", scenario.file)
}

/// Clauses that stand so, by the reason: their ids in the catalogue's order.
pub(super) fn by_note(record: &RunRecord, status: ClauseStatus) -> BTreeMap<&str, Vec<&str>> {
    let mut by_note: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for clause in record.clauses_of(status) {
        let note = clause.note.as_deref().unwrap_or_default();
        by_note.entry(note).or_default().push(clause.id.as_str());
    }
    by_note
}

/// The first unmet expectation of a step.
pub(super) fn unmet_of<'a>(
    scenario: &'a ScenarioRecord,
    step: &StepRecord,
) -> Option<&'a UnmetStep> {
    scenario.unmet.iter().find(|unmet| unmet.line == step.line && unmet.step == step.step)
}

fn first<'a>(
    record: &'a RunRecord,
    scenario: &ScenarioRecord,
    clause: &ClauseResult,
) -> Option<&'a FoundViolation> {
    record
        .findings
        .iter()
        .filter(|found| found.scenario == scenario.name && found.finding.clause == clause.id)
        .min_by_key(|found| found.waived.is_some())
}

/// `the reading event-frames: channel names the event; ...`
fn reading(silence: &Silence) -> String {
    format!("the reading {}: {}", silence.id, silence.reading)
}

fn violated_in(clause: &ClauseResult) -> String {
    format!("in {} of {} checks", grouped(clause.violated), grouped(clause.checked))
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Further lines of a value stand below its first.
    fn add(&mut self, label: &str, value: impl fmt::Display) {
        let value = value.to_string().replace('\n', "\n          ");
        self.0.push_str(&format!("{label:<9} {value}\n"));
    }

    fn add_shard(&mut self, shard: Option<u32>) {
        if let Some(index) = shard {
            self.add("shard", index);
        }
    }

    fn add_repeat(&mut self, record: &RunRecord, scenario: &ScenarioRecord, shard: Option<u32>) {
        self.add("seed", record.seed);
        self.add("repeat", repeat::command(record, scenario, shard));
    }
}
