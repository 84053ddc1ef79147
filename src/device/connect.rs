//! From nothing to an upgraded WebSocket.

use std::io::ErrorKind;
use std::time::Duration;

use hyper::header::{DATE, HeaderMap, SEC_WEBSOCKET_EXTENSIONS};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error as SocketError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::clock::by;
use super::error::{ConnectError, DialError};
use super::target::{Identity, Target};
use super::tls::fault_of;
use super::transport::{BoxStream, Origin, World};

pub(super) type Socket = WebSocketStream<BoxStream>;

/// The largest message a device takes, in bytes. API Gateway's own limit is 128 KiB.
pub const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// The most that waits to be written, in bytes: pongs to a server that pings without end, and reads
/// nothing, would pile up.
const MAX_UNSENT: usize = 1024 * 1024;

/// One read takes a whole reply to an init, and thousands of idle devices stay small: each keeps its
/// buffer.
const READ_BUFFER: usize = 4 * 1024;

/// The date of an answer, and when it was made on the clock of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// What the server's clock showed, since the Unix epoch, cut to whole seconds.
    pub date: Duration,
    /// When the request left, since the start of the run.
    pub asked_at: Duration,
    /// When the answer had come, since the start of the run.
    pub answered_at: Duration,
}

/// Connects and upgrades, without offering compression.
pub(super) async fn connect(
    world: &World,
    target: &Target,
    identity: &Identity,
    timeout: Duration,
) -> Result<(Socket, Option<Dated>), ConnectError> {
    let deadline = world.clock.now() + timeout;
    by(&*world.clock, deadline, upgrade(world, target, identity))
        .await
        .unwrap_or(Err(ConnectError::Timeout))
}

async fn upgrade(
    world: &World,
    target: &Target,
    identity: &Identity,
) -> Result<(Socket, Option<Dated>), ConnectError> {
    let origin = target.origin();
    let stream = world.dial.dial(origin).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_UNSENT)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let url = target.connection_url(identity);
    let asked_at = world.clock.now();
    let (socket, answer) = tokio_tungstenite::client_async_with_config(url, stream, Some(config))
        .await
        .map_err(|error| refusal(error, origin))?;
    // No extension was offered, so that none may be used (RFC 6455 section 4.1); the library does not look.
    if answer.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        return Err(ConnectError::Handshake);
    }
    let answered_at = world.clock.now();
    let dated = date(answer.headers()).map(|date| Dated { date, asked_at, answered_at });
    Ok((socket, dated))
}

/// The date that an answer bears (RFC 9110 section 6.6.1); one in a form that only old servers use is left.
fn date(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    at.duration_since(Timestamp::UNIX_EPOCH).try_into().ok()
}

fn refusal(error: SocketError, origin: Origin<'_>) -> ConnectError {
    match error {
        SocketError::Http(response) => ConnectError::Refused(response.status().as_u16()),
        // A server may refuse a client in TLS after the client's side of the handshake is done.
        SocketError::Io(error) => match fault_of(&error, origin.host) {
            Some(fault) => DialError::from(fault).into(),
            None => DialError::from(error).into(),
        },
        // A stream that ends before there is an answer is cut off, be it by its end or by a reset.
        SocketError::Protocol(ProtocolError::HandshakeIncomplete) => {
            DialError::Io(ErrorKind::UnexpectedEof).into()
        }
        SocketError::Protocol(ProtocolError::HttparseError(_)) if !origin.is_tls => {
            ConnectError::NoHttp
        }
        _ => ConnectError::Handshake,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        let headers = HeaderMap::from_iter([(DATE, text.parse().unwrap())]);
        assert_eq!(date(&headers), expected.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn a_date_is_read_as_servers_write_it_today() {
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Wed, 31 Dec 1969 23:59:59 GMT", None);
        check("Sunday, 06-Nov-94 08:49:37 GMT", None);
        check("Sun Nov  6 08:49:37 1994", None);
        check("now", None);
        assert_eq!(date(&HeaderMap::new()), None);
    }
}
