//! Shards in words: which share a run was, what a merged run was added up from, and which of many
//! shards are told where there is room for few.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;

use crate::protocol::DeviceNo;
use crate::run::{RunRecord, ShardRecord, Verdict};

use super::figure::{brief, counted};

/// How many shards are told on a short page.
const MOST: usize = 8;

/// `shard 2 of 4`, or of a merged run `4 shards, added up`; `None` of a whole run.
pub(super) fn share(record: &RunRecord) -> Option<String> {
    let shard = record.shard;
    let part = shard.is_part().then(|| format!("shard {} of {}", shard.index, shard.count));
    part.or_else(|| added_up(record))
}

/// `4 shards, added up`, or `3 of 4 shards, added up`; `None` where nothing was merged.
pub(super) fn added_up(record: &RunRecord) -> Option<String> {
    let (there, of) = (record.shards.len(), record.shards.first()?.count);
    let missing = (there as u64) < u64::from(of);
    let there = if missing { format!("{there} of ") } else { String::new() };
    Some(format!("{there}{}, added up", counted(of.into(), "shard")))
}

/// Whether the verdict is that shards do not make a whole, and not that a generator fell behind.
pub(super) fn is_incomplete(record: &RunRecord) -> bool {
    !record.shards.is_empty() && record.generator.valid && record.verdict == Verdict::Invalid
}

/// The shards that are told first, and the rest, in their order. Of many, those come first that did not
/// pass, and then those that were latest.
pub(super) fn told(record: &RunRecord) -> (Vec<&ShardRecord>, Vec<&ShardRecord>) {
    let mut all: Vec<_> = record.shards.iter().collect();
    if all.len() <= MOST {
        return (all, Vec::new());
    }
    let lateness = |one: &ShardRecord| one.generator.lateness_us.p99;
    all.sort_by_key(|one| (one.verdict == Verdict::Passed, Reverse(lateness(one))));
    let mut rest = all.split_off(MOST);
    rest.sort_by_key(|one| one.index);
    (all, rest)
}

/// `92 more, all passed`; `None` where there are no more.
pub(super) fn more(rest: &[&ShardRecord]) -> Option<String> {
    let passed = rest.iter().filter(|one| one.verdict == Verdict::Passed).count();
    let how = if passed == rest.len() { "all".to_owned() } else { format!("{passed} of them") };
    (!rest.is_empty()).then(|| format!("{} more, {how} passed", rest.len()))
}

/// When the first of all shards began.
pub(super) fn first_began(record: &RunRecord) -> Option<Timestamp> {
    record.shards.iter().filter_map(|one| one.started_at.parse().ok()).min()
}

/// How long after the first of all a shard began: `+0.3 s`; `unknown` where that is not told.
pub(super) fn began(first: Option<Timestamp>, shard: &ShardRecord) -> String {
    let after = || -> Option<Duration> {
        let at: Timestamp = shard.started_at.parse().ok()?;
        at.duration_since(first?).try_into().ok()
    };
    match after() {
        Some(after) if after < Duration::from_mins(1) => format!("+{:.1} s", after.as_secs_f64()),
        Some(after) => format!("+{}", brief(after)),
        None => "unknown".to_owned(),
    }
}

/// How much of its core the busiest worker of a shard used: `43 %`; `None` where that was not watched.
pub(super) fn busiest(shard: &ShardRecord) -> Option<String> {
    let worker = shard.generator.busiest_worker?;
    Some(format!("{:.0} %", worker.core_share * 100.0))
}

/// How late a shard woke up at the 99th percentile.
pub(super) fn lateness(shard: &ShardRecord) -> String {
    brief(Duration::from_micros(shard.generator.lateness_us.p99))
}

/// `shard 3, device 17`: where something was seen, as far as that is known.
pub(super) fn place(shard: Option<u32>, device: Option<DeviceNo>) -> Option<String> {
    let shard = shard.map(|index| format!("shard {index}"));
    let device = device.map(|no| format!("device {no}"));
    let known: Vec<_> = [shard, device].into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[track_caller]
    fn check_told(record: &RunRecord, expected: &[u32], rest: Option<&str>) {
        let (first, others) = told(record);
        assert_eq!(first.iter().map(|one| one.index).collect::<Vec<_>>(), expected);
        assert_eq!(more(&others).as_deref(), rest);
        assert!(others.is_sorted_by_key(|one| one.index));
    }

    #[test]
    fn few_shards_are_all_told_in_their_order() {
        check_told(&sample::merged(), &[1, 2, 3, 4], None);
        check_told(&sample::record(), &[], None);
    }

    #[test]
    fn of_many_those_that_did_not_pass_and_the_latest_are_told() {
        let mut record = sample::merged_of(100);
        check_told(&record, &[3, 100, 99, 98, 97, 96, 95, 94], Some("92 more, all passed"));
        record.shards.iter_mut().take(10).for_each(|one| one.verdict = Verdict::Invalid);
        check_told(&record, &[10, 9, 8, 7, 6, 5, 4, 3], Some("92 more, 90 of them passed"));
    }

    #[test]
    fn a_share_says_so_and_a_sum_says_of_how_many() {
        assert_eq!(share(&sample::record()), None);
        assert_eq!(share(&sample::shard()).as_deref(), Some("shard 2 of 4"));
        let mut record = sample::merged();
        assert_eq!(share(&record).as_deref(), Some("4 shards, added up"));
        record.shards.remove(1);
        assert_eq!(share(&record).as_deref(), Some("3 of 4 shards, added up"));
    }

    #[test]
    fn shards_that_make_no_whole_are_told_apart_from_a_generator_that_fell_behind() {
        let mut record = RunRecord { verdict: Verdict::Invalid, ..sample::merged() };
        assert!(is_incomplete(&record));
        record.generator.valid = false;
        assert!(!is_incomplete(&record));
        let unmerged = RunRecord { verdict: Verdict::Invalid, ..sample::record() };
        assert!(!is_incomplete(&unmerged));
    }

    #[test]
    fn a_shard_began_so_long_after_the_first() {
        let mut record = sample::merged();
        let first = first_began(&record);
        let told: Vec<_> = record.shards.iter().map(|one| began(first, one)).collect();
        assert_eq!(told, ["+0.0 s", "+0.3 s", "+0.1 s", "+1.2 s"]);
        record.shards[0].started_at = "2026-01-02T03:06:10Z".to_owned();
        assert_eq!(began(first, &record.shards[0]), "+2 min 5 s");
        record.shards[0].started_at = "later".to_owned();
        assert_eq!(began(first, &record.shards[0]), "unknown");
    }

    #[test]
    fn a_place_is_told_as_far_as_it_is_known() {
        let (shard, device) = (Some(3), Some(DeviceNo(17)));
        assert_eq!(place(shard, device).as_deref(), Some("shard 3, device 17"));
        assert_eq!(place(None, device).as_deref(), Some("device 17"));
        assert_eq!(place(shard, None).as_deref(), Some("shard 3"));
        assert_eq!(place(None, None), None);
    }
}
