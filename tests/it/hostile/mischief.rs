//! What bad servers do.

use deskbell::protocol::{Frame, FrameKind, Route};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::{random, tattle};

/// One way to be bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mischief {
    None,
    /// `send-message` is answered with a number for `id`.
    NumberForId,
    /// Every answer is text that is no JSON.
    Garbage,
    /// Nothing is said at all.
    Silence,
    /// A new connection is not acknowledged.
    NoAcknowledgment,
    /// Sends are done and not answered.
    NoSendAnswer,
    /// Answers come under another route's name.
    WrongChannel,
    /// Answers come twice.
    TwoAnswers,
    /// Answers come as binary messages.
    Binary,
    /// Answers are 8 MiB long.
    Huge,
    /// Answers hold bytes that are no UTF-8.
    NotUtf8,
    /// Sends are answered with an error.
    Refusal,
    /// Sends are answered by a gateway, which says this.
    GatewaySays(&'static str),
    /// Events come twice.
    TwoEvents,
    /// One message event in so many is dropped.
    DropsEvent(u32),
    /// After the first message, events of the tenant's messages without an end.
    Flood,
    /// The same with the concierge's messages, which are owed to every device.
    ConciergeFlood,
    /// The access token is echoed as text, as a key and as a channel, and what others wrote comes
    /// where it does not belong.
    Tattles,
    /// Closes with this code after so many frames.
    Closes(Option<u16>, u32),
    /// Resets the stream after so many frames.
    Resets(u32),
    /// Drops the stream within a frame after so many.
    BreaksOff(u32),
    /// After so many frames on one connection the whole server is gone: every connection, and the
    /// address it listened on.
    Dies(u32),
    /// After so many frames, nothing is said or read any more, and the stream stays.
    Freezes(u32),
    /// Answers are random bytes, not even frames.
    RandomBytes(u64),
    /// Answers are random JSON, now and then shaped almost as answers and events are.
    RandomJson(u64),
    /// Answers are the header of a frame of so many bytes, which never come.
    Announces(u64),
    /// The first answer is a message in fragments of so many bytes, without an end.
    Fragments(usize),
    /// The first answer is pings without an end.
    Pings,
    /// No HTTP is spoken.
    OtherProtocol,
    /// HTTP is spoken, and the upgrade refused with this status.
    RefusesUpgrade(u16),
    /// Connections are taken, and nothing is said on them.
    Mute,
    /// Connections are taken and dropped.
    HangsUp,
    /// The upgrade is answered with headers without an end.
    EndlessHeaders,
}

/// How a connection is met.
pub(crate) enum Door {
    Open,
    Mute,
    Says(String),
    Repeats(&'static str),
}

/// What is sent in place of a frame.
pub(crate) enum Out {
    Frame(Message),
    Reset,
    HalfFrame,
    /// As they are, past the WebSocket.
    Bytes(Vec<u8>),
    Freeze,
    Death,
}

impl Mischief {
    pub(crate) fn door(self) -> Door {
        match self {
            Self::OtherProtocol => Door::Says("220 mail.example.com ESMTP\r\n".to_owned()),
            Self::RefusesUpgrade(status) => {
                Door::Says(format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n"))
            }
            Self::Mute => Door::Mute,
            Self::HangsUp => Door::Says(String::new()),
            Self::EndlessHeaders => Door::Repeats("X-More: and more\r\n"),
            _ => Door::Open,
        }
    }
}

/// Does the mischief on one connection.
pub(crate) struct Rewriter {
    mischief: Mischief,
    /// What the device asked for as it connected.
    asked: String,
    frames: u32,
    messages: u32,
    /// The event that a flood repeats under new ids.
    flooding: Option<Value>,
    /// Frames, as bytes, that come again and again.
    endless: Option<Vec<u8>>,
    chance: StdRng,
}

impl Rewriter {
    pub(crate) fn new(mischief: Mischief, asked: &str) -> Self {
        let seed = match mischief {
            Mischief::RandomBytes(seed) | Mischief::RandomJson(seed) => seed,
            _ => 0,
        };
        let chance = StdRng::seed_from_u64(seed);
        let asked = asked.to_owned();
        Self { mischief, asked, frames: 0, messages: 0, flooding: None, endless: None, chance }
    }

    /// What comes before the server has said anything.
    pub(crate) fn greeting(&mut self) -> Vec<Out> {
        self.endings()
    }

    /// What comes in place of a frame of the server.
    pub(crate) fn rewrite(&mut self, text: &str) -> Vec<Out> {
        self.frames += 1;
        let endings = self.endings();
        if !endings.is_empty() || self.endless.is_some() {
            return endings;
        }
        let frame = Frame::from_text(text);
        match &frame.kind {
            FrameKind::Event { .. } => self.event(&frame, text),
            FrameKind::Response { route, .. } if route.is_documented() => {
                self.answer(&frame, route, text)
            }
            _ => match self.mischief {
                Mischief::NoAcknowledgment | Mischief::Silence => Vec::new(),
                _ => vec![plain(text)],
            },
        }
    }

    fn endings(&self) -> Vec<Out> {
        match self.mischief {
            Mischief::Closes(code, after) if self.frames == after => {
                let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
                vec![Out::Frame(Message::Close(frame))]
            }
            Mischief::Resets(after) if self.frames == after => vec![Out::Reset],
            Mischief::BreaksOff(after) if self.frames == after => vec![Out::HalfFrame],
            Mischief::Dies(after) if self.frames == after => vec![Out::Death],
            Mischief::Freezes(after) if self.frames == after => vec![Out::Freeze],
            _ => Vec::new(),
        }
    }

    fn answer(&mut self, frame: &Frame, route: &Route, text: &str) -> Vec<Out> {
        let mut json = frame.json.to_value();
        match self.mischief {
            Mischief::NumberForId if *route == Route::Send => {
                let id = &mut json["body"]["chatMessage"]["id"];
                *id = json!(id.as_str().unwrap().parse::<u64>().unwrap());
            }
            Mischief::WrongChannel if *route == Route::Unread => {
                json["channel"] = json!("client/get-unread-count");
            }
            Mischief::Refusal if *route == Route::Send => {
                json["status"] = json!(500);
                json["body"] = json!({ "message": "no" });
            }
            Mischief::GatewaySays(message) if *route == Route::Send => {
                let said = json!({ "message": message, "connectionId": "c=", "requestId": "r=" });
                return vec![plain(&said.to_string())];
            }
            Mischief::Garbage => return vec![plain("Internal Server Error")],
            Mischief::Silence => return Vec::new(),
            Mischief::NoSendAnswer if *route == Route::Send => return Vec::new(),
            Mischief::TwoAnswers => return vec![plain(text), plain(text)],
            Mischief::Binary => return vec![Out::Frame(Message::binary(text.to_owned()))],
            Mischief::Huge => {
                json["body"]["more"] = json!("x".repeat(8 << 20));
            }
            Mischief::NotUtf8 => {
                let bytes = [text.as_bytes(), &[0xff]].concat();
                let raw = RawFrame::message(bytes, OpCode::Data(Data::Text), true);
                return vec![Out::Frame(Message::Frame(raw))];
            }
            Mischief::RandomBytes(_) => {
                let mut bytes = vec![0; 500];
                self.chance.fill_bytes(&mut bytes);
                return vec![Out::Bytes(bytes)];
            }
            Mischief::RandomJson(_) => {
                return vec![plain(&random::frame(&mut self.chance, &json).to_string())];
            }
            Mischief::Tattles => tattle::answer(&mut json, route, &self.asked),
            Mischief::Announces(bytes) => return vec![Out::Bytes(header(bytes))],
            Mischief::Fragments(size) => {
                let more = [&[0x00, size as u8][..], &vec![b'x'; size]].concat();
                self.endless = Some(more.repeat(1000));
                return vec![Out::Bytes(vec![0x01, 0])];
            }
            Mischief::Pings => {
                self.endless = Some([0x89, 0].repeat(1000));
                return Vec::new();
            }
            _ => {}
        }
        vec![plain(&json.to_string())]
    }

    fn event(&mut self, frame: &Frame, text: &str) -> Vec<Out> {
        let is_message = frame.message().is_object();
        self.messages += u32::from(is_message);
        match self.mischief {
            Mischief::Silence => Vec::new(),
            Mischief::Tattles => {
                tattle::event(frame, &self.asked).iter().map(|text| plain(text)).collect()
            }
            Mischief::TwoEvents => vec![plain(text), plain(text)],
            Mischief::DropsEvent(nth) if is_message && self.messages.is_multiple_of(nth) => {
                Vec::new()
            }
            Mischief::ConciergeFlood if frame.message()["senderEntityType"] == "BACKEND_USER" => {
                self.flooding = Some(frame.json.to_value());
                vec![plain(text)]
            }
            Mischief::Flood if frame.message()["senderEntityType"] == "TENANT" => {
                self.flooding = Some(frame.json.to_value());
                vec![plain(text)]
            }
            _ => vec![plain(text)],
        }
    }

    pub(crate) fn floods(&self) -> bool {
        self.flooding.is_some() || self.endless.is_some()
    }

    pub(crate) fn flood(&mut self) -> Vec<Out> {
        if let Some(frames) = &self.endless {
            return vec![Out::Bytes(frames.clone())];
        }
        let Some(event) = &mut self.flooding else { return Vec::new() };
        self.messages += 1;
        event["payload"]["chatMessage"]["id"] = json!(1_000_000 + self.messages);
        vec![plain(&event.to_string())]
    }
}

fn plain(text: &str) -> Out {
    Out::Frame(Message::text(text.to_owned()))
}

/// The header of a text frame of so many bytes (RFC 6455 section 5.2).
fn header(bytes: u64) -> Vec<u8> {
    [&[0x81, 127][..], &bytes.to_be_bytes(), b"{"].concat()
}
