//! How much of a scenario is run: instances, turns, and the rows that they are dealt.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::metrics::Threshold;

/// How much of a scenario is run, and how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Whether the file has a `load:` at all; without one a scenario runs beside others.
    pub given: bool,
    /// Simulated devices over all flow instances; `None`: one flow instance.
    pub devices: Option<NonZeroU32>,
    /// How long it takes until all have started.
    pub ramp_up: Duration,
    /// When a flow instance is done; all stages together where there are any.
    pub until: Until,
    /// Flows started a second over all instances (open model); `None`: an instance begins again
    /// when it is done (closed model).
    pub rate: Option<f64>,
    /// In place of rate and duration: one after the other.
    pub stages: Vec<Stage>,
    /// Ends the run early, as failed.
    pub abort_on: Option<Threshold>,
}

/// What takes the place of a scenario's load, field by field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadChange {
    /// Devices of each scenario.
    pub devices: Option<NonZeroU32>,
    /// When an instance is done; `None` where there are stages.
    pub until: Option<Until>,
    /// Flows started a second over all instances.
    pub rate: Option<f64>,
    /// Over how long the instances start.
    pub ramp_up: Option<Duration>,
    /// One after the other; empty: none.
    pub stages: Vec<Stage>,
    /// Ends the run early, as failed.
    pub abort_on: Option<Threshold>,
}

impl LoadChange {
    /// Whether it asks for an amount, which takes the place of a scenario's stages.
    pub fn drops_stages(&self) -> bool {
        self.devices.is_some()
            || self.until.is_some()
            || self.rate.is_some()
            || !self.stages.is_empty()
    }
}

impl Load {
    /// Whether flows are started at planned instants, whether earlier ones are done or not.
    pub fn is_open(&self) -> bool {
        self.rate.is_some() || matches!(self.stages.first(), Some(Stage::Rate(..)))
    }
}

/// A stage of a load. All stages of a load are of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Flows started a second, for so long (open model).
    Rate(f64, Duration),
    /// Devices that play, for so long (closed model).
    Devices(NonZeroU32, Duration),
}

/// When a flow instance is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// After so many iterations.
    Iterations(u32),
    /// With the iteration during which this time is up.
    Elapsed(Duration),
}

/// Rows from a CSV file (`data:`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// How rows are dealt out.
    pub pick: Pick,
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`. Never empty.
    pub rows: Vec<Vec<String>>,
}

/// How rows are dealt out to iterations over all flow instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// One after the other, from the first again after the last.
    Sequential,
    /// Any, by the seed.
    Random,
    /// One after the other; when they are used up, instances stop.
    Once,
}
