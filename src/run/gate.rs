//! What makes a run fail beside its steps and thresholds.

use std::collections::BTreeSet;

use crate::conformance::{ClauseId, Level, Waivers};

/// What is asked of a run's clauses.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The least binding level whose violation fails the run.
    pub fail_on: Level,
    /// Clauses that fail the run where they are not exercised, or inconclusive.
    pub required: BTreeSet<ClauseId>,
    /// Deviations that are lived with.
    pub waivers: Waivers,
}

impl Default for Gate {
    fn default() -> Self {
        Self { fail_on: Level::Must, required: BTreeSet::new(), waivers: Waivers::default() }
    }
}
