//! Thresholds in words. It judges none of them. Start from [`value`].

use std::time::Duration;

use crate::metrics::{Measure, Threshold};
use crate::run::ThresholdResult;

use super::figure::brief;

/// A threshold's figure with its unit: `84 ms`, `0.25 %`, `12.5/s`; `no samples` without any.
pub(super) fn value(threshold: &ThresholdResult) -> String {
    let Some(value) = threshold.value else { return "no samples".to_owned() };
    match Threshold::parse(&threshold.expr) {
        Ok(read) if matches!(read.measure(), Measure::Latency(..)) => {
            let latency = Duration::try_from_secs_f64(value / 1e6);
            latency.map_or_else(|_| value.to_string(), brief)
        }
        Ok(read) => read.with_unit(value),
        Err(_) => value.to_string(),
    }
}

/// A threshold without its bound, so that it keeps its name as that is moved:
/// `send_to_peer.p99 is below its bound`.
pub(super) fn name(threshold: &ThresholdResult) -> String {
    const COMPARISONS: [(&str, &str); 5] = [
        ("<=", "is at most its bound"),
        (">=", "is at least its bound"),
        ("==", "is its bound"),
        ("<", "is below its bound"),
        (">", "is above its bound"),
    ];
    let split = |(sign, words): &(&str, &str)| {
        let (figure, _) = threshold.expr.split_once(sign)?;
        Some(format!("{} {words}", figure.trim()))
    };
    COMPARISONS.iter().find_map(split).unwrap_or_else(|| threshold.expr.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expr: &str, figure: Option<f64>, expected: [&str; 2]) {
        let threshold = ThresholdResult { expr: expr.to_owned(), value: figure, ok: false };
        assert_eq!([name(&threshold), value(&threshold)], expected);
    }

    #[test]
    fn a_value_has_the_unit_of_its_figure_and_a_name_no_bound() {
        check(
            "send_to_peer.p99 < 250ms",
            Some(84_400.0),
            ["send_to_peer.p99 is below its bound", "84 ms"],
        );
        check("errors.rate <= 0.1%", Some(0.0025), ["errors.rate is at most its bound", "0.25 %"]);
        check("sends.rate >= 100/s", Some(12.5), ["sends.rate is at least its bound", "12.5/s"]);
        check("violations.must == 0", Some(2.0), ["violations.must is its bound", "2"]);
        check("rtt.send.count > 100", None, ["rtt.send.count is above its bound", "no samples"]);
    }
}
