//! What is wrong, for the summary: violated clauses, unmet steps, what could not run, thresholds.

use std::time::Duration;

use crate::conformance::Finding;
use crate::run::{ClauseResult, ClauseStatus, FoundViolation, RunRecord};

use crate::report::crossed;
use crate::report::evidence;
use crate::report::figure::{brief, counted, grouped};
use crate::report::markdown::{code, sentence};
use crate::report::shards;

use super::{list, table};

/// Each violated clause with its first finding in a sentence, the most binding first.
pub(super) fn clauses(record: &RunRecord) -> Option<String> {
    let mut violated: Vec<_> = record.clauses_of(ClauseStatus::Violated).collect();
    violated.sort_by_key(|clause| clause.level);
    let told = violated.iter().map(|clause| violation(record, clause));
    titled("Violated clauses", &list(told, "violated clauses"))
}

fn violation(record: &RunRecord, clause: &ClauseResult) -> String {
    let found = || {
        record.findings.iter().filter(|one| one.waived.is_none() && one.finding.clause == clause.id)
    };
    let since: Option<Duration> = found().map(|one| one.finding.at).min();
    let since = since.map_or(String::new(), |at| format!(", since {}", brief(at)));
    let [violated, checked] = [clause.violated, clause.checked].map(grouped);
    let (id, level) = (code(clause.id.as_str()), clause.level.as_str());
    let title = sentence(&clause.title);
    let first = found().min_by_key(|one| one.finding.at).map(first);
    let readings: Vec<_> = clause.readings.iter().map(|id| code(id)).collect();
    let rests = (!readings.is_empty()).then(|| format!("  \n  rests on {}", readings.join(", ")));
    format!(
        "**{id}** {level}, {violated} of {checked} checks{since}: {title}{}{}",
        first.unwrap_or_default(),
        rests.unwrap_or_default()
    )
}

fn first(FoundViolation { scenario, shard, finding, .. }: &FoundViolation) -> String {
    let Finding { device, message, expected, actual, pointer, .. } = finding;
    let on = shards::place(*shard, *device).map_or(String::new(), |on| format!(" on {on}"));
    let place = if pointer.is_empty() { String::new() } else { format!(" at {}", code(pointer)) };
    format!(
        "  \n  first in {}{on}: {}; expected {}, got {}{place}",
        code(scenario),
        sentence(message),
        sentence(expected),
        sentence(actual),
    )
}

/// Each unmet step, where it stands and what came instead.
pub(super) fn steps(record: &RunRecord) -> Option<String> {
    let told = record.every_unmet().map(|(scenario, unmet)| {
        format!(
            "{} {}, first on {}: {}; expected {}, got {}",
            code(&evidence::place(scenario, unmet.line, &unmet.step)),
            counted(unmet.count, "time"),
            shards::place(unmet.shard, Some(unmet.device)).unwrap_or_default(),
            sentence(&unmet.message),
            sentence(&unmet.expected),
            sentence(&unmet.actual),
        )
    });
    titled("Unmet steps", &list(told, "steps"))
}

/// What could not run, by scenario.
pub(super) fn not_run(record: &RunRecord) -> Option<String> {
    let told = record.scenarios.iter().flat_map(|scenario| {
        let errors = scenario.errors.iter();
        errors.map(|error| format!("{}: {}", code(&scenario.name), sentence(error)))
    });
    titled("Not run", &list(told, "scenarios"))
}

/// Each threshold that does not hold, with its value.
pub(super) fn thresholds(record: &RunRecord) -> Option<String> {
    let crossed = record.every_threshold().filter(|(_, one)| !one.ok);
    let rows = crossed.map(|(scenario, one)| {
        let of = scenario.map_or("the whole run".to_owned(), |scenario| code(&scenario.name));
        vec![of, code(&one.expr), crossed::value(one)]
    });
    let table = table(&["of", "crossed threshold", "value"], rows, "thresholds")?;
    titled("Crossed thresholds", &table)
}

fn titled(title: &str, text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("### {title}\n\n{text}"))
}
