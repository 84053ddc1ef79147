//! How many play at once, in stages.

use std::time::Duration;

use super::Leg;

/// How many flow instances play, stage by stage. In a ramp they come, or go, one by one.
///
/// ```text
/// at(t) = from + (to - from) * t / time, rounded, within a stage
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population(Vec<Leg<u32>>);

impl Population {
    /// One stage after the other.
    pub fn staged(stages: impl IntoIterator<Item = Leg<u32>>) -> Self {
        Self(stages.into_iter().collect())
    }

    /// Stage after stage.
    pub fn legs(&self) -> impl ExactSizeIterator<Item = Leg<u32>> + Clone + '_ {
        self.0.iter().copied()
    }

    /// How long all together play, in seconds.
    pub fn played_s(&self) -> f64 {
        let stage = |leg: &Leg<u32>| {
            (f64::from(leg.from) + f64::from(leg.to)) / 2.0 * leg.time.as_secs_f64()
        };
        self.0.iter().map(stage).sum()
    }

    /// When the last stage is over.
    pub fn end(&self) -> Duration {
        self.0.iter().fold(Duration::ZERO, |end, stage| end.saturating_add(stage.time))
    }

    /// The same, with no more than so many at once.
    pub fn at_most(mut self, most: u32) -> Self {
        for stage in &mut self.0 {
            (stage.from, stage.to) = (stage.from.min(most), stage.to.min(most));
        }
        self
    }

    /// The most that play at once.
    pub fn most(&self) -> u32 {
        self.0.iter().map(|stage| stage.from.max(stage.to)).max().unwrap_or(0)
    }

    /// How many play at an instant since the beginning; none after the end.
    pub fn at(&self, elapsed: Duration) -> u32 {
        let mut from = Duration::ZERO;
        for stage in &self.0 {
            let into = elapsed.saturating_sub(from);
            if into < stage.time {
                return at(stage, into);
            }
            from = from.saturating_add(stage.time);
        }
        0
    }

    /// From when on the `nth`, from 0, plays next: at once, where it does already; `None` where it
    /// never will again.
    pub fn next_turn(&self, nth: u32, elapsed: Duration) -> Option<Duration> {
        let mut from = Duration::ZERO;
        for stage in &self.0 {
            let to = from.saturating_add(stage.time);
            if elapsed < to {
                let into = elapsed.saturating_sub(from);
                if nth < at(stage, into) {
                    return Some(elapsed.max(from));
                }
                if let Some(into) = joins(stage, nth).filter(|joins| *joins < stage.time) {
                    return Some(from.saturating_add(into));
                }
            }
            from = to;
        }
        None
    }
}

/// How many play so long after the beginning of a stage.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between two numbers of devices"
)]
fn at(stage: &Leg<u32>, into: Duration) -> u32 {
    let part = into.as_secs_f64() / stage.time.as_secs_f64();
    let (from, to) = (f64::from(stage.from), f64::from(stage.to));
    (from + (to - from) * part).round() as u32
}

/// How long after the beginning of a stage that lets more and more play the `nth` begins to.
fn joins(stage: &Leg<u32>, nth: u32) -> Option<Duration> {
    if nth < stage.from || nth >= stage.to {
        return None;
    }
    let part = (f64::from(nth - stage.from) + 0.5) / f64::from(stage.to - stage.from);
    // Rounding must not put it before its turn.
    Some(stage.time.mul_f64(part).saturating_add(Duration::from_micros(1)))
}

#[cfg(test)]
mod tests;
