//! `deskbell probe` against the reference server in whatever way it speaks where the document leaves
//! a choice: what it tells, what it writes, and that conformance is green by what it found.

use std::sync::Arc;
use std::time::Duration;

use deskbell::probe::{Cause, Observed, Outcome, Traces, cause, for_one_tenant, read};
use deskbell::protocol::{Dialect, MetadataKey, PayloadKey, Spelling};
use deskbell::run::{RunRecord, Verdict, Watch};
use deskbell::scenario::{Habit, Scenario, Settings};
use deskbell::server::{Config, Defect, Part};
use serde_json::Value;

use crate::process::{Desk, Ended, Serving};
use crate::simulated::{Simulated, run, scenarios};

/// A server that differs from the usual one.
fn server(change: impl Fn(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

/// Probes a server in simulated time.
fn probe(server: &Config, tenants: u64) -> (Vec<Observed>, RunRecord) {
    let mut probes = scenarios(&["builtin:probe"]);
    if tenants == 1 {
        probes = probes.into_iter().map(for_one_tenant).collect();
    }
    let traces = Arc::new(Traces::default());
    let tracer: Arc<Traces> = Arc::clone(&traces);
    let record = run(&Simulated {
        scenarios: probes,
        devices: None,
        tenants,
        server: server.clone(),
        watch: Watch {
            tracer: Some(tracer),
            traced_below: 3,
            pings_sockets: true,
            ..Watch::default()
        },
        ..Simulated::default()
    });
    let epoch = Duration::from_millis(server.epoch_at_start.0);
    (read(&traces.take(), epoch, &record.findings), record)
}

/// Settings with those of a profile in their place.
fn settle(settings: &mut Settings, observed: &[Observed]) {
    let habit = |value: &str| match value {
        "expect" => Habit::Expect,
        "accept" => Habit::Accept,
        "never" => Habit::Never,
        other => panic!("{other} is no habit"),
    };
    for setting in observed.iter().filter_map(|one| one.setting.as_ref()) {
        let value = setting.value.as_str();
        match setting.key {
            "ack" => settings.ack = habit(value),
            "own_echo" => settings.own_echo = habit(value),
            "dialect" => settings.dialect = Dialect::parse(value).unwrap(),
            "metadata_key" => settings.metadata_key = key(value),
            other => panic!("{other} is not expected of this server"),
        }
    }
}

fn key(value: &str) -> MetadataKey {
    let keys = [MetadataKey::Metdata, MetadataKey::Metadata];
    keys.into_iter().find(|key| key.as_str() == value).unwrap()
}

/// Probes a server, holds the rows named to what is said of them, and plays the conformance suite by
/// the settings that were found.
#[track_caller]
fn check(server: &Config, tenants: u64, rows: &[(&str, Outcome, &str)]) {
    let (observed, record) = probe(server, tenants);
    let drafted =
        record.findings.iter().filter(|one| cause(&one.finding, &observed) != Cause::Settled);
    assert_eq!(drafted.collect::<Vec<_>>(), Vec::<&deskbell::run::FoundViolation>::new());
    for (id, outcome, part) in rows {
        let row = observed.iter().find(|row| row.id == *id).unwrap();
        assert_eq!(row.outcome, *outcome, "{row:?}");
        let setting = row.setting.as_ref().map(|one| format!("{}: {}", one.key, one.value));
        let told = format!("{} {}", row.observed, setting.unwrap_or_default());
        assert!(told.contains(part), "{row:?}");
    }
    let mut suite = scenarios(&["scenarios/conformance"]);
    suite.iter_mut().for_each(|scenario: &mut Scenario| settle(&mut scenario.settings, &observed));
    let record = run(&Simulated {
        scenarios: suite,
        devices: None,
        tenants,
        server: server.clone(),
        ..Simulated::default()
    });
    assert_eq!(record.verdict, Verdict::Passed, "{:?}", record.why);
    assert_eq!(record.findings, []);
}

#[test]
fn a_faithful_server_agrees_in_all_that_was_tried() {
    let (observed, record) = probe(&Config::default(), 2);
    assert_eq!(record.totals.sends_acked, 5, "{record:?}");
    for row in &observed {
        let usual = match row.id {
            "second-session" | "expired-token" => Outcome::NotTried,
            "who-closes" => Outcome::NotSeen,
            _ => Outcome::Agrees,
        };
        assert_eq!(row.outcome, usual, "{row:?}");
    }
    let unmet = &record.scenarios[0].unmet;
    assert!(unmet.is_empty(), "{unmet:?}");
    let left_out = record.scenarios[0].steps.iter().filter(|step| step.passed == 0);
    assert_eq!(left_out.count(), 0);
}

#[test]
fn silent_servers_are_found_out() {
    let server = server(|config| {
        config.wire.ack = false;
        config.wire.own_echo = false;
        config.concierge.part = Part::Off;
    });
    check(
        &server,
        2,
        &[
            ("acknowledgment", Outcome::Differs, "ack: never"),
            ("own-echo", Outcome::Differs, "own_echo: never"),
            ("concierge", Outcome::NotSeen, "nobody came"),
            ("who-gets-events", Outcome::Agrees, "another tenant's device: 0"),
        ],
    );
}

#[test]
fn another_envelope_and_a_small_page_are_found_out() {
    let server = server(|config| {
        config.wire.event_key = PayloadKey::Body;
        config.wire.page_cap = 3;
    });
    check(
        &server,
        1,
        &[
            ("event-frames", Outcome::Agrees, "payload under `body`"),
            ("page-cap", Outcome::Agrees, "capped: 3 a page"),
            ("who-gets-events", Outcome::Agrees, "not tried with one tenant"),
            ("own-echo", Outcome::Agrees, "own_echo: expect"),
        ],
    );
}

#[test]
fn ids_in_another_spelling_are_found_out() {
    for (ids, told) in
        [(Spelling::Text, "events: as documented (0)"), (Spelling::Number, "dialect: lenient")]
    {
        let server = server(|config| config.wire.ids = Some(ids));
        check(&server, 1, &[("ids-and-times", Outcome::Differs, told)]);
    }
    let server = server(|config| config.defects = vec![Defect::find("event-ids-as-text").unwrap()]);
    let told = "otherwise at chatMessage.id dialect: lenient";
    check(&server, 1, &[("ids-and-times", Outcome::Differs, told)]);
}

#[test]
fn a_defect_is_left_to_fail() {
    let server =
        server(|config| config.defects = vec![Defect::find("closed-as-a-number").unwrap()]);
    let (observed, record) = probe(&server, 1);
    let causes: Vec<_> = record.findings.iter().map(|one| cause(&one.finding, &observed)).collect();
    assert!(!causes.is_empty() && causes.iter().all(|one| *one == Cause::Defect), "{causes:?}");
}

/// Probes a server that runs, by one account or two.
fn probe_for_real(desk: &Desk, options: &[&str], further: &[&str]) -> Ended {
    let serving = Serving::start_with(desk, options);
    let accounts: String = ["34", "35"]
        .map(|tenant| format!("{},{tenant}\n", desk.run(&["token", "--tenant", tenant]).out.trim()))
        .concat();
    desk.write("accounts.csv", format!("token,tenant\n{accounts}"));
    let args = ["probe", "--target", &serving.target, "--accounts", "accounts.csv"];
    desk.run(&[&args, further].concat())
}

#[test]
fn a_probe_writes_a_profile_and_waivers_and_no_token() {
    let desk = Desk::new();
    let options = ["--own-echo", "off", "--ids", "strings", "--defect", "closed-as-a-number"];
    let Ended { code, out, err } = probe_for_real(&desk, &options, &["--out", "uat/uat.yaml"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(
        out.contains("next      deskbell run builtin:conformance --profile uat/uat.yaml"),
        "{out}"
    );
    let profile = desk.read("uat/uat.yaml");
    let accounts = desk.path("accounts.csv").display().to_string();
    let lines = [
        "  own_echo: never",
        "  ack: expect",
        "  dialect: lenient",
        "waivers: \"uat.waivers.yaml\"",
        &format!("accounts: \"{accounts}\""),
    ];
    for line in lines {
        assert!(profile.lines().any(|one| one == line), "{line}\n{profile}");
    }
    let waivers = desk.read("uat/uat.waivers.yaml");
    assert!(waivers.contains("# - clause: ENV-5"), "{waivers}");
    assert!(waivers.contains("\n[]\n"), "{waivers}");
    for text in [&profile, &waivers, &out, &err] {
        assert!(!text.contains("eyJ"), "{text}");
    }
    let checked = desk.run(&["check", "uat/uat.waivers.yaml"]);
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);

    let again = probe_for_real(&desk, &[], &["--out", "uat/uat.yaml"]);
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert!(again.err.contains("uat/uat.yaml exists already"), "{}", again.err);
}

#[test]
fn programs_read_one_object_and_the_embedded_server_gets_no_profile() {
    let desk = Desk::new();
    let Ended { code, out, err } = desk.run(&["probe", "--format", "json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let echo = report["silences"].as_array().unwrap().iter().find(|row| row["id"] == "own-echo");
    assert_eq!(echo.unwrap()["setting"]["value"], "expect");
    assert_eq!(report["profile"], Value::Null);
    assert_eq!(desk.names(), Vec::<String>::new());
}

#[test]
fn an_endpoint_that_is_not_there_is_told_with_3() {
    let desk = Desk::new();
    let target = "ws://127.0.0.1:1/uat";
    let Ended { code, err, .. } = desk.run(&["probe", "--target", target, "--token", "t"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("error: "), "{err}");
    assert_eq!(desk.names(), Vec::<String>::new());
}
