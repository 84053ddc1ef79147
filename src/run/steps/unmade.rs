//! What is left of a list of steps, where a flow is cut off in the middle of it.

use crate::run::tally::Tally;
use crate::scenario::Step;

/// The steps of a list that are not made yet. Dropped, they count as skipped.
pub(super) struct Unmade<'a> {
    tally: &'a Tally,
    steps: std::slice::Iter<'a, Step>,
}

impl<'a> Unmade<'a> {
    /// All of a list.
    pub(super) fn of(tally: &'a Tally, steps: &'a [Step]) -> Self {
        Self { tally, steps: steps.iter() }
    }

    /// The first of them has an outcome.
    pub(super) fn pass(&mut self) {
        self.steps.next();
    }
}

impl Drop for Unmade<'_> {
    fn drop(&mut self) {
        self.steps.clone().for_each(|step| self.tally.skipped(step.no));
    }
}
