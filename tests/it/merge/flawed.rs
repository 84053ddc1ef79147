//! Shards that are missing, damaged or of something else: each is named, and what is whole is added up.

use std::fs;

use deskbell::run::{Generator, Shard, StopReason};

use crate::process::{Desk, Ended};

use super::synthetic::{Measured, generator};
use super::{COUNT, SHARDS, desk, merged, why};

/// How many messages each shard sent: 20 in each of its seconds.
const SENDS: [u64; 4] = [140, 160, 180, 200];

/// A merge that exits with 4 as it says in every place, and holds the shards of these numbers.
#[track_caller]
fn check(desk: &Desk, runs: &[&str], says: &[&str], holds: &[usize]) {
    let (code, told) = merged(desk, runs, "whole", &["--junit", "copy.xml"]);
    assert_eq!((code, told["verdict"].as_str()), (4, Some("invalid")), "{told:#}");
    let why = why(&told);
    for part in says {
        assert!(why.contains(part), "does not say {part:?}:\n{why}");
    }
    let (junit, page) = (desk.read("copy.xml"), desk.read("whole/report.html"));
    let first = says[0].split(['(', '\'']).next().unwrap();
    assert!(junit.contains(first) && page.contains(first), "{first}: {junit}");
    let sends: u64 = holds.iter().map(|no| SENDS[no - 1]).sum();
    assert_eq!(told["totals"]["sends"], sends);
}

/// The same where the third shard is changed once it is written.
#[track_caller]
fn check_damaged(damage: impl FnOnce(&Desk), says: &str) {
    let desk = desk(|_, _, _| {});
    damage(&desk);
    check(
        &desk,
        &SHARDS,
        &["shard 3 of 4 (shard-3) cannot be added up: shard-3/", says],
        &[1, 2, 4],
    );
}

/// Changes a file of the third shard.
fn change(desk: &Desk, name: &str, change: impl FnOnce(String) -> String) {
    let path = desk.path("shard-3").join(name);
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
}

#[test]
fn a_missing_shard_is_named() {
    let desk = desk(|_, _, _| {});
    check(&desk, &["shard-1", "shard-4", "shard-2"], &["shard 3 of 4 is missing"], &[1, 2, 4]);
}

#[test]
fn another_number_of_shards_than_expected_is_named() {
    let desk = desk(|_, _, _| {});
    let args = ["merge", "--out", "whole", "--expect", "5"];
    let Ended { code, out, .. } = desk.run(&[&args[..], &SHARDS].concat());
    assert_eq!(code, Some(4), "{out}");
    assert!(out.contains("5 shards were expected, and the runs are of 4"), "{out}");
}

#[test]
fn a_shard_that_is_there_twice_is_named_with_both_folders() {
    let desk = desk(|_, _, _| {});
    let shard = Shard { index: 3, count: COUNT };
    Measured::of(shard).write(&desk.path("twice"), (shard, 0), |sums, premises| {
        sums.run_id = "synthetic-x".to_owned();
        premises.run_id.clone_from(&sums.run_id);
    });
    let runs = [&SHARDS[..], &["twice"]].concat();
    let says = "shard 3 of 4 is there twice: shard-3 counts, twice does not";
    check(&desk, &runs, &[says], &[1, 2, 3, 4]);
}

#[test]
fn a_run_that_is_given_twice_counts_once() {
    let desk = desk(|_, _, _| {});
    let runs = [&SHARDS[..], &["./shard-3"]].concat();
    check(&desk, &runs, &["is the run synthetic-3, as"], &[1, 2, 3, 4]);
}

#[test]
fn a_run_of_something_else_is_named_with_what_it_is_of() {
    let desk = desk(|index, _, premises| {
        if index == 3 {
            (premises.plan, premises.seed) = ("9b1c".to_owned(), 8);
        }
    });
    let says = ["shard-3 does not belong", "its plan is 9b1c, not 4f2a", "its seed is 8, not 7"];
    check(&desk, &SHARDS, &[&says[..], &["shard 3 of 4 is missing"]].concat(), &[1, 2, 4]);
}

#[test]
fn a_folder_that_is_no_run_is_named() {
    let desk = desk(|_, _, _| {});
    fs::remove_file(desk.path("shard-3/run.json")).unwrap();
    let says = ["shard-3 cannot be added up: shard-3 holds no run.json", "shard 3 of 4 is missing"];
    check(&desk, &SHARDS, &says, &[1, 2, 4]);
}

#[test]
fn a_file_that_was_cut_is_named() {
    let half = |text: String| text[..text.len() / 2].to_owned();
    check_damaged(|desk| change(desk, "latency.hlog", half), "the line is cut off");
    check_damaged(|desk| change(desk, "sums.json", half), "EOF while parsing");
    check_damaged(|desk| change(desk, "timeline.csv", half), "timeline.csv");
    let line = |text: String| text[..text.trim_end().rfind('\n').unwrap() + 1].to_owned();
    check_damaged(|desk| change(desk, "latency.hlog", line), "and run.json counts");
    let missing = |desk: &Desk| fs::remove_file(desk.path("shard-3/sums.json")).unwrap();
    check_damaged(missing, "sums.json is missing");
}

#[test]
fn a_file_of_another_shard_is_named() {
    let copied = |name: &'static str| {
        move |desk: &Desk| {
            fs::copy(desk.path("shard-2").join(name), desk.path("shard-3").join(name)).unwrap();
        }
    };
    check_damaged(copied("sums.json"), "it is of the run synthetic-2, and run.json of synthetic-3");
    check_damaged(copied("latency.hlog"), "and run.json counts");
}

#[test]
fn an_invalid_shard_is_named_and_added() {
    let desk = desk(|index, _, premises| {
        if index == 3 {
            let why = vec!["it was late".to_owned()];
            premises.generator = Generator { valid: false, why, ..generator() };
        }
    });
    let says = "shard 3 of 4 (shard-3) is invalid: it was late";
    check(&desk, &SHARDS, &[says], &[1, 2, 3, 4]);
}

#[test]
fn a_shard_that_was_interrupted_or_not_done_is_named_and_added() {
    let stopped = |reason: StopReason| {
        desk(move |index, sums, _| {
            sums.stopped = (index == 3).then(|| reason.clone());
        })
    };
    let says = "shard 3 of 4 (shard-3) was interrupted";
    check(&stopped(StopReason::Interrupted), &SHARDS, &[says], &[1, 2, 3, 4]);
    let says = "shard 3 of 4 (shard-3) could not be done: nobody is there";
    let reason = StopReason::Unreachable("nobody is there".to_owned());
    check(&stopped(reason), &SHARDS, &[says], &[1, 2, 3, 4]);
}

#[test]
fn where_no_shard_can_be_added_only_the_copy_for_ci_is_written() {
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).unwrap();
    let args = ["merge", "empty", "absent", "--out", "whole", "--expect", "2"];
    let Ended { code, out, err } = desk.run(&[&args[..], &["--junit", "copy.xml"]].concat());
    assert_eq!((code, out.as_str()), (Some(4), ""));
    let told = ["empty holds no run.json", "no folder absent", "shards 1 and 2 of 2 are missing"];
    for part in told {
        assert!(err.contains(part) && desk.read("copy.xml").contains(part), "{part}: {err}");
    }
    assert!(!desk.path("whole").exists());
    let shard = Shard::WHOLE;
    Measured::of(shard).write(&desk.path("one"), (shard, 0), |_, _| {});
    fs::write(desk.path("one/latency.hlog"), "").unwrap();
    let Ended { code, out, err } = desk.run(&["merge", "one", "--out", "whole", "--expect", "1"]);
    assert_eq!((code, out.as_str()), (Some(4), ""));
    assert!(err.contains("shard 1 of 1 (one) cannot be added up: one/latency.hlog"), "{err}");
    assert!(!desk.path("whole").exists());
}

#[test]
fn wrong_options_are_refused_before_anything_is_written() {
    let desk = desk(|_, _, _| {});
    let before = desk.names();
    for (args, says) in [
        (&["--out", "whole", "--expect", "4"][..], "<RUN>"),
        (&["shard-1", "--expect", "4"], "--out"),
        (&["shard-1", "--out", "whole"], "--expect"),
        (&["shard-1", "--out", "whole", "--expect", "0"], "--expect"),
        (&["shard-1", "--out", "shard-1", "--expect", "1"], "shard-1 is a shard"),
        (&["shard-1", "--out", "shard-2", "--expect", "1"], "shard-2 holds a run already"),
    ] {
        let Ended { code, out, err } = desk.run(&[&["merge"], args].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}: {err}");
        assert!(err.contains(says), "{args:?} does not say {says:?}: {err}");
    }
    assert_eq!(desk.names(), before);
}
