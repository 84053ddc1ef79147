//! Framing: messages that are no single, clean JSON text. Every fifth answer is one.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::hook::Hook;
use super::notes::Notes;
use super::turn::{Cause, Told, Turn, What};
use super::{Defect, Kind};

/// A reply that can't be read leaves its request unanswered, and what depends on it unknown.
const UNREAD_REPLY: &[&str] = &["ENV-3", "ENV-10", "CONNECT-6"];

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
    framing(
        "frame-two-texts",
        "An answer and a heartbeat stand in one message.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                vec![Message::text(format!("{text}\n{{\"type\":\"heartbeat\"}}"))]
            });
        })],
    ),
    framing(
        "frame-binary",
        "Answers come as binary messages.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| vec![Message::binary(text.into_bytes())]);
        })],
    ),
    framing(
        "frame-compressed",
        "Answers come compressed, which nobody agreed on.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                let magic = [0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
                let body = text.bytes().map(|byte| byte ^ 0xa5);
                vec![Message::binary(magic.into_iter().chain(body).collect::<Vec<_>>())]
            });
        })],
    ),
    framing(
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
    ),
    framing(
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
    framing(
        "frame-cut-short",
        "The end of an answer is missing.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                vec![Message::text(&text[..text.floor_char_boundary(text.len() - 9)])]
            });
        })],
    ),
    framing(
        "frame-not-a-number",
        "Answers are JavaScript, not JSON: they say NaN.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                let end = text.len() - 1;
                vec![Message::text(format!("{},\"took\":NaN}}", &text[..end]))]
            });
        })],
    ),
    framing(
        "frame-an-array",
        "Answers come as arrays of one.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| vec![Message::text(format!("[{text}]"))]);
        })],
    ),
    framing(
        "frame-twice-encoded",
        "Answers are JSON texts within a JSON string.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |text| {
                vec![Message::text(serde_json::Value::String(text).to_string())]
            });
        })],
    ),
    framing(
        "frame-an-html-page",
        "A proxy's error page comes in the place of an answer.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |_| {
                vec![Message::text("<html><body>502 Bad Gateway</body></html>")]
            });
        })],
    ),
    framing(
        "frame-empty",
        "An empty message comes in the place of an answer.",
        &[Hook::Tell(|notes, _, turn, told| {
            every_fifth(notes, turn, told, |_| vec![Message::text("")]);
        })],
    ),
];

const fn framing(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Framing, name, title, &["ENV-1"], hooks).related(UNREAD_REPLY)
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
