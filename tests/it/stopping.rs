//! Signals to the binary itself: before, in the middle of, and after a run.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::hostile::mischief::Mischief;
use crate::hostile::server::{BadServer, Whom};
use crate::process::{Desk, Ended, Going};

/// The files of a run that was reported in full.
const REPORTS: [&str; 6] =
    ["clauses.csv", "junit.xml", "run.json", "sessions.jsonl", "summary.csv", "violations.jsonl"];

/// Ten seconds of grace, and what a busy machine makes of the rest.
const IN_TIME: Duration = Duration::from_secs(60);

/// What is said at a first signal.
const ENDING: &str = "another signal ends at once";

fn scenario() -> String {
    format!("{}/tests/it/hostile/held.yaml", env!("CARGO_MANIFEST_DIR"))
}

/// A run under load against a server, once it has begun to send.
fn under_load(desk: &Desk, server: &BadServer) -> Going {
    let (scenario, target) = (scenario(), format!("ws://{}/uat", server.address));
    let aim = ["run", &scenario, "--target", &target, "--token", &server.token];
    let args = [&aim[..], &["--progress", "plain", "--out", "run"]].concat();
    // Whoever runs the tests may ignore it.
    let mut going = desk.start_by(&["env", "--default-signal=HUP"], &args);
    going.hear("sends/s");
    going
}

/// What an interrupted run has reported: every file, and counts that add up.
#[track_caller]
fn check_reported(desk: &Desk, ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(130), "{}", ended.out);
    assert!(ended.out.contains("STOPPED"), "{}", ended.out);
    let names = desk.names();
    for name in REPORTS {
        assert!(names.contains(&format!("run/{name}")), "{name}: {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains(".deskbell-")), "{names:?}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!((&run["verdict"], &run["exit_code"]), (&"interrupted".into(), &130.into()));
    let total = |name: &str| run["totals"][name].as_u64().unwrap();
    assert!(total("sends") > 0, "{}", run["totals"]);
    let kinds = |layer: &str, kind: &str| run["errors"][layer][kind].as_u64().unwrap_or_default();
    let cut_off: u64 =
        ["network", "gateway", "harness"].iter().map(|layer| kinds(layer, "cut_off")).sum();
    let unanswered = cut_off + kinds("integration", "response_timeout");
    let given_up = run["scenarios"][0]["early"]["requests"].as_u64().unwrap();
    assert_eq!(total("requests"), total("responses") + unanswered + given_up, "{run}");
    assert!(total("sends") - total("sends_acked") <= unanswered + given_up, "{run}");
    run
}

#[test]
fn a_signal_in_the_middle_of_a_load_ends_it_with_full_reports() {
    for signal in ["INT", "TERM", "HUP"] {
        let (desk, server) = (Desk::new(), BadServer::start(Mischief::None, Whom::All));
        let mut going = under_load(&desk, &server);
        let asked_at = Instant::now();
        going.signal(signal);
        going.hear(ENDING);
        let run = check_reported(&desk, &going.end());
        assert!(asked_at.elapsed() < IN_TIME, "{:?}", asked_at.elapsed());
        assert_eq!(run["totals"]["sends"], run["totals"]["sends_acked"], "{signal}");
        assert_eq!(run["scenarios"][0]["early"]["cut_off"], 0, "{signal}");
        assert_eq!(run["left_behind"]["open_sessions"], 0, "{signal}");
    }
}

#[test]
fn a_signal_ends_a_run_whose_server_answers_no_more() {
    let (desk, server) = (Desk::new(), BadServer::start(Mischief::Freezes(20), Whom::All));
    let going = under_load(&desk, &server);
    let asked_at = Instant::now();
    going.signal("INT");
    let run = check_reported(&desk, &going.end());
    assert!(asked_at.elapsed() < IN_TIME, "{:?}", asked_at.elapsed());
    assert!(run["scenarios"][0]["early"]["cut_off"].as_u64() > Some(0), "{run}");
}

#[test]
fn a_second_signal_ends_at_once_without_reports() {
    let (desk, server) = (Desk::new(), BadServer::start(Mischief::Freezes(20), Whom::All));
    let mut going = under_load(&desk, &server);
    going.signal("INT");
    going.hear(ENDING);
    let asked_at = Instant::now();
    going.signal("HUP");
    let ended = going.end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(130), ""));
    assert!(asked_at.elapsed() < IN_TIME, "{:?}", asked_at.elapsed());
    assert_eq!(desk.names(), ["run", "run/sessions.jsonl"]);
}

#[test]
fn a_signal_before_the_run_ends_at_once() {
    let desk = Desk::new();
    let begun = desk.path("begun");
    let made = Command::new("mkfifo").arg(&begun).status().unwrap();
    assert!(made.success());
    let server = BadServer::start(Mischief::None, Whom::All);
    let target = format!("ws://{}/uat", server.address);
    // Who reads from it waits until it is written to; then the command waits to be written to.
    let command = "sh -c 'echo > begun; cat begun'";
    let args = ["run", "--target", &target, "--token-command", command, "--out", "run"];
    let going = desk.start(&args);
    fs::read(&begun).unwrap();
    going.signal("INT");
    let ended = going.end();
    // The command, which nobody waits for any more, comes to its end.
    let told = thread::spawn(move || fs::write(&begun, ""));
    assert_eq!((ended.code, ended.out.as_str()), (Some(130), ""));
    assert!(told.join().unwrap().is_ok());
    assert!(!desk.names().contains(&"run/run.json".to_owned()), "{:?}", desk.names());
}
