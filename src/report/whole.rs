//! Files that are whole or not there: written under a temporary name, and renamed.
//!
//! It knows no report. Start from [`write_whole`].

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// What the names of files begin with that are not whole yet.
const TEMPORARY: &str = ".deskbell-";

/// How much room a folder has to have before a run, in bytes: less than any run takes.
const ROOM: usize = 64 << 10;

/// Writes a file in place of whatever stands there.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    let file = temporary_in(parent_of(path).unwrap_or(Path::new(".")))?;
    let mut buffered = io::BufWriter::new(file);
    write(&mut buffered).and_then(|()| buffered.flush()).map_err(bare)?;
    let file = buffered.into_inner().map_err(|error| bare(error.into_error()))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The folder a path lies in, where the path names one.
pub(super) fn parent_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|parent| !parent.as_os_str().is_empty())
}

/// Removes the files of a folder that are not whole, as far as it goes: best done where nobody is going
/// to finish them.
pub fn remove_temporary(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = files.filter(|file| file.file_name().to_string_lossy().starts_with(TEMPORARY));
    files.for_each(|file| {
        // It may be whole by now, or gone.
        let _ = fs::remove_file(file.path());
    });
}

/// Sees that there is room for a small run: a disk that is full shows it only when it is written to.
pub(super) fn has_room(folder: &Path) -> io::Result<()> {
    let mut file = temporary_in(folder)?;
    file.write_all(&[0; ROOM]).map_err(bare)
}

/// A temporary file that others may read as far as the umask allows: reports are for sharing.
pub(super) fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(bare)
}

/// What the system said, without the temporary name that nobody knows.
pub(super) fn bare(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|told| told.source());
    let code = cause.and_then(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
}
