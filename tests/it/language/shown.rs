//! What `scenarios/` shows is played: the readme's examples, and the tour.

use deskbell::run::Verdict;

use super::{Observed, observe};
use crate::simulated::Simulated;

/// The pieces of a text between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let pieces = text.split(before).skip(1);
    pieces.map(|piece| piece.split(after).next().unwrap_or_default()).collect()
}

#[track_caller]
fn passes(text: &str) {
    let observed =
        observe(&Simulated { scenario: Some(text), devices: None, ..Simulated::default() });
    let scenario = observed.scenario();
    let idle: Vec<_> = scenario.steps.iter().filter(|step| step.passed == 0).collect();
    assert!(
        observed.record.verdict == Verdict::Passed && idle.is_empty(),
        "{text}\n{:?}\n{:#?}\nidle: {idle:?}",
        observed.record.why,
        scenario.unmet,
    );
}

#[test]
fn every_file_and_every_step_of_the_readme_is_played() {
    let readme = std::fs::read_to_string("scenarios/README.md").unwrap();
    let files = between(&readme, "```yaml\n", "```");
    let snippets = files.iter().find(|text| text.starts_with("name: snippets\n")).unwrap();
    let steps = between(&readme, "`- ", "`");
    assert!(files.len() >= 5 && steps.len() >= 40, "{} and {}", files.len(), steps.len());
    files.iter().for_each(|text| passes(text));
    let heard = "  - await: { event: message, from: concierge }\n";
    for step in steps {
        // `last` is a message of the concierge, who takes a while.
        let before = if step == "seen: last" { heard } else { "" };
        passes(&format!("{snippets}{before}  - {step}\n"));
    }
}

fn tour(seed: u64) -> Observed {
    let text = std::fs::read_to_string("scenarios/tour.yaml").unwrap();
    let simulated =
        Simulated { scenario: Some(&text), devices: None, seed, ..Simulated::default() };
    observe(&simulated)
}

#[test]
fn the_tour_sends_the_same_by_seed() {
    let first = tour(7);
    assert_eq!(first.record.verdict, Verdict::Passed, "{:?}", first.record.why);
    assert_eq!(tour(7).by_connection(), first.by_connection());
    assert_ne!(tour(8).by_connection(), first.by_connection());
}
