//! One upgraded connection, from its acknowledgment to its close.

mod lease;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::attachment::{Attachment, Intake};
use super::closing::Closing;
use super::gateway::Traffic;
use super::outbox::Arrivals;
use super::outgoing::Outgoing;

use lease::Lease;

/// Small, for thousands of idle connections: both buffers stay allocated once used.
const READ_BUFFER: usize = 4 * 1024;
/// Frames that are ready together leave in one write, up to this size.
const WRITE_BUFFER: usize = 4 * 1024;
/// How long a closing handshake may take.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// Serves one connection until it is closed, broken or evicted, or `closing` turns true.
pub(super) async fn converse<Io>(io: Io, mut attachment: Attachment, mut closing: Closing)
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(attachment.sizes.message))
        .max_frame_size(Some(attachment.sizes.frame));
    let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let intake = attachment.intake();
    let mut lease = Lease::new(attachment.deadlines.take());
    let arrivals = &mut attachment.arrivals;
    tokio::select! {
        _ = &mut attachment.evicted => {}
        () = exchange(&mut socket, &intake, arrivals, &mut lease, &mut closing) => {}
    }
}

async fn exchange<Io: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<Io>,
    intake: &Intake,
    arrivals: &mut Arrivals,
    lease: &mut Lease,
    closing: &mut Closing,
) {
    let code = loop {
        tokio::select! {
            biased;
            () = closing.begun() => break CloseCode::Away,
            ended = lease.end() => match intake.end(ended) {
                Some(code) => break code.into(),
                None => return,
            },
            Some(first) = arrivals.next() => {
                let sent = tokio::select! {
                    biased;
                    sent = send(socket, first, arrivals, intake) => sent.is_ok(),
                    // A client that does not read would not read a close either.
                    ended = lease.end() => {
                        intake.end(ended);
                        false
                    }
                };
                if !sent {
                    return;
                }
                lease.note(Traffic::Sent);
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    lease.note(Traffic::Received);
                    intake.text(&text);
                }
                Some(Ok(Message::Binary(_))) if lease.is_gated() => break CloseCode::Unsupported,
                Some(Ok(Message::Binary(_))) => intake.binary(),
                Some(Ok(Message::Ping(_))) => lease.note(Traffic::Ping),
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
