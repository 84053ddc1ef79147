//! Stdout carries the results, stderr the rest, and a reader who goes ends no command.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::Stdio;
use std::thread;

use serde_json::Value;

use crate::process::Desk;

const FLOW: &str = "name: flow\nflow: [init, { send: hello }, end]\n";
const LATE: &str = "name: late\nflow: [init, { send: hello }, end]\n\
                    thresholds: [send_to_ack.p99 < 1us]\n";

/// A desk with a flow that passes, one that fails, one with a mistake, and the folder of a run.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("flow.yaml", FLOW);
    desk.write("late.yaml", LATE);
    desk.write("wrong.yaml", "name: wrong\nflow: [inti]\n");
    assert_eq!(desk.run(&["run", "flow.yaml", "--out", "done"]).code, Some(0));
    desk
}

/// Every command that ends by itself, and its exit status.
const COMMANDS: [(&[&str], i32); 20] = [
    (&["--help"], 0),
    (&["nonsense"], 2),
    (&["clauses"], 0),
    (&["clauses", "--format", "json"], 0),
    (&["clauses", "--format", "csv"], 0),
    (&["defects"], 0),
    (&["token", "--tenant", "34"], 0),
    (&["check", "flow.yaml"], 0),
    (&["check", "wrong.yaml"], 2),
    (&["waivers", "done"], 0),
    (&["report", "done", "--out", "again"], 0),
    (&["completions", "bash"], 0),
    (&["man"], 0),
    (&["cleanup", "done"], 0),
    (&["call", "--init", "ping"], 0),
    (&["probe", "--target", "ws://127.0.0.1:1/uat", "--token", "t"], 3),
    (&["run", "flow.yaml", "--dry-run"], 0),
    (&["run", "flow.yaml", "--out", "flow"], 0),
    (&["run", "late.yaml", "--out", "late", "--format", "json"], 1),
    (&["run", "wrong.yaml", "--out", "wrong"], 2),
];

/// The end of a pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_closed_stdout_changes_no_exit_status_and_is_not_spoken_of() {
    let desk = desk();
    for (args, code) in COMMANDS {
        let child = desk.command(args, &[]).stdout(closed()).stderr(Stdio::piped()).output();
        let output = child.unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
        assert!(!err.contains("pipe") && !err.contains("stdout"), "{args:?}: {err}");
    }
}

#[test]
fn a_closed_stderr_changes_neither_exit_status_nor_results() {
    let desk = desk();
    for (args, code) in COMMANDS {
        let child = desk.command(args, &[]).stderr(closed()).stdout(Stdio::piped()).output();
        let output = child.unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stdout.is_empty(), code > 1, "{args:?}");
    }
}

#[test]
fn streams_that_were_never_open_change_nothing() {
    let desk = desk();
    for (args, code) in COMMANDS {
        let line = ["sh", "-c", "exec \"$0\" \"$@\" >&- 2>&- <&-"];
        let ended = desk.command_by(&line, args, &[]).status().unwrap();
        assert_eq!(ended.code(), Some(code), "{args:?}");
    }
}

#[test]
fn mistakes_and_what_could_not_be_done_leave_stdout_empty() {
    let desk = desk();
    for (args, code) in COMMANDS {
        let ended = desk.run(args);
        assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.err);
        assert_eq!(ended.out.is_empty(), code > 1, "{args:?}: {}", ended.out);
        assert!(code <= 1 || !ended.err.is_empty(), "{args:?}");
    }
}

#[test]
fn a_disk_that_is_full_is_told() {
    let desk = desk();
    for args in [&["clauses"][..], &["token", "--tenant", "34"], &["check", "flow.yaml"]] {
        let full = File::create("/dev/full").unwrap();
        let output = desk.command(args, &[]).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{args:?}: {err}");
        assert!(err.contains("cannot write to stdout"), "{args:?}: {err}");
    }
}

#[test]
fn head_reads_one_line_and_the_run_ends_as_it_would_have() {
    let desk = desk();
    let args = ["run", "late.yaml", "--out", "late"];
    let (mut reader, writer) = io::pipe().unwrap();
    let mut command = desk.command(&args, &[]);
    command.stdout(writer).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut first = [0];
    reader.read_exact(&mut first).unwrap();
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(desk.names().contains(&"late/run.json".to_owned()));
}

/// What `--format json` prints of a run, and its exit status.
#[track_caller]
fn check_json(args: &[&str], code: i32, verdict: &str) {
    let desk = desk();
    let ended = desk.run(&[&["run", "--format", "json", "--out", "run"], args].concat());
    assert_eq!(ended.code, Some(code), "{}", ended.err);
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(told["verdict"], verdict);
    assert_eq!(ended.out.trim(), desk.read("run/run.json").trim());
}

#[test]
fn json_is_the_same_as_the_file_and_nothing_else() {
    check_json(&["flow.yaml"], 0, "passed");
    check_json(&["late.yaml"], 1, "failed");
    let nobody = ["--target", "ws://127.0.0.1:1/uat", "--token", "t"];
    check_json(&[&["flow.yaml"][..], &nobody].concat(), 3, "error");
}

#[test]
fn json_of_a_run_that_did_not_begin_is_nothing() {
    let desk = desk();
    let ended = desk.run(&["run", "wrong.yaml", "--format", "json"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    assert!(ended.err.contains("wrong.yaml"), "{}", ended.err);
}

#[test]
fn a_reader_who_takes_nothing_holds_up_no_run() {
    let desk = desk();
    desk.write(
        "long.yaml",
        "name: long\nload: { devices: 2, duration: 7s }\n\
                             flow: [init, { send: hello }, { think: 100ms }, end]\n",
    );
    let (reader, mut writer) = io::pipe().unwrap();
    let filling = writer.try_clone().unwrap();
    // Filled to the brim, so that the first line of progress blocks.
    let filler = thread::spawn(move || while writer.write_all(&[b'.'; 4096]).is_ok() {});
    let args = ["run", "long.yaml", "--out", "long", "--progress", "plain"];
    let mut command = desk.command(&args, &[]);
    let output = command.stdout(Stdio::piped()).stderr(filling).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(desk.names().contains(&"long/run.json".to_owned()));
    drop((command, reader));
    filler.join().unwrap();
}
