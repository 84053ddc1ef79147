//! `--trace`: every frame of the first devices.

use serde_json::Value;

use crate::process::{Desk, Ended, Serving};

/// The trace of two devices of a run.
#[track_caller]
fn traced(options: &[&str]) -> (Desk, String, Vec<Value>) {
    let desk = Desk::new();
    // This server tells whoever fails in sending what it was sent, its token included.
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out.trim().to_owned();
    desk.write(
        "flow.yaml",
        format!(
            "name: talk\nflow:\n  - init\n  - send: \"hello ${{device.index}}\"\n  - send: {token}\n\
             \x20 - await: {{ event: message, from: concierge, within: 20s }}\n\
             \x20 - frame: {{ text: no json, expect: error-or-close }}\n"
        ),
    );
    let endpoint = ["--target", &serving.target, "--token", &token, "-d", "3"];
    let trace = ["--trace", "new/t.jsonl", "--trace-devices", "2"];
    let args = [&["run", "flow.yaml", "--out", "run"], &endpoint[..], &trace, options].concat();
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(code, Some(0), "{out}{err}");
    let text = desk.read("new/t.jsonl");
    assert!(!text.contains(&token), "{text}");
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (desk, token, lines)
}

fn texts(lines: &[Value], direction: &str) -> Vec<String> {
    let those = lines.iter().filter(|line| line["direction"] == direction);
    those.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_frame_of_the_first_devices_is_written_without_secrets_and_what_others_wrote() {
    let (desk, _, lines) = traced(&[]);
    for device in [0, 1] {
        let of_it: Vec<_> = lines.iter().filter(|line| line["device"] == device).collect();
        assert_eq!(of_it.first().unwrap()["direction"], "open");
        assert_eq!(of_it.last().unwrap()["direction"], "close");
        assert!(of_it.windows(2).all(|two| two[0]["at_us"].as_u64() <= two[1]["at_us"].as_u64()));
    }
    assert!(lines.iter().all(|line| line["device"].as_u64() < Some(2)), "{lines:?}");
    assert!(lines.iter().all(|line| line["scenario"] == "talk"), "{lines:?}");
    let (sent, received) = (texts(&lines, "out"), texts(&lines, "in"));
    for part in ["hello 0", "hello 1", "[redacted]", "no json"] {
        assert!(sent.iter().any(|text| text.contains(part)), "{part}: {sent:?}");
    }
    for part in ["[redacted]", "\"email\":\"[masked]\"", "\"messageContent\":\"[masked]\""] {
        assert!(received.iter().any(|text| text.contains(part)), "{part}: {received:?}");
    }
    assert!(!received.iter().any(|text| text.contains("@example.com")), "{received:?}");
    let answered: Vec<_> = lines.iter().filter(|line| line["answers"] == 0).collect();
    assert_eq!(answered.len(), 2);
    assert_eq!(answered[0]["channel"], "client/init-chat-with-concierge");
    assert!(desk.names().contains(&"run/run.json".to_owned()));
}

#[test]
fn personal_data_stays_where_it_is_asked_for() {
    let (_, _, lines) = traced(&["--show-personal-data"]);
    let received = texts(&lines, "in");
    assert!(received.iter().any(|text| text.contains("@example.com")), "{received:?}");
}

#[test]
fn stdout_is_no_file_and_what_cannot_be_written_is_told() {
    let desk = Desk::new();
    let Ended { code, err, .. } = desk.run(&["run", "--trace", "-"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("stdout carries the results"), "{err}");
    desk.write("file", "");
    let Ended { code, err, .. } = desk.run(&["run", "-d", "2", "--trace", "file/t.jsonl"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("cannot write file/t.jsonl"), "{err}");
    if cfg!(target_os = "linux") {
        let Ended { code, err, .. } = desk.run(&["run", "-d", "2", "--trace", "/dev/full"]);
        assert_eq!(code, Some(3), "{err}");
        assert_eq!(err.matches("cannot write /dev/full").count(), 1, "{err}");
    }
}
