//! Signals beside those that interrupt a run: a terminal that is closed, a process that is stopped for a
//! while, those that are ignored; and what they are to `serve`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use futures_util::StreamExt;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio_tungstenite::client_async;

use crate::process::{Desk, Serving};

/// A load of so many seconds, whose requests are waited for for two.
fn flow(seconds: u64) -> String {
    format!(
        "name: flow\nload: {{ devices: 4, duration: {seconds}s }}\n\
         settings: {{ response_timeout: 2s, delivery_timeout: 2s, ack_timeout: 2s }}\n\
         setup: [init]\nflow: [{{ send: hello }}, {{ think: 20ms }}]\nteardown: [end]\n"
    )
}

#[test]
fn a_signal_that_whoever_started_us_ignores_is_ignored() {
    let desk = Desk::new();
    desk.write("flow.yaml", flow(7));
    let program = ["env", "--ignore-signal=HUP", "--ignore-signal=USR1"];
    let args = ["run", "flow.yaml", "--progress", "plain", "--out", "run"];
    let mut going = desk.start_by(&program, &args);
    going.hear("sends/s");
    going.signal("HUP");
    going.signal("USR1");
    let ended = going.end();
    assert_eq!(ended.code, Some(0), "{}{}", ended.err, ended.out);
}

/// A terminal that is taken away from the process whose own it is.
#[test]
fn a_terminal_that_is_closed_ends_a_run_with_full_reports() {
    let desk = Desk::new();
    desk.write("flow.yaml", flow(600));
    let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&far).unwrap();
    unlockpt(&far).unwrap();
    let name = ptsname(&far, Vec::new()).unwrap();
    let near = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let stream = || Stdio::from(near.try_clone().unwrap());
    let program = ["env", "--default-signal=HUP", "setsid", "--ctty"];
    let args = ["run", "flow.yaml", "--progress", "plain", "--out", "run"];
    let mut command = desk.command_by(&program, &args, &[]);
    let mut child = command.stdin(stream()).stdout(stream()).stderr(stream()).spawn().unwrap();
    drop((command, near));
    let mut lines = BufReader::new(File::from(far)).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("sends/s")));
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!(run["verdict"], "interrupted");
    assert_eq!(run["left_behind"]["open_sessions"], 0);
}

#[test]
fn a_process_that_was_stopped_calls_its_run_invalid_and_blames_nobody() {
    let desk = Desk::new();
    desk.write("flow.yaml", flow(14));
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let to = ["--target", &serving.target, "--token", token.trim()];
    let how = ["--progress", "plain", "--format", "json", "--out", "run", "--fail-on", "should"];
    let mut going = desk.start(&[&["run", "flow.yaml"][..], &to, &how].concat());
    going.hear("sends/s");
    going.signal("STOP");
    // It is this time that is tested.
    thread::sleep(Duration::from_secs(5));
    going.signal("CONT");
    let ended = going.end();
    let run: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.code, Some(4), "{} {}", run["why"], run["errors"]);
    assert!(
        run["why"][0].as_str().unwrap().contains("deskbell stood still for "),
        "{}",
        run["why"]
    );
    assert!(run["errors"].as_object().unwrap().is_empty(), "{}", run["errors"]);
    let clauses = run["clauses"].as_array().unwrap();
    assert!(!clauses.iter().any(|clause| clause["status"] == "violated"));
    let steps = run["scenarios"][0]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["failed"] == 0), "{steps:?}");
}

#[test]
fn serve_ends_at_any_of_them_and_at_a_second_one_at_once() {
    for (nth, signal) in ["INT", "TERM", "HUP"].into_iter().enumerate() {
        let desk = Desk::new();
        let program = ["env", "--default-signal=HUP"];
        let serving = Serving::start_by(&desk, &program, &[]);
        let token = desk.run(&["token", "--tenant", "34"]).out;
        let to = format!("{}?Auth={}&deviceId=d", serving.target, token.trim());
        let address = serving.target.strip_prefix("ws://").unwrap().strip_suffix("/uat").unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // A client that does not take its leave.
        let stream = runtime.block_on(async {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut stream, _) = client_async(to, stream).await.unwrap();
            stream.next().await.unwrap().unwrap();
            stream
        });
        if nth == 0 {
            drop(stream);
            serving.going.signal(signal);
            assert_eq!(serving.going.end().code, Some(0), "{signal}");
        } else {
            serving.going.signal(signal);
            serving.going.signal("INT");
            assert_eq!(serving.going.end().code, Some(130), "{signal}");
        }
    }
}

#[test]
fn serve_goes_on_where_nobody_reads_what_it_prints() {
    let desk = Desk::new();
    let line = ["serve", "--listen", "127.0.0.1:0", "--latency", "1ms"];
    let mut command = desk.command(&line, &[]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    drop(out);
    let target = first.trim().strip_prefix("listening on ").unwrap();
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let ended = desk.run(&["call", "--init", "ping", "--target", target, "--token", token.trim()]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    crate::process::send("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
