//! What was seen until something was wrong goes with what is told of it.

use std::time::Duration;

use deskbell::run::{ConversationRecord, Occasion, Passage, RunRecord};
use deskbell::server::{Defect, Part};

use crate::simulated::{Simulated, run};

/// A run against a server with a defect.
fn with_defect(defect: &str, devices: u32) -> RunRecord {
    let mut simulated = Simulated { devices: Some(devices), ..Simulated::default() };
    simulated.server.defects = vec![Defect::find(defect).unwrap()];
    run(&simulated)
}

/// Holds a conversation of a finding to it: it is of its session, and has the frame at fault.
#[track_caller]
fn check(record: &RunRecord, told: &ConversationRecord) {
    let ConversationRecord { scenario, of, conversation } = told;
    let Occasion::Finding(nth) = of else { panic!("{of:?}") };
    let found = &record.findings[*nth];
    assert_eq!(*scenario, found.scenario);
    let finding = &found.finding;
    assert_eq!((conversation.at, Some(conversation.device)), (finding.at, finding.device));
    assert_eq!(conversation.session, finding.session);
    let at = Duration::from_micros(finding.at.as_micros() as u64);
    let at_fault = |frame: &_| {
        let deskbell::run::ConversationFrame { at: seen_at, device, what, .. } = frame;
        (*seen_at, Some(*device)) == (at, finding.device)
            && matches!(what, Passage::Response | Passage::Event)
    };
    assert!(conversation.frames.iter().any(at_fault), "{finding:?} after {conversation:?}");
    let of_another = |session: &_| Some(session) != finding.session.as_ref();
    let others = conversation.frames.iter().filter_map(|frame| frame.session.as_ref());
    assert_eq!(others.filter(|session| of_another(session)).count(), 0);
    assert!(conversation.frames.is_sorted_by_key(|frame| frame.at));
}

#[test]
fn each_of_the_first_findings_comes_with_the_frame_at_fault() {
    for defect in ["ids-as-numbers", "event-ids-as-text"] {
        let record = with_defect(defect, 20);
        assert_eq!(record.conversations.len(), record.findings.len().min(100), "{defect}");
        assert!(record.conversations.len() > 20, "{defect}: {}", record.conversations.len());
        record.conversations.iter().for_each(|told| check(&record, told));
        let longest = record.conversations.iter().map(|told| told.conversation.frames.len()).max();
        assert!((17..=64).contains(&longest.unwrap()), "{defect}: {longest:?} frames");
    }
}

#[test]
fn under_load_sixteen_frames_are_told() {
    let record = with_defect("event-ids-as-text", 102);
    assert_eq!(record.conversations.len(), 100);
    record.conversations.iter().for_each(|told| check(&record, told));
    let longest = record.conversations.iter().map(|told| told.conversation.frames.len()).max();
    assert!(longest.unwrap() <= 16, "{longest:?} frames");
}

#[test]
fn an_unmet_step_comes_with_what_its_session_saw() {
    let mut simulated = Simulated { devices: Some(2), ..Simulated::default() };
    simulated.server.concierge.part = Part::Join;
    let record = run(&simulated);
    let [told] = &record.conversations[..] else { panic!("{:?}", record.conversations) };
    let Occasion::Step { file, line, step, message, .. } = &told.of else { panic!("{told:?}") };
    let unmet = &record.scenarios[0].unmet[0];
    assert_eq!((file, *line, step), (&record.scenarios[0].file, unmet.line, &unmet.step));
    assert_eq!((message, told.conversation.device), (&unmet.message, unmet.device));
    let seen = &told.conversation.frames;
    assert!(seen.iter().any(|frame| frame.what == Passage::Event), "{seen:?}");
    assert!(seen.iter().all(|frame| frame.at <= told.conversation.at), "{seen:?}");
}
