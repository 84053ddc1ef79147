//! Figures and changes in words.

use std::time::Duration;

use super::{Change, Limit, MetricRow, Unit};

/// A value with its unit: `84.4ms`, `12.5/s`, `0.25 %`.
pub(super) fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Us => {
            let micros = value.clamp(0.0, 1e15).round() as u64;
            format!("{:?}", Duration::from_micros(micros))
        }
        Unit::PerSecond => format!("{}/s", short(value)),
        Unit::Share => percent(value),
    }
}

/// A fraction as a percentage.
pub(super) fn percent(fraction: f64) -> String {
    format!("{} %", short(fraction * 100.0))
}

/// How much worse a figure may be.
pub(super) fn limit(limit: Limit, unit: Unit) -> String {
    match (limit, unit) {
        (Limit::Relative(fraction), _) => percent(fraction),
        (Limit::Absolute(points), Unit::Share) => format!("{} points", short(points * 100.0)),
        (Limit::Absolute(most), _) => value(most, unit),
    }
}

/// By how much a figure is worse, and by how much it is so at least: `32 % more, at least 25 %`.
pub(super) fn worse_by(row: &MetricRow, change: &Change) -> String {
    let (more, least) =
        if row.more_is_worse { ("more", change.low) } else { ("less", change.high) };
    let size = |by: f64| {
        let limit_of = if change.is_absolute { Limit::Absolute } else { Limit::Relative };
        limit(limit_of(by.abs()), row.unit)
    };
    format!("{} {more}, at least {}", size(change.estimate), size(least))
}

/// At most three digits behind the point, fewer for larger numbers, and none that say nothing.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Names in a row: `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: f64, unit: Unit, expected: &str) {
        assert_eq!(value(number, unit), expected);
    }

    #[test]
    fn a_value_has_its_unit_and_no_idle_digits() {
        check(84_400.4, Unit::Us, "84.4ms");
        check(0.0, Unit::Us, "0ns");
        check(f64::INFINITY, Unit::Us, "1000000000s");
        check(12.5, Unit::PerSecond, "12.5/s");
        check(1_000.0, Unit::PerSecond, "1000/s");
        check(0.0025, Unit::Share, "0.25 %");
        check(0.000_01, Unit::Share, "0.001 %");
    }

    #[test]
    fn limits_are_told_in_what_they_are_given_in() {
        assert_eq!(limit(Limit::Relative(0.1), Unit::Us), "10 %");
        assert_eq!(limit(Limit::Absolute(5_000.0), Unit::Us), "5ms");
        assert_eq!(limit(Limit::Absolute(0.001), Unit::Share), "0.1 points");
    }

    #[test]
    fn names_are_listed() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(listed(&names), "a, b and c");
        assert_eq!(listed(&names[..2]), "a and b");
        assert_eq!(listed(&names[..1]), "a");
    }
}
