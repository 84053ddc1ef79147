//! An objective's figure at a level, against its bound.

use crate::metrics::Threshold;

use super::words::significant;
use super::{ObjectiveValue, Quantity};

/// A figure within this factor of its bound is close to it: what is uncertain then is so because
/// the knee is near, and not for want of samples.
const CLOSE: f64 = 1.5;

impl ObjectiveValue {
    /// A threshold's figure and its interval, in the threshold's own unit. It holds for certain where
    /// both ends of the interval keep it; without samples it does not hold.
    pub fn of(threshold: &Threshold, value: Option<Quantity>) -> Self {
        let holds = match value.map(|it| [it.low, it.value, it.high]) {
            None => Some(false),
            Some(all) if all.iter().all(|value| threshold.is_met_by(*value)) => Some(true),
            Some(all) if !all.iter().any(|value| threshold.is_met_by(*value)) => Some(false),
            Some(_) => None,
        };
        Self { expr: threshold.to_string(), value, holds }
    }

    /// Whether it is kept: for certain, or else by the figure itself.
    pub fn is_kept(&self) -> bool {
        let by_figure = || {
            let (threshold, value) = (self.threshold()?, self.value?);
            Some(threshold.is_met_by(value.value))
        };
        self.holds.or_else(by_figure).unwrap_or(false)
    }

    /// Whether it is uncertain with a figure near its bound.
    pub(super) fn is_close(&self) -> bool {
        let distance = self.log_distance().is_some_and(|distance| distance.abs() < CLOSE.ln());
        self.holds.is_none() && distance
    }

    /// How far the figure is above its bound, on the log scale; `None` where one of them is not above 0.
    pub(super) fn log_distance(&self) -> Option<f64> {
        let (value, bound) = (self.value?.value, self.threshold()?.bound());
        let distance = (value / bound).ln();
        (value > 0.0 && bound > 0.0 && distance.is_finite()).then_some(distance)
    }

    /// `send_to_event.p99 is 412ms, above 100ms`.
    pub(super) fn told(&self) -> String {
        let Some((threshold, (figure, sign, bound))) = self.threshold().zip(parts(&self.expr))
        else {
            return format!("`{}` is no threshold", self.expr);
        };
        let Some(value) = self.value else { return format!("{figure} has no samples") };
        let told = |value: f64| threshold.with_unit(significant(value, 3));
        let side = match (sign.as_bytes().first(), self.is_kept()) {
            (Some(b'<'), true) | (Some(b'>'), false) => "below",
            (Some(b'<'), false) | (Some(b'>'), true) => "above",
            (_, true) => "as wanted",
            (_, false) => "not",
        };
        let interval = match self.holds {
            Some(_) => String::new(),
            None => format!(" (somewhere from {} to {})", told(value.low), told(value.high)),
        };
        format!("{figure} is {}{interval}, {side} {bound}", told(value.value))
    }

    /// The threshold that it was written as.
    pub(super) fn threshold(&self) -> Option<Threshold> {
        Threshold::parse(&self.expr).ok()
    }
}

/// The figure, the sign and the bound, as they were written.
fn parts(expr: &str) -> Option<(&str, &str, &str)> {
    let (figure, rest) = expr.split_at(expr.find(['<', '>', '='])?);
    let bound = rest.trim_start_matches(['<', '>', '=']);
    let sign = &rest[..rest.len() - bound.len()];
    Some((figure.trim(), sign, bound.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expr: &str, figures: Option<[f64; 3]>, holds: Option<bool>, kept: bool, told: &str) {
        let value = figures.map(|[low, value, high]| Quantity { value, low, high });
        let objective = ObjectiveValue::of(&Threshold::parse(expr).unwrap(), value);
        assert_eq!(objective.holds, holds, "{expr} {figures:?}");
        assert_eq!(objective.is_kept(), kept, "{expr} {figures:?}");
        assert_eq!(objective.told(), told);
    }

    #[test]
    fn a_figure_is_told_against_its_bound() {
        let latency = "send_to_event.p99 < 100ms";
        let ms = |figures: [f64; 3]| Some(figures.map(|ms| ms * 1e3));
        let yes = Some(true);
        let no = Some(false);
        check(latency, ms([30., 34.2, 39.]), yes, true, "send_to_event.p99 is 34.2ms, below 100ms");
        check(
            latency,
            ms([390., 412.345, 430.]),
            no,
            false,
            "send_to_event.p99 is 412ms, above 100ms",
        );
        check(
            latency,
            ms([90., 98.7, 110.]),
            None,
            true,
            "send_to_event.p99 is 98.7ms (somewhere from 90ms to 110ms), below 100ms",
        );
        check(latency, None, no, false, "send_to_event.p99 has no samples");
        check("errors.rate<1%", Some([0., 0., 0.004]), yes, true, "errors.rate is 0 %, below 1%");
        check("sends.rate >= 50/s", Some([40.; 3]), no, false, "sends.rate is 40/s, below 50/s");
        check("violations.must == 0", Some([2.; 3]), no, false, "violations.must is 2, not 0");
    }

    #[test]
    fn only_what_is_uncertain_and_near_its_bound_is_close() {
        let close = |low: f64, value: f64, high: f64| {
            let threshold = Threshold::parse("rtt.send.p99 < 100ms").unwrap();
            let value = Quantity { value: value * 1e3, low: low * 1e3, high: high * 1e3 };
            ObjectiveValue::of(&threshold, Some(value)).is_close()
        };
        assert!(close(80., 90., 105.));
        assert!(!close(20., 30., 105.), "too few samples, not near");
        assert!(!close(85., 90., 95.), "certain");
    }

    #[test]
    fn what_is_no_threshold_is_not_kept() {
        let value = Some(Quantity { value: 1.0, low: 1.0, high: 1.0 });
        let odd = ObjectiveValue { expr: "no threshold".to_owned(), value, holds: None };
        assert!(!odd.is_kept() && !odd.is_close());
        assert_eq!(odd.told(), "`no threshold` is no threshold");
    }
}
