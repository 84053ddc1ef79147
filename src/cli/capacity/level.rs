//! One run of a level: a whole run of the scenario, by what `run` runs.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::capacity::Attempt;
use crate::cli::closing::Closing;
use crate::cli::planning::{self, Planned};
use crate::cli::refusal::Refusal;
use crate::cli::run::{Played, RunArgs, play};
use crate::cli::signal::Signals;
use crate::conformance::Level as Binding;
use crate::protocol::Secrets;
use crate::run::{Beginnings, ClauseStatus, RunRecord, Stop, StopReason, Verdict};

use super::judging::Trial;
use super::objectives::Objectives;
use super::planner::LevelPlan;
use super::seconds::{Seconds, Window};

/// A level that is to be run.
pub(super) struct LevelRun<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) plan: &'a LevelPlan,
    pub(super) warm_up: Duration,
    pub(super) objectives: &'a Objectives,
    /// The run's folder, below the search's own.
    pub(super) folder: &'a Path,
}

/// A level that was run.
pub(super) struct LevelDone {
    pub(super) trial: Trial,
    pub(super) record: RunRecord,
    pub(super) secrets: Secrets,
}

impl LevelRun<'_> {
    /// Runs it, and leaves a run folder of it.
    ///
    /// # Errors
    /// What kept it from being run.
    pub(super) fn play(
        &self,
        signals: &Signals,
        err: &mut dyn Write,
    ) -> Result<LevelDone, Refusal> {
        let mut planned = planning::plan(self.args)?;
        let beginnings = Arc::new(Beginnings::default());
        adapt(&mut planned, &beginnings);
        let mut seconds = Seconds::of(self.objectives.metrics());
        let stop = Stop::default();
        let played = play(self.args, planned, (signals, &stop), &mut seconds, err)?;
        let Played { record, folder, secrets, losses } = played;
        let closing = Closing::of(self.args, &folder, &secrets);
        let record = closing.keep(record, losses, err)?;
        if record.verdict == Verdict::Error {
            return Err(Refusal::not_done(&record.why.join("; ")));
        }
        let begun = beginnings.so_far();
        let window = begun.and_then(|begun| Window::of(begun, self.warm_up, self.plan.lasts));
        let measured = window.and_then(|window| seconds.within(window));
        let metric = self.objectives.main_metric();
        let summary = measured.as_ref().and_then(|one| one.latency(metric?)?.summary());
        let attempt = Attempt {
            folder: self.folder.display().to_string(),
            counted_s: measured.as_ref().map_or(0.0, super::seconds::Measured::seconds),
            samples: summary.map_or(0, |summary| summary.count),
            p99_us: summary.map(|summary| summary.p99_us as f64),
            lateness_p99_us: record.generator.lateness_us.p99,
            valid: record.generator.valid,
            devices: record.totals.devices,
        };
        let violated = record.clauses_of(ClauseStatus::Violated);
        let violated = violated.filter(|clause| clause.level != Binding::Info);
        let trial = Trial {
            attempt,
            measured,
            doubts: record.generator.why.clone(),
            throttling: record.throttling,
            aborted: match stop.reason() {
                Some(StopReason::Aborted(why)) => Some(why),
                _ => None,
            },
            is_interrupted: record.verdict == Verdict::Interrupted,
            violated: violated.map(|clause| clause.id).collect(),
        };
        Ok(LevelDone { trial, record, secrets })
    }
}

/// A level is held to the objectives, and not to what else the scenario or the profile asks for.
fn adapt(planned: &mut Planned, beginnings: &Arc<Beginnings>) {
    let plan = &mut planned.plan;
    plan.thresholds.clear();
    for one in &mut plan.scenarios {
        Arc::make_mut(&mut one.scenario).thresholds.clear();
    }
    plan.in_force.retain(|one| one.key != "thresholds");
    plan.watch.beginnings = Some(Arc::clone(beginnings));
}
