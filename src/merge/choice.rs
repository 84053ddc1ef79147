//! Which runs belong together, and which shards they lack. The order in which they are given changes
//! nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::run::{RunRecord, Shard};

use super::flaw::Flaw;

/// The most shards of a plan that are looked for one by one.
const MOST_SHARDS: u32 = 10_000;

/// What begins later or earlier than most shards by more than this is another run of the same plan.
const MOST_APART: Duration = Duration::from_secs(24 * 3_600);

/// What is to be known of a run to tell what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its folder, as it was given.
    pub folder: String,
    /// Which share of the plan it is.
    pub shard: Shard,
    /// When it began.
    pub began: Timestamp,
    run_id: String,
    is_merged: bool,
    common: Common,
}

/// What all shards of a run have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Common {
    plan: String,
    seed: u64,
    version: String,
    target: String,
    start_at: Option<String>,
    count: u32,
}

/// The runs that are added up, and what is wrong with all of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// One run of each shard that is there, in the order of the shards.
    pub chosen: Vec<&'a Head>,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
}

impl Head {
    /// That of a run.
    ///
    /// # Errors
    /// A record whose start is no instant.
    pub fn of(folder: String, record: &RunRecord) -> Result<Self, Flaw> {
        let began = record.started_at.parse().map_err(|_| Flaw::Unreadable {
            folder: folder.clone(),
            shard: Some(record.shard),
            why: "the start that run.json names is no instant".to_owned(),
        })?;
        let common = Common {
            plan: record.plan.clone(),
            seed: record.seed,
            version: record.version.clone(),
            target: record.target.clone(),
            start_at: record.start_at.clone(),
            count: record.shard.count,
        };
        let (shard, run_id) = (record.shard, record.run_id.clone());
        Ok(Self { folder, shard, began, run_id, is_merged: !record.shards.is_empty(), common })
    }
}

/// Chooses one run of each shard among those that can be read. Of `told` it is said already that they
/// cannot be added up.
pub fn choose<'a>(heads: &'a [Head], expected: u32, told: &BTreeSet<u32>) -> Choice<'a> {
    let mut heads: Vec<_> = heads.iter().collect();
    heads.sort_by_key(|head| (head.shard, &head.run_id, &head.folder));
    let mut flaws = Vec::new();
    let Some(common) = most_common(&heads) else {
        flaws.extend(missing(&BTreeSet::new(), expected, told));
        return Choice { chosen: Vec::new(), flaws };
    };
    if common.count != expected {
        flaws.push(Flaw::Unexpected { expected, count: common.count });
    }
    let like: Vec<_> = heads.iter().filter(|head| head.common == *common).collect();
    let usual = middle(like.iter().map(|head| head.began));
    let mut chosen: BTreeMap<u32, &Head> = BTreeMap::new();
    let mut runs: BTreeMap<&str, &Head> = BTreeMap::new();
    for head in heads {
        let differences = differences(head, common, usual);
        if !differences.is_empty() {
            flaws.push(Flaw::Foreign { folder: head.folder.clone(), differences });
            continue;
        }
        let (counts, left_out) = (|of: &Head| of.folder.clone(), head.folder.clone());
        if let Some(other) = runs.insert(&head.run_id, head) {
            let run_id = head.run_id.clone();
            flaws.push(Flaw::Repeated { run_id, counts: counts(other), left_out });
        } else if let Some(other) = chosen.get(&head.shard.index) {
            flaws.push(Flaw::Duplicate { shard: head.shard, counts: counts(other), left_out });
        } else {
            chosen.insert(head.shard.index, head);
        }
    }
    let there: BTreeSet<_> = chosen.keys().copied().collect();
    flaws.extend(missing(&there, common.count, told));
    Choice { chosen: chosen.into_values().collect(), flaws }
}

/// What most of them are of; of as many, any that does not depend on their order.
fn most_common<'a>(heads: &[&'a Head]) -> Option<&'a Common> {
    let mut counts: BTreeMap<&Common, usize> = BTreeMap::new();
    heads.iter().for_each(|head| *counts.entry(&head.common).or_default() += 1);
    let counts = counts.into_iter();
    counts.max_by_key(|(common, runs)| (*runs, Reverse(*common))).map(|(common, _)| common)
}

/// When those in the middle began.
fn middle(began: impl Iterator<Item = Timestamp>) -> Option<Timestamp> {
    let mut began: Vec<_> = began.collect();
    began.sort_unstable();
    began.get(began.len() / 2).copied()
}

/// In what a run differs from what all others have in common.
fn differences(head: &Head, common: &Common, usual: Option<Timestamp>) -> Vec<String> {
    let own = &head.common;
    let start = |common: &Common| common.start_at.clone().unwrap_or_else(|| "at once".to_owned());
    let pairs = [
        ("plan", own.plan.clone(), common.plan.clone()),
        ("seed", own.seed.to_string(), common.seed.to_string()),
        ("version", own.version.clone(), common.version.clone()),
        ("target", own.target.clone(), common.target.clone()),
        ("start", start(own), start(common)),
        ("number of shards", own.count.to_string(), common.count.to_string()),
    ];
    let unlike = pairs.into_iter().filter(|(_, own, others)| own != others);
    let unlike = unlike.map(|(what, own, others)| format!("its {what} is {own}, not {others}"));
    let Shard { index, count } = head.shard;
    let beyond =
        (index == 0 || index > count).then(|| format!("there is no shard {index} of {count}"));
    let merged = head.is_merged.then(|| "it is a merged run, and no shard".to_owned());
    let apart = usual.filter(|usual| head.began.duration_since(*usual).unsigned_abs() > MOST_APART);
    let apart =
        apart.map(|usual| format!("it began at {}, a day and more from {usual}", head.began));
    unlike.chain(beyond).chain(merged).chain(apart).collect()
}

/// The shards that are not there, without those of which it is told why.
fn missing(there: &BTreeSet<u32>, count: u32, told: &BTreeSet<u32>) -> Option<Flaw> {
    let all = 1..=count.min(MOST_SHARDS);
    let shards: Vec<_> = all.filter(|no| !there.contains(no) && !told.contains(no)).collect();
    (!shards.is_empty()).then_some(Flaw::Missing { shards, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of a shard of four, in a folder of its own name.
    fn head(index: u32, folder: &str) -> Head {
        Head {
            folder: folder.to_owned(),
            shard: Shard { index, count: 4 },
            began: "2026-03-02T18:30:00Z".parse().unwrap(),
            run_id: format!("run-{folder}"),
            is_merged: false,
            common: Common {
                plan: "4f2a".to_owned(),
                seed: 7,
                version: "0.1.0".to_owned(),
                target: "wss://uat.example.com/uat".to_owned(),
                start_at: None,
                count: 4,
            },
        }
    }

    fn four() -> Vec<Head> {
        (1..).zip(["a", "b", "c", "d"]).map(|(index, folder)| head(index, folder)).collect()
    }

    /// The folders that are chosen of these, in whatever order they come, and what is wrong.
    #[track_caller]
    fn check(heads: &[Head], expected: u32, chosen: &[&str], flaws: &[&str]) {
        let mut heads = heads.to_vec();
        for _ in 0..heads.len().max(1) {
            let choice = choose(&heads, expected, &BTreeSet::new());
            let folders: Vec<_> = choice.chosen.iter().map(|head| head.folder.as_str()).collect();
            assert_eq!(folders, chosen);
            assert_eq!(choice.flaws.iter().map(Flaw::to_string).collect::<Vec<_>>(), flaws);
            let first = heads.len().min(1);
            heads.rotate_left(first);
        }
    }

    /// The same where one of four is changed.
    #[track_caller]
    fn check_foreign(change: impl Fn(&mut Head), difference: &str) {
        let mut heads = four();
        change(&mut heads[2]);
        let foreign = format!("c does not belong to the others: {difference}");
        check(&heads, 4, &["a", "b", "d"], &[&foreign, "shard 3 of 4 is missing"]);
    }

    #[test]
    fn all_shards_of_a_plan_belong_together() {
        check(&four(), 4, &["a", "b", "c", "d"], &[]);
    }

    #[test]
    fn what_is_missing_is_told_once() {
        check(&four()[1..3], 4, &["b", "c"], &["shards 1 and 4 of 4 are missing"]);
        check(&[], 3, &[], &["shards 1 to 3 of 3 are missing"]);
        let heads = four();
        let choice = choose(&heads[1..], 4, &BTreeSet::from([1]));
        assert_eq!(choice.flaws, []);
    }

    #[test]
    fn another_number_of_shards_than_expected_is_told() {
        let flaws = &["5 shards were expected, and the runs are of 4"];
        check(&four(), 5, &["a", "b", "c", "d"], flaws);
    }

    #[test]
    fn a_shard_counts_once() {
        let mut heads = four();
        heads.push(head(3, "e"));
        let flaws = &["shard 3 of 4 is there twice: c counts, e does not"];
        check(&heads, 4, &["a", "b", "c", "d"], flaws);
        heads[4].run_id = "run-c".to_owned();
        let flaws = &["e is the run run-c, as c is: it counts once"];
        check(&heads, 4, &["a", "b", "c", "d"], flaws);
    }

    #[test]
    fn what_most_are_not_of_is_foreign() {
        check_foreign(|head| head.common.plan = "9b1c".to_owned(), "its plan is 9b1c, not 4f2a");
        check_foreign(|head| head.common.seed = 8, "its seed is 8, not 7");
        check_foreign(
            |head| head.common.version = "0.2.0".to_owned(),
            "its version is 0.2.0, not 0.1.0",
        );
        let other = |head: &mut Head| head.common.target = "ws://h.example.com/".to_owned();
        check_foreign(other, "its target is ws://h.example.com/, not wss://uat.example.com/uat");
        let alone =
            |head: &mut Head| head.common.start_at = Some("2026-03-02T18:30:00Z".to_owned());
        check_foreign(alone, "its start is 2026-03-02T18:30:00Z, not at once");
        let late = |head: &mut Head| head.began = "2026-03-04T18:30:00Z".parse().unwrap();
        let apart = "it began at 2026-03-04T18:30:00Z, a day and more from 2026-03-02T18:30:00Z";
        check_foreign(late, apart);
        check_foreign(|head| head.is_merged = true, "it is a merged run, and no shard");
        let more = |head: &mut Head| {
            (head.shard.count, head.common.count) = (8, 8);
        };
        check_foreign(more, "its number of shards is 8, not 4");
        check_foreign(|head| head.shard.index = 0, "there is no shard 0 of 4");
    }

    #[test]
    fn a_number_of_shards_without_end_is_not_counted_through() {
        let mut heads = vec![head(1, "a")];
        (heads[0].shard.count, heads[0].common.count) = (u32::MAX, u32::MAX);
        assert_eq!(choose(&heads, 4, &BTreeSet::new()).chosen.len(), 1);
    }
}
