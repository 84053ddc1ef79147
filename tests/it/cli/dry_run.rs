//! `--dry-run` tells the plan, in 80 columns or as JSON, and does nothing. `UPDATE_GOLDEN=1` rewrites
//! the texts.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::TOKEN;
use crate::process::{Desk, Ended};

/// A scenario with everything that a plan tells of.
const FULL: &str = "name: full
actors: { phone: {}, tablet: {}, stranger: { tenant: other } }
load: { devices: 60, duration: 20m }
setup: [init]
flow:
  - send: hello
  - parallel: [[{ send: a }], [{ think: 2s }, { send: { text: b, by: tablet } }]]
  - repeat: { rate: 2/s, for: 5s, steps: [ping] }
  - for_each: { in: [1, 2, 3], as: page, steps: [{ messages: { page: \"${page}\", limit: 10 } }] }
  - connect: { by: stranger, auth: other-tenant, expect: error }
  - connect: { by: stranger, auth: expired, expect: error }
  - upload: { file: data/room.png, mime: image/png, type: chat-images }
  - think: 1s..3s
teardown: [end]
";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("full.yaml", FULL);
    fs::create_dir(desk.path("data")).unwrap();
    desk.write("data/room.png", b"not really");
    desk.write("two.csv", "token,tenant\nfirst-token,34\nsecond-token,35\n");
    desk
}

fn told(desk: &Desk, args: &[&str]) -> String {
    let before = desk.names();
    let Ended { code, out, err } = desk.run(&[&["run", "--dry-run"][..], args].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
    assert_eq!(desk.names(), before, "{args:?}");
    for secret in [TOKEN, "first-token"] {
        assert!(!out.contains(secret), "{out}");
    }
    out
}

#[track_caller]
fn check(file: &str, args: &[&str]) {
    let out = told(&desk(), args);
    let wide: Vec<_> = out.lines().filter(|line| line.len() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/dry_run").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &out).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(out, expected, "{file}; UPDATE_GOLDEN=1 rewrites it");
}

const UAT: [&str; 4] = ["--target", "ws://uat.example.com/uat", "--allow", "uat.example.com"];

#[test]
fn the_plan_against_the_embedded_server_needs_no_account() {
    check("embedded.txt", &["full.yaml"]);
    check("conformance.txt", &["builtin:conformance"]);
}

#[test]
fn the_plan_away_from_loopback_is_gentle() {
    check("gentle.txt", &[&UAT[..], &["--accounts", "two.csv", "full.yaml"]].concat());
}

#[test]
fn the_plan_with_one_account_says_what_is_left_out() {
    check("one-account.txt", &[&UAT[..], &["--token", TOKEN, "full.yaml"]].concat());
}

#[test]
fn a_plan_that_nears_quotas_says_so() {
    let load = ["--accounts", "two.csv", "full.yaml", "-d", "30000", "--duration", "3h"];
    let rate = ["--connect-rate", "400/s"];
    check("quotas.txt", &[&UAT[..], &load, &rate].concat());
}

#[test]
fn a_plan_as_json_holds_the_same() {
    let text = told(&desk(), &["--format", "json", "full.yaml"]);
    let plan: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(plan["target"], "an embedded reference server");
    assert_eq!(plan["devices"], 60);
    assert_eq!(plan["scenarios"][0]["name"], "full");
    assert_eq!(plan["quotas"].as_array().unwrap().len(), 6);
    assert!(plan["cost"]["class"].is_string());
}

#[test]
fn what_is_wrong_is_told_in_a_dry_run_as_in_a_run() {
    for args in [&["absent.yaml"][..], &["--target", "ws://uat.example.com/uat", "--token", TOKEN]]
    {
        let Ended { code, out, err } = desk().run(&[&["run", "--dry-run"][..], args].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    }
}
