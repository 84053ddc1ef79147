//! Durations as people write them: `40ms`, `1.5s`, `2m`, `1h30m`.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;
use thiserror::Error;

use super::model::{Backoff, Pause};

/// The longest duration taken: thirty days.
pub const LONGEST_DURATION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    /// A number and nothing else.
    #[error("a duration needs a unit; did you mean `{0}s`?")]
    NoUnit(String),
    /// Longer than [`LONGEST_DURATION`].
    #[error("a duration is at most 720h")]
    TooLong,
    /// Two durations, the longer one first.
    #[error("the shorter duration stands first, as in `1s..3s`")]
    Reversed,
    /// Anything else.
    #[error("a duration is written like `40ms`, `1.5s`, `2m` or `1h30m`")]
    Malformed,
}

/// Why a text tells no backoff.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum BackoffError {
    /// One of the two is no duration, or they stand the wrong way round.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// A wait that doubles from nothing stays nothing.
    #[error("the shortest wait before a reconnect must be longer than zero")]
    Zero,
    /// Anything else.
    #[error(
        "`reconnect` is `never`, or the shortest and the longest wait before another try, like \
         `500ms..30s`"
    )]
    Malformed,
}

/// Reads a duration. It is zero or more, and has a unit.
///
/// # Errors
/// Tells how durations are written.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    if text.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0) {
        return Err(DurationError::NoUnit(text.to_owned()));
    }
    if text.contains([':', '-']) {
        return Err(DurationError::Malformed);
    }
    let parsed = SpanParser::new().parse_unsigned_duration(text);
    let duration = parsed.map_err(|_| DurationError::Malformed)?;
    if duration > LONGEST_DURATION { Err(DurationError::TooLong) } else { Ok(duration) }
}

/// Reads a pause: a duration, or two like `1s..3s`.
///
/// # Errors
/// Tells how durations are written.
pub(super) fn parse_pause(text: &str) -> Result<Pause, DurationError> {
    let Some((shortest, longest)) = text.split_once("..") else {
        return Ok(Pause::Fixed(parse_duration(text)?));
    };
    let (shortest, longest) = (parse_duration(shortest)?, parse_duration(longest)?);
    if shortest > longest {
        return Err(DurationError::Reversed);
    }
    Ok(Pause::Between(shortest, longest))
}

/// Reads a backoff: `never`, or two durations like `500ms..30s`.
///
/// # Errors
/// Tells how it is written.
pub(super) fn parse_backoff(text: &str) -> Result<Option<Backoff>, BackoffError> {
    if text.trim() == "never" {
        return Ok(None);
    }
    match text.contains("..").then(|| parse_pause(text)).transpose()? {
        Some(Pause::Between(Duration::ZERO, _)) => Err(BackoffError::Zero),
        Some(Pause::Between(shortest, longest)) => Ok(Some(Backoff { shortest, longest })),
        _ => Err(BackoffError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<u64, DurationError>) {
        assert_eq!(parse_duration(text), expected.map(Duration::from_millis), "{text}");
    }

    #[test]
    fn durations_have_a_number_and_a_unit() {
        check("40ms", Ok(40));
        check("1.5s", Ok(1_500));
        check("2m", Ok(120_000));
        check("1h30m", Ok(5_400_000));
        check("1h 30m", Ok(5_400_000));
        check("0s", Ok(0));
        check("720h", Ok(2_592_000_000));
    }

    #[test]
    fn a_number_alone_is_told_its_unit() {
        check("30", Err(DurationError::NoUnit("30".into())));
        check("1.5", Err(DurationError::NoUnit("1.5".into())));
        assert_eq!(
            parse_duration("30").map_err(|error| error.to_string()),
            Err("a duration needs a unit; did you mean `30s`?".into()),
        );
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "soon", "s", "-1s", "1s ago", "1s..2s", "inf", "01:02:03", "1x", "1 month"]
        {
            check(text, Err(DurationError::Malformed));
        }
        check("721h", Err(DurationError::TooLong));
    }

    #[test]
    fn a_pause_is_one_duration_or_two() {
        let second = Duration::from_secs(1);
        assert_eq!(parse_pause("1s"), Ok(Pause::Fixed(second)));
        assert_eq!(parse_pause("1s..1500ms"), Ok(Pause::Between(second, second * 3 / 2)));
        assert_eq!(parse_pause("3s..1s"), Err(DurationError::Reversed));
        assert_eq!(parse_pause("1..3s"), Err(DurationError::NoUnit("1".into())));
    }

    #[test]
    fn a_backoff_is_never_or_two_durations() {
        let of = |shortest, longest| {
            let [shortest, longest] = [shortest, longest].map(Duration::from_millis);
            Ok(Some(Backoff { shortest, longest }))
        };
        assert_eq!(parse_backoff("never"), Ok(None));
        assert_eq!(parse_backoff("500ms..30s"), of(500, 30_000));
        assert_eq!(parse_backoff("1s .. 1s"), of(1_000, 1_000));
        assert_eq!(parse_backoff("0s..1s"), Err(BackoffError::Zero));
        assert_eq!(parse_backoff("2s..1s"), Err(DurationError::Reversed.into()));
        assert_eq!(parse_backoff("1..2s"), Err(DurationError::NoUnit("1".into()).into()));
        for text in ["5s", "always", ""] {
            assert_eq!(parse_backoff(text), Err(BackoffError::Malformed), "{text}");
        }
    }
}
