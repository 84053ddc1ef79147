//! What sessions and messages of a whole run can be at fault for, within a shard and between two.

use std::time::Duration;

use crate::conformance::{ClauseId, Finding};
use crate::protocol::Route;

use super::Stranger;

/// A session was opened twice.
pub(super) fn opened_twice(at: Duration, actual: String) -> Finding {
    let message = "a new session has an id that was opened before in this run".to_owned();
    Finding {
        route: Some(Route::Init),
        expected: "an id never seen before".to_owned(),
        actual,
        pointer: "/body/chatSessionId".to_owned(),
        ..blank(ClauseId::Init1, at, message)
    }
}

/// Messages of two sessions have one id.
pub(super) fn reused(at: Duration, actual: String) -> Finding {
    let message = "a message has an id that a message of another session has".to_owned();
    let expected = "an id never seen before".to_owned();
    Finding { expected, actual, ..blank(ClauseId::Send4, at, message) }
}

/// An event went to an account whose flow takes no part in the session: the same tenant's that opened
/// it, or another's.
pub(super) fn strayed(stranger: &Stranger, is_own: bool, actual: String) -> Finding {
    let clause = if is_own { ClauseId::Event10 } else { ClauseId::Event6 };
    let whose = if is_own { "the same tenant's" } else { "another tenant's" };
    Finding {
        device: Some(stranger.device),
        session: Some(stranger.told.clone()),
        event: Some(stranger.event.clone()),
        expected: "events of sessions that this connection takes part in".to_owned(),
        actual,
        ..blank(clause, stranger.at, format!("an event of {whose} session"))
    }
}

fn blank(clause: ClauseId, at: Duration, message: String) -> Finding {
    let (expected, actual, pointer) = Default::default();
    Finding {
        clause,
        at,
        device: None,
        session: None,
        route: None,
        event: None,
        message,
        expected,
        actual,
        is_plain: true,
        pointer,
        frame: None,
    }
}
