//! Devices that lose their connections, and come back by themselves: whole runs in paused time.

mod cuts;

use std::time::Duration;

use deskbell::conformance::ClauseId;
use deskbell::run::{RunRecord, Verdict};
use deskbell::server::Defect;
use jiff::Timestamp;

use crate::simulated::{Late, Latency, Link, Simulated, between, run, run_between, scenarios};

use cuts::{Cuts, Outage, cutting, restarting};

const SECOND: Duration = Duration::from_secs(1);

/// A conversation of two devices, over and over for a while, that comes back.
fn talk(settings: &str) -> String {
    format!(
        r#"
name: talk
actors: {{ phone: {{ tenant: guest }}, tablet: {{ tenant: guest }} }}
settings: {{ reconnect: 100ms..2s, {settings} }}
load: {{ devices: 20, duration: 40s }}
flow:
  - init
  - send: {{ text: "room for two?", as: question }}
  - await: {{ event: message, from: phone, match: {{ messageContent: "room for two?" }}, by: tablet }}
  - await: {{ event: message, from: concierge, as: answer }}
  - seen: answer
  - think: 0s..2s
  - send: {{ text: "two nights", by: tablet }}
  - unread
  - repeat: {{ rate: 5/s, for: 1s, steps: [ {{ send: "tick ${{turn}}" }} ] }}
  - parallel: [ [ ping, unread ], [ {{ ping: {{ by: tablet }} }} ] ]
  - unsend: question
  - messages: {{ all: true, limit: 10, by: tablet }}
  - ping
  - end
"#
    )
}

fn simulated(text: &str) -> Simulated<'_> {
    Simulated { scenario: Some(text), devices: None, ..Simulated::default() }
}

/// Plays a scenario over a network that cuts.
fn cut(text: &str, cuts: Cuts) -> RunRecord {
    let simulated = Simulated { seed: 7 + cuts.seed, ..simulated(text) };
    run_between(&simulated, |far_ends| cutting(cuts, far_ends))
}

/// The same where the server is far away, so that there is always something under way to be cut.
fn cut_far(text: &str, cuts: Cuts) -> RunRecord {
    let ms = Duration::from_millis;
    let link =
        Link { seed: cuts.seed, latency: Latency::Uniform(ms(20), ms(150)), late: Late::Nothing };
    let simulated = Simulated { seed: 7 + cuts.seed, ..simulated(text) };
    run_between(&simulated, |far_ends| between(link, cutting(cuts, far_ends)))
}

/// Plays a scenario while its server ends and begins anew, as if nothing had been.
fn restart(text: &str, outage: Outage) -> RunRecord {
    let simulated = simulated(text);
    let config = simulated.server.clone();
    run_between(&simulated, |far_ends| restarting(config, outage, far_ends))
}

/// What was violated beside CONNECT-6: nothing tells a network that cuts from a server that does.
fn violated(record: &RunRecord) -> Vec<ClauseId> {
    let clauses = record.clauses.iter().filter(|clause| clause.violated > 0);
    clauses.map(|clause| clause.id).filter(|clause| *clause != ClauseId::Connect6).collect()
}

/// Holds a run to this: nothing violated, no step unmet, nothing lost.
#[track_caller]
fn passes(record: &RunRecord) {
    let first = record.findings.iter().find(|one| one.finding.clause != ClauseId::Connect6);
    assert_eq!(violated(record), [], "{first:#?}");
    let unmet = record.scenarios.iter().find_map(|scenario| scenario.unmet.first());
    assert!(unmet.is_none(), "{unmet:#?}");
    assert_eq!((record.verdict, &record.why), (Verdict::Passed, &Vec::new()));
    assert_eq!((record.totals.lost, record.totals.duplicates), (0, 0));
}

fn errors(record: &RunRecord, kind: &str) -> u64 {
    let json = serde_json::to_value(&record.errors).unwrap();
    json["network"][kind].as_u64().unwrap_or_default()
}

fn length(record: &RunRecord) -> Duration {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    at(&record.ended_at).duration_since(at(&record.started_at)).try_into().unwrap()
}

/// How often steps of a name were passed and skipped.
fn outcomes(record: &RunRecord, name: &str) -> (u64, u64) {
    let steps = record.scenarios[0].steps.iter().filter(|step| step.step == name);
    steps.fold((0, 0), |(passed, skipped), step| (passed + step.passed, skipped + step.skipped))
}

#[test]
fn conversations_go_on_whatever_is_cut() {
    let text = talk("retries: 5");
    for (seed, most) in [(1, 6), (2, 9), (3, 12)] {
        let record = cut_far(&text, Cuts::within(most * SECOND, seed));
        passes(&record);
        assert!(record.totals.reconnects > 50, "{} reconnects", record.totals.reconnects);
        assert!(record.latency["connect"].count > record.totals.devices + 50);
        for step in &record.scenarios[0].steps {
            assert!(step.passed > step.skipped, "{seed}: {step:?}");
        }
        for clause in [ClauseId::Resume6, ClauseId::Resume7] {
            let checked = record.clauses.iter().find(|one| one.id == clause).unwrap().checked;
            assert!(checked > 10, "{clause} was checked {checked} times");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run_cuts_and_all() {
    let play = || cut_far(&talk("retries: 2"), Cuts::within(6 * SECOND, 3));
    assert_eq!(play(), play());
}

#[test]
fn without_retries_what_was_cut_off_is_skipped_and_counted_as_an_error() {
    let record = cut_far(&talk("retries: 0"), Cuts::within(6 * SECOND, 1));
    passes(&record);
    let (passed, skipped) = outcomes(&record, "send");
    assert!(errors(&record, "cut_off") > 0 && skipped > 0 && passed > skipped, "{skipped}");
}

#[test]
fn without_reconnect_a_cut_fails_the_step_that_meets_it() {
    let text = talk("").replace("reconnect: 100ms..2s", "reconnect: never");
    let record = cut(&text, Cuts::within(6 * SECOND, 1));
    assert_eq!((record.verdict, record.totals.reconnects), (Verdict::Failed, 0));
    assert!(!record.scenarios[0].unmet.is_empty());
}

#[test]
fn a_storm_brings_all_back_under_the_connect_rate_and_loses_nothing() {
    let text = "name: storm\nload: { devices: 800, duration: 12s }\n\
                settings: { reconnect: 50ms..500ms, retries: 3 }\nsetup: [init]\n\
                flow: [{ send: hello }, { think: 1s..3s }]\n\
                teardown: [resume, { messages: { all: true, limit: 50 } }, unread, end]\n";
    let record = cut(text, Cuts::once(6 * SECOND, 2 * SECOND));
    passes(&record);
    assert_eq!(record.totals.reconnects, 800);
    assert_eq!(record.scenarios[0].steps.iter().map(|step| step.skipped).sum::<u64>(), 0);
    let fastest = record.timeline.iter().map(|row| row.connects).max().unwrap();
    assert!((400..=550).contains(&fastest), "{fastest} connects in a second");
    let resumed = record.clauses.iter().find(|clause| clause.id == ClauseId::Resume6).unwrap();
    assert_eq!(resumed.checked, 800);
}

#[test]
fn a_storm_may_begin_with_connects_that_fail() {
    let record = cut(&talk("retries: 1"), Cuts::once(Duration::ZERO, 20 * SECOND));
    passes(&record);
    assert_eq!((record.totals.connections, record.totals.reconnects), (20, 0));
    assert!(errors(&record, "connect_failed") > 40);
}

#[test]
fn where_nobody_ever_connects_the_run_is_not_done() {
    let record = cut(&talk(""), Cuts::once(Duration::ZERO, 3600 * SECOND));
    assert_eq!(record.verdict, Verdict::Error, "{:?}", record.why);
    assert!(length(&record) < 60 * SECOND, "{:?}", length(&record));
}

#[test]
fn a_server_that_never_comes_back_is_given_up() {
    let text = "name: gone\nload: { devices: 10, iterations: 1000 }\n\
                settings: { reconnect: 100ms..2s, retries: 3 }\nsetup: [init]\n\
                flow: [{ send: hello }, { think: 1s }]\nteardown: [end]\n";
    let record = cut(text, Cuts::once(10 * SECOND, 3600 * SECOND));
    assert_eq!(record.verdict, Verdict::Failed, "{:?}", record.why);
    assert_eq!(violated(&record), []);
    let unmet = record.scenarios[0].steps.iter().map(|step| step.failed).sum::<u64>();
    assert_eq!(unmet, 10, "one a device");
    assert!(length(&record) < 90 * SECOND, "{:?}", length(&record));
}

#[test]
fn a_server_that_keeps_nobody_is_given_up() {
    let text = "name: fickle\nload: { devices: 10, iterations: 1000 }\n\
                settings: { reconnect: 200ms..1s, retries: 3 }\nflow: [init, { think: 1s }, end]\n";
    let record = cut(text, Cuts::within(Duration::from_millis(100), 1));
    assert_eq!(record.verdict, Verdict::Failed, "{:?}", record.why);
    assert_eq!(violated(&record), []);
    assert!(record.totals.connections > 100, "{}", record.totals.connections);
    assert!(length(&record) < 120 * SECOND, "{:?}", length(&record));
}

#[test]
fn a_server_that_has_forgotten_all_is_found_out_once_a_session() {
    let text = "name: forgot\nload: { devices: 10, duration: 30s }\n\
                settings: { reconnect: 100ms..2s, retries: 3 }\nsetup: [init]\n\
                flow: [{ send: hello }, { think: 1s }]\n\
                teardown: [{ messages: { all: true } }, end]\n";
    let record = restart(text, Outage { at: 10 * SECOND, lasts: SECOND });
    let resumed = record.clauses.iter().find(|clause| clause.id == ClauseId::Resume6).unwrap();
    assert_eq!((violated(&record), resumed.violated), (vec![ClauseId::Resume6], 10));
    assert!(outcomes(&record, "messages").1 == 10 && record.scenarios[0].unmet.is_empty());
}

#[test]
fn a_lifetime_that_ends_is_no_fault_and_nothing_is_lost() {
    let mut scenarios = scenarios(&["builtin:load/roll-over"]);
    let text = scenarios.remove(0);
    let lifetime = text.settings.lifetime;
    let simulated = Simulated { scenarios: vec![text], devices: None, ..Simulated::default() };
    let cuts = Cuts { lives: (lifetime, lifetime), ..Cuts::within(lifetime, 0) };
    let record = run_between(&simulated, |far_ends| cutting(cuts, far_ends));
    passes(&record);
    assert_eq!(record.totals.reconnects, 2 * record.totals.devices);
    let findings = record.totals.findings;
    assert_eq!((findings.must, findings.should), (0, 0), "{:#?}", record.findings);
    assert!(length(&record) > 2 * lifetime);
}

#[test]
fn the_shipped_storm_passes_a_cut_of_all() {
    let simulated = Simulated {
        scenarios: scenarios(&["builtin:load/reconnect-storm"]),
        devices: Some(200),
        ..Simulated::default()
    };
    let cuts = Cuts::once(6 * SECOND, 4 * SECOND);
    let record = run_between(&simulated, |far_ends| cutting(cuts, far_ends));
    passes(&record);
    assert_eq!(record.totals.reconnects, 200);
    assert!(record.scenarios[0].steps.iter().all(|step| step.skipped == 0));
}

#[test]
fn servers_that_close_connections_are_found_out_and_ridden_out() {
    for name in ["close-after-twelve-answers", "cut-without-goodbye"] {
        let text = talk("retries: 5");
        let mut simulated = simulated(&text);
        simulated.server.defects = vec![Defect::find(name).unwrap()];
        let record = run(&simulated);
        assert_eq!(violated(&record), [], "{name}: {:#?}", record.findings.last());
        assert!(record.scenarios[0].unmet.is_empty(), "{name}");
        assert!(record.totals.reconnects > 40 && record.totals.findings.should > 40, "{name}");
    }
}

#[test]
fn whoever_leaves_on_purpose_stays_away_until_a_step_connects() {
    let text = "name: leaves\nactors: { phone: { tenant: guest }, tablet: { tenant: guest } }\n\
                settings: { reconnect: 100ms..1s, retries: 3 }\nflow:\n  - init\n  \
                - disconnect: { by: tablet, how: drop }\n  - think: 10s\n  \
                - resume: { by: tablet }\n  - send: hello\n  \
                - await: { event: message, from: phone, by: tablet }\n  - end\n";
    let record = run(&Simulated { devices: Some(20), ..simulated(text) });
    passes(&record);
    assert_eq!(outcomes(&record, "await"), (10, 0));
    assert_eq!((record.totals.reconnects, record.totals.connections), (10, 30));
    // Where nobody is there just then, the step tries again.
    let outage = Cuts::once(5 * SECOND, 9 * SECOND);
    let record = run_between(&Simulated { devices: Some(20), ..simulated(text) }, |far_ends| {
        cutting(outage, far_ends)
    });
    passes(&record);
    assert_eq!(outcomes(&record, "resume"), (10, 0));
}

#[test]
fn what_is_paced_counts_from_its_planned_instant_while_a_device_is_away() {
    let text = "name: paced\nload: { devices: 10, iterations: 1 }\n\
                settings: { reconnect: 100ms..200ms, retries: 3 }\nsetup: [init]\n\
                flow: [{ repeat: { rate: 10/s, for: 20s, steps: [{ send: \"tick ${turn}\" }] } }]\n\
                teardown: [end]\n";
    let record = cut(text, Cuts::once(10 * SECOND, 4 * SECOND));
    passes(&record);
    assert_eq!(outcomes(&record, "send"), (2000, 0));
    let (planned, service) = (&record.latency["rtt.send"], &record.latency["rtt.send.service"]);
    assert!((3_500_000..5_500_000).contains(&planned.max_us), "{planned:?}");
    assert!(service.max_us < 100_000, "{service:?}");
}
