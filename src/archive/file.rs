//! Files, read within bounds.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::ArchiveError;

/// Opens a file of a run folder. What is no regular file may never end.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, ArchiveError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ArchiveError::Missing(path.to_owned()),
        _ => ArchiveError::Unreadable { path: path.to_owned(), source },
    };
    if !fs::metadata(path).map_err(refused)?.is_file() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
        return Err(refused(source));
    }
    File::open(path).map(BufReader::new).map_err(refused)
}

/// All of a file of at most so many bytes.
pub(super) fn whole(path: &Path, most: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|source| ArchiveError::Unreadable { path: path.to_owned(), source })?;
    if bytes.len() as u64 > most {
        return Err(ArchiveError::TooLarge { path: path.to_owned(), most });
    }
    Ok(bytes)
}

/// The JSON values of a file that has one in each line, with the numbers of the lines, from 1.
pub(super) fn json_lines<T: DeserializeOwned>(
    path: &Path,
    most: u64,
) -> Result<Vec<(usize, T)>, ArchiveError> {
    let bytes = whole(path, most)?;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let read = |(at, line): (usize, &[u8])| {
        let value = serde_json::from_slice(line);
        value.map(|value| (at + 1, value)).map_err(|error| ArchiveError::json(path, at + 1, &error))
    };
    lines.map(read).collect()
}
