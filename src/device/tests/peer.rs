//! A server that does as it is told, message by message.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// How a peer meets the upgrade.
#[derive(Clone, Debug, Default)]
pub(super) enum Upgrade {
    /// As it should.
    #[default]
    Accept,
    /// As it should, and it notes what was asked for.
    Noted,
    /// With this text, and then it drops the stream.
    Answer(String),
    /// Not at all.
    Silence,
}

/// One thing that a peer does.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Reads a message, and notes it.
    Read,
    /// Reads bytes past the library for five seconds, and notes how many there were.
    Drain,
    /// Sends a text message.
    Text(String),
    /// Sends a protocol ping.
    Ping,
    /// Sends a close frame, and reads no more.
    Close(Option<u16>),
    /// Writes bytes past the library, then drops the stream.
    Bytes(Vec<u8>),
    /// Drops the stream.
    Drop,
    /// Lets time pass.
    Rest(Duration),
}

/// What a peer saw, in order.
pub(super) type Log = Rc<RefCell<Vec<String>>>;

/// Fragments above 32 KiB would break the peer's side.
const FRAGMENT: usize = 32 * 1024;

/// Plays one connection; at the end it holds the stream open until the device drops it.
pub(super) async fn attend(
    mut stream: DuplexStream,
    upgrade: Upgrade,
    acts: Vec<Act>,
    log: Option<Log>,
) {
    let note = |line: String| log.iter().for_each(|log| log.borrow_mut().push(line.clone()));
    let is_noted = matches!(upgrade, Upgrade::Noted);
    match upgrade {
        Upgrade::Accept | Upgrade::Noted => {}
        Upgrade::Answer(text) => {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(text.as_bytes()).await;
            return;
        }
        Upgrade::Silence => return std::future::pending().await,
    }
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let check = |request: &Request, response: Response| {
        if is_noted {
            note(request.uri().to_string());
            let offered = request.headers().contains_key("Sec-WebSocket-Extensions");
            note(if offered { "extensions" } else { "no extensions" }.to_owned());
        }
        Ok(response)
    };
    let config = WebSocketConfig::default().max_frame_size(Some(FRAGMENT));
    let Ok(mut socket) = accept_hdr_async_with_config(stream, check, Some(config)).await else {
        return note("no upgrade".to_owned());
    };
    for act in acts {
        if !perform(&mut socket, act, &note).await {
            return;
        }
    }
    while let Some(Ok(_)) = socket.next().await {}
}

/// Whether the stream stays.
async fn perform(
    socket: &mut WebSocketStream<DuplexStream>,
    act: Act,
    note: &impl Fn(String),
) -> bool {
    let sent = match act {
        Act::Read => {
            let Some(Ok(message)) = socket.next().await else { return false };
            note(in_words(&message));
            Ok(())
        }
        Act::Drain => {
            let mut bytes = Vec::new();
            let reading = socket.get_mut().read_to_end(&mut bytes);
            let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
            note(format!("{} bytes", bytes.len()));
            return false;
        }
        Act::Text(text) => socket.send(Message::text(text)).await,
        Act::Ping => socket.send(Message::Ping("p".into())).await,
        Act::Close(code) => {
            let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
            socket.send(Message::Close(frame)).await
        }
        Act::Bytes(bytes) => {
            let _ = socket.get_mut().write_all(&bytes).await;
            return false;
        }
        Act::Drop => return false,
        Act::Rest(time) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
    };
    sent.is_ok()
}

fn in_words(message: &Message) -> String {
    match message {
        Message::Text(text) => {
            let request: Value = serde_json::from_str(text).unwrap();
            let route = request["data"]["route"].as_str().unwrap().to_owned();
            let content = request["data"]["body"]["messageContent"].as_str().unwrap_or_default();
            if content.len() < 1000 {
                return route;
            }
            format!("{route} with {} bytes", content.len())
        }
        Message::Pong(_) => "pong".to_owned(),
        Message::Close(Some(frame)) => format!("close {}", frame.code),
        other => format!("{other:?}"),
    }
}
