//! What a run tells beside its figures and verdicts: how the endpoint reads the document's silences, the
//! limits that verdicts rest on, and what was left out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::conformance::Unjudged;
use crate::run::event::Interval;
use crate::run::plan::ScenarioPlan;
use crate::run::record::ScenarioRecord;

use super::Fold;

impl Fold<'_> {
    /// The dialect of all scenarios, or where they differ that of each.
    fn dialects(&self, readings: &mut BTreeMap<String, Value>) {
        let of = |plan: &ScenarioPlan| plan.scenario.settings.dialect;
        let plans = &self.plan.scenarios;
        let first = plans.first().map(of).unwrap_or_default();
        if plans.iter().all(|plan| of(plan) == first) {
            readings.insert("dialect".into(), json!(first.as_str()));
            return;
        }
        for plan in plans {
            let name = format!("dialect.{}", plan.scenario.name);
            readings.insert(name, json!(of(plan).as_str()));
        }
    }

    /// How the endpoint reads the document, and what else the verdicts of this run rest on.
    pub(super) fn readings(
        &self,
        whole: &Interval,
        unjudged: Unjudged,
        scenarios: &[ScenarioRecord],
    ) -> BTreeMap<String, Value> {
        let mut told = self.readings.clone();
        if unjudged.untold > 0 {
            let text = format!("{} ids beyond what is kept over a run", unjudged.untold);
            told.entry("not_judged").or_default().push(json!(text));
        }
        if !self.plan.account_warnings.is_empty() {
            let warned = self.plan.account_warnings.iter().map(|text| json!(text));
            told.entry("accounts").or_default().splice(0..0, warned);
        }
        let mut readings: BTreeMap<String, Value> =
            told.iter().map(|(name, known)| ((*name).to_owned(), json!(known))).collect();
        self.dialects(&mut readings);
        let came = if whole.concierges > 0 { "came" } else { "none came" };
        readings.insert("concierge".into(), json!(came));
        if unjudged.shared > 0 {
            let text = format!("{} events of sessions that this run did not open", unjudged.shared);
            readings.insert("account_shared".into(), json!(text));
        }
        if let Some(words) = self.skews.in_words() {
            readings.insert("clock_skew".into(), json!(words));
        }
        for plan in &self.plan.scenarios {
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
        if self.plan.upload_origin.is_none()
            && self.plan.scenarios.iter().any(ScenarioPlan::uploads)
        {
            readings.insert("uploads".into(), json!("skipped: no --upload-origin was given"));
        }
        if whole.held_back > 0 {
            let text =
                format!("{} sends waited for their turn, as caps.rate asks", whole.held_back);
            readings.insert("held_back".into(), json!(text));
        }
        let early: Vec<_> = scenarios.iter().flat_map(ended_early).collect();
        if !early.is_empty() {
            readings.insert("ended_early".into(), json!(early));
        }
        let cut = self.plan.scenarios.iter().filter_map(ScenarioPlan::cut_down);
        let cut: Vec<_> = cut.map(|text| json!(text)).collect();
        if !cut.is_empty() {
            readings.insert("cut_down".into(), json!(cut));
        }
        readings
    }
}

/// What flow instances of a scenario left undone, a sentence for each reason.
fn ended_early(scenario: &ScenarioRecord) -> impl Iterator<Item = String> {
    scenario.early.in_words().into_iter().map(|words| format!("{}: {words}", scenario.name))
}
