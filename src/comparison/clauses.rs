//! Which clauses stand otherwise than before.

use std::collections::BTreeMap;

use crate::conformance::{ClauseId, Level};
use crate::run::{ClauseResult, ClauseStatus};

use super::{ClauseChange, ClauseShift, Measured};

/// How a clause stands in the runs of a side.
type Side<'a> = Vec<Option<&'a ClauseResult>>;

/// The clauses that stand otherwise, regressions first, and how many stand as before.
pub(super) fn changes(base: &[Measured], candidate: &[Measured]) -> (Vec<ClauseChange>, usize) {
    let mut known: BTreeMap<ClauseId, &ClauseResult> = BTreeMap::new();
    for run in base.iter().chain(candidate) {
        known.extend(run.record.clauses.iter().map(|clause| (clause.id, clause)));
    }
    let mut changes: Vec<ClauseChange> = known
        .values()
        .filter_map(|clause| {
            change(clause, &of_side(base, clause.id), &of_side(candidate, clause.id))
        })
        .collect();
    let alike = known.len() - changes.len();
    changes.sort_by_key(|change| (!change.is_regression(), change.shift, change.level, change.id));
    (changes, alike)
}

impl ClauseChange {
    /// Whether it fails the gate: what is only recorded does not.
    pub fn is_regression(&self) -> bool {
        let is_lost =
            matches!(self.shift, ClauseShift::NewlyViolated | ClauseShift::NoLongerExercised);
        is_lost && self.level != Level::Info
    }
}

fn of_side(runs: &[Measured], id: ClauseId) -> Side<'_> {
    let of = |run: &'_ Measured| -> Option<usize> {
        run.record.clauses.iter().position(|clause| clause.id == id)
    };
    runs.iter().map(|run| of(run).map(|at| &run.record.clauses[at])).collect()
}

fn change(clause: &ClauseResult, base: &Side<'_>, candidate: &Side<'_>) -> Option<ClauseChange> {
    Some(ClauseChange {
        id: clause.id,
        level: clause.level,
        title: clause.title.clone().into_owned(),
        base: statuses(base),
        candidate: statuses(candidate),
        shift: shift(base, candidate)?,
    })
}

/// What became of a clause; `None` where it stands as before. A waived violation is known where it was
/// there before, waived or not; one that is not waived, where it was not waived before either.
fn shift(base: &Side<'_>, candidate: &Side<'_>) -> Option<ClauseShift> {
    use ClauseStatus::{Violated, Waived};
    let (was, is) = (statuses(base), statuses(candidate));
    let was_violated = was.contains(&Violated);
    let was_so_or_waived = was_violated || was.contains(&Waived);
    let is_so_or_waived = is.contains(&Violated) || is.contains(&Waived);
    let was_exercised_always = base.iter().all(is_exercised);
    let was_exercised = base.iter().any(is_exercised);
    let is_exercised = candidate.iter().any(is_exercised);
    if is.contains(&Violated) && !was_violated || is_so_or_waived && !was_so_or_waived {
        Some(ClauseShift::NewlyViolated)
    } else if was_exercised_always && !is_exercised {
        Some(ClauseShift::NoLongerExercised)
    } else if was_so_or_waived && !is_so_or_waived && is_exercised {
        Some(ClauseShift::NoLongerViolated)
    } else if !was_exercised && is_exercised {
        Some(ClauseShift::NewlyExercised)
    } else {
        (worst(&was) != worst(&is)).then_some(ClauseShift::Other)
    }
}

fn is_exercised(clause: &Option<&ClauseResult>) -> bool {
    clause.is_some_and(|clause| clause.checked > 0)
}

/// A run of a version that did not know a clause did not exercise it.
fn statuses(side: &Side<'_>) -> Vec<ClauseStatus> {
    let status = |clause: &Option<&ClauseResult>| {
        clause.map_or(ClauseStatus::NotExercised, |clause| clause.status)
    };
    side.iter().map(status).collect()
}

/// What a side comes to: the worst that any of its runs saw.
fn worst(statuses: &[ClauseStatus]) -> u8 {
    let rank = |status: &ClauseStatus| match status {
        ClauseStatus::Violated => 4,
        ClauseStatus::Waived => 3,
        ClauseStatus::Inconclusive => 2,
        ClauseStatus::Passed => 1,
        ClauseStatus::NotExercised => 0,
    };
    statuses.iter().map(rank).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ClauseShift::{NewlyExercised, NewlyViolated, NoLongerExercised, NoLongerViolated, Other};

    use super::*;

    /// A clause in a run, by the first letter of its status.
    fn clause(letter: char) -> ClauseResult {
        let (status, checked) = match letter {
            'p' => (ClauseStatus::Passed, 9),
            'v' => (ClauseStatus::Violated, 9),
            'w' => (ClauseStatus::Waived, 9),
            'i' => (ClauseStatus::Inconclusive, 9),
            _ => (ClauseStatus::NotExercised, 0),
        };
        ClauseResult {
            id: ClauseId::Event1,
            level: Level::Must,
            title: "a message reaches everybody".into(),
            checked,
            violated: 0,
            waived: 0,
            status,
            note: None,
            readings: Vec::new(),
        }
    }

    /// What becomes of a clause that stands so in the runs of both sides.
    #[track_caller]
    fn check(base: &str, candidate: &str, expected: Option<ClauseShift>) {
        let [was, is] = [base, candidate].map(|side| side.chars().map(clause).collect::<Vec<_>>());
        let [was, is] = [&was, &is].map(|side| side.iter().map(Some).collect::<Side<'_>>());
        assert_eq!(shift(&was, &is), expected, "{base} -> {candidate}");
    }

    #[test]
    fn a_violation_is_new_where_no_run_had_it_before() {
        check("ppp", "ppv", Some(NewlyViolated));
        check("ppv", "vvv", None);
        check("n", "v", Some(NewlyViolated));
        check("w", "v", Some(NewlyViolated));
        check("i", "v", Some(NewlyViolated));
    }

    #[test]
    fn a_waived_violation_is_known_only_where_it_was_there_before() {
        check("p", "w", Some(NewlyViolated));
        check("w", "w", None);
        check("v", "w", Some(Other));
    }

    #[test]
    fn a_clause_is_lost_where_every_run_exercised_it_and_none_does_now() {
        check("pp", "nn", Some(NoLongerExercised));
        check("v", "n", Some(NoLongerExercised));
        check("pn", "nn", Some(Other));
        check("pp", "pn", None);
        check("n", "n", None);
    }

    #[test]
    fn what_got_better_is_told() {
        check("v", "p", Some(NoLongerViolated));
        check("w", "p", Some(NoLongerViolated));
        check("nn", "np", Some(NewlyExercised));
        check("p", "i", Some(Other));
    }

    #[test]
    fn a_clause_that_a_version_did_not_know_was_not_exercised() {
        let passed = clause('p');
        assert_eq!(shift(&vec![None], &vec![Some(&passed)]), Some(NewlyExercised));
        assert_eq!(shift(&vec![Some(&passed)], &vec![None]), Some(NoLongerExercised));
    }

    #[test]
    fn what_is_only_recorded_is_no_regression() {
        let info = ClauseResult { level: Level::Info, ..clause('p') };
        let violated = ClauseResult { status: ClauseStatus::Violated, ..info.clone() };
        let change = change(&info, &vec![Some(&info)], &vec![Some(&violated)]).unwrap();
        assert_eq!(change.shift, NewlyViolated);
        assert!(!change.is_regression());
        assert!(ClauseChange { level: Level::Should, ..change }.is_regression());
    }
}
