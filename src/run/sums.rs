//! What a run came to, before anything is concluded of it. The sums of shards add up to those of the
//! whole, so that one function concludes of either: [`conclude`](super::conclude).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{Interval, StopReason, Unmet};
use super::terms::Terms;

/// Name and version of the form of [`Sums`] in `sums.json`.
pub const SUMS_FORMAT: &str = "deskbell.sums/1";

/// Kinds of trouble of a scenario that are kept in words.
const TROUBLES_KEPT: usize = 20;

/// What a run counted and measured, and what that is judged by.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Sums {
    /// Name and version of this form: [`SUMS_FORMAT`].
    pub format: String,
    /// Unique name of the run.
    pub run_id: String,
    /// What it is judged by.
    pub terms: Terms,
    /// Each scenario, in the order of the terms.
    pub scenarios: Vec<ScenarioSum>,
    /// What was told of the endpoint while the run went on, by name.
    pub readings: BTreeMap<String, Vec<Value>>,
    /// Why it was stopped before its end.
    pub stopped: Option<StopReason>,
    /// Whether the clock of a machine was set meanwhile.
    pub is_clock_set: bool,
    /// Whether what was not met may be the harness's own fault: of time that it missed, or of what its
    /// machine lacked.
    pub is_own_fault: bool,
}

/// One scenario as far as it has been told.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct ScenarioSum {
    /// What was counted and measured.
    pub sum: Interval,
    /// The first unmet expectation of each step, by the step's number.
    pub unmet: BTreeMap<usize, Unmet>,
    /// What could not run, in words, and how often.
    pub troubles: BTreeMap<String, u64>,
}

impl Sums {
    /// How many findings there were, waived or not.
    pub(super) fn findings(&self) -> u64 {
        let counts = self.scenarios.iter().map(|told| told.sum.recorder.totals().findings);
        counts.map(|of| of.must + of.should + of.info + of.waived).sum()
    }

    /// Says of which shard each first unmet step was, before those of others are added.
    pub fn of_shard(mut self, index: u32) -> Self {
        let unmet = self.scenarios.iter_mut().flat_map(|told| told.unmet.values_mut());
        unmet.for_each(|unmet| unmet.shard = Some(index));
        self
    }

    /// Adds those of another share of the same plan, whatever its order.
    pub fn add(&mut self, other: Self) {
        for (mine, theirs) in self.scenarios.iter_mut().zip(other.scenarios) {
            mine.add(theirs);
        }
        for (name, values) in other.readings {
            let known = self.readings.entry(name).or_default();
            for value in values {
                if !known.contains(&value) {
                    known.push(value);
                }
            }
        }
        self.stopped = self.stopped.take().or(other.stopped);
        self.is_clock_set |= other.is_clock_set;
        self.is_own_fault |= other.is_own_fault;
    }
}

impl ScenarioSum {
    /// Something could not run, so often.
    pub(super) fn trouble(&mut self, text: String, times: u64) {
        if self.troubles.len() < TROUBLES_KEPT || self.troubles.contains_key(&text) {
            *self.troubles.entry(text).or_default() += times;
        }
    }

    fn add(&mut self, other: Self) {
        self.sum.add(other.sum);
        for (step, unmet) in other.unmet {
            self.unmet.entry(step).or_insert(unmet);
        }
        for (text, times) in other.troubles {
            self.trouble(text, times);
        }
    }
}
