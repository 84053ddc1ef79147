//! What a run leaves where it cannot be written: a disk that is full before it, in its middle and at its
//! end, a folder that is taken away. Whatever can be written is, sessions are ended, and it is told once.

mod full;
mod gone;
mod small;

use serde_json::Value;

use crate::process::{Desk, Ended};

/// A load that goes on for longer than any test waits, and is stopped before.
const LONG: &str = "name: long\nload: { devices: 4, duration: 10m, ramp_up: 200ms }\n\
                    setup: [init]\nflow: [{ send: hello }, { think: 20ms }]\nteardown: [end]\n";

/// The same for long enough to do something meanwhile.
const SHORT: &str = "name: short\nload: { devices: 4, duration: 8s, ramp_up: 200ms }\n\
                     setup: [init]\nflow: [{ send: hello }, { think: 50ms }]\nteardown: [end]\n";

/// Holds what a run has told to one that could not be done since files could not be written: one message
/// on stderr with all of these in it, the whole run as JSON on stdout, sessions ended.
#[track_caller]
fn check_told(ended: &Ended, parts: &[&str]) -> Value {
    assert_eq!(ended.code, Some(3), "{}{}", ended.err, ended.out);
    let errors: Vec<_> = ended.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{}", ended.err);
    for part in parts {
        assert!(errors[0].contains(part), "{part}: {}", ended.err);
    }
    let run: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&run["verdict"], &run["exit_code"]), (&"error".into(), &3.into()));
    assert_eq!(run["left_behind"]["open_sessions"], 0);
    assert!(run["totals"]["sends"].as_u64() > Some(0), "{}", run["totals"]);
    assert!(run["why"][0].as_str().unwrap().starts_with("cannot write "), "{}", run["why"]);
    run
}

/// Holds a copy of junit.xml that stands elsewhere to one error case.
#[track_caller]
fn check_junit(desk: &Desk, name: &str, why: &str) {
    let junit = desk.read(name);
    assert!(junit.contains("<error"), "{junit}");
    assert!(junit.contains(why), "{junit}");
}

/// Holds a folder to having nothing in it that is not whole.
#[track_caller]
fn check_whole(desk: &Desk) {
    let names = desk.names();
    assert!(!names.iter().any(|name| name.contains(".deskbell-")), "{names:?}");
}
