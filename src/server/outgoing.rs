//! What leaves on a connection.

use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// One message of the server.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// What a faithful server sends.
    Text(Utf8Bytes),
    /// What only a defect makes it send. Boxed, so that it costs queues of text no room.
    Odd(Box<Message>),
}

impl Outgoing {
    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Odd(message) => message.len(),
        }
    }
}

impl From<Outgoing> for Message {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Text(text) => Self::Text(text),
            Outgoing::Odd(message) => *message,
        }
    }
}
