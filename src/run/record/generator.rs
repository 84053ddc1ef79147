//! How the load generator itself did.

use serde::{Deserialize, Serialize};

use crate::metrics::LatencySummary;

/// How the load generator itself did.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Generator {
    /// CPU time of the process, in seconds.
    pub cpu_s: f64,
    /// The worker that used most of its core under load, where that was watched.
    pub busiest_worker: Option<BusiestWorker>,
    /// Most memory that was resident at once.
    pub peak_rss_bytes: u64,
    /// How much memory there is for it, where that is known.
    pub memory_limit_bytes: Option<u64>,
    /// The most messages that lay ready at once on a connection, unread.
    pub backlog_frames: u32,
    /// Planned wake-up to actual, in microseconds.
    pub lateness_us: Lateness,
    /// What to know of its figures, a sentence each.
    pub notes: Vec<String>,
    /// Whether the latencies can be trusted.
    pub valid: bool,
    /// Why not.
    pub why: Vec<String>,
}

/// How much of its core a worker used while it kept a load up: not while devices came or went.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct BusiestWorker {
    /// Which worker, from 1.
    pub worker: usize,
    /// The share of a core, on average.
    pub core_share: f64,
    /// For how many seconds it used 95 % of its core or more.
    pub saturated_s: u64,
    /// Of how many.
    pub watched_s: u64,
}

/// Percentiles of the generator's lateness, in microseconds; zero where nothing was planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Lateness {
    /// The median.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The 99.9th percentile.
    pub p999: u64,
    /// The greatest.
    pub max: u64,
}

impl From<LatencySummary> for Lateness {
    fn from(summary: LatencySummary) -> Self {
        Self {
            p50: summary.p50_us,
            p99: summary.p99_us,
            p999: summary.p999_us,
            max: summary.max_us,
        }
    }
}
