//! docs/faults.md, made from the rows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::fault::{Fault, Whom};
use super::{
    application, gateway, handshake, harness, integration, json, network, tls, upload, websocket,
};

/// The rows, by where they are at fault.
fn chapters() -> [(&'static str, Vec<Fault>); 10] {
    [
        ("Network", network::faults()),
        ("TLS", tls::faults()),
        ("The upgrade", handshake::faults()),
        ("Frames", websocket::faults()),
        ("Gateway", gateway::faults()),
        ("Integration", integration::faults()),
        ("Service", application::faults()),
        ("JSON", json::faults()),
        ("Uploads", upload::faults()),
        ("The harness itself", harness::faults()),
    ]
}

#[test]
fn the_page_of_faults_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let fresh = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stored, fresh, "docs/faults.md is stale; UPDATE_GOLDEN=1 rewrites it");
}

#[test]
fn every_fault_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (_, faults) in chapters() {
        for fault in faults {
            assert!(names.insert(fault.name.clone()), "{} stands twice", fault.name);
        }
    }
    assert!(names.len() >= 60, "{} faults", names.len());
}

fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    for (title, faults) in chapters() {
        write!(page, "\n## {title}\n\n{HEADINGS}").unwrap();
        for fault in faults {
            let mark = if fault.whom == Whom::First { " *" } else { "" };
            let Fault { name, done, exit, within, memory, .. } = &fault;
            let says = says(&fault);
            let within = within.as_secs();
            writeln!(
                page,
                "| `{name}`{mark} | {done} | {says} | {exit} | {within} s | {memory} MiB |"
            )
            .unwrap();
        }
    }
    page
}

fn says(fault: &Fault) -> String {
    let errors = fault.errors.iter().map(|error| format!("`{}`", error.replace('/', ": ")));
    let clauses = fault.clauses.iter().map(|&clause| clause.to_owned());
    let verdict = fault.verdict().to_owned();
    errors.chain(clauses).chain([verdict]).collect::<Vec<_>>().join(", ")
}

const INTRODUCTION: &str = "# Faults, and what deskbell says of them

A harness is worth what it says when things go wrong. Each row is a run of the binary against a server
that does one thing wrong, and the test that plays it holds the run to all that stands here: the errors,
by layer and kind, as `run.json` counts them under `errors`; the clauses that are violated; the verdict
and the exit status; and that the process ended within the time and the memory named, both bounds with
room for a busy machine and a build that is not optimised. No other errors are counted and no other
clauses found violated, and every request has one verdict: answered, expired, or cut off.

Where a row is marked with *, it is done to one of two devices. The other one gets the service as it
should be, passes every step, and has no finding laid to it.
";

const HEADINGS: &str = "| fault | what is done | what deskbell says | exit | within | memory |
| --- | --- | --- | --- | --- | --- |
";
