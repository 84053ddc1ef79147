//! `violations.jsonl`: one JSON object a line for each finding kept.

use std::io;

use serde::Serialize;

use crate::conformance::{ClauseId, Level};
use crate::protocol::{DeviceNo, Route, SessionId};
use crate::run::{FoundViolation, RunRecord};

#[derive(Serialize)]
struct Line<'a> {
    clause: ClauseId,
    level: Level,
    at_us: u128,
    scenario: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<u32>,
    device: Option<DeviceNo>,
    session: Option<&'a SessionId>,
    route: Option<&'a str>,
    event: Option<&'a str>,
    message: &'a str,
    expected: &'a str,
    actual: &'a str,
    pointer: &'a str,
    frame: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<&'a str>,
}

/// Writes a line per finding, in the order of the record.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    for FoundViolation { scenario, shard, finding, waived } in &record.findings {
        let line = Line {
            clause: finding.clause,
            level: finding.clause.level(),
            at_us: finding.at.as_micros(),
            scenario,
            shard: *shard,
            device: finding.device,
            session: finding.session.as_ref(),
            route: finding.route.as_ref().map(Route::as_str),
            event: finding.event.as_deref(),
            message: &finding.message,
            expected: &finding.expected,
            actual: &finding.actual,
            pointer: &finding.pointer,
            frame: finding.frame.as_deref(),
            waived: waived.as_deref(),
        };
        serde_json::to_writer(&mut *to, &line)?;
        writeln!(to)?;
    }
    Ok(())
}
