//! A run as it comes into a comparison.

use jiff::Timestamp;

use crate::metrics::RunBlocks;
use crate::run::RunRecord;

use super::RunBrief;

/// A run: what is told of it, and what it measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Its folder, as it was given.
    pub folder: String,
    /// Its record; findings and conversations are not looked at.
    pub record: RunRecord,
    /// What it measured.
    pub blocks: RunBlocks,
}

impl Measured {
    /// What is told of it.
    pub(super) fn brief(&self) -> RunBrief {
        let record = &self.record;
        RunBrief {
            folder: self.folder.clone(),
            run_id: record.run_id.clone(),
            version: record.version.clone(),
            started_at: record.started_at.clone(),
            verdict: record.verdict,
            target: record.target.clone(),
            plan: record.plan.clone(),
            seed: record.seed,
            devices: record.totals.devices,
            seconds: self.blocks.seconds,
        }
    }

    /// When it began; before all others where that cannot be read.
    pub(super) fn began_at(&self) -> Timestamp {
        self.record.started_at.parse().unwrap_or(Timestamp::MIN)
    }
}
