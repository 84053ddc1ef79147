//! `conversations.jsonl`: one JSON object a line for each conversation kept, that is what was seen
//! until a finding or an unmet step.
//!
//! A line has `at_us`, `scenario`, `device` and `session` of what was wrong, and `frames`. That of a
//! finding has `violation`, which is its line in `violations.jsonl` from 1, with the `clause` and
//! the `message` there. That of a step has `file`, `line` and `step`, `message`, `expected` and
//! `actual`.
//!
//! A frame has `at_us`, `device`, `connection` and `what` ([`Passage::as_str`]). Where it has them,
//! and else not: `dir` (`out`, `in`), `route` or `event`, `status`, `code` of a close, `request` (the
//! number of the request that left, or that is answered), `session`, `message`, `sender`
//! (`BACKEND_USER`, where the concierge wrote the message), and `desk` (true, where the device plays
//! the concierge).

use std::io;

use serde::Serialize;

use crate::conformance::ClauseId;
use crate::protocol::{ConnectionNo, DeviceNo, MessageId, RequestNo, Route, SessionId};
use crate::run::{ConversationFrame, ConversationRecord, Direction, Occasion, Passage, RunRecord};

#[derive(Serialize)]
struct Line<'a> {
    at_us: u128,
    scenario: &'a str,
    device: DeviceNo,
    session: Option<&'a SessionId>,
    #[serde(flatten)]
    of: Of<'a>,
    frames: Vec<Frame<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Of<'a> {
    Finding {
        violation: usize,
        clause: ClauseId,
        message: &'a str,
    },
    Step {
        file: &'a str,
        line: usize,
        step: &'a str,
        message: &'a str,
        expected: &'a str,
        actual: &'a str,
    },
}

#[derive(Serialize)]
struct Frame<'a> {
    at_us: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    dir: Option<&'static str>,
    device: DeviceNo,
    connection: ConnectionNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<bool>,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestNo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<&'static str>,
}

/// Writes a line per conversation, in the order of the record.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    for ConversationRecord { scenario, of, conversation } in &record.conversations {
        let Some(of) = occasion(of, record) else { continue };
        let line = Line {
            at_us: conversation.at.as_micros(),
            scenario,
            device: conversation.device,
            session: conversation.session.as_ref(),
            of,
            frames: conversation.frames.iter().map(frame).collect(),
        };
        serde_json::to_writer(&mut *to, &line)?;
        writeln!(to)?;
    }
    Ok(())
}

/// What a conversation is kept for; `None` where the finding is not kept.
fn occasion<'a>(of: &'a Occasion, record: &'a RunRecord) -> Option<Of<'a>> {
    Some(match of {
        Occasion::Finding(nth) => {
            let finding = &record.findings.get(*nth)?.finding;
            Of::Finding { violation: nth + 1, clause: finding.clause, message: &finding.message }
        }
        Occasion::Step { file, line, step, message, expected, actual } => {
            Of::Step { file, line: *line, step, message, expected, actual }
        }
    })
}

fn frame(frame: &ConversationFrame) -> Frame<'_> {
    let is_close = frame.what == Passage::Closed;
    Frame {
        at_us: frame.at.as_micros(),
        dir: frame.what.direction().map(Direction::as_str),
        device: frame.device,
        connection: frame.connection,
        desk: frame.is_at_desk.then_some(true),
        what: frame.what.as_str(),
        route: frame.route.as_ref().map(Route::as_str),
        event: frame.event.as_deref(),
        status: frame.status.filter(|_| !is_close),
        code: frame.status.filter(|_| is_close),
        request: frame.request,
        session: frame.session.as_ref(),
        message: frame.message,
        sender: frame.is_by_concierge.then_some("BACKEND_USER"),
    }
}
