//! What a step needs to work.

use crate::scenario::model::{Action, Expect, Fault, Step};

/// Whether a step is meant to be answered with success. Wrong requests are made of a right one.
pub(super) fn succeeds(step: &Step) -> bool {
    if matches!(step.action, Action::Mutate { .. }) {
        return true;
    }
    match &step.expect {
        Expect::Ok => true,
        Expect::Reply { status, .. } => status.is_none_or(|status| status < 400),
        Expect::Error | Expect::ErrorOrClose | Expect::Any => false,
    }
}

/// Whether it speaks of a session, or waits for what happens in one.
pub(super) fn needs_session(action: &Action) -> bool {
    match action {
        Action::Session
        | Action::Resume
        | Action::Messages { .. }
        | Action::Ping
        | Action::Send { .. }
        | Action::Unsend(_)
        | Action::Seen(_)
        | Action::End
        | Action::Await(_)
        | Action::Fault(Fault::SendBeforeAck(_) | Fault::DoubleSend(_)) => true,
        Action::Init
        | Action::Unread
        | Action::Upload(_)
        | Action::Think(_)
        | Action::Repeat { .. }
        | Action::ForEach { .. }
        | Action::Parallel(_)
        | Action::Barrier(_)
        | Action::Connect { .. }
        | Action::Disconnect(_)
        | Action::Call { .. }
        | Action::Frame(_)
        | Action::Mutate { .. }
        | Action::Fault(Fault::SlowReader(_) | Fault::CutMidFrame(_)) => false,
    }
}

/// Whether a closed session refuses it. The document is silent on asking for one and listing it,
/// and events of before may still be awaited.
pub(super) fn needs_open(action: &Action) -> bool {
    matches!(
        action,
        Action::Ping
            | Action::Resume
            | Action::Send { .. }
            | Action::Unsend(_)
            | Action::Seen(_)
            | Action::End
            | Action::Fault(Fault::SendBeforeAck(_) | Fault::DoubleSend(_))
    )
}

/// Whether it can't be made without a connection. An upload goes over HTTP, and some connect by
/// themselves.
pub(super) fn needs_connection(action: &Action) -> bool {
    match action {
        Action::Resume
        | Action::Connect { .. }
        | Action::Upload(_)
        | Action::Fault(Fault::SendBeforeAck(_)) => false,
        Action::Init
        | Action::Unread
        | Action::Disconnect(_)
        | Action::Call { .. }
        | Action::Frame(_)
        | Action::Mutate { .. }
        | Action::Fault(_) => true,
        other => needs_session(other),
    }
}
