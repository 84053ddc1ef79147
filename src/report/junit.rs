//! `junit.xml`: each clause, step and threshold as a test case, for CI.
//!
//! Valid against the Jenkins schema (xunit plugin, junit-10.xsd), which is narrower than what most
//! readers take: hence no `file` or `line` on a case and no `skipped` on the root. Of a failure GitLab
//! and dorny/test-reporter show the text alone, Jenkins and mikepenz/action-junit-report its message
//! too: so the text begins with the message. Some of them add up times, and want one everywhere.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::protocol::redact;
use crate::run::{
    ClauseResult, ClauseStatus, InForce, Origin, RunRecord, ScenarioRecord, StepRecord,
    ThresholdResult, Verdict, WaiverResult, WaiverStatus,
};

use super::escape::{one_line, printable, shortened};
use super::{crossed, evidence, shards, span};

/// How much of a name or a message is told, in bytes.
const LONGEST_LINE: usize = 1_000;

/// How much is told of what speaks against a clause or a step, in bytes.
const LONGEST_EVIDENCE: usize = 8_000;

/// Writes a suite for the run itself where something is to be said of it, a suite per scenario, and
/// the suite `coverage` of the clauses that nothing exercised.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let mut report = Report::new("deskbell");
    report.set_time(span::took(record).unwrap_or_default());
    report.add_test_suites(run_suite(record));
    report.add_test_suites(record.scenarios.iter().map(|one| scenario_suite(record, one)));
    report.add_test_suite(coverage_suite(record));
    write_xml(&told_apart(report), to)
}

/// The report with no two cases of one name: the second `send` of a scenario is `send (b)`. Letters,
/// as a number would be taken for a line or a count.
pub(super) fn told_apart(mut report: Report) -> Report {
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    for case in report.test_suites.iter_mut().flat_map(|suite| &mut suite.test_cases) {
        let twins = seen.entry((case.classname.clone(), case.name.clone())).or_default();
        if *twins > 0 {
            case.name = format!("{} ({})", case.name.as_str(), letters(*twins)).into();
        }
        *twins += 1;
    }
    report
}

pub(super) fn write_xml(report: &Report, to: &mut dyn io::Write) -> io::Result<()> {
    let xml = report.to_string().map_err(io::Error::other)?;
    // The root comes first, and the schema has no such attribute there.
    let root_skipped = format!(" skipped=\"{}\"", report.skipped);
    to.write_all(xml.replacen(&root_skipped, "", 1).as_bytes())
}

/// Writes one error case for a run that could not start.
pub(super) fn write_not_started(why: &str, to: &mut dyn io::Write) -> io::Result<()> {
    let mut suite = TestSuite::new("run");
    suite.set_time(Duration::ZERO);
    suite.add_test_case(case("run", "the run could start", error(&[redact(why).into_owned()])));
    let mut report = Report::new("deskbell");
    report.set_time(Duration::ZERO);
    report.add_test_suite(suite);
    write_xml(&report, to)
}

fn run_suite(record: &RunRecord) -> Option<TestSuite> {
    let broken = match record.verdict {
        Verdict::Passed | Verdict::Failed => None,
        Verdict::Invalid if shards::is_incomplete(record) => Some("the shards make a whole"),
        Verdict::Invalid => Some("the generator kept up"),
        Verdict::Interrupted => Some("the run was not interrupted"),
        Verdict::Error => Some("the run could be done"),
    };
    let broken = broken.map(|name| case("run", name, error(&record.why)));
    let thresholds = record.thresholds.iter().map(|one| threshold_case("run", one));
    let waivers = record.waivers.iter().filter_map(waiver_case);
    let cases: Vec<_> = broken.into_iter().chain(thresholds).chain(waivers).collect();
    (!cases.is_empty()).then(|| suite(record, "run", cases))
}

/// A case for a waiver that fails the run.
fn waiver_case(waiver: &WaiverResult) -> Option<TestCase> {
    let why = match waiver.status {
        WaiverStatus::Stale => "stale: its place was exercised and clean".to_owned(),
        WaiverStatus::Past => format!("it ended on {}", waiver.until),
        WaiverStatus::Used | WaiverStatus::NotExercised | WaiverStatus::Away => return None,
    };
    let name = format!("waiver of {}", waiver.waives);
    let evidence = format!("reason    {}\nuntil     {}\n", waiver.reason, waiver.until);
    Some(case("run", &name, failure("waiver", &why, &evidence)))
}

fn scenario_suite(record: &RunRecord, scenario: &ScenarioRecord) -> TestSuite {
    let broken = (!scenario.errors.is_empty())
        .then(|| case(&scenario.name, "the scenario could run", error(&scenario.errors)));
    let clauses = scenario
        .clauses
        .iter()
        .filter(|clause| clause.status != ClauseStatus::NotExercised)
        .map(|clause| clause_case(record, scenario, clause));
    let steps = scenario.steps.iter().map(|step| step_case(record, scenario, step));
    let thresholds = scenario.thresholds.iter().map(|one| threshold_case(&scenario.name, one));
    let cases = broken.into_iter().chain(clauses).chain(steps).chain(thresholds);
    let mut suite = suite(record, &scenario.name, cases);
    if record.scenarios.len() == 1 {
        suite.set_time(span::took(record).unwrap_or_default());
    }
    suite.extra.insert("file".into(), text(&scenario.file).into());
    suite
}

fn coverage_suite(record: &RunRecord) -> TestSuite {
    let cases = record.clauses_of(ClauseStatus::NotExercised).map(|clause| {
        let message = format!("never exercised: {}", note(clause));
        let status = if record.gate.required.contains(&clause.id) {
            failure("required", &message, "")
        } else {
            skipped(&message)
        };
        case("coverage", &clause_name(clause), status)
    });
    suite(record, "coverage", cases)
}

fn suite(record: &RunRecord, name: &str, cases: impl IntoIterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(line(name));
    suite.set_time(Duration::ZERO);
    suite.extra.insert("timestamp".into(), line(&record.started_at).into());
    suite.add_properties([
        Property::new("target", line(&record.target)),
        Property::new("seed", record.seed.to_string()),
        Property::new("run_id", line(&record.run_id)),
        Property::new("version", line(&record.version)),
    ]);
    suite.add_properties(shards::share(record).map(|share| Property::new("share", share)));
    let given = |one: &&InForce| !matches!(one.from, Origin::Scenario | Origin::Default);
    suite.add_properties(record.in_force.iter().filter(given).map(|one| {
        let (name, value) = (format!("{} by {}", one.key, one.from.as_str()), one.text());
        Property::new(line(&name), line(&value))
    }));
    suite.add_test_cases(cases);
    suite
}

fn note(clause: &ClauseResult) -> &str {
    clause.note.as_deref().unwrap_or_default()
}

fn clause_name(clause: &ClauseResult) -> String {
    format!("{} {}", clause.id, clause.title)
}

fn clause_case(record: &RunRecord, scenario: &ScenarioRecord, clause: &ClauseResult) -> TestCase {
    let level = clause.level.as_str();
    let headline = || evidence::headline(record, scenario, clause);
    let status = match clause.status {
        ClauseStatus::Passed => TestCaseStatus::success(),
        ClauseStatus::Violated if record.gate.fails_on(clause.level) => {
            failure(level, &headline(), &evidence::of_clause(record, scenario, clause))
        }
        ClauseStatus::Violated => {
            skipped(&format!("violated; {level} clauses are below the gate: {}", headline()))
        }
        ClauseStatus::Waived => skipped(&format!("waived: {}; {}", note(clause), headline())),
        ClauseStatus::Inconclusive if record.gate.required.contains(&clause.id) => {
            failure("required", &format!("inconclusive: {}", note(clause)), "")
        }
        ClauseStatus::Inconclusive => skipped(&format!("inconclusive: {}", note(clause))),
        ClauseStatus::NotExercised => skipped("never exercised"),
    };
    case(&scenario.name, &clause_name(clause), status)
}

fn step_case(record: &RunRecord, scenario: &ScenarioRecord, step: &StepRecord) -> TestCase {
    let status = if step.failed > 0 {
        let place = evidence::place(scenario, step.line, &step.step);
        let unmet = evidence::unmet_of(scenario, step);
        let message = unmet.map_or("the expectation was not met", |unmet| &unmet.message);
        let evidence = evidence::of_step(record, scenario, step);
        failure("unmet", &format!("{place}: {message}"), &evidence)
    } else if step.passed > 0 {
        TestCaseStatus::success()
    } else if step.skipped > 0 {
        skipped("left out: what it depends on had failed")
    } else {
        skipped("never reached")
    };
    case(&scenario.name, &step.step, status)
}

/// Numbers in letters: a to z, then aa, ab, ...
fn letters(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + (number % 26) as u8));
        if number < 26 {
            return letters.iter().rev().collect();
        }
        number = number / 26 - 1;
    }
}

fn threshold_case(classname: &str, threshold: &ThresholdResult) -> TestCase {
    let told = match threshold.value {
        Some(_) => format!("{}: the value is {}", threshold.expr, crossed::value(threshold)),
        None => format!("{}: there were no samples", threshold.expr),
    };
    let is_met = threshold.ok;
    let status = if is_met { TestCaseStatus::success() } else { failure("threshold", &told, "") };
    let mut case = case(classname, &crossed::name(threshold), status);
    if is_met {
        case.set_system_out(line(&told));
    }
    case
}

pub(super) fn case(classname: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(line(name), status);
    // What a clause takes cannot be told from what others do at the same time.
    case.set_classname(line(classname)).set_time(Duration::ZERO);
    case
}

pub(super) fn failure(kind: &str, message: &str, evidence: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind).set_message(line(message));
    let message = shortened(message, LONGEST_LINE);
    let evidence = shortened(evidence, LONGEST_EVIDENCE);
    status.set_description(text(&format!("{message}\n{evidence}")));
    status
}

pub(super) fn error(why: &[String]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("error").set_message(line(why.first().map_or("", String::as_str)));
    status.set_description(text(&shortened(&why.join("\n"), LONGEST_EVIDENCE)));
    status
}

pub(super) fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(line(reason)).set_description(text(&shortened(reason, LONGEST_LINE)));
    status
}

/// Text of an element. The writer would leave tabs out, and with them what stands between two words.
fn text(text: &str) -> String {
    printable(text).replace('\t', " ")
}

/// Text of an attribute.
pub(super) fn line(text: &str) -> String {
    one_line(&shortened(text, LONGEST_LINE)).into_owned()
}

#[cfg(test)]
mod tests;
