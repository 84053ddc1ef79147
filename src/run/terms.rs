//! What a record tells of its plan and is judged by. It is the same for every share of a plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::conformance::{ClauseId, Finding, Waiver};
use crate::load::Leg;
use crate::metrics::Threshold;
use crate::protocol::Route;
use crate::scenario::{Action, Step, Until};

use super::plan::{Course, RunPlan, ScenarioPlan};
use super::record::{GateRecord, LoadRecord, StageRecord};

/// What a run is judged by.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Terms {
    /// How many accounts there are.
    pub accounts: usize,
    /// Whether they are of two tenants at least.
    pub has_second_tenant: bool,
    /// Whether it is known where upload URLs are asked for.
    pub has_upload_origin: bool,
    /// What makes it fail.
    pub gate: GateRecord,
    /// Deviations that are lived with.
    pub waivers: Vec<WaiverTerms>,
    /// What the figures of the whole run must be.
    pub thresholds: Vec<Threshold>,
    /// How the document's silences are read, and which limits verdicts rest on, as far as that was
    /// decided before.
    pub readings: BTreeMap<String, Value>,
    /// Each scenario, in the order of the plan.
    pub scenarios: Vec<ScenarioTerms>,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ScenarioTerms {
    /// Its name.
    pub name: String,
    /// Its file, as given, or `builtin:...`.
    pub file: String,
    /// Its load, of all shards together.
    pub load: LoadRecord,
    /// Those of its steps that can fail, in the file's order.
    pub steps: Vec<StepTerms>,
    /// What its figures must be.
    pub thresholds: Vec<Threshold>,
}

/// A step that can fail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct StepTerms {
    /// Its place in the file, as of [`crate::scenario::StepNo`].
    pub no: usize,
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its name: `send`, `await`.
    pub step: String,
}

/// A deviation that is lived with: where it may be, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct WaiverTerms {
    /// The clause that is violated.
    pub clause: ClauseId,
    /// Only where this route was called.
    pub route: Option<String>,
    /// Only where this event came.
    pub event: Option<String>,
    /// Only at this JSON pointer.
    pub pointer: Option<String>,
    /// Only in this scenario.
    pub scenario: Option<String>,
    /// What it waives, in words.
    pub waives: String,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds.
    pub until: String,
    /// Whether that is past.
    pub is_past: bool,
    /// Whether the deviation may also stay away.
    pub is_intermittent: bool,
}

impl Terms {
    /// Those of a plan.
    pub(super) fn of(plan: &RunPlan) -> Self {
        let gate = &plan.gate;
        let waivers = gate.waivers.all().iter();
        Self {
            accounts: plan.accounts.len(),
            has_second_tenant: plan.has_second_tenant(),
            has_upload_origin: plan.upload_origin.is_some(),
            gate: GateRecord {
                fail_on: gate.fail_on,
                required: gate.required.iter().copied().collect(),
            },
            waivers: waivers.map(|one| waiver(one, gate.waivers.is_past(one))).collect(),
            thresholds: plan.thresholds.clone(),
            readings: readings(plan),
            scenarios: plan.scenarios.iter().map(scenario).collect(),
        }
    }
}

fn waiver(waiver: &Waiver, is_past: bool) -> WaiverTerms {
    WaiverTerms {
        clause: waiver.clause,
        route: waiver.route.as_ref().map(|route| route.as_str().to_owned()),
        event: waiver.event.as_deref().map(str::to_owned),
        pointer: waiver.pointer.clone(),
        scenario: waiver.scenario.clone(),
        waives: waiver.to_string(),
        reason: waiver.reason.clone(),
        ticket: waiver.ticket.clone(),
        until: waiver.until.to_string(),
        is_past,
        is_intermittent: waiver.is_intermittent,
    }
}

impl WaiverTerms {
    /// Whether it covers a finding of a scenario.
    pub fn covers(&self, finding: &Finding, scenario: &str) -> bool {
        let waiver = Waiver {
            clause: self.clause,
            route: self.route(),
            event: self.event.as_deref().map(Into::into),
            pointer: self.pointer.clone(),
            scenario: self.scenario.clone(),
            reason: self.reason.clone(),
            ticket: self.ticket.clone(),
            until: self.until.parse().unwrap_or(Date::MAX),
            is_intermittent: self.is_intermittent,
        };
        !self.is_past && waiver.covers(finding, scenario)
    }

    /// The route that it is narrowed to.
    pub(super) fn route(&self) -> Option<Route> {
        self.route.as_deref().map(Route::parse)
    }
}

fn readings(plan: &RunPlan) -> BTreeMap<String, Value> {
    let mut readings = dialects(plan);
    for plan in &plan.scenarios {
        let settings = &plan.scenario.settings;
        let millis = |time: Duration| time.as_millis() as u64;
        let limits = json!({
            "response_timeout_ms": millis(settings.response_timeout),
            "delivery_timeout_ms": millis(settings.delivery_timeout),
            "ack_timeout_ms": millis(settings.ack_timeout),
            "clock_tolerance_ms": millis(settings.clock_tolerance),
        });
        readings.insert(format!("limits.{}", plan.scenario.name), limits);
    }
    if plan.upload_origin.is_none() && plan.scenarios.iter().any(ScenarioPlan::uploads) {
        readings.insert("uploads".into(), json!("skipped: no --upload-origin was given"));
    }
    let cut = plan.scenarios.iter().filter_map(ScenarioPlan::cut_down);
    let cut: Vec<_> = cut.map(|text| json!(text)).collect();
    if !cut.is_empty() {
        readings.insert("cut_down".into(), json!(cut));
    }
    readings
}

/// The dialect of all scenarios, or where they differ that of each.
fn dialects(plan: &RunPlan) -> BTreeMap<String, Value> {
    let of = |plan: &ScenarioPlan| plan.scenario.settings.dialect;
    let plans = &plan.scenarios;
    let first = plans.first().map(of).unwrap_or_default();
    if plans.iter().all(|plan| of(plan) == first) {
        return [("dialect".to_owned(), json!(first.as_str()))].into();
    }
    let each = plans.iter();
    each.map(|plan| (format!("dialect.{}", plan.scenario.name), json!(of(plan).as_str()))).collect()
}

fn scenario(plan: &ScenarioPlan) -> ScenarioTerms {
    let mut known = BTreeSet::new();
    let steps = plan.scenario.steps().filter(|step| can_fail(step) && known.insert(step.no));
    let step = |step: &Step| StepTerms {
        no: step.no.0,
        line: step.line as usize,
        step: step.name.to_owned(),
    };
    ScenarioTerms {
        name: plan.scenario.name.clone(),
        file: plan.scenario.file.clone(),
        load: load(plan),
        steps: steps.map(step).collect(),
        thresholds: plan.scenario.thresholds.clone(),
    }
}

/// Whether a step can fail: a pause and a repeat only hold others together.
fn can_fail(step: &Step) -> bool {
    !matches!(step.action, Action::Think(_) | Action::Repeat { .. })
}

fn load(plan: &ScenarioPlan) -> LoadRecord {
    let (iterations, duration) = match &plan.course {
        Course::Closed(Until::Iterations(times)) => (Some((*times).into()), None),
        Course::Closed(Until::Elapsed(time)) => (None, Some(*time)),
        Course::Open(arrivals) => (None, Some(arrivals.end())),
        Course::Staged(population) => (None, Some(population.end())),
    };
    LoadRecord {
        devices: plan.devices().into(),
        instances: plan.instances.into(),
        iterations,
        duration_s: duration.map(|time| time.as_secs_f64()),
        ramp_up_s: plan.ramp_up.as_secs_f64(),
        rate_per_s: rate(&plan.course),
        arrival: arrival(&plan.course),
        stages: stages(plan),
    }
}

fn rate(course: &Course) -> Option<f64> {
    let Course::Open(arrivals) = course else { return None };
    let mut legs = arrivals.legs();
    let first = legs.next().filter(|leg| legs.len() == 0 && !leg.is_ramp())?;
    Some(first.from)
}

fn arrival(course: &Course) -> Option<Cow<'static, str>> {
    let Course::Open(arrivals) = course else { return None };
    Some(arrivals.spacing().as_str().into())
}

fn stages(plan: &ScenarioPlan) -> Vec<StageRecord> {
    let of_rates = |leg: Leg<f64>| StageRecord {
        rate_per_s: Some([leg.from, leg.to]),
        devices: None,
        for_s: leg.time.as_secs_f64(),
    };
    let each = u64::from(plan.devices_each());
    let of_devices = |leg: Leg<u32>| StageRecord {
        rate_per_s: None,
        devices: Some([leg.from, leg.to].map(|instances| u64::from(instances) * each)),
        for_s: leg.time.as_secs_f64(),
    };
    match &plan.course {
        Course::Closed(_) => Vec::new(),
        course @ Course::Open(_) if rate(course).is_some() => Vec::new(),
        Course::Open(arrivals) => arrivals.legs().map(of_rates).collect(),
        Course::Staged(population) => population.legs().map(of_devices).collect(),
    }
}
