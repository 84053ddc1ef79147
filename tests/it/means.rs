//! What this machine has too little of in the middle of a run is told as its own fault.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::process::{Desk, Serving};

#[track_caller]
fn check_workers(limit: &str, workers: &str) {
    let desk = Desk::new();
    let args = ["run", "-d", "2", "--workers", workers, "--out", "run", "--junit", "junit.xml"];
    let ended = desk.start_by(&["prlimit", limit], &args).end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
    assert!(ended.err.contains("error: failed to start a worker: "), "{}", ended.err);
    assert!(desk.read("junit.xml").contains("failed to start a worker"));
}

#[test]
fn too_few_files_or_too_little_memory_for_the_workers_keep_a_run_from_beginning() {
    check_workers("--nofile=256", "400");
    check_workers("--as=3000000000", "3000");
}

#[test]
fn devices_that_find_no_file_to_open_are_not_held_against_the_server() {
    let desk = Desk::new();
    desk.write(
        "flow.yaml",
        "name: crowd\nload: { devices: 40, duration: 14s, ramp_up: 12s }\n\
         setup: [init]\nflow: [{ send: hello }, { think: 200ms }]\nteardown: [end]\n",
    );
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let to = ["--target", &serving.target, "--token", token.trim()];
    let how = ["--progress", "plain", "--format", "json", "--out", "run"];
    let mut going = desk.start(&[&["run", "flow.yaml"][..], &to, &how].concat());
    going.hear("sends/s");
    let id = going.id().to_string();
    let open = fs::read_dir(format!("/proc/{id}/fd")).unwrap().count();
    let limit = format!("--nofile={open}:{open}");
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
    let ended = going.end();
    let run: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.code, Some(4), "{} {}", run["why"], ended.err);
    assert!(run["errors"]["harness"]["files_exhausted"].as_u64() > Some(0), "{}", run["errors"]);
    assert!(run["errors"]["network"].is_null(), "{}", run["errors"]);
    let told = "connects failed as this machine had no more open files";
    assert!(run["why"].to_string().contains(told), "{}", run["why"]);
}
