//! Shards whose latencies were made up: what is known of them is what a merge has to come to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell::conformance::{ClauseId, IdSets, Level, Unjudged};
use deskbell::metrics::{Metric, Recorder, Threshold, Totals};
use deskbell::protocol::Call;
use deskbell::report::{Existing, IntervalLog, RunFolder};
use deskbell::run::{
    GateRecord, Generator, IDS_FILE, Interval, LATENCY_FILE, Lateness, LoadRecord, Machine,
    Premises, SUMS_FORMAT, ScenarioSum, ScenarioTerms, Second, Shard, Sums, Terms, WaiverTerms,
    conclude,
};
use jiff::Timestamp;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

/// What is measured by default.
const METRICS: [Metric; 3] = [Metric::SendToPeer, Metric::Rtt(Call::Send), Metric::SendToAck];

/// When the first shard begins, in milliseconds since 1970.
const EPOCH_MS: i64 = 1_772_476_200_250;

/// What a shard measured and counted in each of its seconds.
pub(crate) struct Measured {
    seconds: Vec<Recorder>,
    pub(crate) whole: Recorder,
    log: Vec<u8>,
}

impl Measured {
    /// Of so many seconds, with so many samples of each metric a second. The same chances give the same.
    pub(crate) fn new(chances: u64, seconds: u64, per_second: u64, metrics: &[Metric]) -> Self {
        let mut random = SmallRng::seed_from_u64(chances);
        let seconds: Vec<_> =
            (0..seconds).map(|no| recorder(&mut random, no, per_second, metrics)).collect();
        let (mut whole, mut log) = (Recorder::default(), IntervalLog::new(Vec::new()));
        log.begin(instant(0)).unwrap();
        for (no, recorder) in (0..).zip(&seconds) {
            log.write(&Second { no, devices: 1, recorder: recorder.clone() }).unwrap();
            whole.merge(recorder);
        }
        Self { seconds, whole, log: log.into_inner() }
    }

    /// A shard that is like any other.
    pub(crate) fn of(shard: Shard) -> Self {
        Self::new(shard.index.into(), 6 + u64::from(shard.index), 20, &METRICS)
    }

    /// Writes the run folder of a shard that measured this, and began so many milliseconds after the
    /// first. What is concluded from may be changed before.
    pub(crate) fn write(
        &self,
        folder: &Path,
        (shard, later_ms): (Shard, i64),
        change: impl FnOnce(&mut Sums, &mut Premises),
    ) {
        let mut sum = Interval { recorder: self.whole.clone(), ..Interval::default() };
        sum.clauses.check(ClauseId::Send2);
        let mut sums = Sums {
            format: SUMS_FORMAT.to_owned(),
            run_id: format!("synthetic-{}", shard.index),
            terms: terms(),
            scenarios: vec![ScenarioSum { sum, ..ScenarioSum::default() }],
            readings: BTreeMap::new(),
            stopped: None,
            is_clock_set: false,
            is_own_fault: false,
        };
        let mut premises = self.premises(shard, later_ms);
        change(&mut sums, &mut premises);
        let record = conclude(Arc::new(sums), premises);
        let folder = RunFolder::create(folder, Existing::Refuse).unwrap();
        fs::write(folder.path().join(LATENCY_FILE), &self.log).unwrap();
        fs::write(folder.path().join(IDS_FILE), IdSets::default().encode()).unwrap();
        let unwritten = folder.write(&record);
        assert!(unwritten.is_empty(), "{unwritten:?}");
    }

    fn premises(&self, shard: Shard, later_ms: i64) -> Premises {
        let seconds = (0..).zip(&self.seconds);
        let row = |(no, recorder): (u64, &Recorder)| {
            Second { no, devices: 1, recorder: recorder.clone() }.row()
        };
        let elapsed = Duration::from_secs(self.seconds.len() as u64);
        let began = instant(later_ms);
        Premises {
            run_id: format!("synthetic-{}", shard.index),
            plan: "4f2a".to_owned(),
            started_at: began.to_string(),
            ended_at: (began + elapsed).to_string(),
            elapsed,
            target: "wss://uat.example.com/uat".to_owned(),
            in_force: Vec::new(),
            repeat_with: Vec::new(),
            seed: 7,
            shard,
            start_at: None,
            shards: Vec::new(),
            generator: generator(),
            machine: Machine { os: "linux".into(), arch: "x86_64".into(), cores: 2, workers: 2 },
            unjudged: Unjudged::default(),
            findings: Vec::new(),
            conversations: Vec::new(),
            timeline: seconds.map(row).collect(),
            errors_by_second: BTreeMap::new(),
        }
    }
}

fn recorder(random: &mut SmallRng, no: u64, per_second: u64, metrics: &[Metric]) -> Recorder {
    let mut recorder = Recorder::default();
    *recorder.totals_mut() = Totals {
        devices: u64::from(no == 0),
        connections: u64::from(no == 0),
        requests: per_second,
        responses: per_second,
        events: per_second,
        sends: per_second,
        sends_acked: per_second,
        deliveries_expected: per_second,
        deliveries: per_second,
        ..Totals::default()
    };
    for metric in metrics {
        for _ in 0..per_second {
            // Skewed, as latencies are.
            let size: f64 = (0..4).map(|_| random.random_range(0.0..1.0)).sum();
            recorder.latency(*metric, Duration::from_secs_f64(0.002 * size.exp()));
        }
    }
    recorder.late_by(Duration::from_micros(random.random_range(0..900)));
    recorder
}

fn terms() -> Terms {
    Terms {
        accounts: 2,
        has_second_tenant: true,
        has_upload_origin: false,
        gate: GateRecord { fail_on: Level::Must, required: Vec::new() },
        waivers: Vec::new(),
        thresholds: Vec::new(),
        readings: BTreeMap::new(),
        scenarios: vec![ScenarioTerms {
            name: "talk".to_owned(),
            file: "talk.yaml".to_owned(),
            load: LoadRecord {
                devices: 4,
                instances: 4,
                iterations: None,
                duration_s: Some(6.0),
                ramp_up_s: 0.0,
                rate_per_s: None,
                arrival: None,
                stages: Vec::new(),
            },
            steps: Vec::new(),
            thresholds: Vec::new(),
        }],
    }
}

/// Terms by which the whole has to meet this threshold.
pub(crate) fn judged_by(sums: &mut Sums, threshold: &str) {
    sums.terms.thresholds = vec![Threshold::parse(threshold).unwrap()];
}

/// Terms by which EVENT-5 is lived with, in a shard where it was checked and so often violated.
pub(crate) fn waiving(sums: &mut Sums, covered: u64) {
    waive(sums, ClauseId::Event5);
    let sum = &mut sums.scenarios[0].sum;
    sum.clauses.check(ClauseId::Event5);
    sum.waived = vec![covered];
    for _ in 0..covered {
        sum.clauses.violate(ClauseId::Event5);
        sum.clauses.waive(ClauseId::Event5);
    }
}

/// Terms by which a clause is lived with.
pub(crate) fn waive(sums: &mut Sums, clause: ClauseId) {
    sums.terms.waivers = vec![WaiverTerms {
        clause,
        route: None,
        event: None,
        pointer: None,
        scenario: None,
        waives: clause.to_string(),
        reason: "ids are strings on UAT".to_owned(),
        ticket: None,
        until: "2099-12-31".to_owned(),
        is_past: false,
        is_intermittent: false,
    }];
}

pub(crate) fn generator() -> Generator {
    Generator {
        cpu_s: 1.5,
        busiest_worker: None,
        peak_rss_bytes: 64 << 20,
        memory_limit_bytes: None,
        backlog_frames: 0,
        lateness_us: Lateness::default(),
        notes: Vec::new(),
        valid: true,
        why: Vec::new(),
    }
}

fn instant(later_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(EPOCH_MS + later_ms).unwrap()
}
