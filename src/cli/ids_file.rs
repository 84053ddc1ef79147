//! `ids.bin`: the ids that other shards of a run are held to.

use std::io::{self, Write as _};

use crate::conformance::IdSets;
use crate::report::{PartFile, RunFolder};
use crate::run::IDS_FILE;

use super::losses::Losses;

/// A file that is begun with a run and written at its end.
pub(super) struct IdsFile {
    part: PartFile,
    written: io::Result<()>,
}

impl IdsFile {
    pub(super) fn new(part: PartFile) -> Self {
        Self { part, written: Ok(()) }
    }

    pub(super) fn write(&mut self, ids: &IdSets) {
        self.written = self.part.write_all(&ids.encode());
    }

    /// Puts it into its folder, or notes that it could not be written whole.
    pub(super) fn place(self, folder: &RunFolder, losses: &mut Losses) {
        if let Err(error) = self.written.and_then(|()| folder.place(self.part)) {
            losses.note(&folder.path().join(IDS_FILE), &error, "the ids for `deskbell merge`");
        }
    }
}
