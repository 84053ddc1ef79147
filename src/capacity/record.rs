//! The record of a search for the capacity: all that its reports may tell, and nothing else.

use serde::{Deserialize, Serialize};

/// Name and version of the form of a [`CapacityRecord`] in `capacity.json`.
pub const CAPACITY_FORMAT: &str = "deskbell.capacity/1";

/// A search for the highest load that keeps the objectives. Its serialised form is `capacity.json`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CapacityRecord {
    /// Name and version of this form: [`CAPACITY_FORMAT`].
    pub format: String,
    /// Unique name of the search.
    pub run_id: String,
    /// Version of deskbell.
    pub version: String,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// When it ended, RFC 3339 in UTC.
    pub ended_at: String,
    /// What it came to.
    pub verdict: CapacityVerdict,
    /// The process's exit code.
    pub exit_code: u8,
    /// Why, a sentence each: the answer in words first.
    pub why: Vec<String>,
    /// What else to know before a figure is believed, a sentence each.
    pub notes: Vec<String>,
    /// Against what, redacted.
    pub target: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its file, as given, or `builtin:...`.
    pub file: String,
    /// What fed every random choice.
    pub seed: u64,
    /// What is raised from level to level.
    pub by: By,
    /// The lowest load.
    pub from: f64,
    /// The highest load.
    pub to: f64,
    /// The load that was asked for at least, where one was.
    pub at_least: Option<f64>,
    /// What has to hold, as it was written.
    pub objectives: Vec<String>,
    /// How close to each other the highest load that keeps them and the lowest that does not are to come,
    /// as a fraction: 0.03.
    pub precision: f64,
    /// Seconds that a level runs before it counts.
    pub warm_up_s: f64,
    /// What was said before the first level: devices, accounts, sessions, time; a sentence each.
    pub planned: Vec<String>,
    /// What ended the search.
    pub ended: Ended,
    /// Where the objectives stop being kept; `None` where no level failed them, or none kept them.
    pub knee: Option<Knee>,
    /// The highest load that kept the objectives.
    pub carried: Option<f64>,
    /// Every level, by load, ascending.
    pub levels: Vec<Level>,
    /// The Universal Scalability Law, fitted to the levels that kept up; `None` where there are too few.
    pub law: Option<Law>,
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CapacityVerdict {
    /// The highest load is known.
    Found,
    /// Every level kept the objectives, up to the highest one that was allowed or possible.
    Beyond,
    /// Even the lowest level did not keep them, or not as much is carried as was asked for.
    Failed,
    /// Nothing is known: the generator could not even keep up with the lowest load.
    Invalid,
    /// Stopped by a person; levels done until then are told.
    Interrupted,
    /// It could not be done.
    Error,
}

/// What is raised from level to level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Flows started a second (open model).
    Rate,
    /// Devices (closed model).
    Devices,
}

/// What ended a search.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Ended {
    /// What.
    pub by: EndedBy,
    /// The same in a sentence, with figures.
    pub told: String,
}

/// What ends a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The levels on both sides of the knee are as close as was asked for.
    Precision,
    /// The highest load kept the objectives.
    Top,
    /// Even the lowest load did not keep them.
    Bottom,
    /// Errors: going on would not have been a measurement.
    Errors,
    /// The gateway throttled.
    Throttling,
    /// A cap of the profile, or too few accounts, devices, files or ports.
    Cap,
    /// The generator's own limit: lateness, cores, memory.
    Generator,
    /// As many levels as are allowed.
    Levels,
    /// A person.
    Interrupted,
    /// A level that could not be run.
    Error,
}

/// A load, and what it showed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Level {
    /// Flows started a second, or devices.
    pub load: f64,
    /// What follows of its attempts.
    pub outcome: LevelOutcome,
    /// Why, in a sentence: which objective by how much, or what made it worthless.
    pub told: String,
    /// What the load fell short by, where the outcome is that it was not carried.
    pub shortfall: Option<Shortfall>,
    /// All attempts together: flows a second that were really begun, or devices that were connected.
    pub achieved: Option<f64>,
    /// Messages sent a second.
    pub sends_per_s: Option<f64>,
    /// Responses a second: the throughput of the fit.
    pub throughput_per_s: Option<f64>,
    /// Requests under way at once, on average, by Little's law: throughput times mean round trip.
    pub concurrency: Option<f64>,
    /// Median, in microseconds, of the metric that the objectives are about first.
    pub p50: Option<Quantity>,
    /// 99th percentile of the same.
    pub p99: Option<Quantity>,
    /// Errors per request, as a fraction.
    pub errors: Option<f64>,
    /// Each objective, in the order they were given.
    pub objectives: Vec<ObjectiveValue>,
    /// Each time it was run, in order.
    pub attempts: Vec<Attempt>,
}

/// A figure and its interval, in the figure's unit.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct Quantity {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What an objective came to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ObjectiveValue {
    /// As it was written.
    pub expr: String,
    /// Its figure, in the measure's own unit; `None` without samples.
    pub value: Option<Quantity>,
    /// Whether it holds: for certain, for certain not, or `None` where the interval has the bound in it.
    pub holds: Option<bool>,
}

/// What follows of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelOutcome {
    /// The objectives were kept.
    Kept,
    /// One of them was not.
    Missed,
    /// Errors, throttling, or planned starts that found nobody idle: the load was not carried.
    NotCarried,
    /// The generator could not keep up: nothing is known of the endpoint.
    Invalid,
    /// It was broken off.
    BrokenOff,
}

impl LevelOutcome {
    /// The outcome in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Missed => "missed",
            Self::NotCarried => "not carried",
            Self::Invalid => "invalid",
            Self::BrokenOff => "broken off",
        }
    }
}

/// Why a load was not carried, whatever the objectives say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shortfall {
    /// Errors.
    Errors,
    /// The gateway throttled.
    Throttling,
    /// Planned starts found nobody idle.
    Dropped,
}

/// One run of a level.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Attempt {
    /// Its run folder, below the search's own.
    pub folder: String,
    /// Seconds that counted.
    pub counted_s: f64,
    /// Samples of the first objective's metric that counted.
    pub samples: u64,
    /// The same figure as the level's `p99`, of this attempt alone.
    pub p99_us: Option<f64>,
    /// 99th percentile of the generator's own lateness, in microseconds.
    pub lateness_p99_us: u64,
    /// Whether its latencies can be trusted, by the generator's own account.
    pub valid: bool,
    /// Devices of the run.
    pub devices: u64,
}

/// Where the objectives stop being kept.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct Knee {
    /// The load, as best known: between the highest load that kept them and the lowest that did not.
    pub load: f64,
    /// The lower end of its interval: the highest load that kept them for certain.
    pub low: f64,
    /// The upper end: the lowest load that did not keep them, for certain.
    pub high: f64,
}

/// The Universal Scalability Law (N. Gunther): `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`,
/// throughput by concurrency.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Law {
    /// Requests a second of a single one under way.
    pub lambda: f64,
    /// Contention: the share that is done one by one.
    pub sigma: f64,
    /// Crosstalk: what grows with the square.
    pub kappa: f64,
    /// Share of the variance that the fit explains.
    pub r_squared: f64,
    /// How many levels it rests on.
    pub levels: usize,
    /// The greatest concurrency that was measured.
    pub measured_to: f64,
    /// The concurrency of the greatest throughput that it predicts; `None` where it knows none.
    pub peak_at: Option<f64>,
    /// That throughput, a second.
    pub peak: Option<f64>,
    /// What it says of concurrencies beyond what was measured: predictions, none of them seen.
    pub predictions: Vec<Prediction>,
    /// How far to believe it, a sentence each.
    pub notes: Vec<String>,
}

/// What the law says of a concurrency beyond what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct Prediction {
    /// Requests under way at once.
    pub concurrency: f64,
    /// Requests a second.
    pub throughput_per_s: f64,
    /// What a round trip would take, by Little's law, in microseconds.
    pub round_trip_us: f64,
}
