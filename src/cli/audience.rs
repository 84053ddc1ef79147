//! Who looks on while a run goes on: the live display, the log of latencies, and what Prometheus
//! reads.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use crate::report::{Exposition, IntervalLog, PartFile, RunFolder};
use crate::run::{LATENCY_FILE, Onlooker, Second, Snapshot};

use super::progress::Progress;
use super::refusal::Refusal;

/// Shows a run, and writes `latency.hlog`.
pub(super) struct Audience {
    progress: Progress,
    latencies: LatencyFile<PartFile>,
    exposition: Option<Arc<Exposition>>,
}

impl Audience {
    /// Begins the log.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(super) fn new(
        progress: Progress,
        folder: &RunFolder,
        exposition: Option<Arc<Exposition>>,
    ) -> Result<Self, Refusal> {
        let part = folder.begin(LATENCY_FILE).map_err(|error| not_done(&error))?;
        Ok(Self { progress, latencies: LatencyFile::new(part), exposition })
    }

    /// Takes the display off the terminal; the log is left.
    pub(super) fn leave(self) -> LatencyFile<PartFile> {
        drop(self.progress);
        self.latencies
    }
}

impl Onlooker for Audience {
    fn began(&mut self, at: Timestamp) {
        self.latencies.write(|log| log.begin(at));
    }

    fn show(&mut self, snapshot: &Snapshot) {
        self.progress.show(snapshot);
    }

    fn second(&mut self, second: &Second) {
        self.latencies.write(|log| log.write(second));
        if let Some(exposition) = &self.exposition {
            exposition.add(second);
        }
    }
}

/// A log that never stops a run: after an error the rest is left out, and the error is told in the end.
pub(super) struct LatencyFile<W> {
    log: IntervalLog<W>,
    written: io::Result<()>,
}

impl<W: io::Write> LatencyFile<W> {
    fn new(to: W) -> Self {
        Self { log: IntervalLog::new(to), written: Ok(()) }
    }

    fn write(&mut self, write: impl FnOnce(&mut IntervalLog<W>) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = write(&mut self.log);
        }
    }

    /// What was written to.
    ///
    /// # Errors
    /// The first that kept something from being written.
    fn finish(self) -> io::Result<W> {
        self.written.map(|()| self.log.into_inner())
    }
}

impl LatencyFile<PartFile> {
    /// Puts the log into its folder.
    ///
    /// # Errors
    /// A log that could not be written whole.
    pub(super) fn place(self, folder: &RunFolder) -> Result<(), Refusal> {
        let part = self.finish().map_err(|error| {
            let path = folder.path().join(LATENCY_FILE);
            Refusal::not_done(&format!("cannot write {}: {error}", path.display()))
        })?;
        folder.place(part).map_err(|error| not_done(&error))
    }
}

fn not_done(error: &dyn std::error::Error) -> Refusal {
    Refusal::not_done(&error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A disk with so much room left.
    struct Disk(usize);

    impl io::Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[track_caller]
    fn check(room: usize, expected: Option<io::ErrorKind>) {
        let mut file = LatencyFile::new(Disk(room));
        file.write(|log| log.begin(Timestamp::UNIX_EPOCH));
        for no in 0..50 {
            let mut second = Second { no, ..Second::default() };
            second.recorder.late_by(Duration::from_millis(no));
            file.write(|log| log.write(&second));
        }
        assert_eq!(file.finish().err().map(|error| error.kind()), expected);
    }

    #[test]
    fn a_full_disk_is_told_in_the_end() {
        check(1 << 20, None);
        check(100, Some(io::ErrorKind::StorageFull));
        check(1000, Some(io::ErrorKind::StorageFull));
    }
}
