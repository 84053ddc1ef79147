//! What a run says of what it found, of what it could not judge, and of what it never tried.

use serde_json::Value;

use crate::process::{Desk, Ended, Serving};

const FLOW: &str = "name: short\nflow: [init, { send: hello }, { think: 200ms }, end]\n\
                    settings: { delivery_timeout: 500ms }\n";

/// Runs a short flow with these options; gives the record.
#[track_caller]
fn check(options: &[&str], code: i32, says: &[&str]) -> Value {
    let desk = Desk::new();
    desk.write("flow.yaml", FLOW);
    let Ended { code: ended, out, err } =
        desk.run(&[&["run", "flow.yaml", "--out", "run"], options].concat());
    assert_eq!(ended, Some(code), "{options:?}\n{out}{err}");
    for part in says {
        assert!(out.contains(part), "{options:?} does not say {part:?}:\n{out}");
    }
    serde_json::from_str(&desk.read("run/run.json")).unwrap()
}

fn status<'a>(run: &'a Value, id: &str) -> (&'a str, Option<&'a str>) {
    let clauses = run["clauses"].as_array().unwrap();
    let clause = clauses.iter().find(|clause| clause["id"] == id).unwrap();
    (clause["status"].as_str().unwrap(), clause["note"].as_str())
}

#[test]
fn what_the_document_only_hints_at_fails_a_run_where_it_is_asked_to() {
    let quiet = "--server-arg=--own-echo=off";
    let says = ["PASSED", "EVENT-7 (should", "rests on the reading: who-gets-events"];
    let run = check(&[quiet], 0, &says);
    assert_eq!(status(&run, "EVENT-7").0, "violated");
    check(&[quiet, "--fail-on", "should"], 1, &["FAILED", "EVENT-7 violated"]);
}

#[test]
fn what_was_not_exercised_is_not_passed_and_can_be_required() {
    let run = check(&[], 0, &["untried"]);
    assert_eq!(status(&run, "LIST-3").0, "not-exercised");
    check(&["--require", "LIST-3"], 1, &["required, not exercised", "LIST-3"]);
    check(&["--require", "must"], 1, &["required, not exercised"]);
    check(&["--require", "ENV-1"], 0, &["PASSED"]);
}

#[test]
fn without_a_concierge_what_needs_one_says_so() {
    let run = check(&["--server-arg=--concierge=off"], 0, &["no concierge came"]);
    assert_eq!(status(&run, "SEEN-1"), ("not-exercised", Some("no concierge came")));
}

#[test]
fn a_defect_is_told_by_its_clause_with_the_command_that_repeats_it() {
    let defect = "--server-arg=--defect=close-after-twelve-answers";
    let desk = Desk::new();
    let text = "name: pings\nflow: [init, { repeat: { times: 20, steps: [ping] } }]\n";
    desk.write("flow.yaml", text);
    let out = desk.run(&["run", "flow.yaml", defect, "--seed", "5", "--out", "run"]).out;
    for part in ["CONNECT-6 (should, 1 of 1)", "first in pings, device 0", defect, "--seed 5"] {
        assert!(out.contains(part), "does not say {part:?}:\n{out}");
    }
}

#[test]
fn traffic_of_others_on_the_same_account_leaves_what_it_touches_open() {
    let desk = Desk::new();
    // Whoever is told of all sessions of the tenant hears of those of others, too.
    let serving = Serving::start_with(&desk, &["--defect", "events-to-the-whole-tenant"]);
    let token = desk.run(&["token", "--tenant", "34"]).out.trim().to_owned();
    let endpoint = ["--target", &serving.target, "--token", &token];
    let others = ["run", "-d", "4", "--duration", "60s", "--progress", "plain", "--out", "others"];
    let mut others = desk.start(&[&others[..], &endpoint].concat());
    others.hear("sends/s");
    // It lasts as long as it takes others to speak meanwhile.
    desk.write("flow.yaml", "name: short\nflow: [init, { send: hello }, { think: 5s }, end]\n");
    let ours = desk.run(&[&["run", "flow.yaml", "--out", "ours"], &endpoint[..]].concat());
    assert_eq!(ours.code, Some(0), "{}{}", ours.out, ours.err);
    assert!(ours.out.contains("account shared"), "{}", ours.out);
    let run: Value = serde_json::from_str(&desk.read("ours/run.json")).unwrap();
    for clause in ["EVENT-6", "EVENT-10"] {
        assert_eq!(status(&run, clause), ("inconclusive", Some("account shared")), "{clause}");
    }
}
