//! How a connection ended, in the protocol's words, from what the WebSocket library says of it.
//!
//! It knows no connection. Start from [`of_close`] and [`of_error`].

use tokio_tungstenite::tungstenite::error::{CapacityError, Error as SocketError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::protocol::{Broken, Ending};

/// With 1002 and this reason the library tells of a close whose code no frame may carry (RFC 6455
/// section 7.4).
const FORBIDDEN_CODE: &str = "Protocol violation";

/// The server has sent a close frame.
pub(super) fn of_close(frame: Option<&CloseFrame>) -> Ending {
    match frame {
        Some(frame)
            if frame.code == CloseCode::Protocol && frame.reason.as_str() == FORBIDDEN_CODE =>
        {
            Ending::Broken(Broken::Protocol)
        }
        frame => Ending::ByServer(frame.map(|frame| frame.code.into())),
    }
}

/// Reading has failed.
pub(super) fn of_error(error: &SocketError) -> Broken {
    match error {
        SocketError::Utf8(_) => Broken::NotUtf8,
        SocketError::Capacity(CapacityError::MessageTooLong { .. }) => Broken::TooLarge,
        SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | SocketError::ConnectionClosed
        | SocketError::AlreadyClosed
        | SocketError::Io(_) => Broken::Reset,
        _ => Broken::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: u16, reason: &str, expected: &Ending) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        assert_eq!(of_close(Some(&frame)), *expected, "{code} {reason}");
    }

    #[test]
    fn a_code_that_no_frame_may_carry_is_a_breach_and_no_code() {
        check(1002, FORBIDDEN_CODE, &Ending::Broken(Broken::Protocol));
        check(1002, "your mask is wrong", &Ending::ByServer(Some(1002)));
        check(1011, "", &Ending::ByServer(Some(1011)));
        assert_eq!(of_close(None), Ending::ByServer(None));
    }
}
