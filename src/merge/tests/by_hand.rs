//! What does not add up by itself: what is told of shards, and what is wrong with them.

use std::sync::Arc;
use std::time::Duration;

use crate::conformance::ClauseId;
use crate::protocol::DeviceNo;
use crate::run::{
    Conversation, ConversationRecord, Generator, Occasion, Premises, RunRecord, Second, Shard,
    StopReason, Sums, Verdict, conclude,
};

use super::made_up::{Came, Deed, began, generator, machine, premises, sums};
use crate::merge::{Flaw, Merging};

const COUNT: u32 = 2;

/// A shard with one deed, which came about after so many milliseconds.
fn share(index: u32, after_ms: u64, came: Came) -> (Sums, Premises) {
    let at = Duration::from_millis(after_ms);
    let deeds: Vec<_> = (0..12)
        .map(|nth| Deed {
            scenario: nth % 2,
            at,
            latency_us: 1_000,
            came: if nth == 0 { came } else { Came::Well },
        })
        .collect();
    (sums(&deeds), premises(&deeds, Shard { index, count: COUNT }))
}

fn merged(shares: [(Sums, Premises); 2], flaws: Vec<Flaw>) -> RunRecord {
    let mut merging = Merging::new(began());
    for (index, (sums, premises)) in (1..).zip(shares) {
        let record = conclude(Arc::new(sums), premises);
        merging.add(&format!("shard-{index}"), record).unwrap();
    }
    merging.finish("merged".to_owned(), flaws).unwrap()
}

/// What it comes to where the second shard is changed.
fn changed(change: impl Fn(&mut Sums, &mut Premises)) -> RunRecord {
    let mut second = share(2, 100, Came::Well);
    change(&mut second.0, &mut second.1);
    merged([share(1, 100, Came::Well), second], Vec::new())
}

#[test]
fn two_shards_that_passed_pass_by_the_thresholds_of_the_whole() {
    let record = changed(|_, _| {});
    assert_eq!((record.verdict, record.exit_code), (Verdict::Passed, 0), "{:?}", record.why);
    assert_eq!((record.run_id.as_str(), record.shard), ("merged", Shard::WHOLE));
    let whole = record.thresholds.iter().find(|one| one.expr == "send_to_peer.count >= 20");
    assert_eq!(whole.unwrap().value, Some(24.0));
    assert_eq!(record.shards.iter().map(|shard| shard.index).collect::<Vec<_>>(), [1, 2]);
    assert!(!record.readings.contains_key("shard"));
}

#[test]
fn instants_are_moved_to_the_clock_of_the_first() {
    let mut late = share(2, 700, Came::Wrong);
    late.1.started_at = "2026-03-02T18:30:02.4Z".to_owned();
    late.1.ended_at = "2026-03-02T18:30:07.4Z".to_owned();
    late.1.conversations = vec![ConversationRecord {
        scenario: "talk-0".to_owned(),
        of: Occasion::Finding(0),
        conversation: Conversation {
            at: Duration::from_millis(700),
            device: DeviceNo(3),
            session: None,
            frames: Vec::new(),
        },
    }];
    let record = merged([share(1, 900, Came::Wrong), late], Vec::new());
    let found: Vec<_> =
        record.findings.iter().map(|one| (one.shard, one.finding.at.as_millis())).collect();
    assert_eq!(found, [(Some(1), 900), (Some(2), 3_100)]);
    let [told] = &record.conversations[..] else { panic!("{:?}", record.conversations) };
    assert_eq!((&told.of, told.conversation.at.as_millis()), (&Occasion::Finding(1), 3_100));
    let sends: Vec<_> = record.timeline.iter().map(|row| row.sends).collect();
    assert_eq!(sends, [12, 0, 12, 0, 0, 0, 0]);
    assert_eq!(
        record.timeline.iter().map(|row| row.devices).collect::<Vec<_>>(),
        [8, 8, 16, 16, 16, 8, 8]
    );
    assert_eq!(record.ended_at, "2026-03-02T18:30:07.4Z");
    assert_eq!((record.verdict, record.exit_code), (Verdict::Failed, 1));
    let sent = record.clauses.iter().find(|clause| clause.id == ClauseId::Send2).unwrap();
    assert_eq!((sent.checked, sent.violated), (24, 2));
}

#[test]
fn what_was_throttled_begins_by_the_clock_of_the_first() {
    let record = changed(|sums, premises| {
        (*sums, *premises) = share(2, 250, Came::Throttled);
        premises.started_at = "2026-03-02T18:30:01Z".to_owned();
    });
    let throttling = record.throttling.unwrap();
    assert_eq!((throttling.requests, throttling.first_at_us), (1, 1_250_000));
}

#[test]
fn the_generators_are_told_as_one() {
    let record = changed(|_, premises| {
        premises.machine = machine(3);
        let notes = vec!["it slept".to_owned()];
        premises.generator = Generator { peak_rss_bytes: 5 << 20, notes, ..generator() };
        premises.generator.memory_limit_bytes = Some(1 << 30);
    });
    let told = &record.generator;
    assert_eq!((told.cpu_s, told.peak_rss_bytes), (3.0, 5 << 20));
    assert_eq!(told.memory_limit_bytes, Some(1 << 30));
    assert_eq!(
        told.notes,
        ["shard 2: it slept", "the machine shown is the first shard's: shard 2 had others"]
    );
    assert_eq!(record.machine, machine(2));
    assert_eq!((told.lateness_us.p99, told.lateness_us.max), (1, 1));
}

#[test]
fn a_second_is_measured_over_all_shards() {
    let mut merging = Merging::new(began());
    let (sums, premises) = share(1, 100, Came::Well);
    merging.add("shard-1", conclude(Arc::new(sums), premises)).unwrap();
    let mut second = Second { no: 1, ..Second::default() };
    second.recorder.late_by(Duration::from_millis(7));
    merging.measure(&second);
    let record = merging.finish(String::new(), Vec::new()).unwrap();
    let told = record.timeline.iter().map(|row| (row.sends, row.devices, row.lateness_p99_us));
    let expected = [(12, 8, None), (0, 8, Some(7_000)), (0, 8, None), (0, 8, None), (0, 8, None)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn a_shard_that_is_not_to_be_trusted_is_named_once_and_makes_the_whole_invalid() {
    let record = changed(|_, premises| {
        premises.generator =
            Generator { valid: false, why: vec!["it was late".into()], ..generator() };
    });
    assert_eq!((record.verdict, record.exit_code), (Verdict::Invalid, 4));
    assert_eq!(record.why, ["shard 2 of 2 (shard-2) is invalid: it was late"]);
    assert_eq!(
        (record.generator.valid, &record.generator.why[..]),
        (false, &["shard 2: it was late".to_owned()][..])
    );
}

#[test]
fn a_shard_that_was_not_done_is_named_and_its_figures_count() {
    let stopped = |reason: StopReason| changed(|sums, _| sums.stopped = Some(reason.clone()));
    for (reason, how) in [
        (StopReason::Interrupted, "was interrupted: interrupted; the figures reach until then"),
        (StopReason::Unreachable("nobody is there".into()), "could not be done: nobody is there"),
    ] {
        let record = stopped(reason);
        assert_eq!((record.verdict, record.exit_code), (Verdict::Invalid, 4));
        assert_eq!(record.why, [format!("shard 2 of 2 (shard-2) {how}")]);
        assert_eq!(record.totals.sends, 24);
    }
    let record = stopped(StopReason::Aborted("errors.rate > 20%".into()));
    assert_eq!((record.verdict, record.exit_code), (Verdict::Failed, 1));
    assert_eq!(record.why, ["ended early, shard 2: errors.rate > 20%"]);
}

#[test]
fn what_is_missing_comes_first_and_makes_the_whole_invalid_whatever_failed() {
    let missing = Flaw::Missing { shards: vec![3], count: 3 };
    let record = merged([share(1, 9, Came::Wrong), share(2, 9, Came::Well)], vec![missing]);
    assert_eq!((record.verdict, record.exit_code), (Verdict::Invalid, 4));
    assert_eq!(record.why[0], "shard 3 of 3 is missing");
    assert!(record.why[1].starts_with("SEND-2 violated once"), "{:?}", record.why);
}

#[test]
fn a_shard_that_failed_by_itself_fails_the_whole() {
    let mut merging = Merging::new(began());
    for (index, (sums, premises)) in (1..).zip([share(1, 9, Came::Well), share(2, 9, Came::Well)]) {
        let mut record = conclude(Arc::new(sums), premises);
        if index == 2 {
            record.fail("report.html held a secret".to_owned());
        }
        merging.add("shard", record).unwrap();
    }
    let record = merging.finish(String::new(), Vec::new()).unwrap();
    assert_eq!((record.verdict, record.exit_code), (Verdict::Failed, 1));
    assert_eq!(record.why, ["shard 2 failed: report.html held a secret"]);
}

#[test]
fn what_is_judged_by_other_terms_is_foreign_and_adds_nothing() {
    let mut merging = Merging::new(began());
    let (one, given) = share(1, 9, Came::Well);
    merging.add("one", conclude(Arc::new(one), given)).unwrap();
    let (mut other, given) = share(2, 9, Came::Well);
    other.terms.thresholds.clear();
    let flaw = merging.add("other", conclude(Arc::new(other), given)).unwrap_err();
    assert!(flaw.to_string().starts_with("other does not belong to the others"), "{flaw}");
    let record = merging.finish(String::new(), Vec::new()).unwrap();
    assert_eq!((record.totals.sends, record.shards.len()), (12, 1));
}

#[test]
fn of_nothing_there_is_no_record() {
    let merging = Merging::new(began());
    assert!(merging.finish(String::new(), Vec::new()).is_none());
}
