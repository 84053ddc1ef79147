//! Runs that were made up of single deeds.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::conformance::{ClauseId, Finding, Level, Unjudged};
use crate::metrics::{ErrorKind, Layer, Metric, Threshold, Throttling};
use crate::protocol::DeviceNo;
use crate::run::{
    FoundViolation, GateRecord, Generator, Interval, Lateness, LoadRecord, Machine, Premises,
    SUMS_FORMAT, ScenarioSum, ScenarioTerms, Second, Shard, Sums, Terms, TimelineRow, WaiverTerms,
};

/// How long every made-up run takes.
pub(super) const SECONDS: u64 = 5;

/// How many scenarios it has.
const SCENARIOS: usize = 2;

/// A message that was sent, and what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed {
    pub(super) scenario: usize,
    pub(super) at: Duration,
    pub(super) latency_us: u64,
    pub(super) came: Came,
}

impl Deed {
    pub(super) const WELL: Self =
        Self { scenario: 0, at: Duration::ZERO, latency_us: 1_000, came: Came::Well };
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Well,
    Throttled,
    Wrong,
    Waived,
}

pub(super) fn deed() -> impl Strategy<Value = Deed> {
    let came = prop_oneof![
        8 => Just(Came::Well),
        1 => Just(Came::Throttled),
        1 => Just(Came::Wrong),
        1 => Just(Came::Waived),
    ];
    (0..SCENARIOS, 0..SECONDS * 1_000_000, 0..700_000_000_u64, came).prop_map(
        |(scenario, at_us, latency_us, came)| Deed {
            scenario,
            at: Duration::from_micros(at_us),
            latency_us,
            came,
        },
    )
}

/// When every made-up run began.
pub(super) fn began() -> Timestamp {
    "2026-03-02T18:30:00Z".parse().unwrap()
}

/// What deeds are counted as.
fn counted(deed: &Deed) -> Interval {
    let mut interval = Interval::default();
    let totals = interval.recorder.totals_mut();
    (totals.connections, totals.sends, totals.requests) = (1, 1, 1);
    let findings = &mut totals.findings;
    match deed.came {
        Came::Well | Came::Throttled => {}
        Came::Wrong => findings.must += 1,
        Came::Waived => findings.waived += 1,
    }
    let latency = Duration::from_micros(deed.latency_us);
    interval.recorder.latency(Metric::SendToPeer, latency);
    interval.recorder.named_latency("rtt.probe", latency / 3);
    interval.recorder.late_by(latency / 1_000);
    interval.clauses.check(ClauseId::Send2);
    match deed.came {
        Came::Well => {}
        Came::Throttled => {
            interval.recorder.error(Layer::Gateway, ErrorKind::THROTTLED);
            interval.throttling = Some(Throttling::request(deed.at));
        }
        Came::Wrong => interval.clauses.violate(ClauseId::Send2),
        Came::Waived => {
            interval.clauses.check(ClauseId::Event5);
            interval.clauses.violate(ClauseId::Event5);
            interval.clauses.waive(ClauseId::Event5);
            interval.waived = vec![1];
        }
    }
    interval
}

pub(super) fn sums(deeds: &[Deed]) -> Sums {
    let mut scenarios = vec![ScenarioSum::default(); SCENARIOS];
    deeds.iter().for_each(|deed| scenarios[deed.scenario].sum.add(counted(deed)));
    Sums {
        format: SUMS_FORMAT.to_owned(),
        run_id: "made-up".to_owned(),
        terms: terms(),
        scenarios,
        readings: BTreeMap::new(),
        stopped: None,
        is_clock_set: false,
        is_own_fault: false,
    }
}

fn terms() -> Terms {
    let thresholds = ["send_to_peer.p99 < 400s", "send_to_peer.count >= 20"];
    let parsed = |text: &str| Threshold::parse(text).unwrap();
    let scenario = |no: usize| ScenarioTerms {
        name: format!("talk-{no}"),
        file: format!("talk-{no}.yaml"),
        load: LoadRecord {
            devices: 8,
            instances: 8,
            iterations: None,
            duration_s: Some(5.0),
            ramp_up_s: 0.0,
            rate_per_s: None,
            arrival: None,
            stages: Vec::new(),
        },
        steps: Vec::new(),
        thresholds: vec![parsed("sends.rate > 1/s")],
    };
    Terms {
        accounts: 2,
        has_second_tenant: true,
        has_upload_origin: false,
        gate: GateRecord { fail_on: Level::Must, required: vec![ClauseId::Send2] },
        waivers: vec![WaiverTerms {
            clause: ClauseId::Event5,
            route: None,
            event: None,
            pointer: None,
            scenario: None,
            waives: "EVENT-5".to_owned(),
            reason: "ids are strings on UAT".to_owned(),
            ticket: None,
            until: "2027-03-31".to_owned(),
            is_past: false,
            is_intermittent: false,
        }],
        thresholds: thresholds.map(parsed).into(),
        readings: BTreeMap::new(),
        scenarios: (0..SCENARIOS).map(scenario).collect(),
    }
}

pub(super) fn premises(deeds: &[Deed], shard: Shard) -> Premises {
    let (timeline, errors_by_second) = seconds(deeds);
    Premises {
        run_id: format!("made-up-{}", shard.index),
        plan: "4f2a".to_owned(),
        started_at: began().to_string(),
        ended_at: (began() + Duration::from_secs(SECONDS)).to_string(),
        elapsed: Duration::from_secs(SECONDS),
        target: "wss://uat.example.com/uat".to_owned(),
        in_force: Vec::new(),
        repeat_with: Vec::new(),
        seed: 7,
        shard,
        start_at: None,
        shards: Vec::new(),
        generator: generator(),
        machine: machine(2),
        unjudged: Unjudged::default(),
        findings: findings(deeds),
        conversations: Vec::new(),
        timeline,
        errors_by_second,
    }
}

pub(super) fn generator() -> Generator {
    Generator {
        cpu_s: 1.5,
        busiest_worker: None,
        peak_rss_bytes: 1 << 20,
        memory_limit_bytes: None,
        backlog_frames: 0,
        lateness_us: Lateness::default(),
        notes: Vec::new(),
        valid: true,
        why: Vec::new(),
    }
}

pub(super) fn machine(workers: usize) -> Machine {
    Machine { os: "linux".into(), arch: "x86_64".into(), cores: 4, workers }
}

/// The first findings by time, as a run keeps them; all instants differ where deeds do.
fn findings(deeds: &[Deed]) -> Vec<FoundViolation> {
    let mut wrong: Vec<_> =
        deeds.iter().filter(|deed| matches!(deed.came, Came::Wrong | Came::Waived)).collect();
    wrong.sort_by_key(|deed| (deed.at, deed.latency_us));
    let found = |deed: &&Deed| FoundViolation {
        scenario: format!("talk-{}", deed.scenario),
        shard: None,
        finding: finding(deed),
        waived: (deed.came == Came::Waived).then(|| "ids are strings on UAT".to_owned()),
    };
    wrong.iter().map(found).collect()
}

fn finding(deed: &Deed) -> Finding {
    let is_waived = deed.came == Came::Waived;
    Finding {
        clause: if is_waived { ClauseId::Event5 } else { ClauseId::Send2 },
        at: deed.at,
        device: Some(DeviceNo(0)),
        session: None,
        route: None,
        event: None,
        message: "it came otherwise".to_owned(),
        expected: "a status of 200".to_owned(),
        actual: deed.latency_us.to_string(),
        is_plain: true,
        pointer: String::new(),
        frame: None,
    }
}

type Counted = (Vec<TimelineRow>, BTreeMap<Layer, Vec<(u64, u64)>>);

fn seconds(deeds: &[Deed]) -> Counted {
    let mut errors = Vec::new();
    let rows = (0..SECONDS).map(|no| {
        let mut second = Second { no, devices: 8, ..Second::default() };
        for deed in deeds.iter().filter(|deed| deed.at.as_secs() == no) {
            second.recorder.merge(&counted(deed).recorder);
        }
        let row = second.row();
        errors.extend((row.errors > 0).then_some((no, row.errors)));
        row
    });
    let rows = rows.collect();
    let is_there = !errors.is_empty();
    (rows, is_there.then_some((Layer::Gateway, errors)).into_iter().collect())
}
