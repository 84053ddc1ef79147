//! `violations.jsonl`: the findings that were kept.

use std::path::Path;

use serde::Deserialize;

use crate::conformance::{ClauseId, Finding};
use crate::protocol::{DeviceNo, Route, SessionId};
use crate::run::{FoundViolation, RunRecord, VIOLATIONS_FILE};

use super::instant::AtMicros;
use super::{ArchiveError, file};

/// How large the file may be, in bytes: a thousand findings with a frame of 4 KiB each, escaped.
const LARGEST: u64 = 64 << 20;

#[derive(Deserialize)]
struct Line {
    clause: ClauseId,
    at_us: AtMicros,
    scenario: String,
    #[serde(default)]
    shard: Option<u32>,
    device: Option<DeviceNo>,
    session: Option<SessionId>,
    route: Option<String>,
    event: Option<Box<str>>,
    message: String,
    expected: String,
    actual: String,
    pointer: String,
    frame: Option<String>,
    waived: Option<String>,
}

impl From<Line> for FoundViolation {
    fn from(line: Line) -> Self {
        let finding = Finding {
            clause: line.clause,
            at: line.at_us.0,
            device: line.device,
            session: line.session,
            route: line.route.as_deref().map(Route::parse),
            event: line.event,
            message: line.message,
            expected: line.expected,
            actual: line.actual,
            // What is not was masked before it was written.
            is_plain: true,
            pointer: line.pointer,
            frame: line.frame,
        };
        Self { scenario: line.scenario, shard: line.shard, finding, waived: line.waived }
    }
}

pub(super) fn read(folder: &Path, record: &RunRecord) -> Result<Vec<FoundViolation>, ArchiveError> {
    let path = folder.join(VIOLATIONS_FILE);
    let lines = file::json_lines::<Line>(&path, LARGEST)?;
    let counts = record.totals.findings;
    let counted = counts.must + counts.should + counts.info + counts.waived;
    let holds = lines.len() as u64;
    let kept = counted.saturating_sub(record.findings_beyond);
    ArchiveError::check_like(&path, "findings", (holds, kept))?;
    Ok(lines.into_iter().map(|(_, line)| line.into()).collect())
}
