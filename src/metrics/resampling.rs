//! How far a figure is to be believed: blocks of seconds, and whole runs, drawn anew.
//!
//! It knows no run, only what was measured in its blocks. Start from [`Resampling`].

mod noise;
mod units;

use super::blocks::{Quotient, statistic_of};
use super::{Blocks, Ratios, Statistic};
use noise::{Draws, Noise};
use units::Units;

/// So many runs on a side tell how runs differ.
const RUNS: usize = 3;

/// Fewer samples beyond a percentile say little of where it is.
const BEYOND: f64 = 10.0;

/// What counts as more than nothing on a logarithmic scale: half a microsecond, half of one counted.
const HALF: f64 = 0.5;

/// What one side measured, a run each.
#[derive(Clone, Copy, Debug)]
pub enum Sample<'a> {
    /// A statistic of a latency metric, in microseconds.
    Latency(&'a [Blocks], Statistic),
    /// A part by its whole.
    Ratio(&'a [Ratios]),
}

/// How samples are drawn anew. Equal samples and settings give equal intervals.
///
/// Two kinds of draws are made of each side: of the blocks within each run, and, where a side has three or
/// more runs, of whole runs. Of each kind an interval is made: of Student's t with the draws' standard
/// error about what was seen, or reaching to the draws' own percentiles where these are farther off. The
/// wider one at each end is the answer. Draws of runs take all runs, of either side, to vary alike around
/// their side's figure, so that a side of one run is as uncertain as a run of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// How often.
    pub resamples: usize,
    /// Feeds the draws.
    pub seed: u64,
    /// How likely the truth may lie beyond one given end of an interval: 0.025.
    pub tail: f64,
    /// How likely, where nothing changed, any one of all figures judged may be called greater by chance, or
    /// any one less: 0.02. The interval of a change that is not so sure is stretched to zero.
    pub false_alarm: f64,
    /// How many figures are judged together, over which that is spread.
    pub figures: usize,
}

/// How two sides are set against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As a fraction of the base: 0.1 is 10 % more.
    Relative,
    /// As a difference in the unit itself.
    Absolute,
}

/// A figure and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// What was seen.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Whether it covers how runs differ from each other, and not only seconds within them.
    pub covers_runs: bool,
}

impl Sample<'_> {
    /// The figure of all runs together; `None` without samples.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Latency(runs, statistic) => statistic_of(runs, *statistic),
            Self::Ratio(runs) => total(runs).value(),
        }
    }

    /// Whether there are at least ten samples beyond it, as far as it is a percentile.
    pub fn has_enough(&self) -> bool {
        let Self::Latency(runs, statistic) = self else { return self.value().is_some() };
        let beyond = 1.0 - super::blocks::share_of(*statistic).unwrap_or_default();
        // Ten of a thousand are one percent, whatever the last digit of the product.
        runs.iter().map(Blocks::count).sum::<u64>() as f64 * beyond > BEYOND - 1e-6
    }
}

impl Default for Resampling {
    fn default() -> Self {
        Self { resamples: 1000, seed: 1, tail: 0.025, false_alarm: 0.02, figures: 1 }
    }
}

impl Resampling {
    /// A figure of one side; `None` without samples, or too few for the statistic. A greatest sample has no
    /// interval.
    pub fn interval(&self, side: &Sample<'_>) -> Option<Spread> {
        let scale = match side {
            Sample::Latency(..) => Scale::Relative,
            Sample::Ratio(_) => Scale::Absolute,
        };
        let side = Side::of(side, Axis::of(side, scale), self)?;
        let between = (side.runs.units >= RUNS).then(|| Noise::of(&side.runs));
        let noises = [Noise::of(&side.blocks), between.flatten()];
        let covers_runs = noises[1].is_some();
        let (low, high) = ends(&noises, side.estimate, self.tail)?;
        let [estimate, low, high] = [side.estimate, low, high].map(|end| match scale {
            Scale::Relative => end.exp(),
            Scale::Absolute => end.max(0.0),
        });
        Some(Spread { estimate, low, high, covers_runs })
    }

    /// By how much the candidate is above the base; `None` where either has no samples, or too few for
    /// the statistic, or where seconds and runs are too few to tell how they vary. A greatest sample is
    /// not compared.
    pub fn change(
        &self,
        base: &Sample<'_>,
        candidate: &Sample<'_>,
        scale: Scale,
    ) -> Option<Spread> {
        let base = Side::of(base, Axis::of(base, scale), self)?;
        let candidate = Side::of(candidate, Axis::of(candidate, scale), self)?;
        let estimate = candidate.estimate - base.estimate;
        let runs = base.runs.units.max(candidate.runs.units);
        let between = (runs >= RUNS).then(|| Noise::of_alike(&base.runs, &candidate.runs));
        let noises = [Noise::of_unlike(&base.blocks, &candidate.blocks), between.flatten()];
        let covers_runs = noises[1].is_some();
        let (low, high) = ends(&noises, estimate, self.tail)?;
        let sure = ends(&noises, estimate, self.false_alarm / self.figures.max(1) as f64)?;
        let low = if sure.0 <= 0.0 { low.min(0.0) } else { low };
        let high = if sure.1 >= 0.0 { high.max(0.0) } else { high };
        let [estimate, low, high] = [estimate, low, high].map(|end| match scale {
            Scale::Relative => end.exp_m1(),
            Scale::Absolute => end,
        });
        Some(Spread { estimate, low, high, covers_runs })
    }
}

/// On what figures are set against each other.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    Linear,
    /// What is less counts as this much: there is no logarithm of nothing.
    Logarithmic(f64),
}

/// A figure of one side, and what it is in each draw.
struct Side {
    estimate: f64,
    blocks: Draws,
    runs: Draws,
}

impl Axis {
    fn of(sample: &Sample<'_>, scale: Scale) -> Self {
        match (scale, sample) {
            (Scale::Absolute, _) => Self::Linear,
            (Scale::Relative, Sample::Latency(..)) => Self::Logarithmic(HALF),
            (Scale::Relative, Sample::Ratio(runs)) => Self::Logarithmic(HALF / total(runs).whole),
        }
    }

    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic(least) => value.max(least).ln(),
        }
    }
}

impl Side {
    fn of(sample: &Sample<'_>, axis: Axis, resampling: &Resampling) -> Option<Self> {
        let value = sample.value()?;
        let (units, groups) = match sample {
            Sample::Latency(runs, statistic) => Units::of_blocks(runs, *statistic)?,
            Sample::Ratio(runs) => Units::of_ratios(runs),
        };
        if !sample.has_enough() {
            return None;
        }
        let runs = units.joined(&groups);
        let all_runs = 0..groups.len();
        Some(Self {
            estimate: axis.place(value),
            blocks: Draws::of(&units, &groups, resampling, |value| axis.place(value)),
            runs: Draws::of(&runs, &[all_runs], resampling, |value| axis.place(value)),
        })
    }
}

/// The widest of what each kind of draws gives; `None` where none does.
fn ends(noises: &[Option<Noise>], estimate: f64, tail: f64) -> Option<(f64, f64)> {
    let ends = noises.iter().flatten().map(|noise| noise.ends(estimate, tail));
    ends.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
}

fn total(runs: &[Ratios]) -> Quotient {
    let totals = runs.iter().map(Ratios::total);
    totals.fold(Quotient::default(), |all, one| Quotient {
        part: all.part + one.part,
        whole: all.whole + one.whole,
    })
}

#[cfg(test)]
mod tests;
