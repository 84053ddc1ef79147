//! EVENT, one frame at a time: its schema, and that it comes once.

use std::collections::VecDeque;

use crate::conformance::finding::words;
use crate::conformance::{ClauseId, Finding, Outcome, Reading, Sink};
use crate::protocol::{
    EventKind, Frame, FrameKind, Json, Observation, SchemaName, SchemaSet, digits,
};

use super::digest::{Digest, hash};
use super::envelope;

/// How many messages and deletes of one connection are remembered, so that one that comes twice
/// is told. Beyond, a duplicate is taken for new.
const REMEMBERED: usize = 128;

/// What makes two message or delete events the same one: their channel and the id, as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conformance) struct Key(u64);

impl Key {
    /// The key of an event; none where it may come again, or carries no id.
    pub(in crate::conformance) fn of(frame: &Frame) -> Option<Self> {
        let FrameKind::Event { kind, .. } = &frame.kind else { return None };
        let id = match kind {
            EventKind::Message(_) => digits(&frame.message()["id"])?,
            EventKind::Delete => digits(&frame.payload()["messageId"])?,
            EventKind::Update(_) | EventKind::Other(_) => return None,
        };
        Some(Self(hash((frame.json["channel"].as_str(), id))))
    }
}

/// The message and delete events that a connection has got lately.
#[derive(Debug, Default)]
pub(in crate::conformance) struct Seen {
    keys: VecDeque<Key>,
}

impl Seen {
    /// Notes an event; whether it had not come before.
    pub(in crate::conformance) fn is_first(&mut self, key: Key) -> bool {
        if self.has(key) {
            return false;
        }
        self.keys.truncate(REMEMBERED - 1);
        self.keys.push_front(key);
        true
    }

    /// Whether an event has come.
    pub(in crate::conformance) fn has(&self, key: Key) -> bool {
        self.keys.contains(&key)
    }
}

/// EVENT-5, and ENV-10 for an event that the document does not have.
pub(in crate::conformance) fn judge(
    schemas: &SchemaSet,
    seen: &Observation<'_>,
    frame: &Frame,
    to: &mut dyn Sink,
) {
    let FrameKind::Event { kind, key } = &frame.kind else { return };
    if let EventKind::Other(_) = kind {
        return envelope::stray(seen, frame, to);
    }
    if let Some(key) = key {
        to.reading(Reading::EventKey(key.as_str()));
    }
    judge_schema(schemas, ClauseId::Event5, SchemaName::Event(kind), (seen, frame), to);
    if let Some((expected, actual)) = frame.flaw.as_ref().map(envelope::describe) {
        to.found(Finding {
            message: "the event is not the JSON text that the document has".into(),
            expected: expected.into(),
            actual,
            ..Finding::on(seen, ClauseId::Event5)
        });
    }
}

/// The message that an event says is unsent.
pub(in crate::conformance) fn unsent(frame: &Frame) -> Option<u64> {
    let FrameKind::Event { kind: EventKind::Delete, .. } = &frame.kind else { return None };
    digits(&frame.payload()["messageId"])
}

/// EVENT-2: an event that has come before on this connection.
pub(in crate::conformance) fn again(seen: &Observation<'_>, frame: &Frame, to: &mut dyn Sink) {
    let FrameKind::Event { kind, .. } = &frame.kind else { return };
    if matches!(kind, EventKind::Message(_)) {
        to.settled(Outcome::Duplicate);
    }
    to.found(Finding {
        message: format!("a {} event came twice on one connection", kind.name()),
        expected: "each message and delete event once".into(),
        actual: "the same again".into(),
        ..Finding::on(seen, ClauseId::Event2)
    });
}

/// EVENT-3: what an event says of a message, beside what its acknowledgment or an earlier event said.
pub(super) fn agrees(
    clause: ClauseId,
    (known, message, pointer): (Digest, &Json, &str),
    seen: &Observation<'_>,
    to: &mut dyn Sink,
) {
    to.checked(clause);
    if let Some(key) = known.difference(Digest::of(message)) {
        to.found(Finding {
            message: format!("two frames disagree about the {key} of a message"),
            expected: "the same in acknowledgment, event and listing".into(),
            actual: words(&message[key].to_string()),
            pointer: format!("{pointer}/{key}"),
            ..Finding::on(seen, clause)
        });
    }
}

/// EVENT-6: an event of a session that is another tenant's.
pub(super) fn foreign(seen: &Observation<'_>, to: &mut dyn Sink) {
    to.found(Finding {
        message: "an event came of another tenant's session".into(),
        expected: "events of the own tenant's sessions".into(),
        actual: "one of another tenant's".into(),
        pointer: "/channel".into(),
        ..Finding::on(seen, ClauseId::Event6)
    });
}

/// EVENT-10: an event of a session in which the connection takes no part.
pub(super) fn unasked(seen: &Observation<'_>, to: &mut dyn Sink) {
    to.found(Finding {
        message: "an event came of a session in which this connection takes no part".into(),
        expected: "events of the sessions that it opened or resumed".into(),
        actual: "one of another session of its tenant".into(),
        pointer: "/channel".into(),
        ..Finding::on(seen, ClauseId::Event10)
    });
}

/// Holds a frame to its schema, and notes what goes beyond it.
pub(super) fn judge_schema(
    schemas: &SchemaSet,
    clause: ClauseId,
    name: SchemaName<'_>,
    (seen, frame): (&Observation<'_>, &Frame),
    to: &mut dyn Sink,
) {
    to.checked(clause);
    if schemas.fits(name, &frame.json) {
        return;
    }
    let schema = name.file().unwrap_or_default();
    if let Err(violations) = schemas.validate(name, &frame.json) {
        for violation in violations {
            to.found(Finding {
                message: format!("the frame does not validate against {schema}"),
                expected: violation.expected,
                actual: violation.actual,
                pointer: words(&violation.pointer),
                ..Finding::plain(seen, clause)
            });
        }
    }
    for pointer in schemas.drift(name, &frame.json) {
        to.reading(Reading::Drift { schema, pointer });
    }
}
