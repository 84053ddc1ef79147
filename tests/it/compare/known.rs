//! Differences that are known, and have to be found.

use deskbell::metrics::Metric;

use super::synthetic::Synthetic;
use super::{BASE, CANDIDATE, compared, desk, outcome, row, why};

/// Compares three runs of each kind by default limits. All judged figures but these have to be alike, as
/// far as can be told.
#[track_caller]
fn check(candidate: impl Fn(Synthetic) -> Synthetic, code: i32, expected: &[(&str, &str)]) {
    let desk = desk(|one| one, candidate);
    let (ended, told) = compared(&desk, &BASE, &CANDIDATE, &[]);
    assert_eq!(ended, code, "{told:#}");
    assert_eq!(told["method"]["evidence"], "between-runs");
    for judged in told["metrics"].as_array().unwrap().iter().filter(|row| !row["limit"].is_null()) {
        let name = judged["name"].as_str().unwrap();
        let outcome = judged["outcome"].as_str().unwrap();
        match expected.iter().find(|(known, _)| *known == name) {
            Some((_, expected)) => assert_eq!(outcome, *expected, "{judged:#}"),
            None => assert!(matches!(outcome, "no-difference" | "inconclusive"), "{judged:#}"),
        }
    }
}

const P99: [&str; 3] = ["send_to_peer.p99", "rtt.send.p99", "send_to_ack.p99"];

#[test]
fn the_same_thing_is_no_worse() {
    check(|one| one, 0, &P99.map(|name| (name, "no-difference")));
}

#[test]
fn what_is_within_the_limit_is_no_worse() {
    for scale in [1.05, 1.1, 0.95] {
        check(|one| Synthetic { scale, ..one }, 0, &[]);
    }
}

#[test]
fn a_fifth_slower_is_worse_and_a_fifth_faster_is_better() {
    check(|one| Synthetic { scale: 1.2, ..one }, 1, &P99.map(|name| (name, "worse")));
    check(|one| Synthetic { scale: 0.8, ..one }, 0, &P99.map(|name| (name, "better")));
}

#[test]
fn a_heavier_tail_is_worse_though_the_median_is_the_same() {
    let desk = desk(|one| one, |one| Synthetic { tail: 1.5, ..one });
    let (code, told) = compared(
        &desk,
        &BASE,
        &CANDIDATE,
        &["--max-regression", "p99=10%", "--max-regression", "p50=10%"],
    );
    assert_eq!(code, 1, "{told:#}");
    assert_eq!(outcome(&told, "send_to_peer.p99"), "worse");
    assert_eq!(outcome(&told, "send_to_peer.p50"), "no-difference");
    assert!(why(&told).contains("send_to_peer.p99 is worse: "), "{}", why(&told));
}

#[test]
fn more_errors_are_worse() {
    check(|one| Synthetic { errors: 20, ..one }, 1, &[("errors.rate", "worse")]);
}

#[test]
fn fewer_sends_are_worse_and_rates_are_told_as_they_are() {
    let desk = desk(|one| one, |one| Synthetic { per_second: 70, ..one });
    let (code, told) = compared(&desk, &BASE, &CANDIDATE, &[]);
    assert_eq!(code, 1);
    assert_eq!(outcome(&told, "sends.rate"), "worse");
    assert_eq!(row(&told, "sends.rate")["base"]["value"], 100.0);
    assert_eq!(row(&told, "sends.rate")["candidate"]["value"], 70.0);
    assert!(why(&told).contains("sends.rate is worse: 70/s instead of 100/s, 30 % less"));
}

#[test]
fn too_few_samples_prove_nothing() {
    let desk = desk(|one| one, |one| Synthetic { per_second: 3, seconds: 60, ..one });
    let limits = ["--max-regression", "p99=10%", "--max-regression", "sends.rate=99%"];
    let limits = [&limits[..], &["--max-regression", "events.rate=99%"]].concat();
    let (code, told) = compared(&desk, &BASE, &CANDIDATE, &limits);
    assert_eq!(code, 0, "{told:#}");
    let row = row(&told, "send_to_peer.p99");
    assert_eq!(row["outcome"], "inconclusive");
    assert!(row["change"].is_null());
    assert_eq!(row["note"], "too few samples: 18000 and 540");
}

#[test]
fn a_metric_that_is_gone_is_missing_and_fails() {
    let metrics = || vec![Metric::SendToPeer, Metric::SendToAck];
    let desk = desk(|one| one, |one| Synthetic { metrics: metrics(), ..one });
    let (code, told) = compared(&desk, &BASE, &CANDIDATE, &[]);
    assert_eq!(code, 1);
    assert_eq!(outcome(&told, "rtt.send.p99"), "missing");
    assert!(why(&told).contains("rtt.send.p99 is missing: the candidate has no samples"));
    let (code, told) = compared(&desk, &CANDIDATE, &BASE, &[]);
    assert_eq!(code, 0, "what is new is no regression: {told:#}");
    assert_eq!(outcome(&told, "rtt.send.p99"), "inconclusive");
}

#[test]
fn a_metric_that_a_limit_names_has_to_be_there() {
    let desk = desk(|one| one, |one| one);
    let options = ["--max-regression", "upload_put.p99=50%"];
    let (code, told) = compared(&desk, &BASE, &CANDIDATE, &options);
    assert_eq!(code, 1);
    assert_eq!(outcome(&told, "upload_put.p99"), "missing");
    assert!(why(&told).contains("neither side has samples"), "{}", why(&told));
    assert_eq!(outcome(&told, "send_to_peer.p99"), "");
}

#[test]
fn one_run_a_side_is_evidence_within_the_runs() {
    let desk = desk(|one| one, |one| Synthetic { scale: 1.6, ..one });
    let (code, told) = compared(&desk, &BASE[..1], &CANDIDATE[..1], &[]);
    assert_eq!(code, 1, "{told:#}");
    assert_eq!(told["method"]["evidence"], "within-runs");
    let sentences = told["method"]["sentences"].to_string();
    assert!(sentences.contains("within the runs only"), "{sentences}");
    assert_eq!(outcome(&told, "send_to_peer.p99"), "worse");
}

#[test]
fn a_limit_may_be_a_duration() {
    let desk = desk(|one| one, |one| Synthetic { scale: 1.5, ..one });
    for (limit, code) in [("p50=5ms", 1), ("p50=40ms", 0)] {
        let (ended, told) = compared(&desk, &BASE, &CANDIDATE, &["--max-regression", limit]);
        assert_eq!(ended, code, "{told:#}");
        let row = row(&told, "send_to_peer.p50");
        assert_eq!(row["change"]["is_absolute"], true);
        let by = row["change"]["estimate"].as_f64().unwrap();
        assert!((8_000.0..12_000.0).contains(&by), "{row:#}");
    }
}

#[test]
fn the_same_runs_come_to_the_same_verdict_each_time() {
    let desk = desk(|one| one, |one| Synthetic { scale: 1.1, ..one });
    let (_, first) = compared(&desk, &BASE, &CANDIDATE, &[]);
    let (_, again) = compared(&desk, &BASE, &CANDIDATE, &[]);
    assert_eq!(first, again);
}

#[test]
fn first_seconds_are_left_out_where_asked() {
    let desk = desk(|one| one, |one| one);
    let (_, told) = compared(&desk, &BASE, &CANDIDATE, &["--skip", "9500ms"]);
    assert_eq!(told["base"][0]["seconds"], 50);
    assert_eq!(row(&told, "send_to_peer.p99")["base"]["samples"], 15_000);
    assert_eq!(row(&told, "sends.rate")["base"]["value"], 100.0);
    assert!(told["notes"].to_string().contains("the first 10 seconds"), "{}", told["notes"]);
}
