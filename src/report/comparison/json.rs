//! `comparison.json`: the record itself, for programs.

use std::io;

use crate::comparison::Comparison;

/// Writes the record as indented JSON with a last line feed.
pub(super) fn write(comparison: &Comparison, to: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, comparison)?;
    writeln!(to)
}
