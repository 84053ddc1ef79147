//! What a monitor found: a clause that a server broke, with the evidence.

use std::time::Duration;

use crate::protocol::{
    DeviceNo, FrameKind, Happening, Json, Observation, Route, SessionId, cut, cut_words,
};

use super::ClauseId;

/// A violation of a clause. A misbehaving server is data: this is never an `Err`.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The clause.
    pub clause: ClauseId,
    /// Where and when.
    pub at: Duration,
    /// On which device it was seen; none where it takes two shards of a run to see it.
    pub device: Option<DeviceNo>,
    /// In which session, where there is one.
    pub session: Option<SessionId>,
    /// The route that was called, where a response or its absence is at fault.
    pub route: Option<Route>,
    /// The event's name, where an event is at fault: `chat-message`.
    pub event: Option<Box<str>>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What the clause asks for.
    pub expected: String,
    /// What there was instead; a server's own words are cut at 200 bytes.
    pub actual: String,
    /// Whether `actual` can be told as it is: it is in our own words alone, or has been masked. One
    /// that cannot may quote what stands at the pointer, and is masked where that is personal.
    pub is_plain: bool,
    /// JSON pointer into the frame; empty where the frame as a whole is meant.
    pub pointer: String,
    /// The frame's text, cut at 64 KiB, and at 4 KiB once it is masked, where a frame is at fault.
    pub frame: Option<String>,
}

/// How much of a frame is kept as evidence, in bytes.
const LONGEST_FRAME: usize = 64 * 1024;

/// How much of a server's own words is kept, in bytes.
const LONGEST_WORDS: usize = 200;

impl Finding {
    /// A finding on the frame of an observation, or on the connection where it has none; what is
    /// wrong is still to be said.
    pub(super) fn on(seen: &Observation<'_>, clause: ClauseId) -> Self {
        let (frame, session) = match &seen.what {
            Happening::Received { text, frame, answers, .. } => {
                let asked = answers.and_then(|sent| sent.request.session_id());
                let frames =
                    || frame.session_id().map(|session| SessionId::new(words(session.as_str())));
                (Some(cut(text, LONGEST_FRAME).to_owned()), asked.or_else(frames))
            }
            Happening::Expired(sent) => (None, sent.request.session_id()),
            _ => (None, None),
        };
        let (route, event) = place(seen);
        Self {
            clause,
            at: seen.at,
            device: Some(seen.device),
            session,
            route,
            event,
            message: String::new(),
            expected: String::new(),
            actual: String::new(),
            is_plain: false,
            pointer: String::new(),
            frame,
        }
    }

    /// As [`Self::on`], and its `actual` will tell kinds and sizes, never a value.
    pub(super) fn plain(seen: &Observation<'_>, clause: ClauseId) -> Self {
        Self { is_plain: true, ..Self::on(seen, clause) }
    }

    /// A finding that says what is wrong: at a pointer into the frame of an observation, empty
    /// where the whole is meant.
    pub(super) fn told(
        seen: &Observation<'_>,
        clause: ClauseId,
        message: &str,
        (expected, actual): (impl Into<String>, impl Into<String>),
        pointer: &str,
    ) -> Self {
        Self {
            message: message.to_owned(),
            expected: expected.into(),
            actual: actual.into(),
            pointer: pointer.to_owned(),
            ..Self::on(seen, clause)
        }
    }
}

/// The route or the event that an observation is about.
fn place(seen: &Observation<'_>) -> (Option<Route>, Option<Box<str>>) {
    match &seen.what {
        Happening::Received { frame, answers, .. } => match &frame.kind {
            FrameKind::Event { kind, .. } => (None, Some(words(kind.name()).into())),
            FrameKind::Response { route, .. } => {
                (Some(answers.map_or(route, |sent| &sent.request.route).clone()), None)
            }
            _ => (answers.map(|sent| sent.request.route.clone()), None),
        },
        Happening::Sent(sent) | Happening::Expired(sent) | Happening::CutOff(sent) => {
            (Some(sent.request.route.clone()), None)
        }
        _ => (None, None),
    }
}

/// A value as a server wrote it, cut to what is worth keeping.
pub(super) fn shown(value: &Json) -> String {
    words(&value.to_string())
}

/// A server's own words, cut to what is worth keeping.
pub(super) fn words(text: &str) -> String {
    cut_words(text, LONGEST_WORDS).to_owned()
}
