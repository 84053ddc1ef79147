//! How much of a scenario is run: instances, turns, and the rows that they are dealt.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::load::{Arrivals, Leg, Spacing};
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
    /// How planned starts lie in time (open model).
    pub arrival: Spacing,
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
    /// How planned starts lie in time.
    pub arrival: Option<Spacing>,
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

    /// The planned starts of so many flow instances; `None` of a closed model.
    pub fn arrivals(&self, instances: u32) -> Option<Arrivals> {
        let legs = |stage: &Stage| match stage {
            Stage::Rate(leg) => Some(*leg),
            Stage::Devices(_) => None,
        };
        let legs: Vec<_> = self.stages.iter().filter_map(legs).collect();
        if !legs.is_empty() {
            return Some(Arrivals::staged(legs, self.arrival));
        }
        let rate = self.rate.filter(|_| self.stages.is_empty())?;
        let time = match self.until {
            Until::Elapsed(time) => time,
            Until::Iterations(times) => {
                let starts = f64::from(times) * f64::from(instances);
                Duration::try_from_secs_f64(starts / rate).unwrap_or(Duration::MAX)
            }
        };
        Some(Arrivals::staged([Leg::flat(rate, time)], self.arrival))
    }
}

/// A stage of a load. All stages of a load are of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Flows started a second (open model).
    Rate(Leg<f64>),
    /// Devices that play (closed model).
    Devices(Leg<u32>),
}

impl Stage {
    /// How long it takes.
    pub fn time(&self) -> Duration {
        match self {
            Self::Rate(leg) => leg.time,
            Self::Devices(leg) => leg.time,
        }
    }
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
