//! No false alarm: the reference server, faithful to the document, in two hundred simulated runs
//! that differ in all that the document leaves open, and in what a network does.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::time::Duration;

use deskbell::conformance::{CATALOGUE, Level};
use deskbell::protocol::PayloadKey;
use deskbell::run::{FoundViolation, RunRecord, Verdict};
use deskbell::scenario::{Habit, Scenario};
use deskbell::server::{Concierge, Config, Part, Wire};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::simulated::{Late, Latency, Link, Simulated, run, scenarios};

/// Runs of each test; there are eight.
const RUNS: u64 = 25;
/// A run plays every third scenario, so that three runs in a row play them all.
const SHARE: u64 = 3;
/// Findings of a run that are told.
const TOLD: usize = 5;

/// All that sets one run apart from another; made from its seed alone.
struct Dialect {
    seed: u64,
    wire: Wire,
    concierge: Concierge,
    link: Link,
    tenants: u64,
    /// Flow instances of each scenario.
    instances: u32,
}

impl Dialect {
    fn of(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let wire = Wire {
            event_key: *[PayloadKey::Payload, PayloadKey::Body].choose(&mut rng).unwrap(),
            ack: rng.random(),
            own_echo: rng.random(),
            ids: None,
            page_cap: *[1, 2, 7, 100].choose(&mut rng).unwrap(),
        };
        let link = Link {
            seed: rng.random(),
            latency: *LATENCIES.choose(&mut rng).unwrap(),
            late: *LATE.choose(&mut rng).unwrap(),
        };
        Self {
            seed,
            wire,
            link,
            concierge: *concierges().choose(&mut rng).unwrap(),
            tenants: rng.random_range(2..=6),
            instances: rng.random_range(1..=2),
        }
    }

    /// Whether its concierge answers and leaves it at that, or never shows up, so that every step
    /// passes or is skipped.
    fn is_whole(&self) -> bool {
        let Concierge { part, ends_after, unsends, .. } = self.concierge;
        part != Part::Join && ends_after.is_none() && !unsends
    }

    /// Its share of the scenarios, held to what its server has a habit of.
    fn scenarios(&self, all: &[Scenario]) -> Vec<Scenario> {
        let shared = all.iter().zip(self.seed..).filter(|(_, nth)| nth % SHARE == 0);
        let accepted = |is_habit| if is_habit { Habit::Expect } else { Habit::Accept };
        let told = |(scenario, _): (&Scenario, u64)| {
            let mut scenario = scenario.clone();
            scenario.settings.ack = accepted(self.wire.ack);
            scenario.settings.own_echo = accepted(self.wire.own_echo);
            scenario.load.devices = (scenario.actors.len() as u32 * self.instances).try_into().ok();
            scenario
        };
        shared.map(told).collect()
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, wire, concierge, link, tenants, instances } = self;
        write!(f, "seed {seed}: {tenants} tenants, {instances} instances each\n  {wire:?}\n")?;
        write!(f, "  {concierge:?}\n  {link:?}")
    }
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

const LATENCIES: [Latency; 5] = [
    Latency::Constant(Duration::ZERO),
    Latency::Constant(ms(35)),
    Latency::Uniform(ms(1), ms(60)),
    Latency::Uniform(ms(0), ms(400)),
    Latency::LogNormal { median: ms(20), spread: 1.0 },
];

const LATE: [Late; 4] =
    [Late::Nothing, Late::Responses(ms(120)), Late::Events(ms(120)), Late::Events(ms(500))];

/// Schedules of the concierge.
fn concierges() -> [Concierge; 9] {
    let usual = Concierge::default();
    let at_once = Concierge { join_after: Duration::ZERO, reply_after: Duration::ZERO, ..usual };
    [
        usual,
        Concierge { part: Part::Off, ..usual },
        Concierge { part: Part::Join, ..usual },
        at_once,
        Concierge { join_after: ms(1500), ..usual },
        Concierge { seen_after: Some(Duration::ZERO), ..at_once },
        Concierge { seen_after: Some(ms(250)), ..usual },
        Concierge { ends_after: Some(ms(1200)), seen_after: Some(ms(80)), ..usual },
        Concierge { unsends: true, ..usual },
    ]
}

/// Plays the runs of one test, and tells every false alarm at once, and every clause that none of
/// the runs exercised.
#[track_caller]
fn check(test: u64) {
    let all = scenarios(&["scenarios/conformance"]);
    let mut alarms = String::new();
    let mut idle: BTreeSet<_> = CATALOGUE.iter().map(|clause| clause.id.as_str()).collect();
    for seed in test * RUNS..(test + 1) * RUNS {
        let dialect = Dialect::of(seed);
        let record = run(&Simulated {
            scenarios: dialect.scenarios(&all),
            devices: None,
            tenants: dialect.tenants,
            seed,
            server: Config {
                seed,
                wire: dialect.wire,
                concierge: dialect.concierge,
                ..Config::default()
            },
            link: Some(dialect.link),
            ..Simulated::default()
        });
        if let Some(alarm) = alarm(&record, dialect.is_whole()) {
            writeln!(alarms, "{dialect}\n{alarm}").unwrap();
        }
        for clause in record.clauses.iter().filter(|clause| clause.checked > 0) {
            idle.remove(clause.id.as_str());
        }
    }
    if !idle.is_empty() {
        writeln!(alarms, "never exercised: {idle:?}").unwrap();
    }
    assert!(alarms.is_empty(), "\n{alarms}");
}

/// What is wrong with the record of a run against a faithful server, whose concierge does all that
/// the steps of the scenarios need, or not.
fn alarm(record: &RunRecord, is_whole: bool) -> Option<String> {
    let binding = |found: &&FoundViolation| found.finding.clause.level() != Level::Info;
    let found: Vec<_> = record.findings.iter().filter(binding).collect();
    let has_ended =
        record.verdict == Verdict::Passed || record.verdict == Verdict::Failed && !is_whole;
    if found.is_empty() && has_ended && record.totals.requests > 0 {
        return None;
    }
    let mut alarm = format!("  {:?} with {} findings\n", record.verdict, found.len());
    for FoundViolation { scenario, finding, .. } in found.into_iter().take(TOLD) {
        let (clause, device, at) = (finding.clause.as_str(), finding.device, finding.at);
        writeln!(alarm, "  {clause} in {scenario}, device {device:?}, at {at:?}").unwrap();
        writeln!(alarm, "    {} {}", finding.message, finding.pointer).unwrap();
        writeln!(alarm, "    expected {}", finding.expected).unwrap();
        writeln!(alarm, "    actual   {}", finding.actual).unwrap();
        writeln!(alarm, "    frame    {}", finding.frame.as_deref().unwrap_or("none")).unwrap();
    }
    for why in record.why.iter().take(TOLD) {
        writeln!(alarm, "  {why}").unwrap();
    }
    for scenario in &record.scenarios {
        for unmet in &scenario.unmet {
            writeln!(alarm, "  {}:{} {unmet:?}", scenario.name, unmet.line).unwrap();
        }
    }
    Some(alarm)
}

macro_rules! faithful {
    ($($name:ident $test:literal;)*) => {
        $(#[test]
        fn $name() {
            check($test);
        })*
    };
}

faithful! {
    a_faithful_server_raises_no_alarm_in_runs_0_to_24 0;
    a_faithful_server_raises_no_alarm_in_runs_25_to_49 1;
    a_faithful_server_raises_no_alarm_in_runs_50_to_74 2;
    a_faithful_server_raises_no_alarm_in_runs_75_to_99 3;
    a_faithful_server_raises_no_alarm_in_runs_100_to_124 4;
    a_faithful_server_raises_no_alarm_in_runs_125_to_149 5;
    a_faithful_server_raises_no_alarm_in_runs_150_to_174 6;
    a_faithful_server_raises_no_alarm_in_runs_175_to_199 7;
}

#[test]
fn the_runs_differ_in_all_that_the_document_leaves_open() {
    let dialects: Vec<_> = (0..8 * RUNS).map(Dialect::of).collect();
    let check = |choices: usize, choice: &dyn Fn(&Dialect) -> String| {
        let chosen: BTreeSet<_> = dialects.iter().map(choice).collect();
        assert_eq!(chosen.len(), choices, "{chosen:#?}");
    };
    check(2, &|dialect| format!("{:?}", dialect.wire.event_key));
    check(2, &|dialect| dialect.wire.ack.to_string());
    check(2, &|dialect| dialect.wire.own_echo.to_string());
    check(4, &|dialect| dialect.wire.page_cap.to_string());
    check(concierges().len(), &|dialect| format!("{:?}", dialect.concierge));
    check(LATENCIES.len(), &|dialect| format!("{:?}", dialect.link.latency));
    check(LATE.len(), &|dialect| format!("{:?}", dialect.link.late));
    check(5, &|dialect| dialect.tenants.to_string());
    check(2, &|dialect| dialect.instances.to_string());
    check(dialects.len(), &|dialect| dialect.link.seed.to_string());
}

#[test]
fn a_run_is_the_same_by_seed_over_a_link_too() {
    let all = scenarios(&["scenarios/conformance"]);
    let dialect = Dialect::of(7);
    let play = || {
        run(&Simulated {
            scenarios: dialect.scenarios(&all),
            devices: None,
            link: Some(dialect.link),
            ..Simulated::default()
        })
    };
    assert_eq!(play(), play());
}
