//! Shards that were made up, against the one run that they are parts of.

mod between;
mod by_hand;
mod made_up;

use std::sync::Arc;

use proptest::prelude::*;

use crate::run::{RunRecord, Shard, conclude};

use super::*;
use made_up::{Deed, began, premises, sums};

/// The run of all deeds, and what their shards add up to, in their order or the other way round. Each
/// shard has a deed that went well.
fn both(deeds: &[(Deed, u32)], count: u32, is_backward: bool) -> (RunRecord, RunRecord) {
    let well = (0..count).map(|of| (Deed::WELL, of));
    let deeds: Vec<_> = deeds.iter().copied().chain(well).collect();
    let all: Vec<_> = deeds.iter().map(|(deed, _)| *deed).collect();
    let whole = conclude(Arc::new(sums(&all)), premises(&all, Shard::WHOLE));
    let mut merging = Merging::new(began());
    let mut indices: Vec<_> = (1..=count).collect();
    if is_backward {
        indices.reverse();
    }
    for index in indices {
        let own: Vec<_> =
            deeds.iter().filter(|(_, of)| of % count + 1 == index).map(|(deed, _)| *deed).collect();
        let shard = Shard { index, count };
        let record = conclude(Arc::new(sums(&own)), premises(&own, shard));
        merging.add(&format!("shard-{index}"), record).unwrap();
    }
    let merged = merging.finish("merged".to_owned(), Vec::new()).unwrap();
    (whole, merged)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_shards_add_up_to_the_one_run(
        deeds in proptest::collection::vec((made_up::deed(), 0..5_u32), 0..60),
        count in 1..5_u32,
        is_backward in any::<bool>(),
    ) {
        let (whole, merged) = both(&deeds, count, is_backward);
        let [known, added] = [&whole, &merged].map(|record| record.sums.as_ref().unwrap());
        prop_assert_eq!(&added.scenarios, &known.scenarios);
        prop_assert_eq!(merged.totals, whole.totals);
        prop_assert_eq!(&merged.errors, &whole.errors);
        prop_assert_eq!(&merged.errors_by_second, &whole.errors_by_second);
        prop_assert_eq!(merged.throttling, whole.throttling);
        prop_assert_eq!(&merged.latency, &whole.latency);
        prop_assert_eq!(&merged.distributions, &whole.distributions);
        prop_assert_eq!(&merged.clauses, &whole.clauses);
        prop_assert_eq!(&merged.thresholds, &whole.thresholds);
        prop_assert_eq!(&merged.waivers, &whole.waivers);
        prop_assert_eq!(&merged.scenarios, &whole.scenarios);
        prop_assert_eq!(merged.findings_beyond, whole.findings_beyond);
        prop_assert_eq!(&merged.why, &whole.why);
        prop_assert_eq!(merged.verdict, whole.verdict);
        let counts = |record: &RunRecord| {
            let rows = record.timeline.iter();
            rows.map(|row| (row.second, row.sends, row.errors, row.violations)).collect::<Vec<_>>()
        };
        prop_assert_eq!(counts(&merged), counts(&whole));
        let found = |record: &RunRecord| {
            record.findings.iter().map(|found| found.finding.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(found(&merged), found(&whole));
    }
}
