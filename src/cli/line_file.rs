//! A file of lines that is written while a run goes on, by a thread of its own.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How many lines wait at most; whoever has more waits.
const WAITING: usize = 1024;

/// A file that lines are appended to. What waits is written and flushed at once, so that a process
/// that is killed loses no more than the line being written.
pub(super) struct LineFile {
    lines: SyncSender<Option<String>>,
    thread: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

impl LineFile {
    /// Makes the file, or empties it, and its folder where there is none.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(File::create(path)?);
        let (sender, lines) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("lines".into());
        let thread = thread.spawn(move || write(&lines, file))?;
        Ok(Self { lines: sender, thread: Mutex::new(Some(thread)) })
    }

    /// Appends a line, without its line feed. What cannot be written is told by [`Self::finish`].
    pub(super) fn append(&self, line: String) {
        // After the end there is nobody who would read it.
        let _ = self.lines.send(Some(line));
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first that kept a line from being written.
    pub(super) fn finish(&self) -> io::Result<()> {
        let _ = self.lines.send(None);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        thread.map_or(Ok(()), |thread| {
            thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
        })
    }
}

/// Writes lines until the end; after an error the rest is taken and left out.
fn write(lines: &Receiver<Option<String>>, mut file: impl Write) -> io::Result<()> {
    let mut done = Ok(());
    while let Ok(Some(line)) = lines.recv() {
        if done.is_err() {
            continue;
        }
        let (waiting, is_end) = drain(line, lines);
        done = waiting.iter().try_for_each(|line| writeln!(file, "{line}"));
        done = done.and_then(|()| file.flush());
        if is_end {
            break;
        }
    }
    done
}

/// A line and those that wait behind it, and whether the end is among them.
fn drain(first: String, lines: &Receiver<Option<String>>) -> (Vec<String>, bool) {
    let mut waiting = vec![first];
    for line in lines.try_iter().take(WAITING) {
        let Some(line) = line else { return (waiting, true) };
        waiting.push(line);
    }
    (waiting, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_in_the_file_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new/lines.jsonl");
        let file = LineFile::create(&path).unwrap();
        (0..5000).for_each(|nth| file.append(nth.to_string()));
        file.finish().unwrap();
        let expected: Vec<_> = (0..5000).map(|nth| nth.to_string()).collect();
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().collect::<Vec<_>>(), expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_at_the_end() {
        let file = LineFile::create(Path::new("/dev/full")).unwrap();
        (0..5000).for_each(|nth| file.append(nth.to_string()));
        assert_eq!(file.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
