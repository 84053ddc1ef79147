//! How far a figure may be off, as far as draws tell.

use std::ops::Range;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::Resampling;
use super::units::Units;

/// A figure of one side in many draws, in the order of the draws.
pub(super) struct Draws {
    pub(super) values: Vec<f64>,
    /// How many units there are to draw.
    pub(super) units: usize,
    /// How many of them say something of how they differ: all but one of each group.
    pub(super) freedom: usize,
}

/// How far a figure may be off.
pub(super) struct Noise {
    /// Its standard error.
    pub(super) error: f64,
    /// Degrees of freedom of the error.
    pub(super) freedom: f64,
    /// The figure in each draw, ascending.
    pub(super) drawn: Vec<f64>,
}

impl Draws {
    /// Draws as many units of each group as it has, with replacement, again and again.
    pub(super) fn of(
        units: &Units,
        groups: &[Range<usize>],
        resampling: &Resampling,
        place: impl Fn(f64) -> f64,
    ) -> Self {
        let mut random = StdRng::seed_from_u64(resampling.seed);
        let mut times = vec![0.0; units.len()];
        let mut draw = || {
            times.fill(0.0);
            for group in groups {
                for _ in group.clone() {
                    times[group.start + below(&mut random, group.len())] += 1.0;
                }
            }
            place(units.statistic(&times))
        };
        let values = (0..resampling.resamples).map(|_| draw()).collect();
        Self { values, units: units.len(), freedom: units.len() - groups.len() }
    }

    /// The variance of the figure. Draws from n units vary less than what they were drawn from, by the
    /// factor (n - 1) / n, which is made good.
    pub(super) fn variance(&self) -> f64 {
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        if self.freedom == 0 {
            return 0.0;
        }
        squares / n * self.units as f64 / self.freedom as f64
    }
}

impl Noise {
    /// That of one side's figure; `None` where nothing tells how it varies.
    pub(super) fn of(draws: &Draws) -> Option<Self> {
        let freedom = draws.freedom as f64;
        Self::new(draws.variance(), freedom, draws.values.clone())
    }

    /// That of the difference of two figures which may vary each in its own way, as Welch has it.
    pub(super) fn of_unlike(base: &Draws, candidate: &Draws) -> Option<Self> {
        let (left, right) = (base.variance(), candidate.variance());
        let (left_freedom, right_freedom) = (base.freedom as f64, candidate.freedom as f64);
        if left_freedom * right_freedom == 0.0 {
            return None;
        }
        let freedom = match left * left / left_freedom + right * right / right_freedom {
            0.0 => left_freedom + right_freedom,
            fourth => (left + right).powi(2) / fourth,
        };
        Self::new(left + right, freedom, differences(base, candidate))
    }

    /// That of the difference of two figures whose units vary alike, so that either side tells of both.
    pub(super) fn of_alike(base: &Draws, candidate: &Draws) -> Option<Self> {
        let sides = [base, candidate];
        let freedom: f64 = sides.iter().map(|side| side.freedom as f64).sum();
        let squares = |side: &Draws| side.variance() * (side.units * side.freedom) as f64;
        let of_unit = sides.map(squares).iter().sum::<f64>() / freedom;
        let variance = of_unit * sides.iter().map(|side| 1.0 / side.units as f64).sum::<f64>();
        Self::new(variance, freedom, differences(base, candidate))
    }

    fn new(variance: f64, freedom: f64, mut drawn: Vec<f64>) -> Option<Self> {
        if freedom == 0.0 || drawn.is_empty() {
            return None;
        }
        drawn.sort_unstable_by(f64::total_cmp);
        Some(Self { error: variance.sqrt(), freedom, drawn })
    }

    /// The interval that leaves out so much beyond either end: that of Student's t about the estimate, or
    /// the draws' own percentile where it is farther off.
    pub(super) fn ends(&self, estimate: f64, tail: f64) -> (f64, f64) {
        // Below the number of draws.
        let beyond = (self.drawn.len() as f64 * tail) as usize;
        let last = self.drawn.len() - 1;
        let (low, high) =
            (self.drawn[beyond.min(last / 2)], self.drawn[last - beyond.min(last / 2)]);
        let reach = self.reach(tail);
        (low.min(estimate - reach), high.max(estimate + reach))
    }

    fn reach(&self, tail: f64) -> f64 {
        if self.error == 0.0 {
            return 0.0;
        }
        let student = StudentsT::new(0.0, 1.0, self.freedom)
            .expect("there is some freedom where there is an error");
        student.inverse_cdf(1.0 - tail) * self.error
    }
}

/// The candidate's figure less the base's. Sides are drawn by equal random numbers, and the draws of one
/// are set against those of the other in reverse, so that they are independent and exchanging sides only
/// changes the sign.
fn differences(base: &Draws, candidate: &Draws) -> Vec<f64> {
    let pairs = candidate.values.iter().zip(base.values.iter().rev());
    pairs.map(|(candidate, base)| candidate - base).collect()
}

/// Beyond 2^32 units it would not be fair, below it is to all purposes.
fn below(random: &mut StdRng, n: usize) -> usize {
    ((u64::from(random.next_u32()) * n as u64) >> 32) as usize
}
