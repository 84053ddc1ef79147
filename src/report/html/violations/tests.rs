use std::time::Duration;

use crate::conformance::CATALOGUE;
use crate::protocol::{DeviceNo, SessionId};
use crate::report::sample;
use crate::run::{ClauseResult, FoundViolation, Occasion};

use super::*;

const HOSTILE: &str = "</script><img src=x onerror=\"alert(1)\">\u{202e}\u{1b}[2J\u{0}'`<!--";

fn shown(record: &RunRecord) -> String {
    section(record).into_string()
}

/// A record of so many findings, each of a kind of its own, with frames as large as they may be, and
/// of so many conversations.
fn huge(frame: &str) -> RunRecord {
    let mut record = sample::record();
    let template = record.findings[0].clone();
    let found = |nth: usize| {
        let word: String = format!("{nth:04}").bytes().map(|b| char::from(b + 49)).collect();
        let mut found = FoundViolation { ..template.clone() };
        found.finding.clause = CATALOGUE[nth % CATALOGUE.len()].id;
        found.finding.at = Duration::from_millis(nth as u64 * 3_600);
        found.finding.device = Some(DeviceNo(nth as u32 * 10));
        found.finding.message = format!("{word} {}", "word ".repeat(100));
        found.finding.expected = "expected ".repeat(40);
        found.finding.actual = "actual ".repeat(28);
        found.finding.frame = Some(frame.to_owned());
        found
    };
    record.findings = (0..1_000).map(found).collect();
    let mut kept = record.conversations[2].clone();
    let frames = kept.conversation.frames.iter().cycle().take(64);
    kept.conversation.frames = frames.cloned().collect();
    let session = Some(SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3"));
    for (nth, frame) in kept.conversation.frames.iter_mut().enumerate() {
        frame.at = Duration::from_millis(3_000_000 + nth as u64);
        frame.device = DeviceNo(nth as u32 % 9);
        frame.session.clone_from(&session);
    }
    record.conversations = (0..100)
        .map(|nth| {
            let mut one = kept.clone();
            one.of = Occasion::Finding(nth);
            one
        })
        .collect();
    record
}

#[test]
fn a_thousand_violations_stay_small() {
    let member = "\"key\":\"<value> & more\",";
    for frame in [
        format!("{{{}", member.repeat(4_096 / member.len())),
        "\"".repeat(4_096),
        "[".repeat(4_096),
    ] {
        let bytes = shown(&huge(&frame)).len();
        assert!(bytes < 900_000, "{bytes} bytes");
    }
}

#[test]
fn whatever_a_server_sends_is_text() {
    let mut record = sample::record();
    record.scenarios[0].name = HOSTILE.to_owned();
    record.scenarios[0].file = HOSTILE.to_owned();
    let unmet = &mut record.scenarios[0].unmet[0];
    (unmet.step, unmet.message) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    (unmet.expected, unmet.actual) = (HOSTILE.repeat(2_000), HOSTILE.to_owned());
    for found in &mut record.findings {
        found.scenario = HOSTILE.to_owned();
        found.waived = found.waived.as_ref().map(|_| HOSTILE.to_owned());
        let finding = &mut found.finding;
        finding.message = HOSTILE.to_owned();
        finding.expected = HOSTILE.to_owned();
        finding.actual = HOSTILE.repeat(2_000);
        finding.pointer = format!("/{HOSTILE}");
        finding.session = Some(SessionId::new(HOSTILE));
        finding.event = Some(HOSTILE.into());
        finding.frame = Some(format!("{{\"{HOSTILE}\":\"{}\"}}", HOSTILE.repeat(2_000)));
    }
    for kept in &mut record.conversations {
        kept.scenario = HOSTILE.to_owned();
        kept.conversation.session = Some(SessionId::new(HOSTILE));
        for frame in &mut kept.conversation.frames {
            frame.event = frame.event.as_ref().map(|_| HOSTILE.into());
            frame.session = Some(SessionId::new(HOSTILE));
        }
    }
    let shown = shown(&record);
    for hostile in ["<img", "<script", "</script", "<!--", "\u{202e}"] {
        assert!(!shown.contains(hostile), "{hostile}");
    }
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
    assert!(shown.contains("&lt;/script&gt;&lt;img src=x onerror="));
    assert!(shown.len() < 100_000, "{} bytes", shown.len());
}

#[test]
fn every_violated_clause_has_a_place_and_no_id_comes_twice() {
    for record in [sample::record(), huge("{}")] {
        let shown = shown(&record);
        let of = |part: &str| part.split('"').next().unwrap_or_default().to_owned();
        let ids: Vec<_> = shown.split(" id=\"").skip(1).map(of).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
        let found = record.findings.iter().map(|found| found.finding.clause);
        let counted = record.clauses.iter().filter(|one| one.violated > 0).map(|one| one.id);
        for clause in found.chain(counted) {
            assert!(ids.contains(&clause_id(clause)), "{clause}");
        }
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let shown = shown(&huge("{}"));
    for told in [
        " kinds more in violations.jsonl",
        "75 conversations more in conversations.jsonl",
        "6 findings beyond the first 1 000",
    ] {
        assert!(shown.contains(told), "{told}");
    }
}

#[track_caller]
fn check_calm(record: &RunRecord, expected: &str) {
    let shown = shown(record);
    assert!(shown.contains(expected), "{shown}");
    assert!(!shown.contains("<article"), "{shown}");
}

#[test]
fn a_run_without_violations_says_so_in_a_sentence() {
    check_calm(&sample::passed(), "Nothing: 1 240 checks, and each held.");
    check_calm(&sample::unstarted(), "Nothing was checked, so nothing was found wrong.");
}

#[test]
fn a_clause_of_which_no_finding_was_kept_is_told() {
    let mut record = sample::record();
    record.findings.clear();
    record.conversations.clear();
    for scenario in &mut record.scenarios {
        scenario.unmet.clear();
    }
    record.clauses.retain(|one: &ClauseResult| one.id == ClauseId::Event1);
    let shown = shown(&record);
    assert!(shown.contains("violated in 1 of 2 000 checks; no finding of it was kept."), "{shown}");
}
