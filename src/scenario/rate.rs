//! Rates as people write them: `50/s`, `30/m`.

use thiserror::Error;

/// The highest rate taken, a second.
const HIGHEST: f64 = 1_000_000.0;

/// The lowest but none, a second.
const LOWEST: f64 = 0.001;

/// Why a text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// A number and nothing else.
    #[error("a rate needs a unit; did you mean `{0}/s`?")]
    NoUnit(String),
    /// More than a million a second.
    #[error("a rate is at most 1000000/s")]
    TooHigh,
    /// Less than one in a thousand seconds.
    #[error("a rate is at least 0.001/s")]
    TooLow,
    /// Anything else.
    #[error("a rate is written like `50/s`, `0.5/s` or `30/m`")]
    Malformed,
}

/// Reads a rate, zero or more, as a number a second.
///
/// # Errors
/// Tells how rates are written.
pub fn parse_rate(text: &str) -> Result<f64, RateError> {
    let text = text.trim();
    let number = |text: &str| {
        let text = text.trim();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        text.parse::<f64>().ok().filter(|_| is_plain)
    };
    if number(text).is_some() {
        return Err(RateError::NoUnit(text.to_owned()));
    }
    let (count, unit) = text.split_once('/').ok_or(RateError::Malformed)?;
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(RateError::Malformed),
    };
    let per_s = number(count).ok_or(RateError::Malformed)? / seconds;
    match per_s {
        _ if per_s > HIGHEST => Err(RateError::TooHigh),
        _ if per_s > 0.0 && per_s < LOWEST => Err(RateError::TooLow),
        _ => Ok(per_s),
    }
}

/// Reads one rate, or two like `10/s..100/s`, from which it goes to which.
///
/// # Errors
/// Tells how rates are written.
pub(super) fn parse_rates(text: &str) -> Result<(f64, f64), RateError> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    if to.starts_with('.') && from != to {
        return Err(RateError::Malformed);
    }
    Ok((parse_rate(from)?, parse_rate(to)?))
}

/// Reads one number of devices, or two like `100..500`.
pub(super) fn parse_counts(text: &str) -> Option<(u32, u32)> {
    let count = |text: &str| {
        let text = text.trim();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain)
    };
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    Some((count(from)?, count(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &Result<f64, RateError>) {
        assert_eq!(&parse_rate(text), expected, "{text}");
    }

    #[test]
    fn rates_have_a_number_and_a_unit() {
        check("50/s", &Ok(50.0));
        check(" 0.5 / s ", &Ok(0.5));
        check("30/m", &Ok(0.5));
        check("0/s", &Ok(0.0));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        check("50", &Err(RateError::NoUnit("50".into())));
        check("2000000/s", &Err(RateError::TooHigh));
        check(&format!("1{}/s", "0".repeat(400)), &Err(RateError::TooHigh));
        check("0.01/m", &Err(RateError::TooLow));
        for text in ["", "/s", "-1/s", "1e3/s", "inf/s", "50/h", "50 per second", "50/s/s"] {
            check(text, &Err(RateError::Malformed));
        }
    }

    #[test]
    fn a_ramp_has_two() {
        assert_eq!(parse_rates("10/s..2/s"), Ok((10.0, 2.0)));
        assert_eq!(parse_rates("30/m .. 100/s"), Ok((0.5, 100.0)));
        assert_eq!(parse_rates("10..100/s"), Err(RateError::NoUnit("10".into())));
        for text in ["..", "10/s..", "..10/s", "1/s..2/s..3/s", "10/s...20/s"] {
            assert_eq!(parse_rates(text), Err(RateError::Malformed), "{text}");
        }
        assert_eq!((parse_counts("0..500"), parse_counts(" 7 ")), (Some((0, 500)), Some((7, 7))));
        for text in ["", "-1..5", "+1..5", "1..", "1.5..2", "5000000000..1", "1..2..3"] {
            assert_eq!(parse_counts(text), None, "{text}");
        }
    }
}
