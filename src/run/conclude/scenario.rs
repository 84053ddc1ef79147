//! One scenario of the record, from what was told of it. How its clauses stand is filled in when the
//! whole run is known.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::metrics::{Distribution, LatencySummary, Recorder};
use crate::run::figures::{Figured, thresholds};
use crate::run::record::{ScenarioRecord, StepRecord, UnmetStep};
use crate::run::sums::ScenarioSum;
use crate::run::terms::ScenarioTerms;

pub(super) fn scenario_record(
    told: &ScenarioSum,
    terms: &ScenarioTerms,
    elapsed: Duration,
) -> ScenarioRecord {
    let mut steps = Vec::new();
    let mut unmet = Vec::new();
    for step in &terms.steps {
        let counts = told.sum.steps.get(step.no).copied().unwrap_or_default();
        let (line, name) = (step.line, step.step.clone());
        if let Some(first) = told.unmet.get(&step.no) {
            unmet.push(UnmetStep {
                line,
                step: name.clone(),
                shard: first.shard,
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
        name: terms.name.clone(),
        file: terms.file.clone(),
        load: terms.load.clone(),
        early: told.sum.early,
        totals: *told.sum.recorder.totals(),
        throttling: told.sum.throttling,
        latency: latencies(&told.sum.recorder),
        thresholds: thresholds(&terms.thresholds, &Figured { sum: &told.sum, elapsed }),
        steps,
        clauses: Vec::new(),
        unmet,
        errors: told.troubles.iter().map(|(text, times)| trouble(text, *times)).collect(),
    }
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
