//! One shard of a merged run.

use serde::{Deserialize, Serialize};

use crate::metrics::{Errors, Totals};

use super::{Generator, Verdict};

/// A run that was a share of a plan, and that a merged run was added up from.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ShardRecord {
    /// Which share, from 1.
    pub index: u32,
    /// Of how many, those that are missing included.
    pub count: u32,
    /// Unique name of its run.
    pub run_id: String,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// When it ended, RFC 3339 in UTC.
    pub ended_at: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What it counted.
    pub totals: Totals,
    /// Errors by layer.
    pub errors: Errors,
    /// How its load generator did.
    pub generator: Generator,
}
