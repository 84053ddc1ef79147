//! One fixed comparison that holds every outcome, shift and difference: what the golden files are made
//! from.

use crate::comparison::{
    COMPARISON_FORMAT, Change, ClauseChange, ClauseShift, Comparison, CurvePair, Difference,
    Evidence, Kind, Limit, Method, MetricRow, Outcome, RunBrief, SideValue, TrendFigure, TrendRow,
    Unit,
};
use crate::conformance::{ClauseId, Level};
use crate::metrics::Quantile;
use crate::run::{ClauseStatus, Verdict};

/// What others may have written.
pub(super) const HOSTILE: &str = "rtt.<script>alert(1)</script>|`=cmd`\u{1b}[2J\u{202e}]]> @all #1";

/// A comparison that fails, of two runs a side.
pub(crate) fn failed() -> Comparison {
    Comparison {
        format: COMPARISON_FORMAT,
        version: "0.1.0",
        passed: false,
        exit_code: 1,
        why: vec![
            "send_to_peer.p99 is worse: +29.2 % (+22.1 .. +36.8), at most +10 % is allowed".into(),
            "rtt.messages.p99 is missing: the candidate has no samples of it".into(),
            "ENV-5 is newly violated".into(),
            "EVENT-1 is no longer exercised".into(),
        ],
        notes: vec![
            "two runs against two: a difference from one run to the next is not told apart from one \
             between the sides"
                .into(),
            "the first 5 s of each run were left out".into(),
        ],
        method: method(Evidence::WithinRuns),
        base: vec![run(1, Verdict::Passed), run(2, Verdict::Failed)],
        candidate: vec![
            RunBrief { folder: format!("reports/{HOSTILE}"), ..run(3, Verdict::Invalid) },
            RunBrief {
                target: "wss://uat.example.com/uat".into(),
                ..run(4, Verdict::Interrupted)
            },
        ],
        differences: differences(),
        metrics: metrics(),
        clauses: clauses(),
        clauses_alike: 83,
        trend: trend(),
        curves: curves(),
    }
}

/// One that passes, of three runs a side.
pub(crate) fn passed() -> Comparison {
    let metrics = metrics().into_iter().filter(|row| {
        matches!(row.outcome, Some(Outcome::NoDifference | Outcome::Better)) && row.base.is_some()
    });
    Comparison {
        passed: true,
        exit_code: 0,
        why: Vec::new(),
        notes: Vec::new(),
        method: method(Evidence::BetweenRuns),
        base: (1..=3).map(|nth| run(nth, Verdict::Passed)).collect(),
        candidate: (4..=6).map(|nth| run(nth, Verdict::Passed)).collect(),
        differences: Vec::new(),
        metrics: metrics.collect(),
        clauses: Vec::new(),
        clauses_alike: 88,
        trend: Vec::new(),
        ..failed()
    }
}

/// One without a figure, a clause or a curve.
pub(crate) fn empty() -> Comparison {
    Comparison { metrics: Vec::new(), curves: Vec::new(), clauses_alike: 0, ..passed() }
}

/// A figure of a latency that stands as before.
pub(super) fn row(name: &str) -> MetricRow {
    MetricRow {
        name: name.to_owned(),
        unit: Unit::Us,
        more_is_worse: true,
        base: side(48_200.0),
        candidate: side(48_700.0),
        change: change(0.0104, 0.021),
        limit: Some(Limit::Relative(0.1)),
        outcome: Some(Outcome::NoDifference),
        note: None,
    }
}

fn method(evidence: Evidence) -> Method {
    Method {
        evidence,
        confidence: 0.98,
        judged: 30,
        resamples: 2_000,
        block_s: Some(5),
        sentences: vec![
            "Samples within a run are alike, so whole blocks of 5 s are drawn with replacement, 2 000 \
             times, and not single latencies."
                .into(),
            "Worse means that the whole interval lies beyond what is allowed; with 30 figures judged, \
             all of them together are wrong by chance in at most 2 of 100 comparisons."
                .into(),
        ],
    }
}

fn run(nth: u64, verdict: Verdict) -> RunBrief {
    RunBrief {
        folder: format!("reports/2026010{nth}-030405-abcd"),
        run_id: format!("2026010{nth}-030405-abcd"),
        version: "0.1.0".into(),
        started_at: format!("2026-01-0{nth}T03:04:05Z"),
        verdict,
        target: "ws://127.0.0.1:4567/uat (embedded reference server)".into(),
        plan: "9f86d081884c7d65".into(),
        seed: 41 + nth,
        devices: 20,
        seconds: 60,
    }
}

fn differences() -> Vec<Difference> {
    [
        (Kind::Target, "ws://127.0.0.1:4567/uat and wss://uat.example.com/uat"),
        (Kind::Plan, "the load of scenario chat differs"),
        (Kind::Dialect, "strict and lenient"),
        (Kind::Invalid, "20260103-030405-abcd: p99 lateness 38 ms is above 10 ms"),
        (Kind::Unfinished, "20260104-030405-abcd was interrupted"),
    ]
    .into_iter()
    .map(|(kind, told)| Difference { kind, told: told.into(), let_pass: kind != Kind::Unfinished })
    .collect()
}

fn side(value: f64) -> Option<SideValue> {
    let runs = vec![Some(value * 0.98), Some(value * 1.02)];
    Some(SideValue { value, samples: 12_345, runs })
}

/// A relative change, with an interval that reaches as far to either side.
fn change(estimate: f64, reach: f64) -> Option<Change> {
    Some(Change { is_absolute: false, estimate, low: estimate - reach, high: estimate + reach })
}

fn metrics() -> Vec<MetricRow> {
    let mut judged = vec![
        MetricRow {
            candidate: side(62_300.0),
            change: Some(Change { is_absolute: false, estimate: 0.292, low: 0.221, high: 0.368 }),
            outcome: Some(Outcome::Worse),
            ..row("send_to_peer.p99")
        },
        MetricRow {
            candidate: None,
            change: None,
            outcome: Some(Outcome::Missing),
            note: Some("no longer measured".into()),
            ..row("rtt.messages.p99")
        },
        MetricRow {
            candidate: side(51_900.0),
            change: change(0.0768, 0.0911),
            outcome: Some(Outcome::Inconclusive),
            ..row("send_to_ack.p99")
        },
        MetricRow {
            base: Some(SideValue { value: 1_200_000.0, samples: 7, runs: vec![None, Some(1.2e6)] }),
            change: None,
            outcome: Some(Outcome::Inconclusive),
            note: Some("too few samples: 7 and 12 345, of which 0.1 and 123 are above it".into()),
            ..row("connect.p99")
        },
        MetricRow {
            candidate: side(39_100.0),
            change: change(-0.1888, 0.0412),
            outcome: Some(Outcome::Better),
            ..row("send_to_event.p99")
        },
        MetricRow {
            change: Some(Change { is_absolute: true, estimate: 500.0, low: -800.0, high: 1_840.0 }),
            limit: Some(Limit::Absolute(5_000.0)),
            ..row("rtt.seen.p95")
        },
        row(&format!("{HOSTILE}.p99")),
    ];
    judged.extend((judged.len()..27).map(|nth| row(&format!("rtt.call-{nth}.p99"))));
    let shown = |name: &str| MetricRow { limit: None, outcome: None, ..row(name) };
    let shown = ["send_to_ack", "send_to_event", "send_to_peer"].into_iter().flat_map(|metric| {
        ["p50", "p90", "p95", "p999", "mean"].map(|one| shown(&format!("{metric}.{one}")))
    });
    judged.into_iter().chain(rates()).chain(shown).collect()
}

/// Rates and shares, judged and shown.
fn rates() -> [MetricRow; 4] {
    let rate = |name: &str| MetricRow {
        unit: Unit::PerSecond,
        more_is_worse: false,
        base: side(1_234.0),
        candidate: side(1_228.0),
        change: change(-0.0049, 0.0123),
        ..row(name)
    };
    let share = |name: &str, base, candidate, [low, estimate, high]: [f64; 3]| MetricRow {
        unit: Unit::Share,
        base: side(base),
        candidate: side(candidate),
        change: Some(Change { is_absolute: true, estimate, low, high }),
        limit: Some(Limit::Absolute(0.001)),
        ..row(name)
    };
    [
        MetricRow {
            outcome: Some(Outcome::Worse),
            ..share("errors.rate", 0.0004, 0.0125, [0.0102, 0.0121, 0.0144])
        },
        share("lost.rate", 0.0, 0.0, [0.0, 0.0, 0.0]),
        rate("sends.rate"),
        MetricRow { limit: None, outcome: None, ..rate("requests.rate") },
    ]
}

fn clauses() -> Vec<ClauseChange> {
    use ClauseStatus::{Inconclusive, NotExercised, Passed, Violated, Waived};
    let of =
        |id, level, title: &str, base: [ClauseStatus; 2], candidate: [ClauseStatus; 2], shift| {
            ClauseChange {
                id,
                level,
                title: title.into(),
                base: base.to_vec(),
                candidate: candidate.to_vec(),
                shift,
            }
        };
    vec![
        of(
            ClauseId::Env5,
            Level::Must,
            "the frame validates against its route's response schema",
            [Passed, Passed],
            [Passed, Violated],
            ClauseShift::NewlyViolated,
        ),
        of(
            ClauseId::Env4,
            Level::Info,
            "a request that the document allows is answered with status 200",
            [Passed, Passed],
            [Violated, Violated],
            ClauseShift::NewlyViolated,
        ),
        of(
            ClauseId::Event1,
            Level::Should,
            "a message reaches every other connection that takes part in its session",
            [Passed, Passed],
            [NotExercised, NotExercised],
            ClauseShift::NoLongerExercised,
        ),
        of(
            ClauseId::Env2,
            Level::Should,
            "channel is the route that was called",
            [Violated, Passed],
            [Passed, Passed],
            ClauseShift::NoLongerViolated,
        ),
        of(
            ClauseId::Event2,
            Level::Must,
            HOSTILE,
            [NotExercised, NotExercised],
            [Passed, Passed],
            ClauseShift::NewlyExercised,
        ),
        of(
            ClauseId::Env3,
            Level::Must,
            "every request is answered exactly once, within the response timeout",
            [Passed, Passed],
            [Waived, Inconclusive],
            ClauseShift::Other,
        ),
    ]
}

fn trend() -> Vec<TrendRow> {
    let figure = |name: &str, unit, value: f64, reach: f64| TrendFigure {
        name: name.into(),
        unit,
        value: Some(value),
        low: Some(value * (1.0 - reach)),
        high: Some(value * (1.0 + reach)),
    };
    let row = |(nth, p99): (u64, f64)| TrendRow {
        run: run(nth, Verdict::Passed),
        figures: vec![
            if nth == 2 {
                let nothing = figure("send_to_peer.p99", Unit::Us, 0.0, 0.0);
                TrendFigure { value: None, low: None, high: None, ..nothing }
            } else {
                figure("send_to_peer.p99", Unit::Us, p99, 0.05)
            },
            figure("errors.rate", Unit::Share, 0.0004 * nth as f64, 0.3),
            figure("sends.rate", Unit::PerSecond, 1_200.0 + nth as f64, 0.01),
        ],
        violations: nth / 5,
    };
    let p99s = [47_100.0, 0.0, 48_900.0, 47_600.0, 62_300.0];
    (1..).zip(p99s).map(row).collect()
}

fn curves() -> Vec<CurvePair> {
    let curve = |scale: f64| -> Vec<Quantile> {
        let points = (0..60).map(|nth| {
            let share = 1.0 - 0.85_f64.powi(nth);
            Quantile { share, us: (scale * (2.0 + 1.6 * f64::from(nth))) as u64 }
        });
        points.chain([Quantile { share: 1.0, us: (scale * 110.0) as u64 }]).collect()
    };
    let course = |scale: u64, seconds: u64| -> Vec<Option<u64>> {
        (0..seconds)
            .map(|second| (second != 30).then_some(scale + second * 37 % 11 * scale / 40))
            .collect()
    };
    let names = ["send_to_peer", "send_to_ack", "send_to_event", HOSTILE, "rtt.seen"];
    let pair = |name: &str| CurvePair {
        metric: name.into(),
        base: curve(700.0),
        candidate: curve(900.0),
        base_course: course(48_000, 60),
        candidate_course: course(62_000, 58),
    };
    let missing = CurvePair {
        metric: "rtt.messages".into(),
        candidate: Vec::new(),
        candidate_course: vec![None; 60],
        ..pair("")
    };
    names.map(pair).into_iter().chain([missing]).collect()
}
