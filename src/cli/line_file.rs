//! A file of lines that is written while a run goes on, by a thread of its own.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How many lines wait at most; whoever has more waits.
const WAITING: usize = 1024;

/// A file that lines are appended to. What waits is written and flushed at once, so that a process
/// that is killed loses no more than the line being written.
pub(super) struct LineFile {
    path: PathBuf,
    lines: SyncSender<Option<String>>,
    thread: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

impl LineFile {
    /// Makes the file, or empties it, and its folder where there is none. The first line is written
    /// before it returns. `failed` is told, once, what keeps a later one from being written.
    pub(super) fn create(
        path: &Path,
        first: Option<&str>,
        failed: impl FnOnce(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut file = BufWriter::new(File::create(path)?);
        let begun = first.map_or(Ok(()), |line| writeln!(file, "{line}"));
        if let Err(error) = begun.and_then(|()| file.flush()) {
            remove(path);
            return Err(error);
        }
        let (sender, lines) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("lines".into());
        let thread = thread.spawn(move || write(&lines, file, failed))?;
        let path = path.to_owned();
        Ok(Self { path, lines: sender, thread: Mutex::new(Some(thread)) })
    }

    /// Appends a line, without its line feed. What cannot be written is told by [`Self::finish`], too.
    pub(super) fn append(&self, line: String) {
        // After the end there is nobody who would read it.
        let _ = self.lines.send(Some(line));
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first that kept a line from being written, or that the file is gone.
    pub(super) fn finish(&self) -> io::Result<()> {
        let _ = self.lines.send(None);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let written = thread.map_or(Ok(()), |thread| {
            thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
        });
        // What was removed meanwhile was written all the same.
        written.and_then(|()| fs::metadata(&self.path).map(drop))
    }
}

/// Removes a file that was begun, as nothing goes into it; a device stays.
fn remove(path: &Path) {
    if path.symlink_metadata().is_ok_and(|known| known.is_file()) {
        // Where that cannot be done either, it is empty.
        let _ = fs::remove_file(path);
    }
}

/// Writes lines until the end; after an error the rest is taken and left out.
fn write(
    lines: &Receiver<Option<String>>,
    mut file: BufWriter<File>,
    failed: impl FnOnce(&io::Error),
) -> io::Result<()> {
    let (mut done, mut failed) = (Ok(()), Some(failed));
    while let Ok(Some(line)) = lines.recv() {
        if done.is_err() {
            continue;
        }
        let (waiting, is_end) = drain(line, lines);
        done = waiting.iter().try_for_each(|line| writeln!(file, "{line}"));
        done = done.and_then(|()| file.flush());
        if let (Err(error), Some(failed)) = (&done, failed.take_if(|_| done.is_err())) {
            failed(error);
        }
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
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn lines_stand_in_the_file_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new/lines.jsonl");
        let file = LineFile::create(&path, None, |_| {}).unwrap();
        (0..5000).for_each(|nth| file.append(nth.to_string()));
        file.finish().unwrap();
        let expected: Vec<_> = (0..5000).map(|nth| nth.to_string()).collect();
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_file_that_is_gone_at_the_end_is_told() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("lines.jsonl");
        let file = LineFile::create(&path, Some("first"), |_| {}).unwrap();
        file.append("second".into());
        fs::remove_file(&path).unwrap();
        assert_eq!(file.finish().unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_at_once_and_at_the_end() {
        let full = Path::new("/dev/full");
        let (told, hears) = channel();
        let file = LineFile::create(full, None, move |error| told.send(error.kind()).unwrap());
        let file = file.unwrap();
        (0..5000).for_each(|nth| file.append(nth.to_string()));
        assert_eq!(hears.recv().unwrap(), io::ErrorKind::StorageFull);
        assert_eq!(file.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(hears.recv().is_err());
        let begun = LineFile::create(full, Some("first"), |_| {});
        assert_eq!(begun.err().unwrap().kind(), io::ErrorKind::StorageFull);
    }
}
