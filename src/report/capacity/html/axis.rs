//! The axis of a plot: where a value stands, and where its lines are.
//!
//! It knows neither markup nor what is drawn. Start from [`Axis::log`] and [`Axis::linear`].

use std::ops::RangeInclusive;

/// How many lines an axis has at most.
const MOST_TICKS: usize = 7;

/// The values that are drawn: nothing measured lies outside.
const DRAWN: RangeInclusive<f64> = 1e-12..=1e18;

/// A scale laid out between two places of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    is_log: bool,
    low: f64,
    high: f64,
    /// Where the lowest value stands and where the highest, in units of the drawing.
    span: (f64, f64),
    /// The values that have a line.
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// A logarithmic one that holds all values above zero; `None` where there is none.
    pub(super) fn log(values: impl IntoIterator<Item = f64>, span: (f64, f64)) -> Option<Self> {
        let (low, high) = extent(values)?;
        // A little air on both sides: a fourteenth of the way, and a quarter where all are one.
        let air = (high / low).powf(1.0 / 14.0).max(if low < high { 1.02 } else { 1.25 });
        let (low, high) = (low / air, high * air);
        Some(Self { is_log: true, low, high, span, ticks: log_ticks(low, high) })
    }

    /// A linear one from zero that holds all values; `None` where there is none above zero.
    pub(super) fn linear(values: impl IntoIterator<Item = f64>, span: (f64, f64)) -> Option<Self> {
        let (_, high) = extent(values)?;
        let high = high * 1.08;
        Some(Self { is_log: false, low: 0.0, high, span, ticks: even_ticks(0.0, high) })
    }

    /// Where a value stands; what lies outside stands at the end that is nearer, and what is no number
    /// at the lower one.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = value.max(self.low).min(self.high);
        let share = if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            value / self.high
        };
        self.span.0 + share * (self.span.1 - self.span.0)
    }

    /// Whether a value stands on it.
    pub(super) fn holds(&self, value: f64) -> bool {
        value.is_finite() && (self.low..=self.high).contains(&value)
    }

    /// The values from one to another, as many as asked for and as far from each other as they look.
    pub(super) fn steps(&self, from: f64, to: f64, count: usize) -> impl Iterator<Item = f64> {
        let is_log = self.is_log;
        (0..=count).map(move |nth| {
            let share = nth as f64 / count as f64;
            if is_log { from * (to / from).powf(share) } else { from + share * (to - from) }
        })
    }

    /// The lowest value.
    pub(super) fn low(&self) -> f64 {
        self.low
    }
}

/// The least and the greatest of the values that can be drawn.
fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| DRAWN.contains(value)).fold(None, |extent, value| {
        let (low, high) = extent.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// Powers of ten, and between them as many round values as there is room for.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let stride = (last - first) as usize / MOST_TICKS + 1;
    let within = |steps: &[f64], stride: usize| -> Vec<f64> {
        let decades = (first..=last).step_by(stride).map(|power| 10_f64.powi(power));
        let ticks = decades.flat_map(|decade| steps.iter().map(move |step| decade * step));
        ticks.filter(|tick| (low..=high).contains(tick)).collect()
    };
    let decades = within(&[1.0], stride);
    let finer = [&[1.0, 3.0][..], &[1.0, 2.0, 5.0], &[1.0, 2.0, 3.0, 4.0, 5.0, 7.0]];
    let mut finer = finer.into_iter().map(|steps| within(steps, 1));
    let ticks = finer.rfind(|ticks| ticks.len() <= MOST_TICKS).unwrap_or(decades);
    if ticks.len() < 3 { even_ticks(low, high) } else { ticks }
}

/// Multiples of a round step.
fn even_ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|one| one * decade).into_iter().find(|one| *one >= rough);
    let step = step.unwrap_or(rough);
    let first = (low / step).ceil();
    let ticks = (0..=MOST_TICKS).map(|nth| (first + nth as f64) * step);
    ticks.filter(|tick| *tick <= high).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: [f64; 2], expected: &[f64]) {
        let axis = Axis::log(values, (0.0, 100.0)).unwrap();
        let near = |(tick, expected): (&f64, &f64)| (tick / expected - 1.0).abs() < 1e-9;
        assert!(axis.ticks.len() == expected.len(), "{:?}", axis.ticks);
        assert!(axis.ticks.iter().zip(expected).all(near), "{:?}", axis.ticks);
    }

    #[test]
    fn a_logarithmic_axis_has_round_lines_as_many_as_fit() {
        check([1.0, 1_000.0], &[1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0]);
        check([10.0, 640.0], &[10.0, 20.0, 50.0, 100.0, 200.0, 500.0]);
        check([180.0, 210.0], &[180.0, 190.0, 200.0, 210.0]);
        check([1e-6, 1e12], &[1e-4, 1.0, 1e4, 1e8, 1e12]);
    }

    #[test]
    fn values_stand_by_their_logarithm_and_outside_at_the_end() {
        let axis = Axis::log([1.0, 100.0], (0.0, 100.0)).unwrap();
        assert!((axis.at(10.0) - 50.0).abs() < 1e-9);
        assert!((axis.at(0.0), axis.at(1e9)) == (0.0, 100.0));
        assert!(axis.holds(10.0) && !axis.holds(1e9) && !axis.holds(f64::NAN));
    }

    #[test]
    fn a_linear_axis_begins_at_zero() {
        let axis = Axis::linear([0.0, 0.31], (100.0, 0.0)).unwrap();
        assert!((axis.at(0.0) - 100.0).abs() < 1e-9);
        assert_eq!(axis.ticks.len(), 4, "{:?}", axis.ticks);
    }

    #[test]
    fn no_value_makes_an_axis_that_has_no_end() {
        for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0, f64::MAX, f64::MIN_POSITIVE] {
            assert_eq!(Axis::log([odd], (0.0, 1.0)), None, "{odd}");
        }
        let wide = Axis::log([*DRAWN.start(), *DRAWN.end()], (0.0, 1.0)).unwrap();
        assert!((3..=MOST_TICKS + 1).contains(&wide.ticks.len()), "{:?}", wide.ticks);
        assert!(wide.at(f64::NAN).is_finite());
        assert_eq!(Axis::linear([0.0, f64::NAN], (0.0, 1.0)), None);
    }
}
