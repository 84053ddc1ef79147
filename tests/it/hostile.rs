//! The binary itself against servers that do everything wrong: it ends in time, with findings and
//! error counts, and never with a panic.

mod blame;
mod in_time;
pub(crate) mod mischief;
mod random;
pub(crate) mod server;
mod tattle;
mod under_load;

use std::thread;

use serde_json::Value;

use crate::process::{Desk, Ended};
use mischief::Mischief;
use server::{BadServer, Whom};

/// A finished run.
struct Ran {
    ended: Ended,
    desk: Desk,
    record: Value,
}

fn run(scenario: &str, mischief: Mischief, whom: Whom) -> Ran {
    let server = BadServer::start(mischief, whom);
    let desk = Desk::new();
    let scenario = format!("{}/tests/it/hostile/{scenario}", env!("CARGO_MANIFEST_DIR"));
    let target = format!("ws://{}/uat", server.address);
    let ended = desk.run(&[
        "run",
        &scenario,
        "--target",
        &target,
        "--token",
        &server.token,
        "--progress",
        "none",
        "--seed",
        "7",
        "--out",
        "run",
    ]);
    let record = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    Ran { ended, desk, record }
}

impl Ran {
    /// The clauses that clauses.csv counts violations of, each with a line in violations.jsonl. On a machine
    /// that is too busy some of them are inconclusive.
    fn violated(&self) -> Vec<String> {
        let clauses = self.desk.read("run/clauses.csv");
        let mut rows = csv::Reader::from_reader(clauses.as_bytes());
        let rows = rows.records().map(Result::unwrap);
        let violated: Vec<_> =
            rows.filter(|row| &row[4] != "0").map(|row| row[0].to_owned()).collect();
        let mut told: Vec<_> = self.findings().iter().map(|f| text(&f["clause"])).collect();
        told.sort();
        told.dedup();
        let mut sorted = violated.clone();
        sorted.sort();
        assert_eq!(told, sorted, "violations.jsonl agrees with clauses.csv");
        violated
    }

    fn findings(&self) -> Vec<Value> {
        let lines = self.desk.read("run/violations.jsonl");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn errors(&self) -> Vec<String> {
        let layers = self.record["errors"].as_object().unwrap();
        let kinds = layers.iter().flat_map(|(layer, kinds)| {
            kinds.as_object().unwrap().keys().map(move |kind| format!("{layer}/{kind}"))
        });
        kinds.collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Runs a scenario against a bad server, and holds its exit status, the clauses violated and the
/// errors counted to what is said.
#[track_caller]
fn check(
    (scenario, mischief, whom): (&str, Mischief, Whom),
    exit: i32,
    violated: &[&str],
    errors: &[&str],
) -> Ran {
    let ran = run(scenario, mischief, whom);
    let told = format!("{}{}", ran.ended.err, ran.ended.out);
    assert!(!told.contains("panicked"), "{mischief:?}: {told}");
    assert_eq!(ran.ended.code, Some(exit), "{mischief:?}: {told}");
    assert_eq!(ran.violated(), violated, "{mischief:?}: {told}");
    assert_eq!(ran.errors(), errors, "{mischief:?}: {told}");
    assert_eq!(ran.record["exit_code"], exit);
    ran
}

/// Runs side by side what mostly waits.
fn side_by_side<T: Copy + Send>(cases: &[T], case: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for one in cases {
            let case = &case;
            let one = *one;
            scope.spawn(move || case(one));
        }
    });
}

const CHAT: &str = "chat.yaml";
const HASTY: &str = "hasty.yaml";
const PATIENT: &str = "patient.yaml";
const LATE: &str = "late.yaml";

#[test]
fn a_faithful_server_passes_behind_the_same_proxy() {
    check((CHAT, Mischief::None, Whom::All), 0, &[], &[]);
}

#[test]
fn a_number_for_an_id_fails_the_run_with_its_pointer() {
    let ran =
        check((CHAT, Mischief::NumberForId, Whom::All), 1, &["ENV-5"], &["schema/invalid_frame"]);
    for finding in ran.findings() {
        assert_eq!(finding["pointer"], "/body/chatMessage/id");
    }
    let junit = ran.desk.read("run/junit.xml");
    let case = junit.split("<testcase ").find(|case| case.contains("ENV-5")).unwrap();
    assert!(case.contains("<failure") && case.contains("/body/chatMessage/id"), "{case}");
}

#[test]
fn answers_that_are_wrong_in_themselves_are_found() {
    side_by_side(
        &[
            (Mischief::WrongChannel, 1, &["ENV-2"][..], &[][..]),
            (Mischief::Refusal, 1, &["ENV-4", "SEND-7"], &["application/status_500"]),
            (Mischief::NoAcknowledgment, 0, &["CONNECT-2"], &[]),
        ],
        |(mischief, exit, violated, errors)| {
            check((CHAT, mischief, Whom::All), exit, violated, errors);
        },
    );
}

/// An answer that comes again may meet the next request of its route, and then contradicts it.
#[test]
fn answers_that_come_twice_are_found() {
    let ran = run(CHAT, Mischief::TwoAnswers, Whom::All);
    assert_eq!(ran.ended.code, Some(1), "{}{}", ran.ended.err, ran.ended.out);
    assert!(ran.violated().contains(&"ENV-3".to_owned()), "{:?}", ran.violated());
    assert!(ran.errors().contains(&"application/unasked_answer".to_owned()), "{:?}", ran.errors());
}

#[test]
fn a_server_that_does_not_answer_is_given_up_in_time() {
    let timeout = "integration/response_timeout";
    side_by_side(
        &[
            (Mischief::Silence, &["CONNECT-2", "ENV-3"][..], &[timeout][..]),
            (Mischief::NoSendAnswer, &["ENV-3"], &[timeout]),
            (Mischief::Garbage, &["ENV-3", "ENV-10"], &[timeout, "schema/not_json"]),
            (Mischief::Binary, &["ENV-3", "ENV-10"], &[timeout, "schema/binary"]),
        ],
        |(mischief, violated, errors)| {
            check((HASTY, mischief, Whom::All), 1, violated, errors);
        },
    );
}

#[test]
fn messages_that_cannot_be_read_end_their_connection() {
    let cases = [(Mischief::Huge, "schema/too_large"), (Mischief::NotUtf8, "schema/not_utf8")];
    side_by_side(&cases, |(mischief, error)| {
        check((CHAT, mischief, Whom::All), 1, &["ENV-10"], &["network/cut_off", error]);
    });
}

#[test]
fn connections_that_end_early_are_counted_by_how_they_ended() {
    side_by_side(
        &[
            (Mischief::Closes(Some(1011), 0), "network/closed_1011"),
            (Mischief::Closes(None, 0), "network/closed"),
            (Mischief::Closes(Some(1001), 4), "network/closed_1001"),
            (Mischief::Resets(0), "network/reset"),
            (Mischief::Resets(4), "network/reset"),
            (Mischief::BreaksOff(4), "network/reset"),
        ],
        |(mischief, how)| {
            let ran = run(CHAT, mischief, Whom::All);
            assert_eq!(ran.ended.code, Some(1), "{mischief:?}");
            let violated = ran.violated();
            // A connection that ends at once may have carried the first request, or not yet.
            let is_at_once = matches!(mischief, Mischief::Closes(_, 0) | Mischief::Resets(0));
            let is_fine = violated == ["CONNECT-6"] || is_at_once && violated.is_empty();
            assert!(is_fine, "{mischief:?}: {violated:?}");
            let errors = ran.errors();
            assert!(errors.iter().any(|error| error == how), "{mischief:?}: {errors:?}");
        },
    );
}

#[test]
fn events_that_are_lost_or_doubled_are_counted_one_by_one() {
    let ran = check((CHAT, Mischief::TwoEvents, Whom::First), 1, &["EVENT-2"], &[]);
    assert!(ran.record["totals"]["duplicates"].as_u64().unwrap() >= 8);
    let ran = check((CHAT, Mischief::DropsEvent(3), Whom::All), 1, &["EVENT-1", "EVENT-7"], &[]);
    let totals = &ran.record["totals"];
    assert!(totals["lost"].as_u64().unwrap() > 0, "{totals}");
    let sum = totals["lost"].as_u64().unwrap() + totals["deliveries"].as_u64().unwrap();
    assert_eq!(totals["deliveries_expected"], sum);
}

#[test]
fn a_flood_of_events_is_survived_and_harms_no_other_device() {
    let ran = check((PATIENT, Mischief::Flood, Whom::First), 0, &[], &["harness/inbox_overflow"]);
    assert!(ran.record["totals"]["events"].as_u64().unwrap() > 1000);
    assert!(ran.record["generator"]["peak_rss_bytes"].as_u64().unwrap() < 300 << 20);
}

#[test]
fn a_server_that_never_falls_silent_does_not_keep_the_run_from_its_end() {
    let ran = run("open.yaml", Mischief::ConciergeFlood, Whom::First);
    assert_eq!(ran.ended.code, Some(1), "{}{}", ran.ended.err, ran.ended.out);
    assert_eq!(ran.violated(), ["EVENT-1"]);
    assert!(ran.record["totals"]["lost"].as_u64().unwrap() > 0);
}

#[test]
fn mischief_on_one_device_leaves_the_others_as_they_were() {
    let mischiefs = [
        Mischief::Garbage,
        Mischief::NotUtf8,
        Mischief::Huge,
        Mischief::Resets(3),
        Mischief::Closes(Some(1011), 3),
        Mischief::NumberForId,
        Mischief::RandomBytes(1),
        Mischief::RandomJson(1),
        Mischief::Announces(1 << 30),
        Mischief::Fragments(0),
        Mischief::Pings,
    ];
    side_by_side(&mischiefs, |mischief| {
        let ran = run(PATIENT, mischief, Whom::First);
        assert!(!ran.errors().is_empty(), "{mischief:?}");
        for finding in ran.findings() {
            assert_eq!(finding["device"], 0, "{mischief:?}: {finding}");
        }
        for step in ran.record["scenarios"][0]["steps"].as_array().unwrap() {
            assert!(step["passed"].as_u64().unwrap() >= 1, "{mischief:?}: {step}");
        }
    });
}

#[test]
fn what_is_no_chat_server_ends_the_run_as_not_done() {
    side_by_side(
        &[
            (Mischief::OtherProtocol, &["CONNECT-1"][..], "network/handshake_invalid"),
            (Mischief::HangsUp, &[][..], "network/connect_failed"),
            (Mischief::Mute, &["CONNECT-1"], "network/connect_timeout"),
            (Mischief::RefusesUpgrade(401), &[], "authorizer/handshake_401"),
            (Mischief::RefusesUpgrade(403), &[], "authorizer/handshake_403"),
            (Mischief::RefusesUpgrade(429), &[], "gateway/handshake_429"),
            (Mischief::RefusesUpgrade(500), &["CONNECT-1"], "integration/handshake_500"),
        ],
        |(mischief, violated, error)| {
            check((HASTY, mischief, Whom::All), 3, violated, &[error]);
        },
    );
}
