//! `violations.jsonl`: one JSON object a line for each finding kept.

use std::io;

use serde::Serialize;

use crate::conformance::{ClauseId, Level};
use crate::protocol::{DeviceNo, Route, SessionId, cut, mask_personal, redact};
use crate::run::{FoundViolation, RunRecord};

/// A frame is cut at 4 KiB.
const LONGEST_FRAME: usize = 4 << 10;

/// Before it is masked a frame is cut at this, so that a huge one costs little.
const LONGEST_RAW_FRAME: usize = 64 << 10;

#[derive(Serialize)]
struct Line<'a> {
    clause: ClauseId,
    level: Level,
    at_us: u128,
    scenario: &'a str,
    device: DeviceNo,
    session: Option<&'a SessionId>,
    route: Option<&'a str>,
    event: Option<&'a str>,
    message: &'a str,
    expected: &'a str,
    actual: &'a str,
    pointer: &'a str,
    frame: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<&'a str>,
}

/// Writes a line per finding, in the order of the record, without secrets and personal data.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    for FoundViolation { scenario, finding, waived } in &record.findings {
        let line = Line {
            clause: finding.clause,
            level: finding.clause.level(),
            at_us: finding.at.as_micros(),
            scenario,
            device: finding.device,
            session: finding.session.as_ref(),
            route: finding.route.as_ref().map(Route::as_str),
            event: finding.event.as_deref(),
            message: &redact(&finding.message),
            expected: &redact(&finding.expected),
            actual: &redact(&finding.actual),
            pointer: &finding.pointer,
            frame: finding.frame.as_deref().map(shown),
            waived: waived.as_deref(),
        };
        serde_json::to_writer(&mut *to, &line)?;
        writeln!(to)?;
    }
    Ok(())
}

/// The frame as others may see it.
fn shown(frame: &str) -> String {
    let masked = mask_personal(cut(frame, LONGEST_RAW_FRAME));
    cut(&redact(&masked), LONGEST_FRAME).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(frame: &str, expected: &str) {
        assert_eq!(shown(frame), expected);
    }

    #[test]
    fn a_frame_is_shown_without_secrets_and_personal_data() {
        check(
            r#"{"tenant":{"id":"34","email":"a@example.com"},"u":"https://u.example.com/a?sig=1"}"#,
            r#"{"tenant":{"id":"34","email":"[masked]"},"u":"https://u.example.com/a?[redacted]"}"#,
        );
    }

    #[test]
    fn a_long_frame_is_cut_between_characters() {
        check(&format!("a{}", "ก".repeat(100_000)), &format!("a{}", "ก".repeat(1365)));
    }
}
