//! `conversations.jsonl`: what was seen until the first findings and unmet steps.

use std::path::Path;

use serde::Deserialize;

use crate::protocol::{ConnectionNo, DeviceNo, MessageId, RequestNo, Route, SessionId};
use crate::run::{
    CONVERSATIONS_FILE, Conversation, ConversationFrame, ConversationRecord, Occasion, Passage,
};

use super::instant::AtMicros;
use super::{ArchiveError, file};

/// How large the file may be, in bytes: a hundred conversations of 64 frames, whose names a server
/// chooses.
const LARGEST: u64 = 64 << 20;

/// Who writes what the concierge says.
const CONCIERGE: &str = "BACKEND_USER";

#[derive(Deserialize)]
struct Line {
    at_us: AtMicros,
    scenario: String,
    device: DeviceNo,
    session: Option<SessionId>,
    violation: Option<usize>,
    file: Option<String>,
    line: Option<usize>,
    step: Option<String>,
    message: String,
    expected: Option<String>,
    actual: Option<String>,
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    at_us: AtMicros,
    device: DeviceNo,
    connection: ConnectionNo,
    #[serde(default)]
    desk: bool,
    what: Passage,
    route: Option<String>,
    event: Option<Box<str>>,
    status: Option<u16>,
    code: Option<u16>,
    request: Option<RequestNo>,
    session: Option<SessionId>,
    message: Option<MessageId>,
    sender: Option<String>,
}

impl From<Frame> for ConversationFrame {
    fn from(frame: Frame) -> Self {
        Self {
            at: frame.at_us.0,
            device: frame.device,
            is_at_desk: frame.desk,
            connection: frame.connection,
            what: frame.what,
            route: frame.route.as_deref().map(Route::parse),
            event: frame.event,
            status: frame.status.or(frame.code),
            request: frame.request,
            session: frame.session,
            message: frame.message,
            is_by_concierge: frame.sender.as_deref() == Some(CONCIERGE),
        }
    }
}

/// Reads the conversations of a run of which so many findings are kept.
pub(super) fn read(
    folder: &Path,
    findings: usize,
) -> Result<Vec<ConversationRecord>, ArchiveError> {
    let path = folder.join(CONVERSATIONS_FILE);
    let lines = file::json_lines::<Line>(&path, LARGEST)?;
    let conversation = |(at, line)| {
        conversation(line, findings).ok_or_else(|| {
            let why = "it belongs to no line of violations.jsonl, and to no step";
            ArchiveError::malformed(&path, (at, 1), why.to_owned())
        })
    };
    lines.into_iter().map(conversation).collect()
}

fn conversation(line: Line, findings: usize) -> Option<ConversationRecord> {
    let of = match line.violation {
        Some(nth) => Occasion::Finding(nth.checked_sub(1).filter(|nth| *nth < findings)?),
        None => Occasion::Step {
            file: line.file?,
            line: line.line?,
            step: line.step?,
            message: line.message,
            expected: line.expected?,
            actual: line.actual?,
        },
    };
    let frames = line.frames.into_iter().map(ConversationFrame::from).collect();
    let (at, device, session) = (line.at_us.0, line.device, line.session);
    let conversation = Conversation { at, device, session, frames };
    Some(ConversationRecord { scenario: line.scenario, of, conversation })
}
