//! The run folder in `reports/sample/`, as a user would find it. It is of a simulated run, the same by
//! seed, against the reference server with some defects. `UPDATE_GOLDEN=1 cargo test --test it sample`
//! makes it again: look at what changed before it is committed.

mod sessions;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell::conformance::{ClauseId, IdSets, Waiver, Waivers};
use deskbell::metrics::Threshold;
use deskbell::protocol::Route;
use deskbell::report::{Format, IntervalLog};
use deskbell::run::{
    Gate, IDS_FILE, InForce, LATENCY_FILE, Machine, Onlooker, Origin, RunPlan, RunRecord,
    SESSIONS_FILE, Second, Snapshot, Verdict, Watch,
};
use deskbell::server::{Config, Defect, EpochMillis, Service, ServiceTime, Stall};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simulated::{Late, Latency, Link, Simulated, between, run_looked_on, scenarios};

use sessions::Sessions;

/// What the server gets wrong.
const DEFECTS: [&str; 5] = [
    "event-lost-1-in-200",
    "reply-lost-1-in-200",
    "delete-id-as-text",
    "content-emoji-lost",
    "paginate-as-text",
];

/// A Monday evening: 2026-03-02T18:30:00Z.
const BEGINNING: EpochMillis = EpochMillis(1_772_476_200_000);

const SEED: u64 = 20_260_302;

/// What the run leaves behind.
pub(crate) struct Sample {
    pub(crate) record: RunRecord,
    latencies: Vec<u8>,
    ids: Vec<u8>,
    sessions: String,
}

/// Plays the run.
pub(crate) fn sample() -> Sample {
    let paths = ["booking", "evening", "front-desk"];
    let paths = paths.map(|name| format!("tests/it/sample/{name}.yaml"));
    let simulated = Simulated {
        scenarios: scenarios(&paths.each_ref().map(String::as_str)),
        devices: None,
        tenants: 36,
        seed: SEED,
        server: server(),
        ..Simulated::default()
    };
    let mut log = Log { latencies: IntervalLog::new(Vec::new()), ids: Vec::new() };
    let sessions = Arc::new(Sessions::default());
    let planned = |plan: RunPlan| {
        let plan = planned(plan);
        sessions.begin(&plan, BEGINNING);
        RunPlan { watch: Watch { journal: Some(sessions.clone()), ..plan.watch }, ..plan }
    };
    let latency = Latency::LogNormal { median: Duration::from_millis(4), spread: 0.4 };
    let link = Link { seed: SEED, latency, late: Late::Nothing };
    let between = |far_ends| between(link, far_ends);
    let mut record = run_looked_on(&simulated, between, planned, &mut log);
    // Whatever is of this machine, and of the moment.
    record.machine = Machine { os: "linux".into(), arch: "x86_64".into(), cores: 4, workers: 1 };
    record.generator.cpu_s = 3.2;
    record.generator.peak_rss_bytes = 41 << 20;
    record.generator.memory_limit_bytes = Some(8 << 30);
    let Log { latencies, ids } = log;
    Sample { record, latencies: latencies.into_inner(), ids, sessions: sessions.text() }
}

fn server() -> Config {
    let ms = Duration::from_millis;
    let time = ServiceTime::LogNormal { median: ms(24), sigma: 0.6 };
    Config {
        epoch_at_start: BEGINNING,
        seed: SEED,
        service: Service {
            time: Some(time),
            stall: Stall::new(ms(14_000), ms(900)),
            ..Service::default()
        },
        defects: DEFECTS.iter().map(|name| Defect::find(name).unwrap()).collect(),
        ..Config::default()
    }
}

/// The plan, told as a command line would have it.
fn planned(plan: RunPlan) -> RunPlan {
    let said = |key: &str, value: Value, from| InForce {
        key: key.to_owned(),
        value,
        from,
        scenario: None,
    };
    let accounts = format!("{} of the embedded server", plan.accounts.len());
    let in_force = vec![
        said("target", json!(plan.target.to_string()), Origin::Default),
        said("accounts", json!(accounts), Origin::Default),
        said("settings.response_timeout", json!("5s"), Origin::Scenario),
        said("settings.delivery_timeout", json!("3s"), Origin::Scenario),
        said("thresholds", json!("connect.p99 < 1s"), Origin::Flag),
        said("waivers", json!("waivers.yaml"), Origin::Flag),
        said("connect_rate", json!("500/s"), Origin::Default),
        said("seed", json!(plan.seed), Origin::Flag),
    ];
    let options = ["--latency=lognormal:24ms,0.6", "--stall=14s,900ms"].map(str::to_owned);
    let options = options.into_iter().chain(DEFECTS.map(|name| format!("--defect={name}")));
    RunPlan {
        run_id: "20260302-183000-5a3d".into(),
        target_label: format!("{} (embedded reference server, simulated)", plan.target),
        repeat_with: options
            .map(|option| format!("--server-arg={option}"))
            .chain(["--threshold=connect.p99 < 1s", "--waivers=waivers.yaml"].map(str::to_owned))
            .collect(),
        thresholds: vec![Threshold::parse("connect.p99 < 1s").unwrap()],
        gate: Gate { waivers: Waivers::on("2026-03-02".parse().unwrap(), waivers()), ..plan.gate },
        in_force,
        ..plan
    }
}

/// One that covers something, and one that need not.
fn waivers() -> Vec<Waiver> {
    let pages = Waiver {
        clause: ClauseId::Env5,
        route: Some(Route::Messages),
        event: None,
        pointer: Some("/body/paginate/*".to_owned()),
        scenario: None,
        reason: "the figures of paginate are strings until gateway 2.4".to_owned(),
        ticket: Some("CHAT-41".to_owned()),
        until: "2026-03-31".parse().unwrap(),
        is_intermittent: false,
    };
    let twice = Waiver {
        clause: ClauseId::Event2,
        route: None,
        event: Some("chat-message".into()),
        reason: "the broker delivers at least once".to_owned(),
        ticket: Some("CHAT-12".to_owned()),
        is_intermittent: true,
        pointer: None,
        ..pages.clone()
    };
    vec![pages, twice]
}

/// Writes `latency.hlog` as the run goes on, and `ids.bin` at its end.
struct Log {
    latencies: IntervalLog<Vec<u8>>,
    ids: Vec<u8>,
}

impl Onlooker for Log {
    fn began(&mut self, at: Timestamp) {
        self.latencies.begin(at).unwrap();
    }

    fn show(&mut self, _: &Snapshot) {}

    fn second(&mut self, second: &Second) {
        self.latencies.write(second).unwrap();
    }

    fn ended(&mut self, ids: &IdSets) {
        self.ids = ids.encode();
    }
}

/// Its files, by their names.
fn files(sample: &Sample) -> BTreeMap<&'static str, Vec<u8>> {
    let written = |format: Format| {
        let mut bytes = Vec::new();
        format.write(&sample.record, &mut bytes).unwrap();
        (format.file_name(), bytes)
    };
    let streamed = [
        (LATENCY_FILE, sample.latencies.clone()),
        (IDS_FILE, sample.ids.clone()),
        (SESSIONS_FILE, sample.sessions.clone().into_bytes()),
    ];
    Format::ALL.into_iter().map(written).chain(streamed).collect()
}

#[test]
fn the_sample_is_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let files = files(&sample());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }
    let there = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
    let mut there: Vec<_> = there.map(|name| name.into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, files.keys().copied().collect::<Vec<_>>());
    for (name, bytes) in &files {
        let is_fresh = fs::read(folder.join(name)).unwrap() == *bytes;
        assert!(
            is_fresh,
            "reports/sample/{name} is not what is written now; to make it again: \
             UPDATE_GOLDEN=1 cargo test --test it sample"
        );
    }
}

#[test]
fn the_sample_fails_in_every_way_that_a_reader_should_see() {
    let record = sample().record;
    assert_eq!(record.verdict, Verdict::Failed);
    let why = record.why.join("; ");
    for clause in ["EVENT-1", "EVENT-5", "ENV-3", "SEND-1"] {
        assert!(why.contains(clause), "{clause} is not in {why}");
    }
    assert!(record.totals.findings.waived > 0 && record.totals.lost > 0, "{:?}", record.totals);
    assert!(!record.conversations.is_empty() && record.errors.total() > 0);
    let scenarios = &record.scenarios;
    assert!(scenarios.iter().any(|one| one.thresholds.iter().any(|threshold| !threshold.ok)));
    assert!(scenarios.iter().any(|one| !one.unmet.is_empty()));
    assert!(record.timeline.len() >= 30, "{} seconds", record.timeline.len());
}
