//! The one fold: from a run's events to its record, and to how it stands at a moment.

mod generator;
mod lately;
mod moment;
mod seconds;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::conformance::{Census, Finding, Level, RunWide};
use crate::protocol::Clean;
use crate::scenario::StepNo;

use super::clean;
use super::conclude::{Premises, conclude};
use super::conversation::{Conversation, ConversationRecord, Occasion, Room};
use super::effort::Effort;
use super::event::{Interval, RunEvent, StopReason, Unmet};
use super::figures::Figured;
use super::guard::Guard;
use super::onlooker::Onlooker;
use super::plan::{RunPlan, ScenarioPlan};
use super::record::{FoundViolation, Machine, RunRecord};
use super::second::Second;
use super::skew::Skews;
use super::snapshot::NewestViolation;
use super::sums::{SUMS_FORMAT, ScenarioSum, Sums};
use super::tally::{GATEWAY_SAYS, MESSAGES};
use super::terms::Terms;

use generator::{generator, lacked_something};
use lately::Lately;
use seconds::Seconds;

/// Findings that are kept in full; the rest is counted.
pub const FINDINGS_KEPT: usize = 1000;

/// Waived findings among those.
pub const WAIVED_FINDINGS_KEPT: usize = 100;

/// A run as far as it has been told.
pub(super) struct Fold<'a> {
    plan: &'a RunPlan,
    clean: Clean,
    scenarios: Vec<ScenarioSum>,
    census: Census,
    findings: Vec<FoundViolation>,
    conversations: Vec<ConversationRecord>,
    room: Room,
    readings: BTreeMap<&'static str, Vec<Value>>,
    skews: Skews,
    stopped: Option<StopReason>,
    lately: Lately,
    newest: Option<NewestViolation>,
    seconds: Seconds,
    guard: Guard,
}

/// When a run began and ended, RFC 3339 in UTC, and how long that is.
pub(super) struct Times {
    pub(super) elapsed: Duration,
    pub(super) started_at: String,
    pub(super) ended_at: String,
}

impl<'a> Fold<'a> {
    pub(super) fn new(plan: &'a RunPlan) -> Self {
        Self {
            plan,
            clean: plan.clean(),
            scenarios: plan.scenarios.iter().map(|_| ScenarioSum::default()).collect(),
            census: Census::new(plan.accounts.iter().map(|account| account.tenant).collect()),
            findings: Vec::new(),
            conversations: Vec::new(),
            room: Room::default(),
            readings: BTreeMap::new(),
            skews: Skews::default(),
            stopped: None,
            lately: Lately::default(),
            newest: None,
            seconds: Seconds::new(plan.workers),
            guard: Guard::new(plan),
        }
    }

    /// Takes the next event, which came at this time of the run.
    pub(super) fn take(&mut self, event: RunEvent, at: Duration) {
        match event {
            RunEvent::Interval { scenario, second, interval } => {
                self.interval((scenario, second), *interval, at);
            }
            RunEvent::Passed { worker, second } => self.seconds.pass(worker, second),
            RunEvent::Done { worker } => self.seconds.leave(worker),
            RunEvent::Found { scenario, finding, waiver, conversation } => {
                let kept = self.keep(scenario, *finding, waiver);
                if let (Some(nth), Some(conversation)) = (kept, conversation) {
                    let told = (scenario, *conversation);
                    self.keep_conversation(Occasion::Finding(nth), waiver.is_some(), told);
                }
            }
            RunEvent::Unmet { scenario, step, unmet, conversation } => {
                if let Some(conversation) = conversation {
                    let of = unmet_step(&self.plan.scenarios[scenario], step, &unmet);
                    self.keep_conversation(of, false, (scenario, *conversation));
                }
                self.scenarios[scenario].unmet.entry(step.0).or_insert(*unmet);
            }
            RunEvent::Trouble { scenario, text } => {
                self.scenarios[scenario].trouble(text, 1);
            }
            RunEvent::Reading { name, value } => {
                let known = self.readings.entry(name).or_default();
                // Each worker tells but a few of what a gateway may make up without end.
                let has_room = name != GATEWAY_SAYS || known.len() < MESSAGES;
                if has_room && !known.contains(&value) {
                    known.push(value);
                }
            }
            RunEvent::ClockSkew(skew) => self.skews.note(skew),
            stopped @ RunEvent::Stopped(_) => {
                if let RunEvent::Stopped(reason) = clean::event(&self.clean, stopped) {
                    self.stopped = Some(reason);
                }
            }
        }
    }

    /// Keeps a finding, while there is room, and as the newest; its place where it is kept.
    fn keep(&mut self, scenario: usize, finding: Finding, waiver: Option<usize>) -> Option<usize> {
        let name = &self.plan.scenarios[scenario].scenario.name;
        if waiver.is_none() {
            self.newest = moment::newest(name, &finding).or(self.newest.take());
        }
        let waived = self.findings.iter().filter(|found| found.waived.is_some()).count();
        let has_room = self.findings.len() < FINDINGS_KEPT
            && (waiver.is_none() || waived < WAIVED_FINDINGS_KEPT);
        has_room.then(|| {
            let scenario = name.clone();
            let reason = |nth: usize| self.plan.gate.waivers.all()[nth].reason.clone();
            self.findings.push(FoundViolation {
                scenario,
                shard: None,
                finding,
                waived: waiver.map(reason),
            });
            self.findings.len() - 1
        })
    }

    /// Keeps what was seen until something was wrong, while there is room.
    fn keep_conversation(&mut self, of: Occasion, is_waived: bool, told: (usize, Conversation)) {
        if self.room.take(is_waived) {
            let (scenario, conversation) = told;
            let scenario = self.plan.scenarios[scenario].scenario.name.clone();
            self.conversations.push(ConversationRecord { scenario, of, conversation });
        }
    }

    /// Counts what only the claims of all flow instances together show, as it was seen in a second.
    fn run_wide(&mut self, RunWide { scope, checked, finding }: RunWide, second: u64) {
        let mut seen = Interval::default();
        if let Some(clause) = checked {
            seen.clauses.check(clause);
        }
        let name = &self.plan.scenarios[scope].scenario.name;
        let waiver = seen.found(&finding, name, &self.plan.gate.waivers);
        self.seconds.add(second, 0, &seen.recorder);
        self.scenarios[scope].sum.add(seen);
        let finding = clean::finding(&self.clean, finding);
        self.keep(scope, finding, waiver);
    }

    fn interval(&mut self, (scenario, second): (usize, u64), mut interval: Interval, at: Duration) {
        self.guard.take(scenario, &interval, at);
        for (account, tenant) in std::mem::take(&mut interval.tenants) {
            self.census.learn(account, tenant);
        }
        for claim in std::mem::take(&mut interval.claims) {
            if let Some(found) = self.census.take(scenario, claim) {
                self.run_wide(found, second);
            }
        }
        self.seconds.add(second, interval.connected, &interval.recorder);
        self.lately.take(&interval.recorder, at);
        self.scenarios[scenario].sum.add(interval);
    }

    /// The next second that is complete, if there is one.
    pub(super) fn next_second(&mut self) -> Option<Second> {
        self.seconds.next()
    }

    /// Why the run is to end now: a scenario's `abort_on` holds over all of the run or over the last
    /// seconds, or the run's own bound does over the last seconds.
    pub(super) fn abort(&self, elapsed: Duration) -> Option<String> {
        let whole = self.scenarios.iter().zip(self.guard.bounds()).find_map(|(told, abort_on)| {
            let abort_on = abort_on?;
            let (value, holds) = abort_on.evaluate(&Figured { sum: &told.sum, elapsed });
            (holds && value.is_some()).then(|| format!("as `abort_on` asks: {abort_on}"))
        });
        whole.or_else(|| self.guard.abort(elapsed))
    }

    /// The record of the whole run; an onlooker is told the seconds that are left, and the ids.
    pub(super) fn finish(
        mut self,
        times: Times,
        effort: Effort,
        onlooker: &mut dyn Onlooker,
    ) -> RunRecord {
        let census = std::mem::replace(&mut self.census, Census::new(Vec::new()));
        let (found, unjudged, ids) = census.finish();
        let last = self.seconds.last();
        found.into_iter().for_each(|one| self.run_wide(one, last));
        while let Some(second) = self.seconds.rest() {
            onlooker.second(&second);
        }
        onlooker.ended(&clean::ids(&self.clean, ids));
        let is_clock_set = !effort.disturbances.clock_set.is_zero();
        let is_own_fault = effort.disturbances.missed_time() || lacked_something(&self.scenarios);
        let generator = generator(&self.scenarios, self.plan, effort);
        let Self {
            plan, clean, scenarios, findings, conversations, seconds, stopped, skews, ..
        } = self;
        let mut readings = self.readings;
        if !plan.account_warnings.is_empty() {
            let warned = plan.account_warnings.iter().map(|text| json!(text));
            readings.entry("accounts").or_default().splice(0..0, warned);
        }
        if let Some(told) = skews.in_words() {
            readings.insert("clock_skew", told.into_iter().map(|words| json!(words)).collect());
        }
        let sums = Sums {
            format: SUMS_FORMAT.to_owned(),
            run_id: plan.run_id.clone(),
            terms: Terms::of(plan),
            scenarios,
            readings: readings.into_iter().map(|(name, told)| (name.to_owned(), told)).collect(),
            stopped,
            is_clock_set,
            is_own_fault,
        };
        let mut kept = seconds.into_kept();
        if sums.findings() == findings.len() as u64 {
            let is_counted = |found: &&FoundViolation| {
                found.waived.is_none() && found.finding.clause.level() != Level::Info
            };
            let counted = findings.iter().filter(is_counted);
            kept.date_violations(counted.map(|found| found.finding.at));
        }
        let premises = Premises {
            run_id: plan.run_id.clone(),
            plan: plan.digest(),
            started_at: times.started_at,
            ended_at: times.ended_at,
            elapsed: times.elapsed,
            target: clean.text(&plan.target_label),
            in_force: plan.in_force.clone(),
            repeat_with: plan.repeat_with.iter().map(|arg| clean.text(arg)).collect(),
            seed: plan.seed,
            shard: plan.shard,
            shards: Vec::new(),
            start_at: plan.start_at.map(|at| at.to_string()),
            generator,
            machine: Machine::this(plan.workers),
            unjudged,
            findings,
            conversations,
            timeline: kept.rows,
            errors_by_second: kept.errors,
        };
        conclude(Arc::new(sums), premises)
    }
}

/// A step's expectation that was not met, as what a conversation is kept for.
fn unmet_step(plan: &ScenarioPlan, no: StepNo, unmet: &Unmet) -> Occasion {
    let step = plan.scenario.steps().find(|step| step.no == no);
    Occasion::Step {
        file: plan.scenario.file.clone(),
        line: step.map_or(0, |step| step.line as usize),
        step: step.map_or_else(String::new, |step| step.name.to_owned()),
        message: unmet.message.clone(),
        expected: unmet.expected.clone(),
        actual: unmet.actual.clone(),
    }
}
