//! Reads the run folders of shards, one after the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::archive::{ArchiveError, LatencySeconds, read_ids, read_record, read_share};
use crate::conformance::IdSets;
use crate::merge::{Flaw, Head, Merging};
use crate::run::Shard;

use super::latencies::Log;

/// The shards that were given.
pub(super) struct Shards {
    /// Those that can be read, as far as is known.
    pub(super) heads: Vec<Head>,
    left_out: Vec<LeftOut>,
}

/// A folder that is not added up.
pub(super) struct LeftOut {
    pub(super) folder: String,
    /// Which shard it is, where that is known.
    pub(super) shard: Option<Shard>,
    /// Why.
    pub(super) flaw: Flaw,
}

impl LeftOut {
    /// A folder that cannot be read.
    pub(super) fn unreadable(folder: &str, shard: Option<Shard>, error: &ArchiveError) -> Self {
        let (folder, why) = (folder.to_owned(), error.to_string());
        let flaw = Flaw::Unreadable { folder: folder.clone(), shard, why };
        Self { folder, shard, flaw }
    }
}

impl Shards {
    /// Reads what tells runs apart.
    pub(super) fn read(runs: &[PathBuf]) -> Self {
        let mut shards = Self { heads: Vec::new(), left_out: Vec::new() };
        for run in runs {
            let folder = run.display().to_string();
            match read_record(run).map(|record| (Head::of(folder.clone(), &record), record.shard)) {
                Ok((Ok(head), _)) => shards.heads.push(head),
                Ok((Err(flaw), shard)) => {
                    shards.left_out.push(LeftOut { folder, shard: Some(shard), flaw });
                }
                Err(error) => shards.left_out.push(LeftOut::unreadable(&folder, None, &error)),
            }
        }
        shards
    }

    /// Goes on without some folders.
    pub(super) fn leave_out(&mut self, folders: Vec<LeftOut>) {
        self.heads.retain(|head| !folders.iter().any(|one| one.folder == head.folder));
        self.left_out.extend(folders);
    }

    /// The shards of which it is told why they are left out.
    pub(super) fn told(&self) -> BTreeSet<u32> {
        self.left_out.iter().filter_map(|one| Some(one.shard?.index)).collect()
    }

    /// What is wrong with those that are left out.
    pub(super) fn flaws(&self) -> Vec<Flaw> {
        self.left_out.iter().map(|one| one.flaw.clone()).collect()
    }
}

/// What was added up, with what is left to be.
pub(super) struct Added {
    pub(super) merging: Merging,
    /// Latencies second by second.
    pub(super) logs: Vec<Log>,
    /// What shards are held to, by their numbers.
    pub(super) ids: Vec<(u32, IdSets)>,
}

/// Adds all but latencies second by second, which are opened, and ids.
///
/// # Errors
/// Every shard that cannot be added.
pub(super) fn add(chosen: &[&Head]) -> Result<Added, Vec<LeftOut>> {
    let began = chosen.iter().map(|head| head.began).min().unwrap_or_default();
    let merging = Merging::new(began);
    let mut added = Added { merging, logs: Vec::new(), ids: Vec::new() };
    let left_out = chosen.iter().filter_map(|head| added.add(head).err());
    let left_out: Vec<_> = left_out.collect();
    if left_out.is_empty() { Ok(added) } else { Err(left_out) }
}

impl Added {
    fn add(&mut self, head: &Head) -> Result<(), LeftOut> {
        let (folder, shard) = (head.folder.clone(), head.shard);
        let unreadable = |error: ArchiveError| LeftOut::unreadable(&folder, Some(shard), &error);
        let path = Path::new(&folder);
        let record = read_share(path).map_err(unreadable)?;
        let seconds = LatencySeconds::open(path, &record).map_err(unreadable)?;
        let ids = read_ids(path).map_err(unreadable)?;
        let offset = self.merging.add(&folder, record).map_err(|flaw| LeftOut {
            folder: folder.clone(),
            shard: Some(shard),
            flaw,
        })?;
        self.logs.push(Log { folder, shard, later_s: offset.seconds(), seconds });
        self.ids.push((shard.index, ids));
        Ok(())
    }
}
