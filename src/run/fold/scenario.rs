//! One scenario of the record, from what was told of it. How its clauses stand is filled in when the
//! whole run is known.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::load::Leg;
use crate::metrics::{Distribution, LatencySummary, Recorder};
use crate::run::conversation::Occasion;
use crate::run::event::Unmet;
use crate::run::figures::{Figured, thresholds};
use crate::run::plan::{Course, ScenarioPlan};
use crate::run::record::{LoadRecord, ScenarioRecord, StageRecord, StepRecord, UnmetStep};
use crate::scenario::{Action, Step, StepNo, Until};

use super::Told;

pub(super) fn scenario_record(
    told: &Told,
    plan: &ScenarioPlan,
    elapsed: Duration,
) -> ScenarioRecord {
    let (iterations, duration) = match &plan.course {
        Course::Closed(Until::Iterations(times)) => (Some((*times).into()), None),
        Course::Closed(Until::Elapsed(time)) => (None, Some(*time)),
        Course::Open(arrivals) => (None, Some(arrivals.end())),
        Course::Staged(population) => (None, Some(population.end())),
    };
    let mut steps = Vec::new();
    let mut unmet = Vec::new();
    let mut told_steps = BTreeSet::new();
    for step in plan.scenario.steps().filter(|step| expects(step) && told_steps.insert(step.no)) {
        let counts = told.sum.steps.get(step.no.0).copied().unwrap_or_default();
        let (line, name) = (step.line as usize, step.name.to_owned());
        if let Some((first, _)) = told.unmet.get(&step.no.0) {
            unmet.push(UnmetStep {
                line,
                step: name.clone(),
                device: first.device,
                message: first.message.clone(),
                expected: first.expected.clone(),
                actual: first.actual.clone(),
                count: counts.failed,
            });
        }
        let (passed, failed, skipped) = (counts.passed, counts.failed, counts.skipped);
        steps.push(StepRecord { line, step: name, passed, failed, skipped });
    }
    ScenarioRecord {
        name: plan.scenario.name.clone(),
        file: plan.scenario.file.clone(),
        load: LoadRecord {
            devices: plan.devices().into(),
            instances: plan.instances.into(),
            iterations,
            duration_s: duration.map(|time| time.as_secs_f64()),
            ramp_up_s: plan.ramp_up.as_secs_f64(),
            rate_per_s: rate(&plan.course),
            arrival: arrival(&plan.course),
            stages: stages(plan),
        },
        early: told.sum.early,
        totals: *told.sum.recorder.totals(),
        throttling: told.sum.throttling,
        latency: latencies(&told.sum.recorder),
        thresholds: thresholds(&plan.scenario.thresholds, &Figured { sum: &told.sum, elapsed }),
        steps,
        clauses: Vec::new(),
        unmet,
        errors: told.troubles.iter().map(|(text, times)| trouble(text, *times)).collect(),
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

/// A step's expectation that was not met, as what a conversation is kept for.
pub(super) fn unmet_step(plan: &ScenarioPlan, no: StepNo, unmet: &Unmet) -> Occasion {
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

/// Whether a step can fail: a pause and a repeat only hold others together.
fn expects(step: &Step) -> bool {
    !matches!(step.action, Action::Think(_) | Action::Repeat { .. })
}

fn trouble(text: &str, times: u64) -> String {
    if times == 1 { text.to_owned() } else { format!("{text} ({times} times)") }
}

pub(super) fn latencies(recorder: &Recorder) -> BTreeMap<String, LatencySummary> {
    let summaries = recorder.latencies().filter_map(|(metric, latency)| {
        latency.summary().map(|summary| (metric.into_owned(), summary))
    });
    summaries.collect()
}

pub(super) fn distributions(recorder: &Recorder) -> BTreeMap<String, Distribution> {
    let told = recorder
        .latencies()
        .map(|(metric, latency)| (metric.into_owned(), Distribution::of(latency)));
    told.filter(|(_, spread)| !spread.curve.is_empty()).collect()
}
