//! The Universal Scalability Law, fitted to what was measured.

mod fit;

use super::{Law, Level, LevelOutcome, Prediction};

use fit::{Coefficients, Point};

/// Fewer levels than this can be fitted, but say little.
const ENOUGH_LEVELS: usize = 4;

/// The share of the variance that a fit explains which is to be believed.
const GOOD_FIT: f64 = 0.9;

/// How far concurrencies are apart at least for their shape to show.
const WIDE_ENOUGH: f64 = 4.0;

impl Law {
    /// Fitted to the levels whose objectives were judged, kept or missed, and that have a throughput and a
    /// concurrency; `None` where there are fewer than three of them, or no law describes them.
    pub fn fit(levels: &[Level]) -> Option<Self> {
        let points: Vec<_> = levels.iter().filter_map(point).collect();
        if points.len() < 3 {
            return None;
        }
        let law = Coefficients::fitted(&points)?;
        let measured_to = points.iter().map(|point| point.concurrency).fold(0.0, f64::max);
        let r_squared = law.r_squared(&points);
        let peak_at = law.peak_at();
        let peak = peak_at.map(|at| law.throughput(at));
        let beyond = [Some(2.0 * measured_to), Some(4.0 * measured_to), peak_at];
        let mut beyond: Vec<_> =
            beyond.into_iter().flatten().filter(|at| *at > measured_to).collect();
        beyond.sort_by(f64::total_cmp);
        beyond.dedup();
        Some(Self {
            lambda: law.lambda,
            sigma: law.sigma,
            kappa: law.kappa,
            r_squared,
            levels: points.len(),
            measured_to,
            peak_at,
            peak,
            predictions: beyond.into_iter().filter_map(|at| law.prediction(at)).collect(),
            notes: notes(&points, r_squared, peak_at),
        })
    }
}

impl Coefficients {
    fn prediction(&self, concurrency: f64) -> Option<Prediction> {
        let throughput_per_s = self.throughput(concurrency);
        let round_trip_us = concurrency / throughput_per_s * 1e6;
        let prediction = Prediction { concurrency, throughput_per_s, round_trip_us };
        (throughput_per_s > 0.0 && round_trip_us.is_finite()).then_some(prediction)
    }
}

/// A level's place on the curve. One that was not carried, or that the generator could not keep up
/// with, measured something else than its load.
fn point(level: &Level) -> Option<Point> {
    let is_judged = matches!(level.outcome, LevelOutcome::Kept | LevelOutcome::Missed);
    let (concurrency, throughput) = (level.concurrency?, level.throughput_per_s?);
    let is_usable = |value: f64| value.is_normal() && value > 0.0;
    (is_judged && is_usable(concurrency) && is_usable(throughput))
        .then_some(Point { concurrency, throughput })
}

fn notes(points: &[Point], r_squared: f64, peak_at: Option<f64>) -> Vec<String> {
    let concurrencies = || points.iter().map(|point| point.concurrency);
    let lowest = concurrencies().fold(f64::INFINITY, f64::min);
    let highest = concurrencies().fold(0.0, f64::max);
    let past_the_peak = concurrencies().filter(|at| peak_at.is_some_and(|peak| *at > peak)).count();
    let mut notes = Vec::new();
    if points.len() < ENOUGH_LEVELS {
        notes.push(format!("it rests on {} levels only", points.len()));
    }
    if highest < WIDE_ENOUGH * lowest {
        let times = highest / lowest;
        notes.push(format!("concurrency varied {times:.1}-fold only: its shape hardly shows"));
    }
    if r_squared < GOOD_FIT {
        let percent = 100.0 * r_squared;
        notes.push(format!(
            "it explains {percent:.0} % of how throughput varied: the endpoint does not follow this law"
        ));
    }
    match (peak_at, past_the_peak) {
        (None, _) => {
            notes.push("it knows no peak: more concurrency never made throughput fall".to_owned());
        }
        (Some(_), 0) => {}
        (Some(peak), _) => notes.push(format!(
            "{past_the_peak} of the measured levels lie past the peak at {peak:.1} under way"
        )),
    }
    notes
}

#[cfg(test)]
mod tests;
