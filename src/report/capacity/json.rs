//! `capacity.json`: the record itself, for programs.

use std::io;

use crate::capacity::CapacityRecord;

/// Writes the record as indented JSON with a last line feed.
pub(super) fn write(record: &CapacityRecord, to: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, record)?;
    writeln!(to)
}

#[cfg(test)]
mod tests {
    use crate::report::capacity::sample;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        for (name, record) in sample::every_record() {
            let mut written = Vec::new();
            write(&record, &mut written).unwrap();
            let read: CapacityRecord = serde_json::from_slice(&written).unwrap();
            assert_eq!(read, record, "{name}");
        }
    }
}
