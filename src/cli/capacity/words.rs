//! What is said of a level on a line.

use std::time::Duration;

use crate::capacity::{By, Level, LevelOutcome};
use crate::report::brief;

/// A number in four digits or so, as a file name takes it: `117.4`.
pub(super) fn figure(number: f64) -> String {
    let decimals = match number.abs() {
        0.0..1.0 => 4,
        1.0..10.0 => 3,
        10.0..100.0 => 2,
        100.0..1_000.0 => 1,
        _ => 0,
    };
    let text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A level that is over: `level 5  120/s  kept  p99 38 ms (35 ms .. 41 ms)  errors 0 %  24.1 s`.
pub(super) fn level(nth: usize, by: By, level: &Level, took: Duration) -> String {
    let mut parts =
        vec![format!("level {nth}"), by.told(level.load), level.outcome.as_str().to_owned()];
    parts.extend(
        level.p99.map(|p99| format!("p99 {} ({} .. {})", us(p99.value), us(p99.low), us(p99.high))),
    );
    parts.extend(level.errors.map(|errors| format!("errors {} %", figure(errors * 100.0))));
    parts.push(brief(took));
    if level.outcome != LevelOutcome::Kept {
        parts.push(level.told.clone());
    }
    parts.join("  ")
}

/// The nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no load is negative"
)]
pub(super) fn whole(number: f64) -> u64 {
    number.round() as u64
}

fn us(us: f64) -> String {
    brief(Duration::try_from_secs_f64(us / 1e6).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: f64, expected: &str) {
        assert_eq!(figure(number), expected);
    }

    #[test]
    fn a_figure_has_no_digits_that_say_nothing() {
        check(120.0, "120");
        check(117.384, "117.4");
        check(0.25, "0.25");
        check(0.0, "0");
        check(1_234.56, "1235");
        check(40.0, "40");
    }
}
