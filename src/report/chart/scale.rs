//! Where values stand along an axis, and which of them are written beside it.

use std::time::Duration;

use crate::report::figure::precise;
use crate::report::layers::elapsed;

/// How many ticks an axis has room for.
const MOST_TICKS: f64 = 7.0;

/// From how many times the least value the greatest is too far away for a linear axis.
const FAR: f64 = 20.0;

/// An axis.
#[derive(Debug)]
pub(in crate::report) struct Axis {
    /// What its values are.
    pub(in crate::report) label: &'static str,
    /// How they lie.
    pub(in crate::report) scale: Scale,
    /// Which of them are written, and how.
    pub(in crate::report) ticks: Vec<(f64, String)>,
}

/// How values lie along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) enum Scale {
    /// Evenly.
    Linear {
        /// At the beginning.
        from: f64,
        /// At the end.
        to: f64,
    },
    /// By their size: ten times as much is always as far away.
    Logarithmic {
        /// At the beginning, above zero.
        from: f64,
        /// At the end.
        to: f64,
    },
}

impl Scale {
    /// Where a value lies, from 0 at the beginning to 1 at the end; what lies beyond stands at the end.
    pub(in crate::report) fn place(self, value: f64) -> f64 {
        let place = match self {
            Self::Linear { from, to } => (value - from) / (to - from),
            Self::Logarithmic { from, to } => (value / from).ln() / (to / from).ln(),
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }
}

impl Axis {
    /// Of latencies in microseconds: from nothing, or by size where they are far apart.
    pub(in crate::report) fn of_latencies(values: impl Iterator<Item = f64>) -> Self {
        // Below ten microseconds no difference is told.
        let values = values.map(|us| us.max(10.0));
        Self::of_values("latency", values, |us| if us == 0.0 { "0".to_owned() } else { plain(us) })
    }

    /// Of any values: from nothing, or by size where they are far apart.
    pub(in crate::report) fn of_values(
        label: &'static str,
        values: impl Iterator<Item = f64>,
        told: impl Fn(f64) -> String,
    ) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let bounds = finite.fold((f64::INFINITY, 0.0_f64), |(least, greatest), value| {
            (least.min(value), greatest.max(value))
        });
        let (scale, ticks) = match bounds {
            (least, greatest) if least > 0.0 && greatest > least * FAR => by_size(least, greatest),
            (_, greatest) => from_nothing(greatest),
        };
        Self { label, scale, ticks: ticks.into_iter().map(|tick| (tick, told(tick))).collect() }
    }

    /// Of times since the start of a run, in seconds.
    pub(in crate::report) fn of_times(last: f64) -> Self {
        const STEPS: [f64; 15] = [
            1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0,
            14_400.0, 43_200.0,
        ];
        let last = if last.is_finite() { last.max(1.0) } else { 1.0 };
        let step = STEPS.into_iter().find(|step| last / step < MOST_TICKS).unwrap_or(last);
        let told = |at: f64| {
            let at = Duration::from_secs_f64(at);
            if last <= 120.0 { format!("{} s", at.as_secs()) } else { elapsed(at) }
        };
        let ticks = multiples(step, last).into_iter().map(|at| (at, told(at)));
        Self {
            label: "time since the start",
            scale: Scale::Linear { from: 0.0, to: last },
            ticks: ticks.collect(),
        }
    }

    /// Of percentiles, as one in so many: 100 is the 99th. Each nine takes as much room as the one before.
    pub(in crate::report) fn of_percentiles(greatest: f64) -> Self {
        const TICKS: [(f64, &str); 7] = [
            (2.0, "50 %"),
            (10.0, "90 %"),
            (100.0, "99 %"),
            (1e3, "99.9 %"),
            (1e4, "99.99 %"),
            (1e5, "99.999 %"),
            (1e6, "99.9999 %"),
        ];
        let greatest = if greatest.is_nan() { 10.0 } else { greatest.clamp(10.0, 1e9) };
        let ticks = TICKS.into_iter().filter(|(at, _)| *at <= greatest);
        // Longer names need more room than there is for each.
        let every = if greatest >= 1e5 { 2 } else { 1 };
        let ticks = ticks.enumerate().filter(|(nth, _)| *nth == 0 || nth % every == 1 % every);
        Self {
            label: "percentile",
            scale: Scale::Logarithmic { from: 1.0, to: greatest },
            ticks: ticks.map(|(_, (at, told))| (at, told.to_owned())).collect(),
        }
    }
}

/// From nothing to a round value above the greatest.
fn from_nothing(greatest: f64) -> (Scale, Vec<f64>) {
    let greatest = if greatest > 0.0 { greatest } else { 1.0 };
    let tens = 10_f64.powf((greatest / MOST_TICKS).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * tens);
    let step = steps.into_iter().find(|step| greatest / step < MOST_TICKS).unwrap_or(greatest);
    let to = (greatest / step).ceil() * step;
    (Scale::Linear { from: 0.0, to }, multiples(step, to))
}

/// From a round value below the least to one above the greatest.
fn by_size(least: f64, greatest: f64) -> (Scale, Vec<f64>) {
    let rounds =
        (-9..=12).flat_map(|tens| [1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powi(tens)));
    let rounds: Vec<_> = rounds.collect();
    let below = rounds.iter().rev().find(|round| **round <= least).copied().unwrap_or(least);
    let above = rounds.iter().find(|round| **round >= greatest).copied().unwrap_or(greatest);
    let mut ticks: Vec<_> =
        rounds.into_iter().filter(|round| *round >= below && *round <= above).collect();
    if ticks.len() as f64 > MOST_TICKS + 1.0 {
        ticks.retain(|tick| is_power_of_ten(*tick));
    }
    (Scale::Logarithmic { from: below, to: above }, ticks)
}

fn is_power_of_ten(value: f64) -> bool {
    (value.log10() - value.log10().round()).abs() < 1e-9
}

fn multiples(step: f64, last: f64) -> Vec<f64> {
    let count = (last / step + 1e-9).floor().min(MOST_TICKS) as u32;
    (0..=count).map(|nth| f64::from(nth) * step).collect()
}

/// A round latency without the noughts behind its point.
fn plain(us: f64) -> String {
    let told = precise(us);
    match told.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(axis: &Axis, expected: &[&str]) {
        let told: Vec<_> = axis.ticks.iter().map(|(_, told)| told.as_str()).collect();
        assert_eq!(told, expected);
        let places: Vec<_> = axis.ticks.iter().map(|(at, _)| axis.scale.place(*at)).collect();
        assert!(places.is_sorted() && places.iter().all(|place| (0.0..=1.0).contains(place)));
    }

    #[test]
    fn latencies_close_together_lie_evenly_and_others_by_size() {
        let axis = |values: &[f64]| Axis::of_latencies(values.iter().copied());
        check(
            &axis(&[48_000.0, 62_000.0]),
            &["0", "10 ms", "20 ms", "30 ms", "40 ms", "50 ms", "60 ms", "70 ms"],
        );
        check(&axis(&[300.0, 8_000.0]), &["200 us", "500 us", "1 ms", "2 ms", "5 ms", "10 ms"]);
        check(&axis(&[300.0, 8e6]), &["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        check(&axis(&[f64::NAN, 0.0]), &["0", "2 us", "4 us", "6 us", "8 us", "10 us"]);
    }

    #[test]
    fn times_have_as_many_ticks_as_there_is_room_for() {
        check(&Axis::of_times(60.0), &["0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]);
        check(
            &Axis::of_times(3_600.0),
            &["0:00", "10:00", "20:00", "30:00", "40:00", "50:00", "1:00:00"],
        );
    }

    #[test]
    fn each_nine_of_a_percentile_takes_as_much_room() {
        check(&Axis::of_percentiles(2_000.0), &["50 %", "90 %", "99 %", "99.9 %"]);
        check(&Axis::of_percentiles(f64::NAN), &["50 %", "90 %"]);
    }
}
