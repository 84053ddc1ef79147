//! What takes several shards to see, counted as a run counts what it finds.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::conformance::{Between, ClauseId, Counted, Divided, Level};
use crate::run::{FoundViolation, Interval, Sums};

/// What was found between shards, once it is counted.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is told in words, each with its shard and by the clock of the first.
    pub(super) told: Vec<FoundViolation>,
    /// How many more there are that fail a run.
    pub(super) untold: u64,
}

/// What is told of a scenario and a clause.
#[derive(Debug, Default)]
struct Told {
    count: u64,
    waived: u64,
    /// How many of them each waiver covers.
    by_waiver: BTreeMap<usize, u64>,
}

/// Counts what was found between shards, by the waivers that hold. What is beyond words is waived where
/// all that is told of its kind is. What is known of no scenario counts in the first. `later` is how much
/// later a shard began than the first.
pub(super) fn count(between: Between, sums: &mut Sums, later: impl Fn(u32) -> Duration) -> Found {
    let mut kinds: BTreeMap<(Option<usize>, ClauseId), Told> = BTreeMap::new();
    let mut found = Found::default();
    for divided in between.found {
        let kind = kinds.entry((divided.scope, divided.finding.clause)).or_default();
        found.told.push(tell(divided, sums, kind, &later));
    }
    for ((scope, clause), counted) in between.counts {
        let kind = kinds.remove(&(scope, clause)).unwrap_or_default();
        let scenario = scenario(scope, sums);
        let Some(told) = sums.scenarios.get_mut(scenario) else { continue };
        let left = add(&mut told.sum, (clause, counted), &kind);
        if clause.level() != Level::Info {
            found.untold += left;
        }
    }
    found
}

/// Which scenario something counts in.
fn scenario(scope: Option<usize>, sums: &Sums) -> usize {
    scope.filter(|scope| *scope < sums.scenarios.len()).unwrap_or_default()
}

fn tell(
    divided: Divided,
    sums: &Sums,
    kind: &mut Told,
    later: &impl Fn(u32) -> Duration,
) -> FoundViolation {
    let Divided { shards: [_, shard], scope, mut finding, .. } = divided;
    // What is known of no scenario has the end of the whole run for its instant.
    if scope.is_some() {
        finding.at += later(shard);
    }
    let names = &sums.terms.scenarios;
    let name = names.get(scenario(scope, sums)).map_or(String::new(), |terms| terms.name.clone());
    let waivers = sums.terms.waivers.iter().enumerate();
    let covering: Vec<_> = waivers.filter(|(_, one)| one.covers(&finding, &name)).collect();
    kind.count += 1;
    kind.waived += u64::from(!covering.is_empty());
    covering.iter().for_each(|(nth, _)| *kind.by_waiver.entry(*nth).or_default() += 1);
    let waived = covering.first().map(|(_, waiver)| waiver.reason.clone());
    FoundViolation { scenario: name, shard: Some(shard), finding, waived }
}

/// Adds to what a scenario counted; how many of those that are not told fail a run.
fn add(sum: &mut Interval, (clause, counted): (ClauseId, Counted), kind: &Told) -> u64 {
    let Counted { checked, violated } = counted;
    let beyond = violated.saturating_sub(kind.count);
    let covers_all = |of: u64| kind.count > 0 && of == kind.count;
    let is_waived = kind.by_waiver.values().any(|of| covers_all(*of));
    let waived = kind.waived + if is_waived { beyond } else { 0 };
    sum.clauses.count(clause, [checked, violated, waived]);
    for (nth, of) in &kind.by_waiver {
        if sum.waived.len() <= *nth {
            sum.waived.resize(nth + 1, 0);
        }
        sum.waived[*nth] += of + if covers_all(*of) { beyond } else { 0 };
    }
    let findings = &mut sum.recorder.totals_mut().findings;
    findings.waived += waived;
    match clause.level() {
        Level::Must => findings.must += violated - waived,
        Level::Should => findings.should += violated - waived,
        Level::Info => findings.info += violated - waived,
    }
    if is_waived { 0 } else { beyond }
}
