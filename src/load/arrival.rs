//! How many flows start at a rate, and how fast.

use std::sync::Arc;
use std::time::Duration;

use super::Leg;
use super::offsets::{Offsets, Share};

/// Planned starts at a rate that is constant or changes evenly for a while, then another one, and so
/// on. A spike is a short stage between two longer ones.
///
/// ```text
/// R(t) = integral of the rate from 0 to t
/// uniform: the n-th start is due at the least t with R(t) = n, for n = 0, 1, ... below R(end)
/// poisson: at the least t with R(t) = E_0 + ... + E_n, each E exponential with mean 1
/// ```
///
/// The second is a Poisson process of that rate: Çınlar, Introduction to Stochastic Processes,
/// theorem 4.7.8 (inversion of the integral).
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    pub(super) stages: Arc<[Stage]>,
    spacing: Spacing,
}

/// How starts lie in time, at a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly, as a metronome has it.
    #[default]
    Uniform,
    /// As people who know nothing of each other come: by chance, by the seed.
    Poisson,
}

/// A stage of a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stage {
    /// In starts a second.
    leg: Leg<f64>,
    /// When it begins, in seconds.
    from_s: f64,
    length_s: f64,
    /// `R` at its beginning.
    before: f64,
}

/// Rounding of `R` stays far below this part of a start.
pub(super) const A_TRIFLE: f64 = 1e-6;

impl Arrivals {
    /// More starts than these cannot be told apart: rounding would show.
    pub const MOST: u64 = 1_000_000_000;

    /// Evenly so many starts a second, for so long.
    pub fn constant(per_s: f64, time: Duration) -> Self {
        Self::staged([Leg::flat(per_s, time)], Spacing::Uniform)
    }

    /// Starts a second, stage after stage. A rate is zero or more.
    pub fn staged(legs: impl IntoIterator<Item = Leg<f64>>, spacing: Spacing) -> Self {
        let (mut from_s, mut before) = (0.0, 0.0);
        let stages = legs.into_iter().map(|leg| {
            let stage = Stage { leg, from_s, length_s: leg.time.as_secs_f64(), before };
            from_s += stage.length_s;
            before = stage.after();
            stage
        });
        Self { stages: stages.collect(), spacing }
    }

    /// Stage after stage, in starts a second.
    pub fn legs(&self) -> impl ExactSizeIterator<Item = Leg<f64>> + '_ {
        self.stages.iter().map(|stage| stage.leg)
    }

    /// How starts lie in time.
    pub fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// How many starts there are; of a Poisson process on average.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates, and no rate is negative"
    )]
    pub fn count(&self) -> u64 {
        (self.total() - A_TRIFLE).ceil() as u64
    }

    /// The highest rate at any instant, in starts a second.
    pub fn fastest(&self) -> f64 {
        let rates = self.stages.iter().flat_map(|stage| [stage.leg.from, stage.leg.to]);
        rates.fold(0.0, f64::max)
    }

    /// The most starts within so long, of windows that begin or end with a stage.
    pub fn most_within(&self, window: Duration) -> f64 {
        let window = window.as_secs_f64();
        let windows = self.stages.iter().flat_map(|stage| {
            let end = stage.from_s + stage.length_s;
            [(stage.from_s, stage.from_s + window), ((end - window).max(0.0), end)]
        });
        windows.map(|(from, to)| self.started_by(to) - self.started_by(from)).fold(0.0, f64::max)
    }

    /// When the last stage is over.
    pub fn end(&self) -> Duration {
        let end_s = self.stages.last().map_or(0.0, |stage| stage.from_s + stage.length_s);
        Duration::try_from_secs_f64(end_s).unwrap_or(Duration::MAX)
    }

    /// Every start's instant since the beginning, in order. The seed alone decides by chance what is
    /// left to it.
    pub fn offsets(&self, seed: u64) -> Offsets {
        self.share(seed, Share::WHOLE)
    }

    /// The same, of one of several who share the starts.
    pub fn share(&self, seed: u64, share: Share) -> Offsets {
        Offsets::new(self, seed, share)
    }

    /// `R` at the end.
    pub(super) fn total(&self) -> f64 {
        self.stages.last().map_or(0.0, Stage::after)
    }

    /// `R` at an instant, in seconds.
    fn started_by(&self, at_s: f64) -> f64 {
        let at = self.stages.partition_point(|stage| stage.from_s <= at_s);
        let stage = at.checked_sub(1).and_then(|at| self.stages.get(at));
        stage.map_or(0.0, |stage| stage.reached(at_s - stage.from_s))
    }
}

impl Spacing {
    /// As a scenario writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Poisson => "poisson",
        }
    }

    /// Reads what a scenario writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Uniform, Self::Poisson].into_iter().find(|spacing| spacing.as_str() == text)
    }
}

impl Stage {
    /// `R` at its end.
    pub(super) fn after(&self) -> f64 {
        self.before + (self.leg.from + self.leg.to) / 2.0 * self.length_s
    }

    /// `R` so many seconds into it.
    fn reached(&self, into_s: f64) -> f64 {
        let into_s = into_s.min(self.length_s);
        self.before + (self.leg.from + self.slope() * into_s / 2.0) * into_s
    }

    /// When `R` comes to `wanted`, which lies within it, in seconds since the beginning.
    ///
    /// ```text
    /// a t + s t^2 / 2 = w  =>  t = 2 w / (a + sqrt(a^2 + 2 s w))
    /// ```
    ///
    /// This form of the root divides by no slope and subtracts nothing, so that it holds for a slope
    /// of nothing or next to nothing as well.
    pub(super) fn when(&self, wanted: f64) -> f64 {
        let wanted = (wanted - self.before).max(0.0);
        let root = (self.leg.from.powi(2) + 2.0 * self.slope() * wanted).max(0.0).sqrt();
        let divisor = self.leg.from + root;
        let into_s = if divisor > 0.0 { 2.0 * wanted / divisor } else { 0.0 };
        self.from_s + into_s.min(self.length_s)
    }

    fn slope(&self) -> f64 {
        if self.length_s > 0.0 { (self.leg.to - self.leg.from) / self.length_s } else { 0.0 }
    }
}

#[cfg(test)]
mod tests;
