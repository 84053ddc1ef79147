//! `deskbell compare`, by the real binary: of runs that were made up, and of real ones.

mod known;
mod real;
mod refused;
mod synthetic;

use std::sync::LazyLock;

use deskbell::run::RunRecord;
use serde_json::Value;

use crate::pages::huge::unconnected;
use crate::process::{Desk, Ended};
use synthetic::{Synthetic, cleaned};

/// What synthetic runs have beside what is made up.
static TEMPLATE: LazyLock<RunRecord> = LazyLock::new(|| cleaned(unconnected()));

/// Three runs of the base.
const BASE: [&str; 3] = ["base-0", "base-1", "base-2"];

/// Three runs of the candidate.
const CANDIDATE: [&str; 3] = ["run-0", "run-1", "run-2"];

/// A desk with three synthetic runs on each side.
fn desk(base: impl Fn(Synthetic) -> Synthetic, candidate: impl Fn(Synthetic) -> Synthetic) -> Desk {
    let desk = Desk::new();
    for (no, name) in (1..).zip(BASE) {
        base(Synthetic::no(no)).write(&TEMPLATE, &desk.path(name));
    }
    for (no, name) in (11..).zip(CANDIDATE) {
        candidate(Synthetic::no(no)).write(&TEMPLATE, &desk.path(name));
    }
    desk
}

/// A comparison of these runs with these options, and what it exits with.
#[track_caller]
fn compared(desk: &Desk, base: &[&str], runs: &[&str], options: &[&str]) -> (i32, Value) {
    let named = base.iter().flat_map(|base| ["--base", base]);
    let args: Vec<_> = ["compare", "--format", "json"]
        .into_iter()
        .chain(named)
        .chain(runs.iter().copied())
        .chain(options.iter().copied())
        .collect();
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(err, "");
    let told: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    assert_eq!(told["exit_code"], code.unwrap());
    assert_eq!(told["passed"], code == Some(0));
    assert_eq!(told["why"].as_array().unwrap().is_empty(), code == Some(0));
    (code.unwrap(), told)
}

/// The row of a figure.
#[track_caller]
fn row<'a>(told: &'a Value, name: &str) -> &'a Value {
    let rows = told["metrics"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap_or_else(|| panic!("there is no {name}: {told:#}"))
}

/// What is said of a figure; empty where nothing is.
#[track_caller]
fn outcome<'a>(told: &'a Value, name: &str) -> &'a str {
    row(told, name)["outcome"].as_str().unwrap_or_default()
}

/// Why it failed, in one text.
fn why(told: &Value) -> String {
    told["why"].to_string()
}
