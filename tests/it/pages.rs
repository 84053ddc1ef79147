//! A report.html of each way that a run can end, for the browser test: `cargo test --test it pages`
//! writes them into `target/tmp/pages`, and holds each of them to its size.

pub(crate) mod huge;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use deskbell::report::Format;
use deskbell::run::{ClauseStatus, Direction, Occasion, RunRecord, StopReason, Verdict};
use deskbell::scenario::Until;

use crate::process::{Desk, Serving};
use crate::sample::sample;
use crate::simulated::{Simulated, run};

use huge::{huge, unconnected};

/// What a page may take, in bytes.
const MOST: usize = 2_000_000;

/// What a server might send for a message.
const HOSTILE: &str = "</script><img src=x onerror=\"document.title='owned'\"><b>&amp;";

/// The latencies that `builtin:load/steady` allows, on a machine that does other things as well.
const PATIENT: [&str; 2] = ["--threshold=send_to_peer.p99 < 1m", "--threshold=rtt.send.p99 < 1m"];

/// Writes a page to where the browser test looks for it.
#[track_caller]
fn keep(name: &str, page: &[u8]) {
    assert!(page.len() < MOST, "{name}.html has {} bytes", page.len());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name).with_extension("html"), page).unwrap();
}

#[track_caller]
fn check(name: &str, record: &RunRecord, verdict: Verdict) {
    assert_eq!(record.verdict, verdict, "{:?}", record.why);
    let mut page = Vec::new();
    Format::Html.write(record, &mut page).unwrap();
    keep(name, &page);
}

/// A run of the binary, and how it ends.
#[track_caller]
fn check_binary(name: &str, args: &[&str], code: i32) {
    let desk = Desk::new();
    let ended = desk.run(&[&["run", "--out", "run"], args].concat());
    assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
    keep(name, desk.read("run/report.html").as_bytes());
}

#[test]
fn a_passing_run() {
    let args = [&["builtin:chat", "builtin:load/steady", "-d", "20"][..], &PATIENT].concat();
    check_binary("passed", &args, 0);
}

#[test]
fn a_run_of_a_second() {
    let args = [&["builtin:load/steady", "-d", "20", "--duration", "1s"][..], &PATIENT].concat();
    check_binary("second", &args, 0);
}

#[test]
fn a_comparison_of_two_runs() {
    let desk = Desk::new();
    for out in ["base", "candidate"] {
        let args = ["run", "builtin:load/steady", "-d", "20", "--duration", "11s", "--out", out];
        let ended = desk.run(&[&args[..], &PATIENT].concat());
        assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    }
    let ended = desk.run(&["compare", "--base", "base", "candidate", "--out", "compared"]);
    // Which of them is the faster one is up to the machine.
    assert!(matches!(ended.code, Some(0 | 1)), "{}{}", ended.out, ended.err);
    keep("compared", desk.read("compared/comparison.html").as_bytes());
}

#[test]
fn a_run_in_which_nothing_connected() {
    // Nobody listens there any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = format!("ws://127.0.0.1:{port}/uat");
    check_binary("error", &["--target", &target, "--token", "of-nobody-in-particular"], 3);
    let record = unconnected();
    check("unconnected", &record, record.verdict);
}

#[test]
fn a_run_that_was_refused() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let args = ["--target", &serving.target, "--token", "of-nobody-in-particular", "-d", "6"];
    check_binary("refused", &args, 3);
}

#[test]
fn a_failing_run() {
    check("failed", &sample().record, Verdict::Failed);
}

#[test]
fn a_run_that_was_interrupted() {
    let text = "name: cut-short\nload: { devices: 20, duration: 1h }\nsetup: [init]\n\
                flow: [{ send: hello }, { think: 1s }]\n";
    let stopped = Some((Duration::from_secs(8), StopReason::Interrupted));
    let until = Some(Until::Elapsed(Duration::from_secs(3600)));
    let simulated = Simulated {
        scenario: Some(text),
        devices: Some(20),
        until,
        stopped,
        ..Simulated::default()
    };
    check("interrupted", &run(&simulated), Verdict::Interrupted);
}

#[test]
fn an_invalid_run() {
    let mut record = run(&Simulated::default());
    record.verdict = Verdict::Invalid;
    record.exit_code = 4;
    let why = "p99 lateness 38 ms is above 10 ms: fewer devices or more cores".to_owned();
    record.generator.valid = false;
    record.generator.lateness_us.p99 = 38_000;
    record.generator.why = vec![why.clone()];
    record.why = vec![why];
    for clause in record.clauses.iter_mut().filter(|clause| clause.id.rests_on_deadline()) {
        if clause.status == ClauseStatus::Passed {
            clause.status = ClauseStatus::Inconclusive;
            clause.note = Some("deskbell itself was late".to_owned());
        }
    }
    check("invalid", &record, Verdict::Invalid);
}

#[test]
fn an_hour_of_ten_thousand_devices_and_a_thousand_violations() {
    check("huge", &huge(), Verdict::Failed);
}

#[test]
fn a_run_of_which_every_text_is_markup() {
    let mut record = sample().record;
    let long = "without-a-blank-".repeat(20);
    record.target = format!("wss://uat.example.com/{HOSTILE}{long}");
    record.why.push(HOSTILE.to_owned());
    for found in &mut record.findings {
        HOSTILE.clone_into(&mut found.scenario);
        let finding = &mut found.finding;
        for text in
            [&mut finding.message, &mut finding.expected, &mut finding.actual, &mut finding.pointer]
        {
            *text = format!("{HOSTILE} {text} {long}");
        }
        finding.frame = Some(format!("{{\"messageContent\":\"{HOSTILE}{long}\"}}"));
        finding.event = Some(HOSTILE.into());
    }
    for told in &mut record.conversations {
        HOSTILE.clone_into(&mut told.scenario);
        if let Occasion::Step { file, step, message, expected, actual, .. } = &mut told.of {
            for text in [file, step, message, expected, actual] {
                HOSTILE.clone_into(text);
            }
        }
        let came = |one: &Direction| *one == Direction::In;
        for frame in &mut told.conversation.frames {
            frame.event = frame.what.direction().filter(came).map(|_| HOSTILE.into());
        }
    }
    for scenario in &mut record.scenarios {
        HOSTILE.clone_into(&mut scenario.name);
        HOSTILE.clone_into(&mut scenario.file);
        scenario.errors.push(HOSTILE.to_owned());
        scenario.steps.iter_mut().for_each(|step| HOSTILE.clone_into(&mut step.step));
        for unmet in &mut scenario.unmet {
            HOSTILE.clone_into(&mut unmet.step);
            unmet.actual = format!("{HOSTILE}{long}");
        }
    }
    record.waivers.iter_mut().for_each(|waiver| HOSTILE.clone_into(&mut waiver.reason));
    record.generator.notes.push(HOSTILE.to_owned());
    record.latency = record
        .latency
        .into_iter()
        .map(|(name, summary)| {
            (if name == "rtt.send" { HOSTILE.to_owned() } else { name }, summary)
        })
        .collect();
    check("hostile", &record, Verdict::Failed);
}
