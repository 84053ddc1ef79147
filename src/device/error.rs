//! What can keep a device from its work. None of it is a fault of deskbell.

use std::io;

use crate::protocol::{Ending, NotOpened};

/// Why a connect did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// No stream to the server.
    #[error("{0}")]
    Network(io::ErrorKind),
    /// Neither refused nor upgraded within `connect_timeout`.
    #[error("no upgrade within the connect timeout")]
    Timeout,
    /// The upgrade was refused with this HTTP status.
    #[error("the upgrade was refused with HTTP status {0}")]
    Refused(u16),
    /// The answer to the upgrade was no valid handshake (RFC 6455 section 4.1).
    #[error("the answer to the upgrade is no valid WebSocket handshake")]
    Handshake,
}

/// Why a request has no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not answered within `response_timeout`.
    #[error("no answer within the response timeout")]
    Expired,
    /// Cut off with its connection.
    #[error("cut off with its connection")]
    CutOff(Ending),
}

impl From<&ConnectError> for NotOpened {
    fn from(error: &ConnectError) -> Self {
        match error {
            ConnectError::Network(_) => Self::Network,
            ConnectError::Timeout => Self::Timeout,
            ConnectError::Refused(status) => Self::Status(*status),
            ConnectError::Handshake => Self::Handshake,
        }
    }
}
