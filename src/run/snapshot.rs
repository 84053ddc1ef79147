//! How a run stands at one moment, for a live display.

use std::time::Duration;

use crate::conformance::ClauseId;
use crate::metrics::Throttling;
use crate::protocol::DeviceNo;

/// A run at one moment, or a shard of it. Rates and percentiles are of the last seconds, counts of the
/// whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Since the run began.
    pub elapsed: Duration,
    /// Until the planned end; `None` where the plan has none.
    pub left: Option<Duration>,
    /// Devices connected.
    pub devices: u64,
    /// Devices of the scenarios that run now.
    pub planned: u64,
    /// Messages sent, per second.
    pub sends_per_s: f64,
    /// Events received, per second.
    pub events_per_s: f64,
    /// How quick the service was; `None` without samples.
    pub latency: Option<RecentLatency>,
    /// Errors of all layers.
    pub errors: u64,
    /// What the gateway throttled; `None` where it did not.
    pub throttling: Option<Throttling>,
    /// Findings of `must` and `should` that are not waived.
    pub violations: u64,
    /// How often a step's expectation was not met.
    pub unmet: u64,
    /// The newest of the violations, cleaned like everything that is told of a run.
    pub newest: Option<NewestViolation>,
    /// Each scenario, in the plan's order.
    pub scenarios: Vec<ScenarioSnapshot>,
}

/// Percentiles of the last seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecentLatency {
    /// Of what: `send_to_event`, or `rtt` (all round trips together) where no event came.
    pub metric: &'static str,
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
}

/// What was violated last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestViolation {
    /// The clause.
    pub clause: ClauseId,
    /// In which scenario, by its name.
    pub scenario: String,
    /// On which device.
    pub device: DeviceNo,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// One scenario at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioSnapshot {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: ScenarioState,
    /// Devices connected.
    pub devices: u64,
    /// Its devices in this shard.
    pub planned: u64,
    /// Flow instances that are done.
    pub finished: u64,
    /// Its flow instances in this shard.
    pub flows: u64,
    /// Errors of all layers.
    pub errors: u64,
    /// Findings of `must` and `should` that are not waived.
    pub violations: u64,
    /// How often a step's expectation was not met.
    pub unmet: u64,
}

impl ScenarioSnapshot {
    /// Whether anything is wrong in it.
    pub fn is_in_trouble(&self) -> bool {
        self.errors + self.violations + self.unmet > 0 || self.state == ScenarioState::NotRun
    }
}

/// How far a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScenarioState {
    /// Its turn has not come.
    Waiting,
    /// It runs.
    Running,
    /// All of its flow instances are done.
    Done,
    /// It cannot run.
    NotRun,
}
