//! What is wrong, and what is not known, in the closing summary.

use std::time::Duration;

use crate::metrics::{Measure, Threshold};
use crate::report::evidence;
use crate::report::figure::{brief, counted, grouped};
use crate::report::shards;
use crate::run::{
    ClauseResult, ClauseStatus, FoundViolation, RunRecord, ScenarioRecord, ThresholdResult,
    UnmetStep,
};

use super::MOST;
use super::page::{Row, beyond, labelled, said};

/// How many clauses without a verdict are named for one reason.
const NAMED: usize = 10;

/// Clauses violated, steps unmet, thresholds crossed, and what could not run.
pub(super) fn wrong(record: &RunRecord) -> Vec<Row> {
    [violated(record), unmet(record), crossed(record), not_run(record)].concat()
}

fn violated(record: &RunRecord) -> Vec<Row> {
    let mut violated: Vec<_> = record.clauses_of(ClauseStatus::Violated).collect();
    violated.sort_by_key(|clause| clause.level);
    let mut rows = Vec::new();
    for (nth, clause) in violated.iter().take(MOST).enumerate() {
        let label = if nth == 0 { "violated" } else { "" };
        rows.extend(violation(label, clause, record));
    }
    rows.extend(beyond(violated.len(), "clauses in clauses.csv").map(|rest| Row::of("", rest)));
    rows
}

fn violation(label: &'static str, clause: &ClauseResult, record: &RunRecord) -> Vec<Row> {
    let (id, level) = (clause.id, clause.level.as_str());
    let [violated, checked] = [clause.violated, clause.checked].map(grouped);
    let head = format!("{id} ({level}, {violated} of {checked}) {}", clause.title);
    let mut rows = vec![Row::of(label, head).with_wrong()];
    let mut unwaived = record.findings.iter().filter(|found| found.waived.is_none());
    if let Some(found) = unwaived.find(|found| found.finding.clause == id) {
        rows.extend(first(found));
    }
    if !clause.readings.is_empty() {
        let readings = clause.readings.join(", ");
        rows.push(Row::detail("rests on", format!("the reading: {readings}")));
    }
    rows
}

/// Where a clause was violated first, and how.
fn first(FoundViolation { scenario, shard, finding, .. }: &FoundViolation) -> Vec<Row> {
    let place = shards::place(*shard, finding.device);
    let place = place.map_or(String::new(), |place| format!(", {place}"));
    let what = format!("{scenario}{place}, at {}: {}", brief(finding.at), finding.message);
    let told = [
        ("first in", what.as_str()),
        ("expected", &finding.expected),
        ("got", &finding.actual),
        ("at", &finding.pointer),
    ];
    let told = told.into_iter().filter(|(_, text)| !text.is_empty());
    told.map(|(label, text)| Row::detail(label, said(text))).collect()
}

fn unmet(record: &RunRecord) -> Vec<Row> {
    let mut rows = Vec::new();
    for (nth, (scenario, unmet)) in record.every_unmet().take(MOST).enumerate() {
        rows.extend(unmet_step(if nth == 0 { "unmet" } else { "" }, scenario, unmet));
    }
    rows.extend(
        beyond(record.every_unmet().count(), "steps in junit.xml").map(|rest| Row::of("", rest)),
    );
    rows
}

fn unmet_step(label: &'static str, scenario: &ScenarioRecord, unmet: &UnmetStep) -> Vec<Row> {
    let place = evidence::place(scenario, unmet.line, &unmet.step);
    let times = counted(unmet.count, "time");
    let first = shards::place(unmet.shard, Some(unmet.device)).unwrap_or_default();
    let head = format!("{place}: {} ({times}, first on {first})", unmet.message);
    vec![
        Row::of(label, said(&head)).with_wrong(),
        Row::detail("expected", said(&unmet.expected)),
        Row::detail("got", said(&unmet.actual)),
    ]
}

/// Thresholds that do not hold, with what the figure was.
fn crossed(record: &RunRecord) -> Vec<Row> {
    let crossed = record.every_threshold().filter(|(_, one)| !one.ok);
    let told = crossed.map(|(scenario, one)| {
        let value = value(one).unwrap_or_else(|| "no samples".to_owned());
        let place = scenario.map_or(String::new(), |scenario| format!(" in {}", scenario.name));
        said(&format!("{}: {value}{place}", one.expr))
    });
    let all: Vec<_> = told.collect();
    let rest = beyond(all.len(), "thresholds in run.json");
    let rows = labelled("crossed", all.into_iter().take(MOST).chain(rest));
    rows.into_iter().map(Row::with_wrong).collect()
}

/// A threshold's value in its own unit; `None` without samples.
fn value(threshold: &ThresholdResult) -> Option<String> {
    let value = threshold.value?;
    let expression = Threshold::parse(&threshold.expr).ok();
    Some(match expression.as_ref().map(Threshold::measure) {
        Some(Measure::Latency(..)) => {
            brief(Duration::try_from_secs_f64(value / 1e6).unwrap_or_default())
        }
        Some(Measure::PerSecond(_)) => format!("{value:.1}/s"),
        Some(Measure::Share(_)) => format!("{:.2} %", value * 100.0),
        Some(Measure::Count(_) | Measure::Must | Measure::Should) => grouped(value as u64),
        None => value.to_string(),
    })
}

fn not_run(record: &RunRecord) -> Vec<Row> {
    let broken = record.scenarios.iter().flat_map(|scenario| {
        scenario.errors.iter().map(|error| said(&format!("{}: {error}", scenario.name)))
    });
    let all: Vec<_> = broken.collect();
    let rest = beyond(all.len(), "scenarios in run.json");
    labelled("not run", all.into_iter().take(MOST).chain(rest))
}

/// Clauses that are waived, inconclusive or not exercised, gathered by why.
pub(super) fn without_verdict(record: &RunRecord) -> Vec<Row> {
    let told = |status: ClauseStatus| {
        let mut by_note: Vec<_> = evidence::by_note(record, status).into_iter().collect();
        by_note.sort_by_key(|(_, ids)| ids.len());
        let lines: Vec<_> = by_note
            .into_iter()
            .map(|(note, ids)| {
                let many = || counted(ids.len() as u64, "clause");
                let ids = if ids.len() > NAMED { many() } else { ids.join(", ") };
                format!("{ids}: {}", said(note))
            })
            .collect();
        let rest = beyond(lines.len(), "reasons in run.json");
        lines.into_iter().take(MOST).chain(rest).collect::<Vec<_>>()
    };
    let mut rows = labelled("waived", told(ClauseStatus::Waived).into_iter());
    rows.extend(labelled("unsure", told(ClauseStatus::Inconclusive).into_iter()));
    rows.extend(labelled("untried", told(ClauseStatus::NotExercised).into_iter()));
    rows
}

/// How many clauses there are of each status.
pub(in crate::report) fn coverage(record: &RunRecord) -> String {
    let count = |status| record.clauses_of(status).count() as u64;
    let told = [
        (ClauseStatus::Passed, "passed"),
        (ClauseStatus::Violated, "violated"),
        (ClauseStatus::Waived, "waived"),
        (ClauseStatus::Inconclusive, "inconclusive"),
        (ClauseStatus::NotExercised, "not exercised"),
    ]
    .map(|(status, name)| (count(status), name));
    let told: Vec<_> = told
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", grouped(*count)))
        .collect();
    if told.is_empty() { "none checked".to_owned() } else { told.join(", ") }
}
