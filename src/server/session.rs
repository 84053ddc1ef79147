//! One upgraded connection, from its acknowledgment to its close.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::attachment::{Attachment, Intake};
use super::closing::Closing;
use super::outbox::Arrivals;
use super::outgoing::Outgoing;

/// Small, for thousands of idle connections: both buffers stay allocated once used.
const READ_BUFFER: usize = 4 * 1024;
/// Frames that are ready together leave in one write, up to this size.
const WRITE_BUFFER: usize = 4 * 1024;
/// How long a closing handshake may take.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// Serves one connection until it is closed, broken or evicted, or `closing` turns true.
pub(super) async fn converse<Io>(
    io: Io,
    message_bytes: usize,
    mut attachment: Attachment,
    mut closing: Closing,
) where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes));
    let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let intake = attachment.intake();
    tokio::select! {
        _ = &mut attachment.evicted => {}
        () = exchange(&mut socket, &intake, &mut attachment.arrivals, &mut closing) => {}
    }
}

async fn exchange<Io: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<Io>,
    intake: &Intake,
    arrivals: &mut Arrivals,
    closing: &mut Closing,
) {
    let code = loop {
        tokio::select! {
            biased;
            () = closing.begun() => break CloseCode::Away,
            Some(first) = arrivals.next() => {
                if send(socket, first, arrivals, intake).await.is_err() {
                    return;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => intake.text(&text),
                Some(Ok(Message::Binary(_))) => intake.binary(),
                // Pings and closes are answered by the library as it is polled on.
                Some(Ok(_)) => {}
                Some(Err(error)) => match code_for(&error) {
                    Some(code) => break code,
                    None => return,
                },
                None => return,
            }
        }
    };
    // What was answered before is still told.
    if let Some(first) = arrivals.ready() {
        let _ = tokio::time::timeout(LEAVE_WITHIN, send(socket, first, arrivals, intake)).await;
    }
    leave(socket, code).await;
}

/// Sends a frame, and those that are ready behind it.
async fn send<Io: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<Io>,
    first: Outgoing,
    arrivals: &mut Arrivals,
    intake: &Intake,
) -> Result<(), Error> {
    let (mut next, mut answered) = (Some(first), Vec::new());
    while let Some(outgoing) = next {
        answered.extend(outgoing.read_at());
        socket.feed(outgoing.into()).await?;
        next = arrivals.ready();
    }
    socket.flush().await?;
    intake.note_answered(&answered);
    Ok(())
}

/// The code to close with after an error; `None` where nobody is left to be told.
fn code_for(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Capacity(_) => Some(CloseCode::Size),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Protocol(_) => Some(CloseCode::Protocol),
        _ => None,
    }
}

async fn leave<Io: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<Io>,
    code: CloseCode,
) {
    let frame = CloseFrame { code, reason: Utf8Bytes::default() };
    let handshake = async {
        if socket.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let _ = tokio::time::timeout(LEAVE_WITHIN, handshake).await;
}
