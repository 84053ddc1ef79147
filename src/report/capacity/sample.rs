//! Fixed records of searches, one of each way to end: what the golden files are made from.

use crate::capacity::{
    Attempt, By, CAPACITY_FORMAT, CapacityRecord, CapacityVerdict, Ended, EndedBy, Knee, Law,
    Level, LevelOutcome, ObjectiveValue, Prediction, Quantity, Shortfall,
};

const P99: &str = "send_to_event.p99 < 100ms";
/// What ended the search that found a knee.
const ENDED: &str = "193/s and 198/s are 2.6 % apart, within the 3 % that were asked for";

const ERRORS: &str = "errors.rate < 1%";

/// A text of others that is markup, a formula and an order to a terminal at once.
const HOSTILE: &str = "=1</script><img src=x onerror=alert(1)>]]>\" `|[a](b) @x \u{1b}[2J\u{202e}";

/// A record of each way to end, by a name of its own.
pub(super) fn every_record() -> [(&'static str, CapacityRecord); 9] {
    [
        ("found", found()),
        ("beyond", beyond()),
        ("generator", ended_by_generator()),
        ("interrupted", interrupted()),
        ("lowest", failed_at_the_lowest()),
        ("asked", less_than_asked()),
        ("invalid", invalid()),
        ("error", error()),
        ("hostile", hostile()),
    ]
}

/// The same knee, ended in each way.
pub(super) fn every_ending() -> Vec<CapacityRecord> {
    [
        EndedBy::Precision,
        EndedBy::Top,
        EndedBy::Bottom,
        EndedBy::Errors,
        EndedBy::Throttling,
        EndedBy::Cap,
        EndedBy::Generator,
        EndedBy::Levels,
        EndedBy::Interrupted,
        EndedBy::Error,
    ]
    .map(|by| CapacityRecord { ended: Ended { by, told: String::new() }, ..found() })
    .into()
}

/// A knee, known as well as was asked for.
pub(super) fn found() -> CapacityRecord {
    CapacityRecord {
        format: CAPACITY_FORMAT.to_owned(),
        run_id: "20260102-030405-abcd".to_owned(),
        version: "0.1.0".to_owned(),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        ended_at: "2026-01-02T03:11:20.5Z".to_owned(),
        verdict: CapacityVerdict::Found,
        exit_code: 0,
        why: vec![
            "193/s are carried; at 198/s send_to_event.p99 is 108ms, above 100ms".to_owned(),
            "the knee is at about 196/s, between 193/s and 198/s".to_owned(),
            ENDED.to_owned(),
        ],
        notes: vec![
            "the embedded server shares the cores with the load".to_owned(),
            "no objective on errors was given: errors.rate < 1% was added".to_owned(),
        ],
        target: "ws://127.0.0.1:4567/uat (embedded reference server)".to_owned(),
        scenario: "steady".to_owned(),
        file: "scenarios/load/steady.yaml".to_owned(),
        seed: 42,
        by: By::Rate,
        from: 10.0,
        to: 1_000.0,
        at_least: Some(150.0),
        objectives: vec![P99.to_owned(), ERRORS.to_owned()],
        precision: 0.03,
        warm_up_s: 5.0,
        planned: vec![
            "at most 12 levels of 20 s to 2 min, about 12 min in all".to_owned(),
            "400 devices at 1 000/s, each with a session of its own; 1 account was given"
                .to_owned(),
        ],
        ended: Ended { by: EndedBy::Precision, told: ENDED.to_owned() },
        knee: Some(Knee { load: 195.9, low: 193.0, high: 198.0 }),
        carried: Some(193.0),
        levels: levels(),
        law: Some(law()),
    }
}

/// Every level kept the objectives.
pub(super) fn beyond() -> CapacityRecord {
    let kept = |load, at| measured(By::Devices, load, LevelOutcome::Kept, at, 1);
    CapacityRecord {
        verdict: CapacityVerdict::Beyond,
        why: vec!["at least 1 000 devices are carried".to_owned()],
        by: By::Devices,
        at_least: None,
        notes: vec![],
        ended: Ended {
            by: EndedBy::Top,
            told: "1 000 devices kept the objectives, and no more was allowed".to_owned(),
        },
        knee: None,
        carried: Some(1_000.0),
        levels: vec![
            kept(10.0, [3_000.0, 9_000.0, 0.0]),
            kept(100.0, [3_100.0, 9_600.0, 0.0]),
            kept(1_000.0, [3_900.0, 14_000.0, 0.000_04]),
        ],
        law: None,
        ..found()
    }
}

/// The generator could not go further.
pub(super) fn ended_by_generator() -> CapacityRecord {
    let told = "at 640/s the p99 lateness was 38 ms, above 10 ms: the generator could not keep up";
    let mut invalid = measured(By::Rate, 640.0, LevelOutcome::Invalid, [60e3, 412e3, 0.0], 1);
    told.clone_into(&mut invalid.told);
    invalid.objectives.iter_mut().for_each(|one| one.holds = None);
    CapacityRecord {
        verdict: CapacityVerdict::Beyond,
        why: vec!["at least 160/s are carried".to_owned()],
        ended: Ended { by: EndedBy::Generator, told: told.to_owned() },
        knee: None,
        carried: Some(160.0),
        levels: levels().into_iter().take(3).chain([invalid]).collect(),
        law: None,
        ..found()
    }
}

/// Stopped by a person in its second level.
pub(super) fn interrupted() -> CapacityRecord {
    let mut levels: Vec<_> = levels().into_iter().take(2).collect();
    levels[1].outcome = LevelOutcome::BrokenOff;
    "broken off by a person after 3 s".clone_into(&mut levels[1].told);
    (levels[1].p50, levels[1].p99, levels[1].errors) = (None, None, None);
    (levels[1].throughput_per_s, levels[1].concurrency) = (None, None);
    for one in &mut levels[1].objectives {
        (one.value, one.holds) = (None, None);
    }
    CapacityRecord {
        verdict: CapacityVerdict::Interrupted,
        exit_code: 130,
        why: vec!["interrupted by a person after 1 of 2 levels".to_owned()],
        ended: Ended {
            by: EndedBy::Interrupted,
            told: "Ctrl-C while 40/s was measured".to_owned(),
        },
        knee: None,
        carried: Some(10.0),
        levels,
        law: None,
        ..found()
    }
}

/// Even the lowest level did not keep the objectives.
pub(super) fn failed_at_the_lowest() -> CapacityRecord {
    CapacityRecord {
        verdict: CapacityVerdict::Failed,
        exit_code: 1,
        why: vec!["not even 10/s are carried".to_owned()],
        at_least: None,
        ended: Ended { by: EndedBy::Bottom, told: "10/s is the lowest load".to_owned() },
        knee: None,
        carried: None,
        levels: vec![measured(By::Rate, 10.0, LevelOutcome::Missed, [80e3, 420e3, 0.02], 2)],
        law: None,
        ..found()
    }
}

/// A knee below what was asked for.
pub(super) fn less_than_asked() -> CapacityRecord {
    CapacityRecord {
        verdict: CapacityVerdict::Failed,
        exit_code: 1,
        why: vec![
            "193/s are carried; at 198/s send_to_event.p99 is 108ms, above 100ms".to_owned(),
            "at least 250/s were asked for".to_owned(),
            "the knee is at about 196/s, between 193/s and 198/s".to_owned(),
            ENDED.to_owned(),
        ],
        at_least: Some(250.0),
        ..found()
    }
}

/// The generator could not even keep up with the lowest load.
pub(super) fn invalid() -> CapacityRecord {
    let mut level = measured(By::Rate, 10.0, LevelOutcome::Invalid, [60e3, 412e3, 0.0], 3);
    level.attempts.iter_mut().for_each(|one| one.valid = false);
    level.objectives.iter_mut().for_each(|one| one.holds = None);
    CapacityRecord {
        verdict: CapacityVerdict::Invalid,
        exit_code: 4,
        why: vec!["the generator could not keep up with even 10/s".to_owned()],
        ended: Ended {
            by: EndedBy::Generator,
            told: "at 10/s the p99 lateness was 38 ms, above 10 ms".to_owned(),
        },
        knee: None,
        carried: None,
        levels: vec![level],
        law: None,
        ..found()
    }
}

/// It could not begin.
pub(super) fn error() -> CapacityRecord {
    CapacityRecord {
        verdict: CapacityVerdict::Error,
        exit_code: 3,
        why: vec!["cannot connect to wss://uat.example.com/uat: connection refused".to_owned()],
        target: "wss://uat.example.com/uat".to_owned(),
        notes: vec![],
        planned: vec![],
        ended: Ended { by: EndedBy::Error, told: "10/s could not be run".to_owned() },
        knee: None,
        carried: None,
        levels: vec![],
        law: None,
        ..found()
    }
}

/// Every text is hostile, and no number is what it should be.
pub(super) fn hostile() -> CapacityRecord {
    let text = || format!("{HOSTILE} {}", "W".repeat(300));
    let mut record = found();
    for field in [
        &mut record.run_id,
        &mut record.version,
        &mut record.started_at,
        &mut record.ended_at,
        &mut record.target,
        &mut record.scenario,
        &mut record.file,
        &mut record.ended.told,
    ] {
        *field = text();
    }
    for texts in [&mut record.why, &mut record.notes, &mut record.planned, &mut record.objectives] {
        *texts = vec![text(); 2];
    }
    for level in &mut record.levels {
        level.told = text();
        level.objectives.iter_mut().for_each(|one| one.expr = text());
        level.attempts.iter_mut().for_each(|one| one.folder = "javascript:alert(1)".to_owned());
    }
    if let Some(law) = &mut record.law {
        law.notes = vec![text()];
    }
    record
}

/// Every outcome but [`LevelOutcome::BrokenOff`], around the knee.
fn levels() -> Vec<Level> {
    let level = |load, outcome, at, runs| measured(By::Rate, load, outcome, at, runs);
    let mut levels = vec![
        level(10.0, LevelOutcome::Kept, [10_100.0, 13_200.0, 0.0], 1),
        level(40.0, LevelOutcome::Kept, [10_300.0, 16_900.0, 0.0], 1),
        level(160.0, LevelOutcome::Kept, [14_800.0, 48_000.0, 0.000_04], 1),
        level(188.0, LevelOutcome::Kept, [21_900.0, 79_000.0, 0.000_2], 1),
        level(193.0, LevelOutcome::Kept, [27_500.0, 94_600.0, 0.000_3], 3),
        level(198.0, LevelOutcome::Missed, [41_000.0, 108_000.0, 0.002], 2),
        level(226.0, LevelOutcome::Missed, [390_000.0, 1_350_000.0, 0.008], 1),
        level(320.0, LevelOutcome::NotCarried, [2_900_000.0, 8_100_000.0, 0.31], 1),
        level(640.0, LevelOutcome::Invalid, [3_400_000.0, 9_700_000.0, 0.58], 1),
    ];
    levels[4].objectives[0].holds = None;
    "p99 is 95 ms, within 88 ms .. 101 ms after 3 runs; taken as kept"
        .clone_into(&mut levels[4].told);
    "31 % errors, most of the gateway: response_timeout".clone_into(&mut levels[7].told);
    "p99 lateness 38 ms is above 10 ms".clone_into(&mut levels[8].told);
    levels[8].attempts[0].valid = false;
    levels
}

/// A level with its median and 99th percentile in microseconds and its errors.
fn measured(by: By, load: f64, outcome: LevelOutcome, at: [f64; 3], runs: usize) -> Level {
    let [p50, p99, errors] = at;
    let [p50, p99] = [(p50, 0.03), (p99, 0.07)].map(|(value, margin)| Quantity {
        value,
        low: value * (1.0 - margin),
        high: value * (1.0 + margin),
    });
    let throughput = match by {
        By::Rate => load.min(204.0 - load / 80.0) * 3.0,
        By::Devices => load * 3.0,
    };
    let judged = |expr: &str, value: Quantity, bound: f64| ObjectiveValue {
        expr: expr.to_owned(),
        value: Some(value),
        holds: Some(value.value < bound),
    };
    let share = Quantity { value: errors, low: errors * 0.8, high: errors * 1.2 };
    let attempt = |nth: usize| Attempt {
        folder: match nth {
            1 => format!("levels/01-{load}"),
            nth => format!("levels/01-{load}-{nth}"),
        },
        counted_s: 20.0,
        samples: (throughput * 20.0) as u64,
        p99_us: Some(p99.value * (1.0 + nth as f64 / 50.0)),
        lateness_p99_us: if outcome == LevelOutcome::Invalid { 38_000 } else { 53 },
        valid: outcome != LevelOutcome::Invalid,
        devices: (load * 0.4) as u64 + 1,
    };
    Level {
        load,
        outcome,
        shortfall: (outcome == LevelOutcome::NotCarried).then_some(Shortfall::Errors),
        told: format!("p99 is {:.0} ms", p99.value / 1e3),
        achieved: Some(load * 0.998),
        sends_per_s: Some(throughput / 3.0),
        throughput_per_s: Some(throughput),
        concurrency: Some(throughput * p50.value * 1.2 / 1e6),
        p50: Some(p50),
        p99: Some(p99),
        errors: Some(errors),
        objectives: vec![judged(P99, p99, 100e3), judged(ERRORS, share, 0.01)],
        attempts: (1..=runs).map(attempt).collect(),
    }
}

fn law() -> Law {
    let prediction = |concurrency, throughput_per_s| Prediction {
        concurrency,
        throughput_per_s,
        round_trip_us: concurrency / throughput_per_s * 1e6,
    };
    Law {
        lambda: 83.0,
        sigma: 0.07,
        kappa: 0.000_8,
        r_squared: 0.982,
        levels: 6,
        measured_to: 29.2,
        peak_at: Some(34.1),
        peak: Some(670.0),
        predictions: vec![prediction(58.4, 628.0), prediction(116.8, 486.0)],
        notes: vec!["beyond twice what was measured such a fit says little".to_owned()],
    }
}
