//! One scenario of the record, from what was told of it. How its clauses stand is filled in when the
//! whole run is known.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::metrics::{Latency, LatencySummary, Recorder};
use crate::run::figures::{Figured, thresholds};
use crate::run::plan::{Course, ScenarioPlan};
use crate::run::record::{LoadRecord, ScenarioRecord, StepRecord, UnmetStep};
use crate::scenario::{Action, Step, Until};

use super::Told;

pub(super) fn scenario_record(
    told: &Told,
    plan: &ScenarioPlan,
    elapsed: Duration,
) -> ScenarioRecord {
    let (iterations, duration) = match &plan.course {
        Course::Closed(Until::Iterations(times)) => (Some((*times).into()), None),
        Course::Closed(Until::Elapsed(time)) => (None, Some(*time)),
        Course::Open(arrivals) => (None, arrivals.offsets().last()),
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
        },
        early: told.sum.early,
        totals: *told.sum.recorder.totals(),
        latency: latencies(&told.sum.recorder),
        thresholds: thresholds(&plan.scenario.thresholds, &Figured { sum: &told.sum, elapsed }),
        steps,
        clauses: Vec::new(),
        unmet,
        errors: told.troubles.iter().map(|(text, times)| trouble(text, *times)).collect(),
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
    let summary = |(metric, latency): (&str, &Latency)| {
        latency.summary().map(|summary| (metric.to_owned(), summary))
    };
    recorder.latencies().filter_map(summary).collect()
}
