//! Framing: messages that are no single, clean JSON text. Every fifth answer is one.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::hook::Hook;
use super::notes::Notes;
use super::turn::{Cause, Told, Turn, What};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    framing(
        "frame-byte-order-mark",
        "Answers begin with a byte order mark.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| vec![Message::text(format!("\u{feff}{text}"))]);
        })],
    ),
    framing(
        "frame-duplicate-key",
        "Answers have the key status twice.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                let text = text.replacen("\"status\":", "\"status\":500,\"status\":", 1);
                vec![Message::text(text)]
            });
        })],
    ),
    unreadable(
        "frame-two-texts",
        "An answer and a heartbeat stand in one message.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                vec![Message::text(format!("{text}\n{{\"type\":\"heartbeat\"}}"))]
            });
        })],
    ),
    unreadable(
        "frame-binary",
        "Answers come as binary messages.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| vec![Message::binary(text.into_bytes())]);
        })],
    ),
    unreadable(
        "frame-invalid-utf8",
        "Text messages are not UTF-8.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                let mut bytes = text.into_bytes();
                let middle = bytes.len() / 2;
                bytes[middle] = 0xff;
                let text = OpCode::Data(Data::Text);
                vec![Message::Frame(Frame::message(Bytes::from(bytes), text, true))]
            });
        })],
    )
    .related(&["ENV-3", "ENV-6", "ENV-7"]),
    unreadable(
        "frame-cut-in-two",
        "An answer is cut over two messages.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                let middle = text.floor_char_boundary(text.len() / 2);
                let (first, second) = text.split_at(middle);
                vec![Message::text(first), Message::text(second)]
            });
        })],
    ),
    unreadable(
        "frame-not-a-number",
        "Answers are JavaScript, not JSON: they say NaN.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                let end = text.len() - 1;
                vec![Message::text(format!("{},\"took\":NaN}}", &text[..end]))]
            });
        })],
    ),
    unreadable(
        "frame-an-array",
        "Answers come as arrays of one.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| vec![Message::text(format!("[{text}]"))]);
        })],
    ),
    unreadable(
        "frame-an-html-page",
        "A proxy's error page comes in the place of an answer.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |_| {
                vec![Message::text("<html><body>502 Bad Gateway</body></html>")]
            });
        })],
    ),
];

const fn framing(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Framing, name, title, &["ENV-1"], hooks)
}

/// What can't be read answers nothing: it is a frame that the document does not have, and its
/// request stays open.
const fn unreadable(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Framing, name, title, &["ENV-10"], hooks).related(&["ENV-3"])
}

/// Replaces every fifth answer of a connection.
fn every_fifth(
    notes: &mut Notes,
    turn: &Turn,
    told: &mut Vec<Told>,
    write: fn(String) -> Vec<Message>,
) {
    if turn.cause != Cause::Request {
        return;
    }
    let written = std::mem::take(told).into_iter().flat_map(|one| {
        let socket = one.to.first().map(|socket| socket.0).unwrap_or_default();
        if one.is_ok() && notes.is_nth(socket, 5) {
            let messages = write(one.text());
            let raw = |message| Told { what: What::Raw(message), ..one.clone() };
            messages.into_iter().map(raw).collect()
        } else {
            vec![one]
        }
    });
    *told = written.collect();
}
