//! What leaves on a connection.

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::durable::OnDisk;

/// One message of the server.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// What a faithful server sends.
    Text(Utf8Bytes),
    /// The answer to a request that was timed. Boxed, so that it costs queues of text no room.
    Timed(Box<Timed>),
    /// What only a defect makes it send. Boxed for the same reason.
    Odd(Box<Message>),
    /// What may not be said yet. Boxed for the same reason.
    Held(Box<Held>),
}

/// What waits for a change to be on disk.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) on_disk: OnDisk,
    pub(super) outgoing: Outgoing,
}

/// An answer, and what is kept of its request.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    text: Utf8Bytes,
    asked: Asked,
}

/// What is kept of a request until it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// When it was read.
    pub(super) read_at: Instant,
    /// The gateway answers it in the service's place, so that nobody hears the service's answer.
    pub(super) is_unheard: bool,
}

impl Asked {
    /// Asked now.
    pub(super) fn now() -> Self {
        Self { read_at: Instant::now(), is_unheard: false }
    }
}

impl Outgoing {
    /// An answer to a request of which this was kept.
    pub(super) fn answer(text: String, asked: Option<Asked>) -> Self {
        match asked {
            None => Self::Text(text.into()),
            Some(asked) => Self::Timed(Box::new(Timed { text: text.into(), asked })),
        }
    }

    /// When the request was read that this answers; `None` where it is no answer, or not timed.
    pub(super) fn read_at(&self) -> Option<Instant> {
        self.asked().map(|asked| asked.read_at)
    }

    /// Whether it answers a request. Only known where something is kept of requests.
    pub(super) fn is_answer(&self) -> bool {
        self.asked().is_some()
    }

    /// Whether it answers what has been answered in the service's place.
    pub(super) fn is_unheard(&self) -> bool {
        self.asked().is_some_and(|asked| asked.is_unheard)
    }

    fn asked(&self) -> Option<Asked> {
        match self {
            Self::Timed(timed) => Some(timed.asked),
            Self::Held(held) => held.outgoing.asked(),
            Self::Text(_) | Self::Odd(_) => None,
        }
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Timed(timed) => timed.text.len(),
            Self::Odd(message) => message.len(),
            Self::Held(held) => held.outgoing.len(),
        }
    }
}

impl From<Outgoing> for Message {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Text(text) => Self::Text(text),
            Outgoing::Timed(timed) => Self::Text(timed.text),
            Outgoing::Odd(message) => *message,
            Outgoing::Held(held) => held.outgoing.into(),
        }
    }
}
