//! Loads, figures and outcomes in words, as every report says them.

use std::time::Duration;

use crate::capacity::{
    By, CapacityVerdict, EndedBy, Level, LevelOutcome, ObjectiveValue, Quantity,
};
use crate::report::crossed;
use crate::report::figure::{brief, grouped, precise};
use crate::run::{ThresholdResult, Verdict};

/// A load with its unit: `196/s`, `40 devices`.
pub(super) fn load(by: By, load: f64) -> String {
    match by {
        By::Rate => format!("{}/s", digits(load, 4)),
        By::Devices if digits(load, 4) == "1" => "1 device".to_owned(),
        By::Devices => format!("{} devices", digits(load, 4)),
    }
}

/// A load that nobody tried, as closely as it is known: `196/s`.
pub(super) fn about(by: By, about: f64) -> String {
    match by {
        By::Rate => format!("{}/s", number(about)),
        By::Devices => load(by, about.round()),
    }
}

/// What loads are, for the head of a column.
pub(super) fn loads(by: By) -> &'static str {
    match by {
        By::Rate => "flows a second",
        By::Devices => "devices",
    }
}

/// A number in three digits or more: `0.125`, `12.5`, `196`, `1 000`.
pub(super) fn number(value: f64) -> String {
    digits(value, 3)
}

/// A number in so many digits, or more before the point, and none that say nothing.
fn digits(value: f64, count: i32) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    let magnitude = value.abs();
    let decimals = match magnitude {
        _ if magnitude == 0.0 => 0,
        _ => (count - 1 - magnitude.log10().floor() as i32).clamp(0, 9) as usize,
    };
    let sign = if value < 0.0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{sign}{}", grouped(magnitude.round() as u64));
    }
    let text = format!("{magnitude:.decimals$}");
    format!("{sign}{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A fraction as a percentage: `0 %`, `0.25 %`, `< 0.01 %`.
pub(super) fn share(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if !percent.is_finite() {
        return "unknown".to_owned();
    }
    if percent > 0.0 && percent < 0.01 {
        return "< 0.01 %".to_owned();
    }
    let text = format!("{percent:.2}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A latency in microseconds, in its own unit.
pub(super) fn us(us: f64) -> String {
    let latency = Duration::try_from_secs_f64(us / 1e6);
    latency.map_or_else(|_| "unknown".to_owned(), brief)
}

/// The interval of a latency: `88.0 ms .. 101 ms`.
pub(super) fn within(of: Quantity) -> String {
    format!("{} .. {}", precise(of.low), precise(of.high))
}

/// What an objective came to, in its own unit: `84 ms (80 ms .. 91 ms)`; `no samples` without any.
pub(super) fn objective(of: &ObjectiveValue) -> String {
    let told = |value: Option<f64>| {
        crossed::value(&ThresholdResult { expr: of.expr.clone(), value, ok: true })
    };
    match of.value {
        Some(one) if one.low < one.high => {
            let [value, low, high] = [one.value, one.low, one.high].map(|at| told(Some(at)));
            format!("{value} ({low} .. {high})")
        }
        one => told(one.map(|one| one.value)),
    }
}

/// The objectives of a level that are for certain not kept; where none is, those that are uncertain.
pub(super) fn missed(level: &Level) -> impl Iterator<Item = &ObjectiveValue> {
    let is_certain = level.objectives.iter().any(|one| one.holds == Some(false));
    let is_told = level.outcome == LevelOutcome::Missed || is_certain;
    let wanted = if is_certain { Some(false) } else { None };
    level.objectives.iter().filter(move |one| is_told && one.holds == wanted)
}

/// What ended the search.
pub(super) fn ended(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Precision => "precision reached",
        EndedBy::Top => "top of the range",
        EndedBy::Bottom => "bottom of the range",
        EndedBy::Errors => "errors",
        EndedBy::Throttling => "throttling",
        EndedBy::Cap => "a cap",
        EndedBy::Generator => "the generator's own limit",
        EndedBy::Levels => "number of levels",
        EndedBy::Interrupted => "a person",
        EndedBy::Error => "a level that could not be run",
    }
}

/// The verdict in one word.
pub(super) fn verdict(verdict: CapacityVerdict) -> &'static str {
    match verdict {
        CapacityVerdict::Found => "found",
        CapacityVerdict::Beyond => "beyond",
        CapacityVerdict::Failed => "failed",
        CapacityVerdict::Invalid => "invalid",
        CapacityVerdict::Interrupted => "interrupted",
        CapacityVerdict::Error => "error",
    }
}

/// The verdict of a run that looks the same: its colour and its mark.
pub(super) fn looks_like(verdict: CapacityVerdict) -> Verdict {
    match verdict {
        CapacityVerdict::Found | CapacityVerdict::Beyond => Verdict::Passed,
        CapacityVerdict::Failed => Verdict::Failed,
        CapacityVerdict::Invalid => Verdict::Invalid,
        CapacityVerdict::Interrupted => Verdict::Interrupted,
        CapacityVerdict::Error => Verdict::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_three_digits_or_more_and_none_that_say_nothing() {
        for (value, expected) in [
            (0.0, "0"),
            (0.125, "0.125"),
            (0.5, "0.5"),
            (1.25, "1.25"),
            (12.54, "12.5"),
            (99.96, "100"),
            (196.43, "196"),
            (1_234.6, "1 235"),
            (f64::NAN, "unknown"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(number(value), expected);
        }
        assert_eq!(load(By::Rate, 15.85), "15.85/s");
        assert_eq!(load(By::Rate, 196.43), "196.4/s");
        assert_eq!(about(By::Rate, 196.43), "196/s");
        assert_eq!(about(By::Devices, 47.6), "48 devices");
        assert_eq!(load(By::Devices, 1.0), "1 device");
        assert_eq!(load(By::Devices, 40.0), "40 devices");
    }

    #[test]
    fn a_share_of_little_is_not_nothing() {
        for (value, expected) in [
            (0.0, "0 %"),
            (0.000_01, "< 0.01 %"),
            (0.0025, "0.25 %"),
            (0.5, "50 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(share(value), expected);
        }
    }

    #[test]
    fn an_objective_is_told_in_its_own_unit_with_its_interval() {
        let check = |expr: &str, value: Option<[f64; 3]>, expected: &str| {
            let value = value.map(|[value, low, high]| Quantity { value, low, high });
            let of = ObjectiveValue { expr: expr.to_owned(), value, holds: None };
            assert_eq!(objective(&of), expected);
        };
        let p99 = "send_to_event.p99 < 100ms";
        check(p99, Some([84_400.0, 80_000.0, 91_000.0]), "84 ms (80 ms .. 91 ms)");
        check(p99, Some([84_400.0, 84_400.0, 84_400.0]), "84 ms");
        check(p99, None, "no samples");
        check("errors.rate < 1%", Some([0.0025, 0.001, 0.004]), "0.25 % (0.1 % .. 0.4 %)");
    }
}
