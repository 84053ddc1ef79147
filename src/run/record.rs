//! The record of a run: all that reports may tell, and nothing else.
//!
//! Its serialised form is `run.json`; what stands beside it in files of its own is skipped there.

mod generator;
mod machine;
mod scenario;
mod shard;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conformance::{ClauseId, Finding, Level};
use crate::load::Shard;
use crate::metrics::{Distribution, Errors, LatencySummary, Layer, Throttling, Totals};

use super::closes::Closes;
use super::conversation::ConversationRecord;
use super::in_force::InForce;
use super::second::TimelineRow;
use super::sums::Sums;

pub use generator::{BusiestWorker, Generator, Lateness};
pub use machine::Machine;
pub use scenario::{LoadRecord, ScenarioRecord, StageRecord, StepRecord, UnmetStep};
pub use shard::ShardRecord;

/// Name and version of the form of a [`RunRecord`] in `run.json`. Fields may be added to it; the
/// version changes where one that is there gets another meaning.
pub const RUN_FORMAT: &str = "deskbell.run/1";

/// What a run did and found, without secrets and, unless they are to be shown, personal data: all
/// that is told of a run is cleaned before it gets here. What is read of `run.json` alone lacks what
/// stands in files of its own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct RunRecord {
    /// Name and version of this form: [`RUN_FORMAT`].
    pub format: String,
    /// Unique name of the run.
    pub run_id: String,
    /// Version of deskbell.
    pub version: String,
    /// Digest of the plan.
    pub plan: String,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// When it ended, RFC 3339 in UTC.
    pub ended_at: String,
    /// How it ended.
    pub verdict: Verdict,
    /// The process's exit code.
    pub exit_code: u8,
    /// Why the verdict is not `passed`, a sentence each.
    pub why: Vec<String>,
    /// Against what, redacted; a remark may follow in parentheses:
    /// `ws://127.0.0.1:4567/uat (embedded reference server)`.
    pub target: String,
    /// What held for the run, and who said so; never a secret.
    pub in_force: Vec<InForce>,
    /// What a command line that repeats the run has to say beside scenario, target, load and seed.
    pub repeat_with: Vec<String>,
    /// What fed every random choice.
    pub seed: u64,
    /// Which share of the plan this run was; of a merged run, all of it.
    pub shard: Shard,
    /// The shards that a merged run was added up from, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardRecord>,
    /// The instant that it was to begin at, together with other shards, RFC 3339 in UTC; `None` where it
    /// began at once.
    #[serde(default)]
    pub start_at: Option<String>,
    /// How the endpoint reads what the document leaves open, and the limits that verdicts rest on.
    pub readings: BTreeMap<String, Value>,
    /// What was counted.
    pub totals: Totals,
    /// Errors by layer.
    pub errors: Errors,
    /// Errors by layer over time: in which second of the run, from 0, and how many; seconds without
    /// are left out.
    pub errors_by_second: BTreeMap<Layer, Vec<(u64, u64)>>,
    /// What the gateway throttled, of all that counts in `errors`; `None` where it did not.
    #[serde(default)]
    pub throttling: Option<Throttling>,
    /// Connections that the endpoint closed at a time, and with a code, at which it may: no errors.
    #[serde(default)]
    pub closes: Closes,
    /// Latencies by metric.
    pub latency: BTreeMap<String, LatencySummary>,
    /// How the samples of each of them are spread.
    #[serde(skip)]
    pub distributions: BTreeMap<String, Distribution>,
    /// Every clause over the whole run, in the catalogue's order.
    pub clauses: Vec<ClauseResult>,
    /// Thresholds over the whole run.
    pub thresholds: Vec<ThresholdResult>,
    /// How the load generator itself did.
    pub generator: Generator,
    /// What it was generated on.
    pub machine: Machine,
    /// What made it fail.
    pub gate: GateRecord,
    /// What became of each waiver.
    pub waivers: Vec<WaiverResult>,
    /// What the endpoint keeps of the run.
    pub left_behind: LeftBehind,
    /// Each scenario by itself.
    pub scenarios: Vec<ScenarioRecord>,
    /// The first findings, at most 1 000.
    #[serde(skip)]
    pub findings: Vec<FoundViolation>,
    /// How many there were beyond those.
    pub findings_beyond: u64,
    /// What was seen until each of the first findings and unmet steps, at most 100.
    #[serde(skip)]
    pub conversations: Vec<ConversationRecord>,
    /// Each second of the run, from the first.
    #[serde(skip)]
    pub timeline: Vec<TimelineRow>,
    /// What all of it was concluded from; `None` where it was read back without.
    #[serde(skip)]
    pub sums: Option<Arc<Sums>>,
}

/// What an endpoint keeps of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct LeftBehind {
    /// Sessions that could not be ended; `deskbell cleanup` tries again.
    pub open_sessions: u64,
    /// Messages that were acknowledged and not unsent.
    pub messages: u64,
    /// Uploaded files.
    pub uploads: u64,
}

impl RunRecord {
    /// The clauses that stand so, in the catalogue's order.
    pub fn clauses_of(&self, status: ClauseStatus) -> impl Iterator<Item = &ClauseResult> {
        self.clauses.iter().filter(move |clause| clause.status == status)
    }

    /// Thresholds over the whole run, and then each scenario's with that scenario.
    pub fn every_threshold(
        &self,
    ) -> impl Iterator<Item = (Option<&ScenarioRecord>, &ThresholdResult)> {
        let of_scenarios = self
            .scenarios
            .iter()
            .flat_map(|scenario| scenario.thresholds.iter().map(move |one| (Some(scenario), one)));
        self.thresholds.iter().map(|one| (None, one)).chain(of_scenarios)
    }

    /// The steps with an expectation that was not met, each with its scenario.
    pub fn every_unmet(&self) -> impl Iterator<Item = (&ScenarioRecord, &UnmetStep)> {
        let each = self.scenarios.iter();
        each.flat_map(|scenario| scenario.unmet.iter().map(move |unmet| (scenario, unmet)))
    }

    /// How many steps of all scenarios failed at least once.
    pub fn failed_steps(&self) -> usize {
        self.scenarios.iter().map(ScenarioRecord::failed_steps).sum()
    }

    /// The run could not be done, for reasons that came up at its end or were known before.
    pub fn could_not(&mut self, why: impl IntoIterator<Item = String>) {
        for reason in why {
            if !self.why.contains(&reason) {
                self.why.push(reason);
            }
        }
        (self.verdict, self.exit_code) = (Verdict::Error, 3);
    }

    /// Fails the run for something that came up after its end.
    pub fn fail(&mut self, why: String) {
        self.why.push(why);
        if self.verdict == Verdict::Passed {
            self.verdict = Verdict::Failed;
            self.exit_code = 1;
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All that was asked for holds.
    Passed,
    /// The gate failed.
    Failed,
    /// The generator could not keep up: the latencies are not to be trusted.
    Invalid,
    /// Stopped by a person; the figures reach until then.
    Interrupted,
    /// The run could not be done.
    Error,
}

impl Verdict {
    /// The verdict as it stands in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::Interrupted => "interrupted",
            Self::Error => "error",
        }
    }
}

/// One clause over a run or a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ClauseResult {
    /// The clause.
    pub id: ClauseId,
    /// How binding it is.
    pub level: Level,
    /// What it says.
    pub title: Cow<'static, str>,
    /// How often it was checked.
    pub checked: u64,
    /// How often it was violated, waived or not.
    pub violated: u64,
    /// How often that was waived.
    pub waived: u64,
    /// What follows from that.
    pub status: ClauseStatus,
    /// Why it is waived, inconclusive or not exercised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The readings of the document's silences that its verdict rests on, by their ids.
    pub readings: Vec<Cow<'static, str>>,
}

/// What made a run fail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct GateRecord {
    /// The least binding level whose violation fails.
    pub fail_on: Level,
    /// Clauses that fail where they are not exercised, or inconclusive.
    pub required: Vec<ClauseId>,
}

impl GateRecord {
    /// Whether a violation of this level fails the run.
    pub fn fails_on(&self, level: Level) -> bool {
        level <= self.fail_on
    }
}

/// What became of a waiver.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct WaiverResult {
    /// What it waives, in words: `EVENT-5, event chat-message`.
    pub waives: String,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds.
    pub until: String,
    /// How many findings it covered.
    pub covered: u64,
    /// What follows from that.
    pub status: WaiverStatus,
}

/// What is known of a waiver after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverStatus {
    /// It covered findings.
    Used,
    /// Nothing came where it would apply.
    NotExercised,
    /// Its place was clean, as it may be.
    Away,
    /// Its place was exercised and clean: there is nothing to waive any more.
    Stale,
    /// Its date is past: it covers nothing.
    Past,
}

/// What is known of a clause after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClauseStatus {
    /// Checked, never violated.
    Passed,
    /// Violated.
    Violated,
    /// Violated only where a waiver allows it.
    Waived,
    /// Checked under conditions that allow no verdict.
    Inconclusive,
    /// Never checked.
    NotExercised,
}

impl ClauseStatus {
    /// The status as it stands in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Violated => "violated",
            Self::Waived => "waived",
            Self::Inconclusive => "inconclusive",
            Self::NotExercised => "not-exercised",
        }
    }
}

/// One threshold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ThresholdResult {
    /// As it was written: `send_to_peer.p99 < 250ms`.
    pub expr: String,
    /// Microseconds, 1/s or a fraction; `None` without samples.
    pub value: Option<f64>,
    /// Whether it holds; never without samples.
    pub ok: bool,
}

/// A finding, and in which scenario it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundViolation {
    /// The scenario's name.
    pub scenario: String,
    /// In which shard of a merged run.
    pub shard: Option<u32>,
    /// The finding.
    pub finding: Finding,
    /// Why it is waived, where it is.
    pub waived: Option<String>,
}
