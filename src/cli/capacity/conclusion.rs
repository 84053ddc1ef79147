//! From what a search came to, to its record.

use std::time::Duration;

use jiff::Timestamp;

use crate::capacity::{CAPACITY_FORMAT, CapacityRecord, Law};

use super::asked::Asked;
use super::climb::Climbed;

/// What a search was asked for, and what it came to.
pub(super) struct Concluded<'a> {
    pub(super) asked: &'a Asked,
    pub(super) climbed: &'a Climbed,
}

/// What was known of a search before its first level.
pub(super) struct Head {
    pub(super) run_id: String,
    pub(super) started_at: String,
    pub(super) planned: Vec<String>,
    pub(super) file: String,
    pub(super) warm_up: Duration,
}

impl Concluded<'_> {
    /// All that is told of it; it ends now.
    pub(super) fn record(&self, head: Head) -> CapacityRecord {
        let Self { asked, climbed } = self;
        let answer = &climbed.answer;
        let range = asked.range;
        let (verdict, why) = answer.conclude(range.by, asked.at_least);
        CapacityRecord {
            format: CAPACITY_FORMAT.to_owned(),
            run_id: head.run_id,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: head.started_at,
            ended_at: Timestamp::now().to_string(),
            verdict,
            exit_code: verdict.exit_code(),
            why,
            notes: self.notes(),
            target: climbed.target.clone(),
            scenario: asked.scenario.name.clone(),
            file: head.file,
            seed: asked.seed,
            by: range.by,
            from: range.from,
            to: range.to,
            at_least: asked.at_least,
            objectives: asked.objectives.iter().map(ToString::to_string).collect(),
            precision: range.precision,
            warm_up_s: head.warm_up.as_secs_f64(),
            planned: head.planned,
            ended: answer.ended.clone(),
            knee: answer.knee,
            carried: answer.carried,
            law: Law::fit(&answer.levels),
            levels: answer.levels.clone(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let Self { asked, climbed } = self;
        let levels = climbed.answer.levels.len();
        let violated = climbed.violated.iter().map(|(id, in_levels)| {
            format!(
                "{id} was violated in {in_levels} of {levels} levels: their run folders tell how"
            )
        });
        let known = asked.notes.iter().chain(&climbed.answer.notes).chain(&climbed.notes);
        known.cloned().chain(violated).collect()
    }
}
