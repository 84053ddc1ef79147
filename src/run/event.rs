//! The one stream of what happens in a run. Everything shown or written is folded from it.

use serde_json::Value;

use crate::conformance::{CATALOGUE, Claim, ClauseId, Finding, Level};
use crate::metrics::Recorder;
use crate::protocol::DeviceNo;
use crate::scenario::StepNo;

/// Something that a worker tells of a run.
#[derive(Debug)]
pub enum RunEvent {
    /// What was counted and measured of a scenario since the last interval.
    Interval {
        /// Which scenario, as an index into the plan.
        scenario: usize,
        /// The figures.
        interval: Box<Interval>,
    },
    /// A clause was violated.
    Found {
        /// Which scenario.
        scenario: usize,
        /// How.
        finding: Box<Finding>,
    },
    /// A step's expectation was not met.
    Unmet {
        /// Which scenario.
        scenario: usize,
        /// Which step.
        step: StepNo,
        /// How.
        unmet: Box<Unmet>,
    },
    /// Something could not run.
    Trouble {
        /// Which scenario.
        scenario: usize,
        /// What, in words.
        text: String,
    },
    /// How the endpoint reads a silence of the document.
    Reading {
        /// Of what.
        name: &'static str,
        /// How; readings of one name are gathered.
        value: Value,
    },
    /// The run was stopped before its end.
    Stopped(StopReason),
}

/// Why a run was stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// A person asked for it.
    Interrupted,
    /// Nothing could connect; why, in words.
    Unreachable(String),
    /// A scenario's `abort_on` held; as it was written.
    Aborted(String),
}

/// A step's expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// On which device.
    pub device: DeviceNo,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub actual: String,
}

/// What was counted and measured since the last interval.
#[derive(Debug, Default)]
pub struct Interval {
    /// Latencies, counts, errors.
    pub recorder: Recorder,
    /// Verdicts by clause.
    pub clauses: ClauseCounts,
    /// What has to agree with all other flow instances.
    pub claims: Vec<Claim>,
    /// Outcomes by step.
    pub steps: Vec<StepCounts>,
    /// Connections opened less connections ended.
    pub connected: i64,
    /// Flow instances that are done.
    pub finished: u64,
    /// Devices that could not connect.
    pub unconnected: u64,
}

impl Interval {
    /// The counts of a step.
    pub fn step(&mut self, step: StepNo) -> &mut StepCounts {
        if self.steps.len() <= step.0 {
            self.steps.resize(step.0 + 1, StepCounts::default());
        }
        &mut self.steps[step.0]
    }

    /// Counts a violation, under its clause and its level.
    pub fn violated(&mut self, clause: ClauseId) {
        self.clauses.violate(clause);
        let findings = &mut self.recorder.totals_mut().findings;
        match clause.level() {
            Level::Must => findings.must += 1,
            Level::Should => findings.should += 1,
            Level::Info => findings.info += 1,
        }
    }

    /// Adds a later interval.
    pub fn add(&mut self, later: Self) {
        self.recorder.merge(later.recorder);
        self.clauses.add(&later.clauses);
        self.claims.extend(later.claims);
        for (no, counts) in later.steps.into_iter().enumerate() {
            self.step(StepNo(no)).add(counts);
        }
        self.connected += later.connected;
        self.finished += later.finished;
        self.unconnected += later.unconnected;
    }
}

/// How often each clause was checked and violated.
#[derive(Clone, Debug)]
pub struct ClauseCounts {
    checked: Vec<u64>,
    violated: Vec<u64>,
}

impl Default for ClauseCounts {
    fn default() -> Self {
        Self { checked: vec![0; CATALOGUE.len()], violated: vec![0; CATALOGUE.len()] }
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

    /// How often a clause was checked.
    pub fn checked(&self, clause: ClauseId) -> u64 {
        self.checked[clause as usize]
    }

    /// How often a clause was violated.
    pub fn violated(&self, clause: ClauseId) -> u64 {
        self.violated[clause as usize]
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.checked.iter_mut().zip(&other.checked) {
            *mine += theirs;
        }
        for (mine, theirs) in self.violated.iter_mut().zip(&other.violated) {
            *mine += theirs;
        }
    }
}

/// What became of a step, how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
