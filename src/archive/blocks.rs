//! What a run measured, block by block: what runs are compared by.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::metrics::{Blocks, Counts, LatencyBlocks, RatioBlocks, RunBlocks};
use crate::run::RunRecord;

use super::latencies::Latencies;
use super::shares::{Counted, Shares};
use super::{ArchiveError, record, timeline};

/// Reads a run for a comparison, once and without what only a run's own reports tell: its record without
/// findings and conversations, and what it measured of the metrics that are wanted, without the first so
/// many seconds.
///
/// # Errors
/// As of [`read`](super::read).
pub fn read_blocks(
    folder: &Path,
    skip: u64,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<(RunRecord, RunBlocks), ArchiveError> {
    let mut record = record::read(folder)?;
    record.timeline = timeline::read(folder, &record)?;
    let blocks = blocks(folder, &record, skip, is_wanted)?;
    Ok((record, blocks))
}

/// The record of a run as far as it stands in `run.json`: what is needed to choose among many runs.
///
/// # Errors
/// A folder without that file, and one that cannot be read.
pub fn read_record(folder: &Path) -> Result<RunRecord, ArchiveError> {
    record::read(folder)
}

fn blocks(
    folder: &Path,
    record: &RunRecord,
    skip: u64,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<RunBlocks, ArchiveError> {
    let seconds = record.timeline.len() as u64;
    let counted = seconds.saturating_sub(skip);
    let block_s = RunBlocks::block_of(counted);
    let mut growing: BTreeMap<String, Growing> = BTreeMap::new();
    let mut latencies = Latencies::open(folder)?;
    let mut last = 0;
    let is_wanted = |metric: &str| record.latency.contains_key(metric) && is_wanted(metric);
    while let Some(one) = latencies.next_line_of(is_wanted)? {
        let known = match growing.get_mut(&*one.metric) {
            Some(known) => known,
            None => growing.entry(one.metric.into_owned()).or_insert_with(|| Growing::new(block_s)),
        };
        // A file that was changed could name any second, in any order.
        last = one.second.clamp(last, seconds.max(last));
        known.add(last, skip, one.counts);
    }
    let mut grown = BTreeMap::new();
    for (metric, summary) in record.latency.iter().filter(|(metric, _)| is_wanted(metric)) {
        let known = growing.remove(metric).unwrap_or_else(|| Growing::new(block_s));
        let what = format!("samples of {metric}");
        ArchiveError::check_like(latencies.path(), &what, (known.read, summary.count))?;
        let Growing { blocks, course, .. } = known;
        grown.insert(metric.clone(), LatencyBlocks { blocks, course });
    }
    let counted_in =
        Counted { rows: &record.timeline, totals: &record.totals, elapsed: elapsed(record) };
    let of = |shares: Shares| {
        let mut ratios = RatioBlocks::of_seconds(block_s);
        for (second, (part, whole)) in counted_in.ratios(shares).into_iter().enumerate() {
            if let Some(second) = (second as u64).checked_sub(skip) {
                ratios.add(second, part, whole);
            }
        }
        ratios
    };
    Ok(RunBlocks {
        seconds: counted,
        block_s,
        latencies: grown,
        sends: of(Shares::Sends),
        events: of(Shares::Events),
        errors: of(Shares::Errors),
        lost: of(Shares::Lost),
    })
}

/// How long the run took; `None` where its instants are none.
fn elapsed(record: &RunRecord) -> Option<Duration> {
    let [from, to]: [Option<Timestamp>; 2] =
        [&record.started_at, &record.ended_at].map(|text| text.parse().ok());
    to?.duration_since(from?).try_into().ok()
}

/// A metric while it is read.
struct Growing {
    blocks: Blocks,
    course: Vec<Option<u64>>,
    /// How many samples were read, with those that do not count.
    read: u64,
}

impl Growing {
    fn new(block_s: u64) -> Self {
        Self { blocks: Blocks::of_seconds(block_s), course: Vec::new(), read: 0 }
    }

    fn add(&mut self, second: u64, skip: u64, counts: &Counts) {
        self.read = self.read.saturating_add(counts.count());
        let Some(counted) = second.checked_sub(skip) else { return };
        self.blocks.add_counts(counted, counts);
        let at = usize::try_from(second).unwrap_or(usize::MAX);
        if at >= self.course.len() {
            self.course.resize(at + 1, None);
        }
        self.course[at] = counts.quantile_us(0.99);
    }
}
