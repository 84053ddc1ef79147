//! Reading it again: a run folder's files, back to the record that they were written from.
//!
//! It knows no report and judges nothing. Whatever bytes a file holds, it is read within bounds, and
//! what is wrong with it is an error that tells where. Start from [`read`]; [`Latencies`] has the
//! histograms second by second, [`read_blocks`] what runs are compared by, [`read_share`] what shards are
//! added up from, [`read_ids`] what they are held to.

mod blocks;
mod conversations;
mod error;
mod file;
mod findings;
mod ids;
mod instant;
mod latencies;
mod record;
mod seconds;
mod shares;
mod sums;
mod timeline;

use std::path::Path;
use std::sync::Arc;

use crate::metrics::Distribution;
use crate::run::RunRecord;

pub use blocks::{read_blocks, read_record};
pub use error::ArchiveError;
pub use ids::read_ids;
pub use latencies::{Interval, Latencies, whole_latencies};
pub use seconds::LatencySeconds;
pub use sums::read_sums;

/// The record of a run, as its folder has it.
///
/// # Errors
/// No run folder, one that another version wrote, and files that are missing, cannot be read, are not
/// what deskbell writes, or do not belong together.
pub fn read(folder: &Path) -> Result<RunRecord, ArchiveError> {
    let mut record = with_lines(folder)?;
    let latencies = whole_latencies(folder, &record)?;
    let spread = latencies.into_iter().map(|(metric, one)| (metric, Distribution::of(&one)));
    record.distributions = spread.collect();
    Ok(record)
}

/// The record of a run that is to be added up with others: with what it was concluded from, and without
/// distributions. Its latencies second by second are read by [`LatencySeconds`].
///
/// # Errors
/// As of [`read`].
pub fn read_share(folder: &Path) -> Result<RunRecord, ArchiveError> {
    let mut record = with_lines(folder)?;
    record.sums = Some(Arc::new(read_sums(folder, &record)?));
    Ok(record)
}

/// The record with what stands in lines of its own: findings, conversations, seconds.
fn with_lines(folder: &Path) -> Result<RunRecord, ArchiveError> {
    let mut record = record::read(folder)?;
    record.findings = findings::read(folder, &record)?;
    record.conversations = conversations::read(folder, record.findings.len())?;
    record.timeline = timeline::read(folder, &record)?;
    Ok(record)
}
