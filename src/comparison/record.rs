//! The record of a comparison: all that its reports may tell, and nothing else.

use serde::Serialize;

use crate::conformance::{ClauseId, Level};
use crate::metrics::Quantile;
use crate::run::{ClauseStatus, Verdict};

/// Name and version of the form of a [`Comparison`] in `comparison.json`.
pub const COMPARISON_FORMAT: &str = "deskbell.comparison/1";

/// Two sides of runs, compared. Its serialised form is `comparison.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Name and version of this form: [`COMPARISON_FORMAT`].
    pub format: &'static str,
    /// Version of deskbell.
    pub version: &'static str,
    /// Whether the gate passed: nothing is worse than it may be.
    pub passed: bool,
    /// The process's exit code.
    pub exit_code: u8,
    /// Why the gate failed, a sentence each.
    pub why: Vec<String>,
    /// What else to know before anything is believed, a sentence each: differences that were let pass,
    /// a side of few runs, seconds that were left out.
    pub notes: Vec<String>,
    /// How the verdicts came about.
    pub method: Method,
    /// The runs compared against, the earliest first.
    pub base: Vec<RunBrief>,
    /// The runs judged, the earliest first.
    pub candidate: Vec<RunBrief>,
    /// In what the runs are not alike.
    pub differences: Vec<Difference>,
    /// Latencies, rates and shares: judged ones first, then by name.
    pub metrics: Vec<MetricRow>,
    /// Clauses that stand otherwise than before, regressions first.
    pub clauses: Vec<ClauseChange>,
    /// How many clauses stand as before.
    pub clauses_alike: usize,
    /// The main figures run by run, the earliest first, where a history was asked for.
    pub trend: Vec<TrendRow>,
    /// What is drawn: both sides' percentile curves and courses.
    #[serde(skip)]
    pub curves: Vec<CurvePair>,
}

/// How verdicts come about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Method {
    /// What the intervals are evidence of.
    pub evidence: Evidence,
    /// How sure the whole comparison is that nothing is called worse by chance: 0.98.
    pub confidence: f64,
    /// How many figures are judged, over which that is spread.
    pub judged: usize,
    /// How often the samples were drawn anew.
    pub resamples: usize,
    /// Seconds that are drawn together; `None` where runs differ in it.
    pub block_s: Option<u64>,
    /// The method in sentences, as every report shows it.
    pub sentences: Vec<String>,
}

/// What an interval is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Of the seconds within the runs that were made: not of what the next run would show.
    WithinRuns,
    /// Of runs, since there were three or more on a side.
    BetweenRuns,
}

/// A run, as far as a comparison tells of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunBrief {
    /// Its folder, as it was given.
    pub folder: String,
    /// Its name.
    pub run_id: String,
    /// Version of deskbell that made it.
    pub version: String,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Against what.
    pub target: String,
    /// Digest of its plan.
    pub plan: String,
    /// What fed its random choices.
    pub seed: u64,
    /// Simulated devices.
    pub devices: u64,
    /// How many seconds of it count.
    pub seconds: u64,
}

/// In what runs are not alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What.
    pub kind: Kind,
    /// The same in a sentence.
    pub told: String,
    /// Whether it was let pass by an option; otherwise the comparison is refused.
    pub let_pass: bool,
}

/// What runs may differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The endpoint.
    Target,
    /// What was run: scenarios, load, settings.
    Plan,
    /// How ids and times are held to the document.
    Dialect,
    /// A run whose latencies are not to be trusted.
    Invalid,
    /// A run that was interrupted, or could not be done.
    Unfinished,
}

/// A figure of both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricRow {
    /// Its name: `send_to_peer.p99`, `sends.rate`, `errors.rate`.
    pub name: String,
    /// What its values are in.
    pub unit: Unit,
    /// Whether more of it is worse; less is, where not.
    pub more_is_worse: bool,
    /// What the base has; `None` without samples.
    pub base: Option<SideValue>,
    /// What the candidate has; `None` without samples.
    pub candidate: Option<SideValue>,
    /// By how much they differ; `None` where either has none, or too few samples.
    pub change: Option<Change>,
    /// How much worse it may be; `None` where it is only shown.
    pub limit: Option<Limit>,
    /// What follows; `None` where it is only shown.
    pub outcome: Option<Outcome>,
    /// Why, where the figures do not tell: too few samples, no longer measured.
    pub note: Option<String>,
}

/// A figure of one side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SideValue {
    /// All of the side's runs together.
    pub value: f64,
    /// How many samples it rests on.
    pub samples: u64,
    /// Of each run, in the order of the side; `None` without samples.
    pub runs: Vec<Option<f64>>,
}

/// By how much the candidate's figure is above the base's: as a fraction of the base's (0.1 is 10 % more),
/// or, for shares and for limits in the unit itself, as a difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Whether it is a difference, in the figure's unit, and no fraction.
    pub is_absolute: bool,
    /// What was seen.
    pub estimate: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}

/// How much worse a figure may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// As a fraction of the base's.
    Relative(f64),
    /// In the figure's own unit: microseconds, a number a second, a fraction.
    Absolute(f64),
}

/// What a figure's values are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Microseconds.
    Us,
    /// A number a second.
    PerSecond,
    /// A fraction.
    Share,
}

/// What follows of a judged figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The whole interval lies beyond what is allowed.
    Worse,
    /// The base has it, and the candidate does not: nothing shows that it is no worse.
    Missing,
    /// The interval reaches on both sides of what is allowed, or there are too few samples.
    Inconclusive,
    /// The whole interval lies within what is allowed, one way and the other.
    NoDifference,
    /// The whole interval is better by more than it may be worse.
    Better,
}

/// A clause that stands otherwise than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClauseChange {
    /// The clause.
    pub id: ClauseId,
    /// How binding it is.
    pub level: Level,
    /// What it says.
    pub title: String,
    /// How it stands in each run of the base.
    pub base: Vec<ClauseStatus>,
    /// How it stands in each run of the candidate.
    pub candidate: Vec<ClauseStatus>,
    /// What that comes to.
    pub shift: ClauseShift,
}

/// How a clause stands otherwise than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClauseShift {
    /// Violated now, and in no run of the base: a regression.
    NewlyViolated,
    /// Exercised in each run of the base, and in none of the candidate: a regression.
    NoLongerExercised,
    /// Violated before, and no longer.
    NoLongerViolated,
    /// Exercised for the first time.
    NewlyExercised,
    /// Otherwise: inconclusive or waived now, say.
    Other,
}

/// One run of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendRow {
    /// The run.
    pub run: RunBrief,
    /// The figures of the main metrics by name, with the interval that their seconds allow.
    pub figures: Vec<TrendFigure>,
    /// Violated `must` and `should` clauses that are not waived.
    pub violations: u64,
}

/// A figure of one run of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendFigure {
    /// Its name: `send_to_peer.p99`.
    pub name: String,
    /// What it is in.
    pub unit: Unit,
    /// The figure; `None` without samples.
    pub value: Option<f64>,
    /// The lower end of its interval.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
}

/// What is drawn of a latency metric: one side over the other.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePair {
    /// The metric's name: `send_to_peer`.
    pub metric: String,
    /// The base's percentile curve, all of its runs together.
    pub base: Vec<Quantile>,
    /// The candidate's.
    pub candidate: Vec<Quantile>,
    /// The 99th percentile of each second of the run, of the newest run of the base, in microseconds;
    /// `None` without samples.
    pub base_course: Vec<Option<u64>>,
    /// The same of the newest run of the candidate.
    pub candidate_course: Vec<Option<u64>>,
}
