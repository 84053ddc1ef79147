//! `junit.xml`: the objectives and the load that was asked for, as tests, for CI.
//!
//! Valid against the Jenkins schema as the report of a run is, and with names that stay the same as
//! loads and bounds are moved. Objectives are judged at the load of `--at-least`, or at the lowest one.

use std::io;
use std::time::Duration;

use quick_junit::{Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::capacity::{CapacityRecord, CapacityVerdict, Level, LevelOutcome, ObjectiveValue};
use crate::report::junit::{case, error, failure, line, skipped, told_apart, write_xml};
use crate::report::{crossed, span};
use crate::run::ThresholdResult;

use super::{answer, words};

/// The suite, and the class of its cases.
const SUITE: &str = "capacity";

/// Writes the suite: what kept the search from its end, the load that was asked for, each objective.
pub(super) fn write(record: &CapacityRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let took = span::between(&record.started_at, &record.ended_at).unwrap_or_default();
    let mut suite = TestSuite::new(SUITE);
    suite.set_time(took);
    suite.extra.insert("timestamp".into(), line(&record.started_at).into());
    suite.add_properties([
        Property::new("target", line(&record.target)),
        Property::new("scenario", line(&record.scenario)),
        Property::new("seed", record.seed.to_string()),
        Property::new("run_id", line(&record.run_id)),
        Property::new("version", line(&record.version)),
    ]);
    suite.add_test_cases(broken(record));
    suite.add_test_case(load_case(record));
    let objectives = record.objectives.iter().enumerate();
    suite.add_test_cases(objectives.map(|(nth, expr)| objective_case(record, nth, expr)));
    let mut report = Report::new("deskbell");
    report.set_time(took);
    report.add_test_suite(suite);
    write_xml(&told_apart(report), to)
}

/// A case for what kept the search from its end.
fn broken(record: &CapacityRecord) -> Option<TestCase> {
    let name = match record.verdict {
        CapacityVerdict::Found | CapacityVerdict::Beyond | CapacityVerdict::Failed => return None,
        CapacityVerdict::Invalid => "the generator kept up",
        CapacityVerdict::Interrupted => "the search was not interrupted",
        CapacityVerdict::Error => "the search could be done",
    };
    Some(case(SUITE, name, error(&record.why)))
}

/// Whether the load that was asked for is carried, or without one the lowest.
fn load_case(record: &CapacityRecord) -> TestCase {
    let name = match record.at_least {
        Some(_) => "the load of --at-least is carried",
        None => "the load of --from is carried",
    };
    let asked = asked(record);
    let told = answer::title(record);
    let is_carried = record.carried.is_some_and(|carried| carried >= asked);
    let status = match record.verdict {
        CapacityVerdict::Found | CapacityVerdict::Beyond => TestCaseStatus::success(),
        CapacityVerdict::Failed => {
            let asked = words::load(record.by, asked);
            let (ended, why) = (answer::ended(record), answer::why(record).join("\n          "));
            let evidence = format!("asked     {asked}\nended by  {ended}\nwhy       {why}\n");
            failure("capacity", &format!("{told}, not {asked}"), &evidence)
        }
        CapacityVerdict::Invalid | CapacityVerdict::Interrupted | CapacityVerdict::Error => {
            if is_carried {
                TestCaseStatus::success()
            } else {
                skipped("not known: the search did not come to its end")
            }
        }
    };
    passing(case(SUITE, name, status), &told)
}

/// The load that objectives are judged at.
fn asked(record: &CapacityRecord) -> f64 {
    record.at_least.unwrap_or(record.from)
}

fn objective_case(record: &CapacityRecord, nth: usize, expr: &str) -> TestCase {
    let as_threshold = ThresholdResult { expr: expr.to_owned(), value: None, ok: true };
    let name = crossed::name(&as_threshold);
    let Some((level, objective, holds)) = judged(record, nth) else {
        return case(
            SUITE,
            &name,
            skipped("not known: no level tells of it at the load asked for"),
        );
    };
    let told = format!(
        "{expr}: at {} it is {}",
        words::load(record.by, level.load),
        words::objective(objective)
    );
    let status = if holds {
        TestCaseStatus::success()
    } else {
        failure("objective", &told, &format!("level     {}\n", level.told))
    };
    passing(case(SUITE, &name, status), &told)
}

/// The level that tells whether an objective is kept at the load that was asked for: the lowest one from
/// there on that keeps it, or the lowest one up to there that does not.
fn judged(record: &CapacityRecord, nth: usize) -> Option<(&Level, &ObjectiveValue, bool)> {
    // The lowest level may be a little off what was asked for: devices come in whole flows.
    let asked = match record.at_least {
        Some(load) => load,
        None => record.levels.first()?.load,
    };
    let told = record.levels.iter().filter_map(|level| {
        let objective = level.objectives.get(nth)?;
        let holds = match (level.outcome, objective.holds) {
            (LevelOutcome::Invalid | LevelOutcome::BrokenOff, _) => None,
            (LevelOutcome::NotCarried, holds) => holds.filter(|holds| !holds),
            (LevelOutcome::Kept, holds) => Some(holds.unwrap_or(true)),
            (LevelOutcome::Missed, holds) => holds,
        }?;
        Some((level, objective, holds))
    });
    let told: Vec<_> = told.collect();
    let missed = told.iter().find(|(level, _, holds)| !holds && level.load <= asked);
    let kept = told.iter().find(|(level, _, holds)| *holds && level.load >= asked);
    kept.or(missed).copied()
}

/// The case with what is to be known of it where it passed.
fn passing(mut case: TestCase, told: &str) -> TestCase {
    case.set_time(Duration::ZERO);
    if matches!(case.status, TestCaseStatus::Success { .. }) {
        case.set_system_out(line(told));
    }
    case
}

#[cfg(test)]
mod tests {
    use crate::report::capacity::sample;

    use super::*;

    /// The name of each case and how it ended.
    fn cases(record: &CapacityRecord) -> Vec<(String, &'static str)> {
        let objectives = record.objectives.iter().enumerate();
        let objectives = objectives.map(|(nth, expr)| objective_case(record, nth, expr));
        let cases = broken(record).into_iter().chain([load_case(record)]).chain(objectives);
        let told = |case: TestCase| {
            let status = match case.status {
                TestCaseStatus::Success { .. } => "passed",
                TestCaseStatus::Skipped { .. } => "skipped",
                TestCaseStatus::NonSuccess { .. } => "failed",
            };
            (case.name.to_string(), status)
        };
        cases.map(told).collect()
    }

    #[track_caller]
    fn check(record: &CapacityRecord, expected: &[(&str, &str)]) {
        let cases = cases(record);
        let cases: Vec<_> = cases.iter().map(|(name, status)| (name.as_str(), *status)).collect();
        assert_eq!(cases, expected);
    }

    const ASKED: &str = "the load of --at-least is carried";
    const LOWEST: &str = "the load of --from is carried";
    const P99: &str = "send_to_event.p99 is below its bound";
    const ERRORS: &str = "errors.rate is below its bound";

    #[test]
    fn objectives_are_judged_at_the_load_that_was_asked_for() {
        check(&sample::found(), &[(ASKED, "passed"), (P99, "passed"), (ERRORS, "passed")]);
        let far = sample::less_than_asked();
        check(&far, &[(ASKED, "failed"), (P99, "failed"), (ERRORS, "skipped")]);
    }

    #[test]
    fn without_an_asked_load_they_are_judged_at_the_lowest() {
        check(&sample::beyond(), &[(LOWEST, "passed"), (P99, "passed"), (ERRORS, "passed")]);
        let lowest = sample::failed_at_the_lowest();
        check(&lowest, &[(LOWEST, "failed"), (P99, "failed"), (ERRORS, "failed")]);
    }

    #[test]
    fn what_kept_the_search_from_its_end_is_an_error_and_the_rest_not_known() {
        let left = [(ASKED, "skipped"), (P99, "skipped"), (ERRORS, "skipped")];
        for (record, name) in [
            (sample::interrupted(), "the search was not interrupted"),
            (sample::invalid(), "the generator kept up"),
            (sample::error(), "the search could be done"),
        ] {
            check(&record, &[&[(name, "failed")], &left[..]].concat());
        }
    }
}
