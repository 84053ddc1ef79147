//! The scenario language at its border: a scenario's text in, the frames out that the server gets.

mod connections;
mod expect;
mod faults;
mod load;
mod order;
mod relay;
mod shown;
mod steps;
mod told;

use deskbell::run::{RunRecord, ScenarioRecord};

use crate::simulated::{Simulated, run_between};
use relay::Sent;
use told::{Told, told};

/// What came of a scenario.
struct Observed {
    sent: Vec<Sent>,
    record: RunRecord,
}

impl Observed {
    fn told(&self, how: Told) -> Vec<String> {
        told(&self.sent, how)
    }

    /// What was sent, connection by connection: which of several flows is first at an instant is
    /// open.
    fn by_connection(&self) -> Vec<Sent> {
        let mut sent = self.sent.clone();
        sent.sort_by_key(|one| one.connection);
        sent
    }

    fn scenario(&self) -> &ScenarioRecord {
        &self.record.scenarios[0]
    }

    /// Each step with how often it passed, failed and was skipped: `send 2`, `await 0/1/0`.
    fn steps(&self) -> String {
        let steps = self.scenario().steps.iter().map(|step| {
            match (&step.step, step.passed, step.failed, step.skipped) {
                (name, passed, 0, 0) => format!("{name} {passed}"),
                (name, passed, failed, skipped) => format!("{name} {passed}/{failed}/{skipped}"),
            }
        });
        steps.collect::<Vec<_>>().join(", ")
    }
}

fn observe(simulated: &Simulated<'_>) -> Observed {
    let mut record_of_relay = None;
    // What steps send is to be seen, and nothing beside.
    let simulated = Simulated { ends_sessions: false, ..simulated.clone() };
    let record = run_between(&simulated, |far_ends| {
        let (record, listener) = relay::relay(far_ends);
        record_of_relay = Some(record);
        listener
    });
    Observed { sent: record_of_relay.unwrap().taken(), record }
}

/// Plays what a scenario says, under its own load.
fn play(text: &str) -> Observed {
    play_with(text, |_| {})
}

/// The same, with something changed of what is simulated.
fn play_with(text: &str, change: impl FnOnce(&mut Simulated<'_>)) -> Observed {
    let text = scenario(text);
    let mut simulated = Simulated { scenario: Some(&text), devices: None, ..Simulated::default() };
    change(&mut simulated);
    observe(&simulated)
}

/// A scenario of this text, without the indentation that it has in a test.
fn scenario(text: &str) -> String {
    format!("name: border\n{}", flush_left(text))
}

fn flush_left(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = lines.iter().map(indent).min().unwrap_or_default();
    lines.iter().map(|line| format!("{}\n", &line[least..])).collect()
}

/// Plays a scenario, and compares what was sent, and the steps as the last line.
#[track_caller]
fn check_as(how: Told, text: &str, expected: &str) -> Observed {
    let observed = play(text);
    compare(&observed, how, expected);
    observed
}

#[track_caller]
fn compare(observed: &Observed, how: Told, expected: &str) {
    let mut lines = observed.told(how);
    lines.push(format!("steps: {}", observed.steps()));
    let actual = lines.join("\n") + "\n";
    let expected = flush_left(expected);
    assert!(
        actual == expected,
        "expected:\n{expected}\nbut:\n<<<\n{actual}>>>\n{:#?}",
        observed.scenario().unmet
    );
}

/// The same for frames.
#[track_caller]
fn check(text: &str, expected: &str) -> Observed {
    check_as(Told::Frames, text, expected)
}
