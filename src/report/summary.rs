//! `summary.md`: the result in a page, for a merge request.

use std::io;

use crate::run::RunRecord;

/// Writes the summary.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    writeln!(to, "# deskbell {}", record.run_id)
}
