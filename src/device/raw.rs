//! Frames that no well-behaved client sends.

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::protocol::{Form, Request};

/// What is sent, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawFrame {
    /// One text message.
    Text(String),
    /// One binary message.
    Binary(Vec<u8>),
    /// One text message in these fragments (RFC 6455 section 5.4).
    Fragments(Vec<String>),
}

impl RawFrame {
    /// The request that it is, as far as it is one, and what it is.
    pub(super) fn request(&self) -> (Request, Form) {
        let read = |text: &str| (Request::read(text), Form::of(text));
        match self {
            Self::Text(text) => read(text),
            Self::Binary(_) => read(""),
            Self::Fragments(pieces) => read(&pieces.concat()),
        }
    }

    /// The text that it is; empty for a binary message.
    pub(super) fn written(&self) -> Box<str> {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Binary(_) => "".into(),
            Self::Fragments(pieces) => pieces.concat().into(),
        }
    }

    pub(super) fn messages(self) -> Vec<Message> {
        match self {
            Self::Text(text) => vec![Message::text(text)],
            Self::Binary(bytes) => vec![Message::binary(bytes)],
            Self::Fragments(pieces) => {
                fragments(pieces.into_iter().map(String::into_bytes).collect())
            }
        }
    }
}

/// The largest frame that goes out in one piece, in bytes: API Gateway's limit.
const FRAGMENT: usize = 32 * 1024;

/// A text as one message; where it is too long for one frame, in pieces.
pub(super) fn whole(text: String) -> Result<Message, Vec<Message>> {
    if text.len() <= FRAGMENT {
        return Ok(Message::text(text));
    }
    Err(fragments(text.into_bytes().chunks(FRAGMENT).map(<[u8]>::to_vec).collect()))
}

/// What half of a frame is masked with, which a client's has to be (RFC 6455 section 5.3).
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The first half of a frame of this text.
pub(super) fn half(text: String) -> Vec<u8> {
    let mut frame = Frame::message(text.into_bytes(), OpCode::Data(Data::Text), true);
    frame.header_mut().mask = Some(MASK);
    let mut bytes = Vec::with_capacity(frame.len());
    // Memory takes all that is written.
    let _ = frame.format(&mut bytes);
    bytes.truncate(bytes.len().div_ceil(2));
    bytes
}

fn fragments(pieces: Vec<Vec<u8>>) -> Vec<Message> {
    let last = pieces.len().saturating_sub(1);
    let fragment = |(at, piece): (usize, Vec<u8>)| {
        let kind = if at == 0 { Data::Text } else { Data::Continue };
        Message::Frame(Frame::message(piece, OpCode::Data(kind), at == last))
    };
    pieces.into_iter().enumerate().map(fragment).collect()
}
