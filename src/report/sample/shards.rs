//! Records of a merged run and of one of its shards.

use std::collections::BTreeMap;

use serde_json::json;

use crate::metrics::{Errors, FindingCounts, Totals};
use crate::run::{BusiestWorker, Generator, Lateness, RunRecord, Shard, ShardRecord, Verdict};

use super::{errors, passed, readings, record};

const TARGET: &str = "wss://uat.example.com/uat";

/// When each began after the first, in milliseconds.
const OFFSETS_MS: [u32; 4] = [0, 312, 100, 1_204];

/// A run of four shards: something was found in the third, and the fourth ran on a busier machine.
pub(in crate::report) fn merged() -> RunRecord {
    let mut merged = RunRecord {
        why: vec!["must clauses violated: ENV-5, EVENT-1".to_owned(), "1 step unmet".to_owned()],
        target: TARGET.to_owned(),
        generator: busy(),
        shards: (1..=4).map(|index| shard_record(index, 4)).collect(),
        ..record()
    };
    merged.scenarios.truncate(1);
    merged.scenarios[0].unmet.iter_mut().for_each(|unmet| unmet.shard = Some(3));
    for found in &mut merged.findings {
        found.shard = Some(if found.waived.is_some() { 4 } else { 3 });
    }
    merged
}

/// The same of so many shards, of which only the third did not pass, and each later one was later.
pub(in crate::report) fn merged_of(count: u32) -> RunRecord {
    let shards = (1..=count).map(|index| {
        let mut shard = shard_record(index, count);
        shard.generator.lateness_us.p99 = u64::from(index) * 50;
        shard
    });
    RunRecord { shards: shards.collect(), ..merged() }
}

/// A shard in which all went well.
pub(in crate::report) fn shard() -> RunRecord {
    let mut shard = RunRecord {
        target: TARGET.to_owned(),
        shard: Shard { index: 2, count: 4 },
        repeat_with: vec!["--shard=2/4".to_owned()],
        readings: BTreeMap::from([("shard".to_owned(), json!("thresholds are judged later"))]),
        ..passed()
    };
    shard.readings.extend(readings());
    shard.generator.notes.clear();
    shard.gate.required.clear();
    shard.scenarios[0].thresholds.clear();
    shard
}

fn shard_record(index: u32, count: u32) -> ShardRecord {
    let offset_ms = OFFSETS_MS[(index as usize - 1) % OFFSETS_MS.len()];
    let findings = match index {
        3 => FindingCounts { must: 4, should: 2, info: 1, waived: 0 },
        4 => FindingCounts { waived: 3, ..FindingCounts::default() },
        _ => FindingCounts::default(),
    };
    let failed = index == 3;
    ShardRecord {
        index,
        count,
        run_id: format!("20260102-030405-{index:04}"),
        started_at: format!("2026-01-02T03:04:{:06.3}Z", 5.0 + f64::from(offset_ms) / 1e3),
        ended_at: "2026-01-02T03:04:17.345Z".to_owned(),
        verdict: if failed { Verdict::Failed } else { Verdict::Passed },
        totals: Totals {
            devices: 1,
            connections: if failed { 2 } else { 1 },
            sends: 250,
            events: 501,
            lost: u64::from(failed),
            findings,
            ..Totals::default()
        },
        errors: if failed { errors() } else { Errors::default() },
        generator: if index == 4 { busy() } else { record().generator },
    }
}

/// The load generator of a machine that others use, too.
fn busy() -> Generator {
    Generator {
        busiest_worker: Some(BusiestWorker {
            worker: 1,
            core_share: 0.874,
            saturated_s: 3,
            watched_s: 10,
        }),
        peak_rss_bytes: 73_400_320,
        lateness_us: Lateness { p50: 41, p99: 8_400, p999: 12_700, max: 31_000 },
        notes: vec![],
        ..record().generator
    }
}
