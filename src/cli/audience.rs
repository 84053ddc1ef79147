//! Who looks on while a run goes on: the live display, the log of latencies, the file of ids, and
//! what Prometheus reads.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use crate::conformance::IdSets;
use crate::report::{Exposition, IntervalLog, PartFile, RunFolder};
use crate::run::{IDS_FILE, LATENCY_FILE, Onlooker, Second, Snapshot, Stop};

use super::ids_file::IdsFile;
use super::losses::Losses;
use super::progress::Progress;
use super::refusal::Refusal;
use super::watchers::stopping;

/// Shows a run, writes `latency.hlog` and `ids.bin`, and tells whoever else listens.
pub(super) struct Audience<'a> {
    progress: Progress,
    beside: &'a mut dyn Onlooker,
    latencies: LatencyFile<PartFile>,
    ids: IdsFile,
    exposition: Option<Arc<Exposition>>,
}

impl<'a> Audience<'a> {
    /// Begins the files. Once the log cannot be written any more, the run is stopped.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(super) fn new(
        (progress, beside): (Progress, &'a mut dyn Onlooker),
        folder: &RunFolder,
        exposition: Option<Arc<Exposition>>,
        stop: &Stop,
    ) -> Result<Self, Refusal> {
        let begin = |name| folder.begin(name).map_err(|error| not_done(&error));
        let (latencies, ids) = (begin(LATENCY_FILE)?, IdsFile::new(begin(IDS_FILE)?));
        let stopping = stopping(stop, &folder.path().join(LATENCY_FILE));
        let latencies = LatencyFile::new(latencies, stopping);
        Ok(Self { progress, beside, latencies, ids, exposition })
    }

    /// Takes the display off the terminal; the files are left.
    pub(super) fn leave(self) -> (LatencyFile<PartFile>, IdsFile) {
        drop(self.progress);
        (self.latencies, self.ids)
    }
}

impl Onlooker for Audience<'_> {
    fn began(&mut self, at: Timestamp) {
        self.latencies.write(|log| log.begin(at));
        self.beside.began(at);
    }

    fn show(&mut self, snapshot: &Snapshot) {
        self.progress.show(snapshot);
        self.beside.show(snapshot);
    }

    fn second(&mut self, second: &Second) {
        self.latencies.write(|log| log.write(second));
        self.beside.second(second);
        if let Some(exposition) = &self.exposition {
            exposition.add(second);
        }
    }

    fn ended(&mut self, ids: &IdSets) {
        self.ids.write(ids);
        self.beside.ended(ids);
    }
}

/// Is told of an error, once.
type Told = Box<dyn FnOnce(&io::Error)>;

/// A log of which the rest is left out after an error, which is told at once and in the end.
pub(super) struct LatencyFile<W> {
    log: IntervalLog<W>,
    written: io::Result<()>,
    failed: Option<Told>,
}

impl<W: io::Write> LatencyFile<W> {
    fn new(to: W, failed: impl FnOnce(&io::Error) + 'static) -> Self {
        Self { log: IntervalLog::new(to), written: Ok(()), failed: Some(Box::new(failed)) }
    }

    fn write(&mut self, write: impl FnOnce(&mut IntervalLog<W>) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = write(&mut self.log);
        }
        if let Err(error) = &self.written
            && let Some(failed) = self.failed.take()
        {
            failed(error);
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
    /// Puts the log into its folder, or notes that it could not be written whole.
    pub(super) fn place(self, folder: &RunFolder, losses: &mut Losses) {
        if let Err(error) = self.finish().and_then(|part| folder.place(part)) {
            let path = folder.path().join(LATENCY_FILE);
            losses.note(&path, &error, "the latencies of each second");
        }
    }
}

fn not_done(error: &dyn std::error::Error) -> Refusal {
    Refusal::not_done(&error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
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
        let (told, hears) = channel();
        let mut file = LatencyFile::new(Disk(room), move |error| told.send(error.kind()).unwrap());
        file.write(|log| log.begin(Timestamp::UNIX_EPOCH));
        for no in 0..50 {
            let mut second = Second { no, ..Second::default() };
            second.recorder.late_by(Duration::from_millis(no));
            file.write(|log| log.write(&second));
        }
        assert_eq!(hears.try_iter().collect::<Vec<_>>(), Vec::from_iter(expected));
        assert_eq!(file.finish().err().map(|error| error.kind()), expected);
    }

    #[test]
    fn a_full_disk_is_told_once_and_in_the_end() {
        check(1 << 20, None);
        check(100, Some(io::ErrorKind::StorageFull));
        check(1000, Some(io::ErrorKind::StorageFull));
    }
}
