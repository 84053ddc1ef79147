//! How the load generators of all shards did together.

use std::collections::BTreeMap;

use crate::metrics::LatencySummary;
use crate::run::{Generator, ShardRecord};

use super::numbers;

/// One generator of all: valid where each is.
pub(super) fn combined(shards: &[ShardRecord], lateness: Option<LatencySummary>) -> Generator {
    let generators = || shards.iter().map(|shard| &shard.generator);
    let busiest = generators().filter_map(|one| one.busiest_worker);
    let largest = generators().max_by_key(|one| one.peak_rss_bytes);
    let why = |shard: &ShardRecord| {
        let (index, why) = (shard.index, shard.generator.why.clone());
        why.into_iter().map(move |why| format!("shard {index}: {why}"))
    };
    Generator {
        cpu_s: generators().map(|one| one.cpu_s).sum(),
        busiest_worker: busiest.max_by(|one, other| one.core_share.total_cmp(&other.core_share)),
        peak_rss_bytes: largest.map_or(0, |one| one.peak_rss_bytes),
        memory_limit_bytes: largest.and_then(|one| one.memory_limit_bytes),
        backlog_frames: generators().map(|one| one.backlog_frames).max().unwrap_or_default(),
        lateness_us: lateness.map(Into::into).unwrap_or_default(),
        notes: notes(shards),
        valid: generators().all(|one| one.valid),
        why: shards.iter().flat_map(why).collect(),
    }
}

/// Each note once, with its shards where it is not of all.
fn notes(shards: &[ShardRecord]) -> Vec<String> {
    let mut by_text: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for shard in shards {
        for note in &shard.generator.notes {
            by_text.entry(note).or_default().push(shard.index);
        }
    }
    let told = by_text.into_iter().map(|(note, of)| {
        if of.len() == shards.len() {
            note.to_owned()
        } else {
            format!("{}: {note}", numbers::shards(&of))
        }
    });
    told.collect()
}
