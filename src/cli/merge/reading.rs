//! Reads the run folders of shards, one after the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::archive::{ArchiveError, LatencySeconds, read_record, read_share};
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

/// Adds all but latencies second by second, which are opened.
///
/// # Errors
/// Every shard that cannot be added.
pub(super) fn add(chosen: &[&Head]) -> Result<(Merging, Vec<Log>), Vec<LeftOut>> {
    let began = chosen.iter().map(|head| head.began).min().unwrap_or_default();
    let (mut merging, mut logs, mut left_out) = (Merging::new(began), Vec::new(), Vec::new());
    for head in chosen {
        match add_one(&mut merging, head) {
            Ok(log) => logs.push(log),
            Err(one) => left_out.push(one),
        }
    }
    if left_out.is_empty() { Ok((merging, logs)) } else { Err(left_out) }
}

fn add_one(merging: &mut Merging, head: &Head) -> Result<Log, LeftOut> {
    let (folder, shard) = (head.folder.clone(), head.shard);
    let unreadable = |error: ArchiveError| LeftOut::unreadable(&folder, Some(shard), &error);
    let path = Path::new(&folder);
    let record = read_share(path).map_err(unreadable)?;
    let seconds = LatencySeconds::open(path, &record).map_err(unreadable)?;
    let offset = merging.add(&folder, record).map_err(|flaw| LeftOut {
        folder: folder.clone(),
        shard: Some(shard),
        flaw,
    })?;
    Ok(Log { folder, shard, later_s: offset.seconds(), seconds })
}
