//! What takes several shards to see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::conformance::{Between, ClauseId, Counted, Divided, Finding};
use crate::merge::Merging;
use crate::protocol::DeviceNo;
use crate::run::{ClauseStatus, RunRecord, Shard, TimelineRow, conclude};

use super::made_up::{Deed, began, premises, sums};

/// Two shards, the second of which began two seconds later, and what was found between them.
fn judged(between: Between) -> RunRecord {
    let mut merging = Merging::new(began());
    for index in [1, 2] {
        let mut premises = premises(&[Deed::WELL; 12], Shard { index, count: 2 });
        if index == 2 {
            premises.started_at = "2026-03-02T18:30:02Z".to_owned();
            premises.ended_at = "2026-03-02T18:30:07Z".to_owned();
        }
        let record = conclude(Arc::new(sums(&[Deed::WELL; 12])), premises);
        merging.add("shard", record).unwrap();
    }
    assert_eq!(merging.elapsed(), Duration::from_secs(7));
    merging.judge(between);
    merging.finish(String::new(), Vec::new()).unwrap()
}

fn divided(clause: ClauseId, scope: Option<usize>, at_ms: u64) -> Divided {
    let finding = Finding {
        clause,
        at: Duration::from_millis(at_ms),
        device: Some(DeviceNo(3)),
        session: None,
        route: None,
        event: None,
        message: "it is there twice".to_owned(),
        expected: "once".to_owned(),
        actual: "twice".to_owned(),
        is_plain: true,
        pointer: String::new(),
        frame: None,
    };
    Divided { shards: [1, 2], scope, session: None, finding }
}

fn counts(
    of: (Option<usize>, ClauseId),
    checked: u64,
    violated: u64,
) -> BTreeMap<(Option<usize>, ClauseId), Counted> {
    [(of, Counted { checked, violated })].into()
}

fn violations(record: &RunRecord) -> Vec<u64> {
    let of: fn(&TimelineRow) -> u64 = |row| row.violations;
    record.timeline.iter().map(of).collect()
}

#[test]
fn an_event_is_dated_by_its_shard_and_counts_in_its_scenario() {
    let of = (Some(1), ClauseId::Event6);
    let found = vec![divided(ClauseId::Event6, Some(1), 300)];
    let record = judged(Between { found, counts: counts(of, 1, 1), ..Between::default() });
    let [found] = &record.findings[..] else { panic!("{:?}", record.findings) };
    assert_eq!((found.shard, found.scenario.as_str()), (Some(2), "talk-1"));
    assert_eq!(found.finding.at, Duration::from_millis(2_300));
    assert_eq!(violations(&record), [0, 0, 1, 0, 0, 0, 0]);
    let event = record.clauses.iter().find(|clause| clause.id == ClauseId::Event6).unwrap();
    assert_eq!((event.checked, event.violated), (1, 1));
    assert_eq!(record.scenarios[1].totals.findings.must, 1);
    assert_eq!(record.exit_code, 1);
}

#[test]
fn what_is_not_told_in_words_counts_at_the_end() {
    let found = vec![divided(ClauseId::Send4, None, 7_000)];
    let of = (None, ClauseId::Send4);
    let record = judged(Between { found, counts: counts(of, 0, 3), ..Between::default() });
    assert_eq!((record.totals.findings.must, record.findings_beyond), (3, 2));
    assert_eq!(violations(&record), [0, 0, 0, 0, 0, 0, 3]);
    assert_eq!(record.findings[0].scenario, "talk-0");
}

#[test]
fn what_is_waived_in_words_is_waived_beyond_them() {
    let found = vec![divided(ClauseId::Event5, Some(0), 0)];
    let of = (Some(0), ClauseId::Event5);
    let record = judged(Between { found, counts: counts(of, 9, 9), ..Between::default() });
    assert_eq!((record.totals.findings.waived, record.totals.findings.must), (9, 0));
    assert_eq!(record.waivers[0].covered, 9);
    let event = record.clauses.iter().find(|clause| clause.id == ClauseId::Event5).unwrap();
    assert_eq!(event.status, ClauseStatus::Waived);
    assert_eq!(violations(&record), [0; 7]);
    assert!(record.findings[0].waived.is_some());
}

#[test]
fn accounts_that_others_use_are_told() {
    let record = judged(Between { shared: 5, untold: 6, ..Between::default() });
    assert!(record.readings["account_shared"].to_string().contains("5 events"));
    assert!(record.readings["not_judged"].to_string().contains("6 ids"));
}
