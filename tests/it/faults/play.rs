//! Plays a fault by the real binary, and holds the run to what its row says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use serde_json::Value;

use crate::network::authority::Authority;
use crate::process::Desk;

use super::fault::{Fault, Way, Whom};
use super::flows;
use super::server::FaultyServer;

/// How many runs go on at once: most of them wait most of the time.
const AT_ONCE: usize = 4;

/// A run that is not as its row says.
struct Miss {
    what: String,
    /// Whether a machine with no time for it may be why.
    may_be_busy: bool,
}

/// Plays faults, some at once, and tells of all that did not end as they should. What a busy machine
/// may have kept from it is played once more, by itself.
#[track_caller]
pub(super) fn play_all(faults: &[Fault]) {
    let next = AtomicUsize::new(0);
    let missed: Vec<(&Fault, Miss)> = thread::scope(|scope| {
        let player = || {
            let mut missed = Vec::new();
            while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                missed.extend(play(fault).err().map(|miss| (fault, miss)));
            }
            missed
        };
        let players: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(player)).collect();
        players.into_iter().flat_map(|player| player.join().unwrap()).collect()
    });
    let wrong = missed.into_iter().filter_map(|(fault, miss)| {
        if miss.may_be_busy { play(fault).err().map(|miss| miss.what) } else { Some(miss.what) }
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Plays one fault.
///
/// # Errors
/// What is not as its row says.
fn play(fault: &Fault) -> Result<(), Miss> {
    let desk = Desk::new();
    desk.write("fault.yaml", fault.flow.replace("TENTH", &"x".repeat(14_000)));
    desk.write("note.txt", "a note");
    let tls = certificate(fault, &desk);
    let server = FaultyServer::start(fault.clone(), tls);
    let args = command(fault, &server);
    let began_at = Instant::now();
    let ended = desk.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let took = began_at.elapsed();
    let may_be_busy = took > fault.within || ended.code == Some(INVALID);
    let mut wrong = Vec::new();
    if took > fault.within {
        wrong.push(format!("it took {took:?}, and not {:?}", fault.within));
    }
    if ended.code != Some(fault.exit) {
        wrong.push(format!("exit status {:?}, and not {}", ended.code, fault.exit));
    }
    if format!("{}{}", ended.err, ended.out).contains("panicked") {
        wrong.push("it panicked".into());
    }
    let has_begun = desk.names().contains(&"run/run.json".to_owned());
    match fault.exit {
        2 if has_begun => wrong.push("it was begun".into()),
        2 => {}
        _ if !has_begun => wrong.push("it left no run.json".into()),
        _ => hold(fault, &desk, &mut wrong),
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let (name, wrong) = (&fault.name, wrong.join("\n  "));
    Err(Miss { what: format!("{name}:\n  {wrong}\n{}{}", ended.err, ended.out), may_be_busy })
}

/// The exit status of a run whose generator could not keep up.
const INVALID: i32 = 4;

fn command(fault: &Fault, server: &FaultyServer) -> Vec<String> {
    let address = server.address;
    let target = match fault.way {
        Way::Plain | Way::Proxy => format!("ws://{address}/uat"),
        Way::Tls(_) => format!("wss://{address}/uat"),
        Way::Name => "ws://absent.invalid/uat".to_owned(),
    };
    let http = format!("http://{address}");
    let way = match fault.way {
        Way::Proxy => vec!["--proxy", &http],
        Way::Tls(shown) if shown.is_known => vec!["--ca-cert", "ca.pem"],
        Way::Plain if fault.flow == flows::UPLOAD => vec!["--upload-origin", &http],
        Way::Plain | Way::Tls(_) | Way::Name => Vec::new(),
    };
    let plain = ["run", "fault.yaml", "--progress", "none", "--seed", "7", "--out", "run"];
    let service = ["--target", &target, "--token", &server.token];
    let all = plain.iter().chain(&service).chain(&way).chain(&fault.options);
    all.map(|&arg| arg.to_owned()).collect()
}

/// What the server shows of itself, where it speaks TLS; what the harness is to trust is left on
/// the desk.
fn certificate(fault: &Fault, desk: &Desk) -> Option<Arc<ServerConfig>> {
    let Way::Tls(shown) = fault.way else { return None };
    let authority = Authority::new();
    desk.write("ca.pem", authority.pem());
    Some(authority.sign(shown.name, shown.validity).config(&[&TLS13, &TLS12]))
}

/// Holds a run to its row, and to what holds whatever happens.
fn hold(fault: &Fault, desk: &Desk, wrong: &mut Vec<String>) {
    let record: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    if record["verdict"] != fault.verdict() {
        wrong.push(format!("verdict {}, and not {}", record["verdict"], fault.verdict()));
    }
    let (counted, should) = (errors_of(&record), fault.errors.iter().cloned().collect());
    if counted != should {
        wrong.push(format!("errors: {counted:?}, and not {should:?}"));
    }
    let [found, sure] = violated(&record);
    let should: BTreeSet<_> = fault.clauses.iter().map(|&clause| clause.to_owned()).collect();
    if !should.is_subset(&found) || !sure.is_subset(&should) {
        wrong.push(format!("clauses: {found:?}, and not {should:?}"));
    }
    let (asked, told) = verdicts(&record);
    if asked != told {
        wrong.push(format!("{asked} requests, and {told} verdicts of them"));
    }
    let memory = record["generator"]["peak_rss_bytes"].as_u64().unwrap() >> 20;
    if memory > fault.memory {
        wrong.push(format!("it took {memory} MiB, and not {}", fault.memory));
    }
    if fault.whom == Whom::First {
        wrong.extend(harm(&record, &sure, desk));
    }
}

fn errors_of(record: &Value) -> BTreeSet<String> {
    let layers = record["errors"].as_object().unwrap();
    let kinds = layers.iter().flat_map(|(layer, kinds)| {
        kinds.as_object().unwrap().keys().map(move |kind| format!("{layer}/{kind}"))
    });
    kinds.collect()
}

/// The clauses that something was found against, and those of them that count: what rests on a time
/// limit does not, where the machine was too busy.
fn violated(record: &Value) -> [BTreeSet<String>; 2] {
    let of = |counts: fn(&Value) -> bool| {
        let clauses = record["clauses"].as_array().unwrap().iter();
        let violated = clauses.filter(|clause| counts(clause));
        violated.map(|clause| clause["id"].as_str().unwrap().to_owned()).collect()
    };
    [
        of(|clause| clause["violated"].as_u64() > Some(0)),
        of(|clause| clause["status"] == "violated"),
    ]
}

/// How many requests were made, and how many of them were answered, expired or cut off: the same,
/// whatever happens.
fn verdicts(record: &Value) -> (u64, u64) {
    let count = |layer: &str, kind: &str| record["errors"][layer][kind].as_u64().unwrap_or(0);
    let totals = |key: &str| record["totals"][key].as_u64().unwrap();
    let answered = totals("responses") - count("application", "unasked_answer");
    let expired = count("integration", "response_timeout");
    let cut_off = ["network", "gateway", "harness"].map(|layer| count(layer, "cut_off"));
    (totals("requests"), answered + expired + cut_off.iter().sum::<u64>())
}

/// What happened to the device that nothing was done to.
fn harm(record: &Value, sure: &BTreeSet<String>, desk: &Desk) -> Vec<String> {
    let steps = record["scenarios"][0]["steps"].as_array().unwrap().iter();
    let missed = steps.filter(|step| step["passed"].as_u64() < Some(1));
    let missed = missed.map(|step| format!("the other device did not pass {step}"));
    let findings = desk.read("run/violations.jsonl");
    let findings = findings.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let counts = |finding: &Value| sure.contains(finding["clause"].as_str().unwrap());
    let laid = findings.filter(|finding| finding["device"] != 0 && counts(finding));
    missed.chain(laid.map(|finding| format!("laid to the other device: {finding}"))).collect()
}
