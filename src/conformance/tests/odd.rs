//! Whatever a server puts into a frame, the monitor stands: each leaf of the frames of each trace
//! takes odd values in turn.

use std::collections::BTreeMap;

use serde_json::Value;

use super::all_cases;

/// What stands where something else should, as JSON.
const ODD: [&str; 11] = [
    "null",
    "-1",
    "0",
    "18446744073709551615",
    "\"18446744073709551615\"",
    "\"99999999999999999999999999\"",
    "1e308",
    "[]",
    "{}",
    "\"\"",
    "true",
];

/// One leaf in so many is changed in each frame, another one in the next.
const STEP: usize = 4;

#[test]
fn no_value_that_a_server_may_choose_brings_the_monitor_down() {
    let frames: Value = serde_json::from_str(include_str!("../testdata/frames.json")).unwrap();
    let leaves: BTreeMap<&str, Vec<String>> = frames
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, frame)| (name.as_str(), leaves(frame, String::new())))
        .collect();
    let mut turn = 0;
    for case in all_cases() {
        for (nth, name) in case.templates() {
            let Some(leaves) = leaves.get(name) else { continue };
            for pointer in leaves.iter().skip(turn % STEP).step_by(STEP) {
                let odd = ODD[turn % ODD.len()];
                case.with(nth, &format!(" with {pointer} = {odd}")).play();
                turn += 1;
            }
        }
    }
    assert!(turn > 1000, "{turn} frames were changed");
}

fn leaves(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Object(object) => {
            object.iter().flat_map(|(key, inner)| leaves(inner, format!("{at}/{key}"))).collect()
        }
        Value::Array(array) => array
            .iter()
            .enumerate()
            .flat_map(|(nth, inner)| leaves(inner, format!("{at}/{nth}")))
            .collect(),
        _ => vec![at],
    }
}
