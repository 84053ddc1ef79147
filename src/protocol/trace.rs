//! What happens on a connection, in order: the stream that a monitor is fed.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::{
    AccountNo, ConnectionNo, DeviceNo, Form, Frame, Request, RequestNo, Role, TenantId,
    UploadExchange,
};

/// One thing that happened on one connection.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// Whose connection.
    pub device: DeviceNo,
    /// Which of the device's connections.
    pub connection: ConnectionNo,
    /// When, since the start of the run; taken before anything was parsed.
    pub at: Duration,
    /// What happened.
    pub what: Happening<'a>,
}

/// What can happen on a connection.
#[derive(Clone, Debug)]
pub enum Happening<'a> {
    /// The upgrade is done; it was begun at this instant.
    Opened {
        /// When the connect was begun, since the start of the run.
        began_at: Duration,
        /// When it was planned to begin.
        planned_at: Duration,
        /// Who connected.
        caller: &'a Rc<Caller>,
        /// When the account's own token expires, counted from the Unix epoch; `None` where another
        /// was shown, or nobody knows.
        token_expires_at: Option<Duration>,
    },
    /// A connect came to nothing; it was begun at this instant.
    NotOpened {
        /// When the connect was begun, since the start of the run.
        began_at: Duration,
        /// Who tried to connect.
        caller: &'a Rc<Caller>,
        /// Why not.
        why: NotOpened,
        /// Whether the same token was let in before in this run, and cannot have expired since.
        was_let_in: bool,
    },
    /// A file was uploaded, or was tried to be.
    Uploaded(&'a UploadExchange),
    /// A request has left.
    Sent(&'a Rc<Sent>),
    /// A message has come.
    Received {
        /// The message, parsed.
        frame: &'a Rc<Frame>,
        /// Its text; empty for a binary message.
        text: &'a str,
        /// Its size on the wire, in bytes.
        bytes: usize,
        /// What it is to the connection.
        role: Role,
        /// The request that it answers, where it answers one.
        answers: Option<&'a Rc<Sent>>,
    },
    /// A request was not answered within its deadline.
    Expired(&'a Rc<Sent>),
    /// A request was cut off with its connection, so nothing can be said of it.
    CutOff(&'a Rc<Sent>),
    /// A WebSocket ping was answered with a pong (RFC 6455 section 5.5.3).
    Pong {
        /// How long it took.
        after: Duration,
    },
    /// By our own will nothing is read any more until this instant.
    Paused {
        /// Until when, since the start of the run.
        until: Duration,
    },
    /// After a pause, all that lay ready has been read.
    ReadUp,
    /// The connection has ended.
    Closed(&'a Ending),
}

/// Who connects: by which account, with what token, as which device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account whose token was shown, or was to be.
    pub account: AccountNo,
    /// The account's tenant, where the user has told it.
    pub tenant: Option<TenantId>,
    /// What was done to the token.
    pub token: TokenKind,
    /// The `deviceId` in the URL.
    pub device_id: Option<Box<str>>,
}

/// What was done to an access token before it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Nothing: it is the account's own.
    Valid,
    /// It was left out (CONNECT-3).
    None,
    /// It was made unreadable (CONNECT-4).
    Garbled,
    /// Its signature was changed (CONNECT-4).
    Resigned,
    /// It had expired (CONNECT-4).
    Expired,
}

/// Why a connection was not upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The server answered the handshake with this HTTP status.
    Status(u16),
    /// It answered with no valid handshake (RFC 6455 section 4.2.2).
    Handshake,
    /// It did not answer in time.
    Timeout,
    /// There was no stream to it.
    Network,
}

/// A request that has left.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its number, for the device's life.
    pub no: RequestNo,
    /// The request.
    pub request: Request,
    /// What the text that left is; a raw frame may be no request at all.
    pub form: Form,
    /// The text as it left, where it was given as it is; else the request, encoded.
    pub written: Option<Box<str>>,
    /// When it was handed to the socket, since the start of the run.
    pub at: Duration,
    /// When it was planned to leave, where a schedule had it; latency counts from then.
    pub planned_at: Option<Duration>,
    /// Its size, in bytes.
    pub bytes: usize,
    /// Whether the document allows it, so that ENV-4 holds for its answer.
    pub is_allowed: bool,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// We closed it.
    ByUs,
    /// The server closed it, with this code where it gave one (RFC 6455 section 7.4).
    ByServer(Option<u16>),
    /// It broke without a closing handshake.
    Broken(Broken),
}

/// How a connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// Reset or ended without a closing handshake.
    Reset,
    /// A frame that RFC 6455 does not allow.
    Protocol,
    /// A text message that is not UTF-8.
    NotUtf8,
    /// A message beyond the harness's limit.
    TooLarge,
}

/// When a request left, and when it was to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it was handed to the socket, since the start of the run.
    pub at: Duration,
    /// When it was planned to leave, where a schedule had it.
    pub planned_at: Option<Duration>,
}

impl Sent {
    /// When it left, and when it was to.
    pub fn times(&self) -> Times {
        Times { at: self.at, planned_at: self.planned_at }
    }

    /// How long until `at`, as [`Times::until`] has it.
    pub fn until(&self, at: Duration) -> (Duration, Option<Duration>) {
        self.times().until(at)
    }
}

impl Times {
    /// How long until `at`: from the planned instant, and beside it from the actual one (the service
    /// time) where the two differ in kind.
    pub fn until(self, at: Duration) -> (Duration, Option<Duration>) {
        let service = at.saturating_sub(self.at);
        match self.planned_at {
            Some(planned_at) => (at.saturating_sub(planned_at), Some(service)),
            None => (service, None),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByUs => f.write_str("we closed the connection"),
            Self::ByServer(Some(code)) => write!(f, "the server closed with code {code}"),
            Self::ByServer(None) => f.write_str("the server closed without a code"),
            Self::Broken(Broken::Reset) => f.write_str("the connection was reset"),
            Self::Broken(Broken::Protocol) => {
                f.write_str("the server sent a frame that RFC 6455 does not allow")
            }
            Self::Broken(Broken::NotUtf8) => f.write_str("the server sent text that is not UTF-8"),
            Self::Broken(Broken::TooLarge) => {
                f.write_str("the server sent a message beyond the harness's limit")
            }
        }
    }
}
