//! What is counted by place, clause and step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::conformance::{CATALOGUE, ClauseId};
use crate::protocol::{EventKind, Route};

/// Which documented routes were answered and which events arrived, how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Places {
    routes: [u64; 9],
    events: [u64; 3],
}

impl Places {
    /// A request to a route was answered.
    pub fn answer(&mut self, route: &Route) {
        if let Some(at) = Route::documented().position(|known| known == *route) {
            self.routes[at] += 1;
        }
    }

    /// An event arrived.
    pub fn arrive(&mut self, event: &EventKind) {
        if let Some(at) = event_place(event.name()) {
            self.events[at] += 1;
        }
    }

    /// How often a route was answered.
    pub fn answered(&self, route: &Route) -> u64 {
        Route::documented().position(|known| known == *route).map_or(0, |at| self.routes[at])
    }

    /// How often an event arrived, by its name without a session.
    pub fn arrived(&self, event: &str) -> u64 {
        event_place(event).map_or(0, |at| self.events[at])
    }

    /// Adds others.
    pub fn add(&mut self, others: Self) {
        for (mine, theirs) in self.routes.iter_mut().zip(others.routes) {
            *mine += theirs;
        }
        for (mine, theirs) in self.events.iter_mut().zip(others.events) {
            *mine += theirs;
        }
    }
}

fn event_place(name: &str) -> Option<usize> {
    EventKind::NAMES.iter().position(|known| *known == name)
}

/// How often each clause was checked and violated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "BTreeMap<ClauseId, [u64; 3]>", into = "BTreeMap<ClauseId, [u64; 3]>")]
pub struct ClauseCounts {
    checked: Vec<u64>,
    violated: Vec<u64>,
    waived: Vec<u64>,
}

impl Default for ClauseCounts {
    fn default() -> Self {
        let none = vec![0; CATALOGUE.len()];
        Self { checked: none.clone(), violated: none.clone(), waived: none }
    }
}

/// Checked, violated and waived, of the clauses that were.
impl From<ClauseCounts> for BTreeMap<ClauseId, [u64; 3]> {
    fn from(counts: ClauseCounts) -> Self {
        let each = CATALOGUE.iter().map(|clause| {
            let id = clause.id;
            (id, [counts.checked(id), counts.violated(id), counts.waived(id)])
        });
        each.filter(|(_, counts)| *counts != [0; 3]).collect()
    }
}

impl From<BTreeMap<ClauseId, [u64; 3]>> for ClauseCounts {
    fn from(kept: BTreeMap<ClauseId, [u64; 3]>) -> Self {
        let mut counts = Self::default();
        kept.into_iter().for_each(|(id, of)| counts.count(id, of));
        counts
    }
}

impl ClauseCounts {
    /// Counts a check.
    pub fn check(&mut self, clause: ClauseId) {
        self.checked[clause as usize] += 1;
    }

    /// Counts a violation.
    pub fn violate(&mut self, clause: ClauseId) {
        self.violated[clause as usize] += 1;
    }

    /// Counts a violation, counted already, as waived.
    pub fn waive(&mut self, clause: ClauseId) {
        self.waived[clause as usize] += 1;
    }

    /// How often a clause was checked.
    pub fn checked(&self, clause: ClauseId) -> u64 {
        self.checked[clause as usize]
    }

    /// How often a clause was violated, waived or not.
    pub fn violated(&self, clause: ClauseId) -> u64 {
        self.violated[clause as usize]
    }

    /// How often a violation of a clause was waived.
    pub fn waived(&self, clause: ClauseId) -> u64 {
        self.waived[clause as usize]
    }

    /// Adds to what is known of a clause: how often it was checked, violated, and waived of that.
    pub fn count(&mut self, clause: ClauseId, [checked, violated, waived]: [u64; 3]) {
        self.checked[clause as usize] += checked;
        self.violated[clause as usize] += violated;
        self.waived[clause as usize] += waived;
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.checked, &other.checked),
            (&mut self.violated, &other.violated),
            (&mut self.waived, &other.waived),
        ];
        for (mine, theirs) in counts {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}

/// What became of a step, how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct StepCounts {
    /// It did what was expected.
    pub passed: u64,
    /// It did not.
    pub failed: u64,
    /// It was left out.
    pub skipped: u64,
}

impl StepCounts {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}
