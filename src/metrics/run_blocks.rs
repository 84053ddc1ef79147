//! What one run measured, kept apart in blocks of consecutive seconds.

use std::collections::BTreeMap;

use super::blocks::MOST;
use super::{Blocks, Ratios};

/// The fewest seconds of a block: samples of neighbouring seconds hang together.
const FEWEST_SECONDS: u64 = 5;

/// What one run measured, in blocks of consecutive seconds.
#[derive(Clone, Debug)]
pub struct RunBlocks {
    /// How many of its seconds count.
    pub seconds: u64,
    /// How many of them make a block.
    pub block_s: u64,
    /// Latencies by metric.
    pub latencies: BTreeMap<String, LatencyBlocks>,
    /// Messages sent, by seconds.
    pub sends: RatioBlocks,
    /// Events received, by seconds.
    pub events: RatioBlocks,
    /// Errors of all layers, by requests.
    pub errors: RatioBlocks,
    /// Lost events, by expected deliveries.
    pub lost: RatioBlocks,
}

/// A latency metric of one run.
#[derive(Clone, Debug)]
pub struct LatencyBlocks {
    /// Its samples, block by block.
    pub blocks: Blocks,
    /// The 99th percentile of each second of the run, from the first, in microseconds; `None` without
    /// samples.
    pub course: Vec<Option<u64>>,
}

/// Something counted and what it is a part of, of one run.
#[derive(Clone, Debug)]
pub struct RatioBlocks {
    /// Both, block by block.
    pub ratios: Ratios,
    /// What was counted, all in all.
    pub part: f64,
    /// What it is a part of, all in all.
    pub whole: f64,
}

impl RatioBlocks {
    /// None yet; so many seconds make a block.
    pub fn of_seconds(block_s: u64) -> Self {
        Self { ratios: Ratios::of_seconds(block_s), part: 0.0, whole: 0.0 }
    }

    /// Adds what a second of the run counted; seconds do not descend.
    pub fn add(&mut self, second: u64, part: f64, whole: f64) {
        self.ratios.add(second, part, whole);
        self.part += part;
        self.whole += whole;
    }
}

impl RunBlocks {
    /// How many seconds make a block of a run of so many.
    pub fn block_of(seconds: u64) -> u64 {
        seconds.div_ceil(MOST).max(FEWEST_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: u64, expected: u64) {
        assert_eq!(RunBlocks::block_of(seconds), expected);
    }

    #[test]
    fn a_longer_run_has_longer_blocks_and_no_more_of_them() {
        check(0, 5);
        check(60, 5);
        check(300, 5);
        check(301, 6);
        check(3_600, 60);
    }
}
