//! What leaves on a connection.

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// One message of the server.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// What a faithful server sends.
    Text(Utf8Bytes),
    /// The answer to a request that was timed. Boxed, so that it costs queues of text no room.
    Timed(Box<Timed>),
    /// What only a defect makes it send. Boxed for the same reason.
    Odd(Box<Message>),
}

/// An answer, and when its request was read.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    text: Utf8Bytes,
    read_at: Instant,
}

impl Outgoing {
    /// An answer to a request that was read at this instant, where that is kept.
    pub(super) fn answer(text: String, read_at: Option<Instant>) -> Self {
        match read_at {
            None => Self::Text(text.into()),
            Some(read_at) => Self::Timed(Box::new(Timed { text: text.into(), read_at })),
        }
    }

    /// When the request was read that this answers; `None` where it is no answer, or not timed.
    pub(super) fn read_at(&self) -> Option<Instant> {
        match self {
            Self::Timed(timed) => Some(timed.read_at),
            Self::Text(_) | Self::Odd(_) => None,
        }
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Timed(timed) => timed.text.len(),
            Self::Odd(message) => message.len(),
        }
    }
}

impl From<Outgoing> for Message {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Text(text) => Self::Text(text),
            Outgoing::Timed(timed) => Self::Text(timed.text),
            Outgoing::Odd(message) => *message,
        }
    }
}
