//! What scenarios see of the file system and the environment.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::scenario::{Listing, MAX_UPLOAD, ParseContext};

/// The real files and variables.
pub(super) fn context() -> ParseContext<'static> {
    ParseContext {
        env: &|name| std::env::var(name).ok(),
        read_file: &read_file,
        list_folder: &list_folder,
    }
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_UPLOAD as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn list_folder(path: &Path) -> io::Result<Listing> {
    if !path.is_dir() {
        return Ok(None);
    }
    let entries = std::fs::read_dir(path)?;
    entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>().map(Some)
}
