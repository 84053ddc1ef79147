//! `run.json` and `sums.json`: the record itself, and what it was concluded from, for programs.

use std::io;

use crate::run::RunRecord;

/// Writes the record as indented JSON with a last line feed.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, record)?;
    writeln!(to)
}

/// Writes the sums that the record was concluded from, in one line; nothing where it was read without.
pub(super) fn write_sums(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let Some(sums) = &record.sums else { return Ok(()) };
    serde_json::to_writer(&mut *to, &**sums)?;
    writeln!(to)
}
