//! A file of a run folder that is written while the run goes on.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::whole::bare;

/// A file that gets its name once it is whole; one that is dropped before is gone.
///
/// It begins as `.deskbell-` and its name, so that what a killed run leaves is known and replaced.
#[derive(Debug)]
pub struct PartFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl PartFile {
    /// Begins a file that is to stand at this path.
    pub(super) fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let part = folder.join(format!(".deskbell-{name}"));
        remove_if_there(&part)?;
        let file = File::create_new(&part)?;
        let file = NamedTempFile::from_parts(file, TempPath::try_from_path(part)?);
        Ok(Self { file: BufWriter::new(file), path: folder.join(name) })
    }

    /// Gives it its name.
    pub(super) fn finish(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(|error| bare(error.into_error()))?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(bare)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(bare)
    }
}

/// Removes a file, or the link that stands in its place.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
