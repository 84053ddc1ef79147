//! What the service says, for faults that are made of it; and frames as bytes (RFC 6455 section 5).

use serde_json::Value;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::fault::Move;

/// What is at hand when a fault is done: the head of an HTTP request, or the text of a frame.
pub(super) struct Said {
    pub(super) text: String,
}

impl Said {
    /// The frame with something changed in it.
    pub(super) fn changed(&self, change: impl Fn(&mut Value)) -> Move {
        let mut json: Value = serde_json::from_str(&self.text).unwrap();
        change(&mut json);
        text(json.to_string())
    }

    /// The frame with a JSON text as one more member of its body, whatever that text is.
    pub(super) fn with_member(&self, member: &str) -> Move {
        let json: Value = serde_json::from_str(&self.text).unwrap();
        let body = json["body"].to_string();
        let body = format!("{{\"more\":{member},{}", &body[1..]);
        let (channel, status) = (&json["channel"], &json["status"]);
        text(format!(r#"{{"channel":{channel},"status":{status},"body":{body}}}"#))
    }

    /// The answer to the upgrade, with these lines in place of the version's.
    pub(super) fn upgrade(&self, first: &str, more: &str) -> Move {
        let key = self.text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("sec-websocket-key").then_some(value)
        });
        let accept = derive_accept_key(key.unwrap().as_bytes());
        head(&format!(
            "{first}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{more}\r\n"
        ))
    }
}

/// What begins an answer to the upgrade.
pub(super) const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols";

/// Bytes of HTTP.
pub(super) fn head(text: &str) -> Move {
    Move::Bytes(text.as_bytes().to_vec())
}

/// An answer of HTTP with this status and body.
pub(super) fn answer(status: &str, more: &str, body: &str) -> Move {
    let length = body.len();
    head(&format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\n\r\n{body}"))
}

/// A text frame.
pub(super) fn text(text: impl AsRef<str>) -> Move {
    Move::Bytes(frame(0x81, text.as_ref()))
}

/// A frame that begins with this byte: its flags and its opcode.
pub(super) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend(payload);
    bytes
}

/// The header of a frame that announces so many bytes.
pub(super) fn header(first: u8, length: u64) -> Vec<u8> {
    match length {
        ..126 => vec![first, length as u8],
        126..=0xffff => [&[first, 126][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[first, 127][..], &length.to_be_bytes()].concat(),
    }
}

/// A close frame with this code and reason.
pub(super) fn close(code: u16, reason: impl AsRef<[u8]>) -> Move {
    Move::Bytes(frame(0x88, [&code.to_be_bytes()[..], reason.as_ref()].concat()))
}

/// An error frame of the gateway's own.
pub(super) fn gateway(message: &str) -> Move {
    let (connection, request) = ("fD9QxcHGSQ0CF1w=", "fD9QxcHGSQ0CF1w-1");
    text(format!(
        r#"{{"message":"{message}","connectionId":"{connection}","requestId":"{request}"}}"#
    ))
}
