//! Both sides of the knee, as far as they are known.

use super::{Level, LevelOutcome};

/// The levels next to the knee.
///
/// The lowest level that was not carried bounds the answer from above, whatever a higher one showed: a
/// disturbance makes a level worse, hardly ever better, but a load is not carried that fails half of the
/// time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    /// The highest level that was kept, below all that were not.
    pub(super) low: Option<&'a Level>,
    /// The lowest level that was missed or not carried.
    pub(super) missed: Option<&'a Level>,
    /// The lowest level that the generator could not keep up with.
    pub(super) invalid: Option<&'a Level>,
}

impl<'a> Sides<'a> {
    pub(super) fn of(levels: &'a [Level]) -> Self {
        let lowest = |outcomes: &[LevelOutcome]| {
            let those = levels.iter().filter(|level| outcomes.contains(&level.outcome));
            those.min_by(|a, b| a.load.total_cmp(&b.load))
        };
        let missed = lowest(&[LevelOutcome::Missed, LevelOutcome::NotCarried]);
        let invalid = lowest(&[LevelOutcome::Invalid]);
        let bound = lower(missed, invalid).map_or(f64::INFINITY, |level| level.load);
        let kept = levels.iter().filter(|level| level.outcome == LevelOutcome::Kept);
        let low = kept.filter(|level| level.load < bound).max_by(|a, b| a.load.total_cmp(&b.load));
        Self { low, missed, invalid }
    }

    /// The upper side: the lowest level that nothing is known to be carried at.
    pub(super) fn high(&self) -> Option<&'a Level> {
        lower(self.missed, self.invalid)
    }

    /// Both sides that are there, the upper one first.
    pub(super) fn each(&self) -> impl Iterator<Item = &'a Level> {
        [self.high(), self.low].into_iter().flatten()
    }
}

fn lower<'a>(one: Option<&'a Level>, other: Option<&'a Level>) -> Option<&'a Level> {
    one.into_iter().chain(other).min_by(|a, b| a.load.total_cmp(&b.load))
}
