//! `junit.xml` of a comparison: each judged figure and each changed clause as a test case, for CI.
//!
//! Valid against the Jenkins schema as a run's is. A case bears the name of its figure or clause alone, so
//! that CI knows it again whatever its figures are.

use std::io;
use std::time::Duration;

use quick_junit::{Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::comparison::{ClauseChange, ClauseShift, Comparison, MetricRow, Outcome, RunBrief};
use crate::conformance::Level;
use crate::report::junit::{case, failure, line, skipped, told_apart, write_xml};

use super::{row, wording};

/// Writes the suites `comparison` and `clauses`.
pub(super) fn write(comparison: &Comparison, to: &mut dyn io::Write) -> io::Result<()> {
    let mut report = Report::new("deskbell compare");
    report.set_time(Duration::ZERO);
    let figures = row::judged(comparison).into_iter().map(|row| figure_case(comparison, row));
    report.add_test_suite(suite(comparison, "comparison", figures));
    let clauses = comparison.clauses.iter().map(clause_case);
    report.add_test_suite(suite(comparison, "clauses", clauses));
    write_xml(&told_apart(report), to)
}

fn suite(comparison: &Comparison, name: &str, cases: impl Iterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.set_time(Duration::ZERO);
    if let Some(newest) = comparison.candidate.last() {
        suite.extra.insert("timestamp".into(), line(&newest.started_at).into());
    }
    let folders = |side: &[RunBrief]| {
        let folders: Vec<_> = side.iter().map(|run| run.folder.as_str()).collect();
        line(&folders.join(", "))
    };
    suite.add_properties([
        Property::new("base", folders(&comparison.base)),
        Property::new("candidate", folders(&comparison.candidate)),
        Property::new("evidence", wording::evidence(comparison.method.evidence)),
        Property::new("version", line(comparison.version)),
    ]);
    let method = comparison.method.sentences.iter();
    suite.add_properties(method.map(|sentence| Property::new("method", line(sentence))));
    let differences = comparison.differences.iter();
    suite.add_properties(differences.map(|one| {
        Property::new(format!("unlike: {}", wording::unlike(one.kind)), line(&one.told))
    }));
    let notes = comparison.notes.iter();
    suite.add_properties(notes.map(|note| Property::new("note", line(note))));
    suite.add_test_cases(cases);
    suite
}

fn figure_case(comparison: &Comparison, row: &MetricRow) -> TestCase {
    let [base, candidate] =
        [&row.base, &row.candidate].map(|side| wording::side(row.unit, side.as_ref()));
    let (change, limit) = (wording::change(row), wording::limit(row));
    let outcome = row.outcome.unwrap_or(Outcome::Inconclusive);
    let word = wording::outcome(outcome);
    let told = format!("{word}: {base} -> {candidate}, {change}, limit {limit}");
    let facts = [
        ("base", base.as_str()),
        ("candidate", &candidate),
        ("change", &change),
        ("limit", &limit),
        ("evidence", wording::evidence(comparison.method.evidence)),
        ("note", row.note.as_deref().unwrap_or_default()),
    ];
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    let facts: String = facts.map(|(label, text)| format!("{label:<9} {text}\n")).collect();
    let status = match outcome {
        Outcome::Worse | Outcome::Missing => failure(word, &told, &facts),
        Outcome::Inconclusive => skipped(&match &row.note {
            Some(note) => format!("{told}: {note}"),
            None => told.clone(),
        }),
        Outcome::NoDifference | Outcome::Better => TestCaseStatus::success(),
    };
    let mut case = case("comparison", &row.name, status);
    if matches!(outcome, Outcome::NoDifference | Outcome::Better) {
        case.set_system_out(line(&told));
    }
    case
}

fn clause_case(clause: &ClauseChange) -> TestCase {
    let shift = wording::shift(clause.shift);
    let [before, now] = [&clause.base, &clause.candidate].map(|side| wording::standing(side));
    let told = format!("{shift}: {before} before, {now} now");
    let status = match (clause.shift, clause.level) {
        (
            ClauseShift::NewlyViolated | ClauseShift::NoLongerExercised,
            Level::Must | Level::Should,
        ) => {
            failure(clause.level.as_str(), &told, &format!("before    {before}\nnow       {now}\n"))
        }
        (ClauseShift::NewlyViolated | ClauseShift::NoLongerExercised, Level::Info) => {
            skipped(&format!("{told}; info clauses are below the gate"))
        }
        (ClauseShift::Other, _) => skipped(&told),
        (ClauseShift::NoLongerViolated | ClauseShift::NewlyExercised, _) => {
            TestCaseStatus::success()
        }
    };
    let is_good = matches!(status, TestCaseStatus::Success { .. });
    let mut case = case("clauses", &format!("{} {}", clause.id, clause.title), status);
    if is_good {
        case.set_system_out(line(&told));
    }
    case
}
