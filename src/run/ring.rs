//! The last that one flow instance has seen, in little space: 32 bytes for each frame, and the ids
//! of sessions and unusual names once each.
//!
//! It judges nothing, and holds nothing of what was said. Start from [`Ring`].

#[cfg(test)]
mod tests;
mod words;

use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::time::Duration;

use crate::protocol::{
    ConnectionNo, DeviceNo, Ending, EventKind, Frame, FrameKind, Happening, Json, Leaf, MessageId,
    NotOpened, Observation, RequestNo, Role, Route, Sent, SessionId, digits,
};

use super::conversation::{Conversation, ConversationFrame, Passage};
use super::plan::{RunPlan, ScenarioPlan};

use words::{Word, Words, longest};

/// How many frames are kept in a run of few devices.
const SMALL: u8 = 64;

/// How many in any other.
const LARGE: u8 = 16;

/// A run of so many devices is a small one.
const FEW_DEVICES: u64 = 100;

/// The last frames of a flow instance.
pub(super) struct Ring {
    /// Grows until it has `capacity` entries.
    entries: Vec<Entry>,
    /// The oldest, once there are that many.
    oldest: u8,
    capacity: u8,
    words: Words,
    /// Devices that play the concierge.
    at_desks: Box<[DeviceNo]>,
}

/// One frame, or what else happened.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at_us: u64,
    message: Option<NonZeroU64>,
    device: DeviceNo,
    /// One more than the request's number.
    request: Option<NonZeroU32>,
    /// More connections than that are told as the last.
    connection: u16,
    status: Option<NonZeroU16>,
    what: Passage,
    /// The route's or the event's.
    name: Word,
    session: Word,
    is_by_concierge: bool,
}

/// An idle device has a whole ring of these.
const _: () = assert!(size_of::<Entry>() == 32, "an entry has outgrown its place");

impl Ring {
    /// The ring of one flow instance of a plan, of whose devices some play the concierge.
    pub(super) fn of(plan: &RunPlan, at_desks: &[DeviceNo]) -> Self {
        let devices: u64 = plan.scenarios.iter().map(ScenarioPlan::devices).map(u64::from).sum();
        Self::new(if devices <= FEW_DEVICES { SMALL } else { LARGE }, at_desks)
    }

    fn new(capacity: u8, at_desks: &[DeviceNo]) -> Self {
        let (entries, words) = (Vec::new(), Words::default());
        Self { entries, oldest: 0, capacity, words, at_desks: at_desks.into() }
    }

    /// Notes what was seen, in place of the oldest where it is full.
    pub(super) fn observe(&mut self, seen: &Observation<'_>) {
        let Some(entry) = self.entry(seen) else { return };
        if self.entries.len() < self.capacity.into() {
            self.entries.push(entry);
            return;
        }
        self.entries[usize::from(self.oldest)] = entry;
        self.oldest = (self.oldest + 1) % self.capacity;
    }

    /// What was seen last of a session, and of none; without a session, of all. What a device saw at
    /// this very instant is there whatever session it speaks of: it is what was wrong.
    pub(super) fn conversation(
        &self,
        at: Duration,
        device: DeviceNo,
        session: Option<&SessionId>,
    ) -> Conversation {
        let wanted = session.map(|session| longest(session.as_str()));
        let is_wanted = |entry: &&Entry| {
            let of = self.words.text(entry.session);
            wanted.is_none() || of.is_none() || of == wanted || entry.is_at(at, device)
        };
        let (newer, older) = self.entries.split_at(self.oldest.into());
        let frames = older.iter().chain(newer).filter(is_wanted).map(|entry| self.told(entry));
        Conversation { at, device, session: session.cloned(), frames: frames.collect() }
    }

    fn told(&self, entry: &Entry) -> ConversationFrame {
        let is_event = entry.what == Passage::Event;
        let event = if is_event { self.words.text(entry.name) } else { None };
        let route = if is_event { None } else { self.words.route(entry.name) };
        ConversationFrame {
            at: Duration::from_micros(entry.at_us),
            device: entry.device,
            is_at_desk: self.at_desks.contains(&entry.device),
            connection: ConnectionNo(entry.connection.into()),
            what: entry.what,
            route,
            event: event.map(Into::into),
            status: entry.status.map(NonZeroU16::get),
            request: entry.request.map(|no| RequestNo(u64::from(no.get()) - 1)),
            session: self.words.text(entry.session).map(SessionId::new),
            message: entry.message.map(|id| MessageId(id.get())),
            is_by_concierge: entry.is_by_concierge,
        }
    }

    /// What is noted; none of a pause of our own.
    fn entry(&mut self, seen: &Observation<'_>) -> Option<Entry> {
        let bare = |what| Entry::bare(seen, what);
        Some(match &seen.what {
            Happening::Opened { .. } => bare(Passage::Opened),
            Happening::NotOpened { why, .. } => {
                let status = match why {
                    NotOpened::Status(status) => NonZeroU16::new(*status),
                    NotOpened::Handshake | NotOpened::Timeout | NotOpened::Network => None,
                };
                Entry { status, ..bare(Passage::NotOpened) }
            }
            Happening::Uploaded(exchange) => {
                let status = NonZeroU16::new(exchange.put.unwrap_or(exchange.status));
                Entry { status, ..bare(Passage::Upload) }
            }
            Happening::Sent(sent) => self.of_request(sent, bare(Passage::Request)),
            Happening::Expired(sent) => self.of_request(sent, bare(Passage::Expired)),
            Happening::CutOff(sent) => self.of_request(sent, bare(Passage::CutOff)),
            Happening::Pong { .. } => bare(Passage::Pong),
            Happening::Closed(Ending::ByUs) => bare(Passage::Left),
            Happening::Closed(Ending::ByServer(code)) => {
                Entry { status: code.and_then(NonZeroU16::new), ..bare(Passage::Closed) }
            }
            Happening::Closed(Ending::Broken(_)) => bare(Passage::Broken),
            Happening::Received { frame, role, answers, .. } => {
                let (what, request) = passage(*role);
                let entry = Entry { request: request.and_then(numbered), ..bare(what) };
                self.of_frame(frame, answers.map(|sent| &**sent), entry)
            }
            Happening::Paused { .. } | Happening::ReadUp => return None,
        })
    }

    fn of_request(&mut self, sent: &Sent, entry: Entry) -> Entry {
        let name = self.route(&sent.request.route);
        Entry {
            name,
            session: self.word(sent.request.body["chatSessionId"].as_str(), name),
            message: message_in(&sent.request.body["messageId"]),
            request: numbered(sent.no),
            ..entry
        }
    }

    fn of_frame(&mut self, frame: &Frame, asked: Option<&Sent>, entry: Entry) -> Entry {
        let status = frame.status().and_then(|status| u16::try_from(status).ok());
        let entry = Entry { status: status.and_then(NonZeroU16::new), ..entry };
        match (&frame.kind, asked) {
            (FrameKind::Event { kind, .. }, _) => self.of_event(frame, kind, entry),
            (_, Some(sent)) => self.of_answer(frame, sent, entry),
            (FrameKind::Response { route, .. }, None) => {
                let name = self.route(route);
                let message = message_in(&frame.message()["id"]);
                Entry { name, session: self.word(session_in(frame.body()), name), message, ..entry }
            }
            _ => entry,
        }
    }

    /// An answer speaks of what was asked about; the frame is asked for the rest.
    fn of_answer(&mut self, frame: &Frame, sent: &Sent, entry: Entry) -> Entry {
        let asked = self.of_request(sent, entry);
        let session = match asked.session {
            Word::NONE => self.word(session_in(frame.body()), asked.name),
            known => known,
        };
        let message = asked.message.or_else(|| message_in(&frame.message()["id"]));
        Entry { session, message, ..asked }
    }

    fn of_event(&mut self, frame: &Frame, kind: &EventKind, entry: Entry) -> Entry {
        let name = Word::event(kind);
        match kind {
            EventKind::Message(session) => {
                let message = frame.message();
                Entry {
                    name,
                    session: self.word(Some(session.as_str()), name),
                    message: message_in(&message["id"]),
                    is_by_concierge: message["senderEntityType"] == "BACKEND_USER",
                    ..entry
                }
            }
            EventKind::Update(session) => {
                Entry { name, session: self.word(Some(session.as_str()), name), ..entry }
            }
            EventKind::Delete => {
                Entry { name, message: message_in(&frame.payload()["messageId"]), ..entry }
            }
            EventKind::Other(text) => Entry { name: self.word(Some(text), Word::NONE), ..entry },
        }
    }

    fn route(&mut self, route: &Route) -> Word {
        Word::route(route).unwrap_or_else(|| self.word(Some(route.as_str()), Word::NONE))
    }

    /// A word for a text. `kept` is in use already, though no entry has it yet.
    fn word(&mut self, text: Option<&str>, kept: Word) -> Word {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Word::NONE };
        let in_use = self.entries.iter().flat_map(|entry| [entry.name, entry.session]);
        self.words.word(text, in_use.chain([kept]))
    }
}

impl Entry {
    fn bare(seen: &Observation<'_>, what: Passage) -> Self {
        Self {
            at_us: micros(seen.at),
            message: None,
            device: seen.device,
            request: None,
            connection: u16::try_from(seen.connection.0).unwrap_or(u16::MAX),
            status: None,
            what,
            name: Word::NONE,
            session: Word::NONE,
            is_by_concierge: false,
        }
    }

    fn is_at(&self, at: Duration, device: DeviceNo) -> bool {
        self.at_us == micros(at) && self.device == device
    }
}

/// What a frame of this role is, and the request that it answers.
fn passage(role: Role) -> (Passage, Option<RequestNo>) {
    match role {
        Role::Answer(no) | Role::MisnamedAnswer(no) | Role::LateAnswer(no) => {
            (Passage::Response, Some(no))
        }
        Role::SecondAnswer => (Passage::Response, None),
        Role::GatewayAnswer(no) => (Passage::GatewayError, Some(no)),
        Role::Event => (Passage::Event, None),
        Role::Acknowledgment => (Passage::Acknowledgment, None),
        Role::Stray => (Passage::Stray, None),
    }
}

fn micros(at: Duration) -> u64 {
    u64::try_from(at.as_micros()).unwrap_or(u64::MAX)
}

fn numbered(no: RequestNo) -> Option<NonZeroU32> {
    u32::try_from(no.0).ok().map(|no| NonZeroU32::MIN.saturating_add(no))
}

fn session_in(body: &Json) -> Option<&str> {
    body["chatSessionId"].as_str()
}

fn message_in(id: &impl Leaf) -> Option<NonZeroU64> {
    digits(id).and_then(NonZeroU64::new)
}
