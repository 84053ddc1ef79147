//! Progress where there is no terminal: a line each few seconds, as a log keeps it.

use std::io;
use std::time::Duration;

use crate::run::{NewestViolation, Snapshot};

use super::words;

/// Between lines: a log of an hour stays readable.
const EVERY: Duration = Duration::from_secs(5);

/// Lines on a log.
pub(super) struct PlainLines {
    to: Box<dyn io::Write + Send>,
    next_at: Duration,
    /// The violation that was told last.
    told: Option<NewestViolation>,
}

impl PlainLines {
    pub(super) fn new(to: Box<dyn io::Write + Send>) -> Self {
        Self { to, next_at: EVERY, told: None }
    }

    /// Writes what is said at once, and how the run stands where it is time for that.
    ///
    /// # Errors
    /// What it is written to does not take it.
    pub(super) fn show(&mut self, snapshot: Option<&Snapshot>, notes: &[String]) -> io::Result<()> {
        for note in notes {
            writeln!(self.to, "{note}")?;
        }
        let Some(snapshot) = snapshot.filter(|snapshot| snapshot.elapsed >= self.next_at) else {
            return Ok(());
        };
        self.next_at = snapshot.elapsed + EVERY;
        writeln!(self.to, "{:>5} s  {}", snapshot.elapsed.as_secs(), words::plain(snapshot))?;
        if snapshot.newest != self.told {
            self.told.clone_from(&snapshot.newest);
            if let Some(newest) = &self.told {
                writeln!(self.to, "         newest: {}", words::newest(newest))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::cli::progress::words::tests::busy;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written as snapshots come ten times a second, and one note first.
    #[track_caller]
    fn check(seconds: u64, expected: &[&str]) {
        let written = Written::default();
        let mut lines = PlainLines::new(Box::new(written.clone()));
        lines.show(None, &["a note".to_owned()]).unwrap();
        for tenths in 0..=seconds * 10 {
            let elapsed = Duration::from_millis(tenths * 100);
            lines.show(Some(&Snapshot { elapsed, ..busy() }), &[]).unwrap();
        }
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let begins = text.lines().map(|line| line.trim().split("  ").next().unwrap_or_default());
        assert_eq!(begins.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_come_every_few_seconds_however_often_there_is_news() {
        let newest = "newest: EVENT-1 in chat on device 3: message 133 did not arrive";
        check(4, &["a note"]);
        check(20, &["a note", "5 s", newest, "10 s", "15 s", "20 s"]);
    }
}
