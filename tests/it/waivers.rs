//! Waivers, from a draft to a run that passes by them, against a server that deviates.

use serde_json::Value;

use crate::deviation::{number_the_ids, relay};
use crate::process::{Desk, Ended, Serving};

/// A desk beside a server whose responses to `send-message` break the schema.
struct Deviating {
    desk: Desk,
    target: String,
    token: String,
    _serving: Serving,
}

impl Deviating {
    fn start() -> Self {
        let desk = Desk::new();
        let serving = Serving::start(&desk);
        let target = relay(&serving.target, number_the_ids);
        let token = desk.run(&["token", "--tenant", "34"]).out.trim().to_owned();
        Self { desk, target, token, _serving: serving }
    }

    /// Runs with these options, into the folder `run`.
    #[track_caller]
    fn check(&self, options: &[&str], code: i32, says: &[&str]) -> Value {
        let given = ["run", "-t", &self.target, "--token", &self.token, "-d", "4"];
        let into = ["--out", "run", "--overwrite"];
        let Ended { code: ended, out, err } =
            self.desk.run(&[&given[..], &into[..], options].concat());
        assert_eq!(ended, Some(code), "{options:?}\n{out}{err}");
        for part in says {
            assert!(out.contains(part), "{options:?} does not say {part:?}:\n{out}");
        }
        serde_json::from_str(&self.desk.read("run/run.json")).unwrap()
    }

    fn draft(&self) {
        let ended = self.desk.run(&["waivers", "run", "-o", "waivers.yaml"]);
        assert_eq!((ended.code, &*ended.out, &*ended.err), (Some(0), "", ""));
    }
}

fn clause<'a>(run: &'a Value, id: &str) -> &'a Value {
    run["clauses"].as_array().unwrap().iter().find(|clause| clause["id"] == id).unwrap()
}

#[test]
fn a_draft_makes_the_same_run_pass_and_says_what_it_covered() {
    let deviating = Deviating::start();
    let run = deviating.check(&[], 1, &["ENV-5 (must", "rests on the reading: ids-and-times"]);
    let found = run["totals"]["findings"]["must"].as_u64().unwrap();
    deviating.draft();
    let draft = deviating.desk.read("waivers.yaml");
    let again = deviating.desk.run(&["waivers", "run", "-o", "waivers.yaml"]);
    assert_eq!(again.code, Some(2), "a file of the user's is not replaced: {}", again.err);
    assert_eq!(deviating.desk.run(&["waivers", "run"]).out, draft);
    for line in ["- clause: ENV-5", "  route: \"client/send-message\"", "  until: "] {
        assert!(draft.contains(line), "{draft}");
    }
    let fine = deviating.desk.run(&["check", "waivers.yaml", "builtin:chat"]);
    assert!(fine.out.contains(" waiver") && fine.code == Some(0), "{}{}", fine.out, fine.err);
    let run = deviating.check(&["--waivers", "waivers.yaml"], 0, &["PASSED", "waived    ENV-5"]);
    assert_eq!((&run["verdict"], &run["why"]), (&"passed".into(), &Value::Array(vec![])));
    assert_eq!(run["totals"]["findings"]["waived"], found);
    assert_eq!(run["totals"]["findings"]["must"], 0);
    let env5 = clause(&run, "ENV-5");
    assert_eq!((&env5["status"], &env5["waived"]), (&"waived".into(), &env5["violated"]));
    assert!(deviating.desk.read("run/clauses.csv").contains(",waived\n"));
    let junit = deviating.desk.read("run/junit.xml");
    assert!(junit.contains("<skipped message=\"waived: drafted from run "), "{junit}");
    for line in deviating.desk.read("run/violations.jsonl").lines() {
        let violation: Value = serde_json::from_str(line).unwrap();
        assert_eq!(violation["route"], "client/send-message");
        assert!(violation["event"].is_null() && violation["waived"].is_string(), "{violation}");
    }
}

#[test]
fn one_pointer_can_be_waived_and_the_rest_is_judged() {
    let deviating = Deviating::start();
    let text =
        "- { clause: ENV-5, pointer: /body/chatMessage/sentAt, reason: x, until: 2999-12-31 }";
    deviating.desk.write("waivers.yaml", text);
    let says = ["ENV-5 violated", "stale waiver of ENV-5, pointer /body/chatMessage/sentAt"];
    let run = deviating.check(&["--waivers", "waivers.yaml"], 1, &says);
    assert_eq!(run["waivers"][0]["status"], "stale");
    assert!(deviating.desk.read("run/junit.xml").contains("<failure message=\"stale: "));
}

#[test]
fn a_waiver_past_its_date_fails_the_run() {
    let deviating = Deviating::start();
    deviating.desk.write("waivers.yaml", "- { clause: ENV-5, reason: old, until: 2020-01-01 }");
    let says = ["ENV-5 violated", "the waiver of ENV-5 ended on 2020-01-01"];
    deviating.check(&["--waivers", "waivers.yaml"], 1, &says);
}

#[test]
fn nothing_is_drafted_of_what_is_no_run() {
    let desk = Desk::new();
    let absent = desk.run(&["waivers", "absent"]);
    assert_eq!(absent.code, Some(3));
    assert!(absent.err.starts_with("error: cannot read absent/run.json: "), "{}", absent.err);
    desk.write("run.json", "{}");
    let other = desk.run(&["waivers", "."]);
    assert!(other.err.contains("./run.json is not of a run of deskbell"), "{}", other.err);
}

#[test]
fn every_mistake_of_a_waiver_file_is_told_before_the_run() {
    let desk = Desk::new();
    desk.write("waivers.yaml", "- { clause: ENV-55, rute: x, until: 2027-02-31 }\n");
    for args in [&["run", "--waivers", "waivers.yaml"][..], &["check", "waivers.yaml"]] {
        let Ended { code, err, .. } = desk.run(args);
        assert_eq!(code, Some(2), "{err}");
        for part in [
            "waivers.yaml:1:13",
            "there is no clause `ENV-55`",
            "unknown key `rute`",
            "did you mean `route`?",
            "`2027-02-31` is no date",
            "this waiver has no `reason`",
        ] {
            assert!(err.contains(part), "{args:?} does not say {part:?}:\n{err}");
        }
    }
    assert_eq!(desk.names(), ["waivers.yaml"]);
}
