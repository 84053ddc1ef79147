//! One scenario of a record: its load, its steps, and what became of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::{LatencySummary, Throttling, Totals};
use crate::protocol::DeviceNo;
use crate::run::early::EndedEarly;

use super::{ClauseResult, ThresholdResult};

/// One scenario of a run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ScenarioRecord {
    /// The scenario's name.
    pub name: String,
    /// Its file, as given, or `builtin:...`.
    pub file: String,
    /// Its load.
    pub load: LoadRecord,
    /// Its flow instances that ended early.
    pub early: EndedEarly,
    /// What was counted.
    pub totals: Totals,
    /// What the gateway throttled of it; `None` where it did not.
    #[serde(default)]
    pub throttling: Option<Throttling>,
    /// Latencies by metric.
    pub latency: BTreeMap<String, LatencySummary>,
    /// Its own thresholds.
    pub thresholds: Vec<ThresholdResult>,
    /// Its steps, in the file's order.
    pub steps: Vec<StepRecord>,
    /// How the clauses that it exercised stand by what it saw itself.
    pub clauses: Vec<ClauseResult>,
    /// The first unmet expectation of each step.
    pub unmet: Vec<UnmetStep>,
    /// What could not run, in words.
    #[serde(rename = "not_run")]
    pub errors: Vec<String>,
}

impl ScenarioRecord {
    /// How many of its steps failed at least once.
    pub fn failed_steps(&self) -> usize {
        self.steps.iter().filter(|step| step.failed > 0).count()
    }
}

/// The load that a scenario was run with.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct LoadRecord {
    /// Simulated devices.
    pub devices: u64,
    /// Flow instances that share them.
    pub instances: u64,
    /// How often each instance repeated its flow, where that was planned.
    pub iterations: Option<u64>,
    /// How long, in seconds, where that was planned.
    pub duration_s: Option<f64>,
    /// Over how long the devices connected, in seconds.
    pub ramp_up_s: f64,
    /// Flows started a second, where that stays the same (open model).
    pub rate_per_s: Option<f64>,
    /// How planned starts lie in time, `uniform` or `poisson` (open model).
    pub arrival: Option<Cow<'static, str>>,
    /// Stage after stage; none where there is but one rate, or none.
    pub stages: Vec<StageRecord>,
}

/// A stage of a load, of rates or of devices.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct StageRecord {
    /// Flows started a second at its beginning and at its end.
    pub rate_per_s: Option<[f64; 2]>,
    /// Devices that play at its beginning and at its end.
    pub devices: Option<[u64; 2]>,
    /// How long it takes, in seconds.
    pub for_s: f64,
}

/// One step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct StepRecord {
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its name: `send`, `await`.
    pub step: String,
    /// How often it did what was expected.
    pub passed: u64,
    /// How often not.
    pub failed: u64,
    /// How often it was left out since what it depends on had failed.
    pub skipped: u64,
}

/// A step's expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct UnmetStep {
    /// The step's line in the file, from 1.
    pub line: usize,
    /// The step's name.
    pub step: String,
    /// In which shard of a merged run it was first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
    /// On which device it was first.
    pub device: DeviceNo,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub actual: String,
    /// How often.
    pub count: u64,
}
