//! Reading it again: a run folder's files, back to the record that they were written from.
//!
//! It knows no report and judges nothing. Whatever bytes a file holds, it is read within bounds, and
//! what is wrong with it is an error that tells where. Start from [`read`]; [`Latencies`] has the
//! histograms second by second, [`read_blocks`] what runs are compared by, [`read_ids`] what other
//! shards of a run are held to.

mod blocks;
mod conversations;
mod error;
mod file;
mod findings;
mod ids;
mod instant;
mod latencies;
mod record;
mod shares;
mod timeline;

use std::path::Path;

use crate::metrics::Distribution;
use crate::run::RunRecord;

pub use blocks::{read_blocks, read_record};
pub use error::ArchiveError;
pub use ids::read_ids;
pub use latencies::{Interval, Latencies, whole_latencies};

/// The record of a run, as its folder has it.
///
/// # Errors
/// No run folder, one that another version wrote, and files that are missing, cannot be read, are not
/// what deskbell writes, or do not belong together.
pub fn read(folder: &Path) -> Result<RunRecord, ArchiveError> {
    let mut record = record::read(folder)?;
    record.findings = findings::read(folder, &record)?;
    record.conversations = conversations::read(folder, record.findings.len())?;
    record.timeline = timeline::read(folder, &record)?;
    let latencies = whole_latencies(folder, &record)?;
    let spread = latencies.into_iter().map(|(metric, one)| (metric, Distribution::of(&one)));
    record.distributions = spread.collect();
    Ok(record)
}
