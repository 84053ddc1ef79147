//! `run.json`: the record itself, for programs.

use std::io;

use crate::run::RunRecord;

/// Writes the record as indented JSON with a last line feed.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, record)?;
    writeln!(to)
}
