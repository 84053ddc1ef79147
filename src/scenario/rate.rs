//! Rates as people write them: `50/s`, `30/m`.

use thiserror::Error;

/// The highest rate taken, a second.
const HIGHEST: f64 = 1_000_000.0;

/// Why a text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// A number and nothing else.
    #[error("a rate needs a unit; did you mean `{0}/s`?")]
    NoUnit(String),
    /// More than a million a second.
    #[error("a rate is at most 1000000/s")]
    TooHigh,
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
    if per_s > HIGHEST { Err(RateError::TooHigh) } else { Ok(per_s) }
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
        for text in ["", "/s", "-1/s", "1e3/s", "inf/s", "50/h", "50 per second", "50/s/s"] {
            check(text, &Err(RateError::Malformed));
        }
    }
}
