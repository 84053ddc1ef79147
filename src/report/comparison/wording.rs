//! What a comparison says, in words: figures, changes, outcomes.
//!
//! It knows no format. Start from [`change`].

use crate::comparison::{
    Change, ClauseShift, Comparison, Evidence, Kind, Limit, MetricRow, Outcome, SideValue,
    TrendFigure, Unit,
};
use crate::report::figure::{counted, grouped, precise};
use crate::run::{ClauseStatus, Verdict};

/// A figure with its unit: `84.4 ms`, `12.5/s`, `0.25 %`.
pub(super) fn figure(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Us => precise(value),
        Unit::PerSecond => format!("{}/s", number(value)),
        Unit::Share => format!("{} %", number(value * 100.0)),
    }
}

/// A side's figure; `none` where it has no samples.
pub(super) fn side(unit: Unit, side: Option<&SideValue>) -> String {
    side.map_or("none".to_owned(), |side| figure(unit, side.value))
}

/// The figures of the first so many runs, where a side has more than one.
pub(super) fn by_run(unit: Unit, side: &SideValue, most: usize) -> Option<String> {
    let told = side.runs.iter().take(most);
    let told = told.map(|run| run.map_or("none".to_owned(), |run| figure(unit, run)));
    let more = if side.runs.len() > most { ", ..." } else { "" };
    (side.runs.len() > 1).then(|| told.collect::<Vec<_>>().join(", ") + more)
}

/// A round figure at an axis.
pub(super) fn tick(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Us => precise(value),
        Unit::PerSecond if value >= 1_000.0 => grouped(value as u64),
        Unit::PerSecond => short(value),
        Unit::Share => format!("{} %", short(value * 100.0)),
    }
}

/// What was seen and its interval: `+12.3 % (+9.8 .. +15.1)`; `unknown` without either.
pub(super) fn change(row: &MetricRow) -> String {
    row.change.map_or("unknown".to_owned(), |change| {
        format!("{} ({})", estimate(row.unit, &change), interval(row.unit, &change))
    })
}

/// What was seen: `+12.3 %`, `+5.20 ms`, `+0.12 pp`.
pub(super) fn estimate(unit: Unit, change: &Change) -> String {
    with_sign(unit, change.is_absolute, change.estimate)
}

/// The interval: `+9.8 .. +15.1`, in per cent or percentage points; with units where they are of another kind.
pub(super) fn interval(unit: Unit, change: &Change) -> String {
    let ends = [change.low, change.high].map(|end| match (change.is_absolute, unit) {
        (true, Unit::Us | Unit::PerSecond) => with_sign(unit, true, end),
        (true, Unit::Share) | (false, _) => signed(end * 100.0, change.is_absolute),
    });
    ends.join(" .. ")
}

/// The change that is still let pass: `+10 %`, or `-10 %` where less is worse.
pub(super) fn limit(row: &MetricRow) -> String {
    let sign = if row.more_is_worse { "+" } else { "-" };
    match row.limit {
        None => "none".to_owned(),
        Some(Limit::Relative(limit)) => format!("{sign}{} %", short(limit * 100.0)),
        Some(Limit::Absolute(limit)) => match row.unit {
            Unit::Us => format!("{sign}{}", precise(limit)),
            Unit::PerSecond => format!("{sign}{}/s", short(limit)),
            Unit::Share => format!("{sign}{} pp", short(limit * 100.0)),
        },
    }
}

/// A run's figure in a history, and its interval where it has one.
pub(super) fn trend(of: Option<&TrendFigure>) -> (String, Option<String>) {
    let Some(of) = of else { return ("none".to_owned(), None) };
    let told = |value: Option<f64>| value.map(|value| figure(of.unit, value));
    let ends = told(of.low).zip(told(of.high));
    let interval = ends.map(|(low, high)| format!("{low} .. {high}"));
    (told(of.value).unwrap_or_else(|| "none".to_owned()), interval)
}

/// An outcome.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Worse => "worse",
        Outcome::Missing => "missing",
        Outcome::Inconclusive => "inconclusive",
        Outcome::NoDifference => "no significant difference",
        Outcome::Better => "better",
    }
}

/// How many figures came out how: `1 worse, 2 inconclusive, 9 no significant difference`.
pub(super) fn tally(comparison: &Comparison) -> String {
    let all = [
        Outcome::Worse,
        Outcome::Missing,
        Outcome::Inconclusive,
        Outcome::NoDifference,
        Outcome::Better,
    ];
    let told = all.into_iter().filter_map(|one| {
        let count = count(comparison, one);
        let words = match one {
            Outcome::NoDifference => "without significant difference",
            Outcome::Worse | Outcome::Missing | Outcome::Inconclusive | Outcome::Better => {
                outcome(one)
            }
        };
        (count > 0).then(|| format!("{} {words}", grouped(count)))
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() { "no figure was judged".to_owned() } else { told.join(", ") }
}

/// How many figures came out so.
pub(super) fn count(comparison: &Comparison, outcome: Outcome) -> u64 {
    comparison.metrics.iter().filter(|row| row.outcome == Some(outcome)).count() as u64
}

/// What to do about figures that are inconclusive; `None` where there are none.
pub(super) fn undecided(comparison: &Comparison) -> Option<String> {
    let count = count(comparison, Outcome::Inconclusive);
    let is = if count == 1 { "is" } else { "are" };
    let figures = counted(count, "figure");
    (count > 0)
        .then(|| format!("{figures} {is} inconclusive: more runs a side, or longer ones, decide"))
}

/// How a clause stands otherwise.
pub(super) fn shift(shift: ClauseShift) -> &'static str {
    match shift {
        ClauseShift::NewlyViolated => "newly violated",
        ClauseShift::NoLongerExercised => "no longer exercised",
        ClauseShift::NoLongerViolated => "no longer violated",
        ClauseShift::NewlyExercised => "newly exercised",
        ClauseShift::Other => "stands otherwise",
    }
}

/// How a clause stands in each run of a side: `passed in 2 runs, violated in 1 run`.
pub(super) fn standing(side: &[ClauseStatus]) -> String {
    let words = |status| match status {
        ClauseStatus::NotExercised => "not exercised",
        ClauseStatus::Passed
        | ClauseStatus::Violated
        | ClauseStatus::Waived
        | ClauseStatus::Inconclusive => status.as_str(),
    };
    match side {
        [] => "unknown".to_owned(),
        [first, rest @ ..] if rest.iter().all(|one| one == first) => words(*first).to_owned(),
        _ => {
            let mut told: Vec<(ClauseStatus, u64)> = Vec::new();
            for status in side {
                match told.iter_mut().find(|(one, _)| one == status) {
                    Some((_, count)) => *count += 1,
                    None => told.push((*status, 1)),
                }
            }
            let told = told.into_iter();
            let told = told
                .map(|(status, count)| format!("{} in {}", words(status), counted(count, "run")));
            told.collect::<Vec<_>>().join(", ")
        }
    }
}

/// In what runs are not alike.
pub(super) fn unlike(kind: Kind) -> &'static str {
    match kind {
        Kind::Target => "another target",
        Kind::Plan => "another plan",
        Kind::Dialect => "another dialect",
        Kind::Invalid => "an invalid run",
        Kind::Unfinished => "an unfinished run",
    }
}

/// What the intervals are evidence of, in two words.
pub(super) fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::WithinRuns => "within-run evidence only",
        Evidence::BetweenRuns => "between-run evidence",
    }
}

/// What that means, in a sentence.
pub(super) fn evidence_meaning(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::WithinRuns => {
            "the intervals tell of the seconds within these runs, not of what the next run would \
             show; three or more runs a side tell that"
        }
        Evidence::BetweenRuns => "the intervals count in what differs from run to run",
    }
}

/// How sure all verdicts together are: `98 %`.
pub(super) fn confidence(comparison: &Comparison) -> String {
    format!("{} %", short(comparison.method.confidence * 100.0))
}

/// The verdict of the gate.
pub(super) fn verdict(comparison: &Comparison) -> Verdict {
    if comparison.passed { Verdict::Passed } else { Verdict::Failed }
}

/// `3 runs against 1 run`
pub(super) fn sides(comparison: &Comparison) -> String {
    let [base, candidate] =
        [&comparison.base, &comparison.candidate].map(|side| counted(side.len() as u64, "run"));
    format!("{candidate} against {base}")
}

fn with_sign(unit: Unit, is_absolute: bool, value: f64) -> String {
    match (is_absolute, unit) {
        (true, Unit::Us) => {
            format!("{}{}", if value < 0.0 { '-' } else { '+' }, precise(value.abs()))
        }
        (true, Unit::PerSecond) => format!("{}/s", signed(value, true)),
        (true, Unit::Share) => format!("{} pp", signed(value * 100.0, true)),
        (false, _) => format!("{} %", signed(value * 100.0, false)),
    }
}

/// A number with its sign: to a tenth where it is per cent, finer where it is a difference.
fn signed(value: f64, is_fine: bool) -> String {
    // What rounds to nothing is not told as less than nothing.
    let nothing = if is_fine { -0.0005 } else { -0.05 };
    let sign = if value <= nothing { '-' } else { '+' };
    let size = value.abs();
    match size {
        _ if !size.is_finite() => format!("{sign}endless"),
        _ if is_fine => format!("{sign}{}", number(size)),
        _ if size < 999.95 => format!("{sign}{size:.1}"),
        _ => format!("{sign}{}", grouped(size as u64)),
    }
}

/// A number in three digits.
fn number(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        _ if value < 0.0995 => format!("{value:.3}"),
        _ if value < 9.995 => format!("{value:.2}"),
        _ if value < 99.95 => format!("{value:.1}"),
        _ => grouped(value.round() as u64),
    }
}

/// A number as a person wrote it.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use crate::report::comparison::sample;

    use super::*;

    #[track_caller]
    fn check(unit: Unit, is_absolute: bool, [low, estimate, high]: [f64; 3], expected: &str) {
        let change = Some(Change { is_absolute, estimate, low, high });
        let row = MetricRow { unit, change, ..sample::row("send_to_peer.p99") };
        assert_eq!(change_of(&row), expected);
    }

    fn change_of(row: &MetricRow) -> String {
        change(row)
    }

    #[test]
    fn a_change_has_its_sign_its_unit_and_its_interval() {
        check(Unit::Us, false, [0.098, 0.123, 0.151], "+12.3 % (+9.8 .. +15.1)");
        check(Unit::Us, false, [-0.5, 0.0, 12.0], "+0.0 % (-50.0 .. +1 200)");
        check(Unit::Us, true, [-4_000.0, 1_240.0, 6_300.0], "+1.24 ms (-4.00 ms .. +6.30 ms)");
        check(Unit::PerSecond, true, [-4.0, -1.5, 0.0], "-1.50/s (-4.00/s .. +0/s)");
        check(Unit::Share, true, [0.0002, 0.0012, 0.004], "+0.12 pp (+0.020 .. +0.40)");
        check(
            Unit::Us,
            false,
            [f64::NEG_INFINITY, f64::NAN, f64::INFINITY],
            "+endless % (-endless .. +endless)",
        );
    }

    #[test]
    fn a_limit_is_told_with_the_sign_of_what_is_worse() {
        let told = |unit, more_is_worse, of| {
            limit(&MetricRow { unit, more_is_worse, limit: of, ..sample::row("x") })
        };
        assert_eq!(told(Unit::Us, true, Some(Limit::Relative(0.1))), "+10 %");
        assert_eq!(told(Unit::PerSecond, false, Some(Limit::Relative(0.125))), "-12.5 %");
        assert_eq!(told(Unit::Us, true, Some(Limit::Absolute(5_000.0))), "+5.00 ms");
        assert_eq!(told(Unit::Share, true, Some(Limit::Absolute(0.001))), "+0.1 pp");
        assert_eq!(told(Unit::Share, true, None), "none");
    }

    #[test]
    fn a_clause_that_stands_differently_from_run_to_run_is_told_so() {
        use ClauseStatus::{NotExercised, Passed, Violated};
        assert_eq!(standing(&[]), "unknown");
        assert_eq!(standing(&[NotExercised, NotExercised]), "not exercised");
        assert_eq!(standing(&[Passed, Violated, Passed]), "passed in 2 runs, violated in 1 run");
    }
}
