//! Who is to blame for a failure, and of what kind it is: the one place that says so.
//!
//! It is pure, knows no counter and no report, and is asked about failures alone: an answer that is as
//! it should be never gets here. Start from [`Blame`]; [`Cause`] is why a connection ended, and
//! [`BLAMED`] all that there is. docs/errors.md tells people what each kind means.

mod known;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::conformance::{ClauseId, Limits, Wear};
use crate::device::{ConnectError, DialError, HttpError, ProxyError};
use crate::metrics::{ErrorKind, Layer, Throttling};
use crate::protocol::{Broken, Ending, Frame, FrameKind};

pub use known::BLAMED;

/// The layer that failed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blame {
    pub(super) layer: Layer,
    pub(super) kind: ErrorKind,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// We left it.
    Ours,
    /// The gateway closes it then, as it says it does: no error.
    Excused(Excuse),
    /// The token that it was opened with has expired.
    Lapse,
    /// An error.
    Fault(Blame),
}

/// What the gateway may close a connection for (API Gateway's quotas).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excuse {
    /// Nothing went either way for the idle timeout.
    Idle,
    /// It is as old as any may be.
    Lifetime,
}

/// The codes of a close without one, and of a connection that broke (RFC 6455 section 7.4.1).
const NO_CODE: u16 = 1005;
const ABNORMAL: u16 = 1006;

/// The codes that API Gateway closes with for a binary frame, and for one that is too large.
const GATEWAYS_CODES: [u16; 2] = [1003, 1009];

/// By which share of a limit the endpoint's clock, or ours, may be off.
const MARGIN: u32 = 100;

impl Blame {
    /// A request that was not answered in time.
    pub(super) const EXPIRED: Self = Self::new(Layer::Integration, ErrorKind::RESPONSE_TIMEOUT);
    /// An access token that has expired.
    pub(super) const LAPSED: Self = Self::new(Layer::Authorizer, ErrorKind::TOKEN_EXPIRED);
    /// An answer that nobody asked for, or not any more.
    pub(super) const UNASKED: Self = Self::new(Layer::Application, ErrorKind::UNASKED_ANSWER);
    /// A frame that does not fit its schema.
    pub(super) const MISFIT: Self = Self::new(Layer::Schema, ErrorKind::INVALID_FRAME);
    /// An answer of the upload call that does not fit its schema.
    pub(super) const UPLOAD_MISFIT: Self =
        Self::new(Layer::Schema, ErrorKind::INVALID_UPLOAD_ANSWER);
    /// An event that nobody took out of its inbox.
    pub(super) const OVERFLOW: Self = Self::new(Layer::Harness, ErrorKind::INBOX_OVERFLOW);

    const fn new(layer: Layer, kind: ErrorKind) -> Self {
        Self { layer, kind }
    }

    /// For a connect that came to nothing.
    pub(super) fn of_connect(error: &ConnectError) -> Self {
        match error {
            ConnectError::Network(error) => of_dial(error),
            ConnectError::Timeout => Self::new(Layer::Network, ErrorKind::CONNECT_TIMEOUT),
            ConnectError::Handshake | ConnectError::NoHttp => {
                Self::new(Layer::Network, ErrorKind::HANDSHAKE_INVALID)
            }
            ConnectError::Refused(status) => {
                let layer = match status {
                    401 | 403 => Layer::Authorizer,
                    429 => Layer::Gateway,
                    500..=599 => Layer::Integration,
                    _ => Layer::Application,
                };
                Self::new(layer, ErrorKind::handshake(*status))
            }
        }
    }

    /// For an answer that is not status 200, to a request that the document allows or not: what it
    /// does not allow is to be refused. Throttling and the service's own failures are told of both.
    pub(super) fn of_answer(frame: &Frame, is_allowed: bool) -> Option<Self> {
        debug_assert!(!frame.is_ok(), "blame is for failures alone");
        if frame.kind == FrameKind::GatewayError {
            let blame = of_gateway(frame);
            let refuses = [ErrorKind::FORBIDDEN, ErrorKind::BAD_REQUEST_BODY];
            return (is_allowed || !refuses.contains(&blame.kind)).then_some(blame);
        }
        let kind = || frame.status().map_or(ErrorKind::NO_STATUS, ErrorKind::status);
        is_allowed.then(|| Self::new(Layer::Application, kind()))
    }

    /// For a frame that answers nothing and is no event.
    pub(super) fn of_stray(frame: &Frame) -> Self {
        match frame.kind {
            FrameKind::GatewayError => of_gateway(frame),
            FrameKind::Malformed(_) => Self::new(Layer::Schema, ErrorKind::NOT_JSON),
            FrameKind::Binary(_) => Self::new(Layer::Schema, ErrorKind::BINARY),
            FrameKind::Response { .. } | FrameKind::Event { .. } | FrameKind::Other => {
                Self::new(Layer::Schema, ErrorKind::UNKNOWN_FRAME)
            }
        }
    }

    /// For a violated clause, where it says that a frame is not in its form.
    pub(super) fn of_clause(clause: ClauseId) -> Option<Self> {
        let is_of_schema = matches!(clause, ClauseId::Env1 | ClauseId::Env5 | ClauseId::Event5);
        is_of_schema.then_some(Self::MISFIT)
    }

    /// For an HTTP call of an upload that had no answer.
    pub(super) fn of_upload(error: &HttpError) -> Self {
        match error {
            HttpError::Network(error) if is_ours(error) => of_dial(error),
            HttpError::Network(_) | HttpError::Timeout | HttpError::Protocol => {
                Self::new(Layer::Network, ErrorKind::UPLOAD_FAILED)
            }
            HttpError::TooLarge => Self::new(Layer::Schema, ErrorKind::TOO_LARGE),
            HttpError::Scheme => Self::UPLOAD_MISFIT,
        }
    }

    /// For an HTTP call of an upload that was answered with another status than asked for.
    pub(super) fn of_upload_status(status: u16) -> Self {
        Self::new(Layer::Application, ErrorKind::status(status.into()))
    }

    /// What was throttled, if that is what it tells of.
    pub(super) fn throttling(self, at: Duration) -> Option<Throttling> {
        match self.layer {
            Layer::Gateway if self.kind == ErrorKind::THROTTLED => Some(Throttling::request(at)),
            Layer::Gateway if self.kind == ErrorKind::handshake(429) => {
                Some(Throttling::connect(at))
            }
            _ => None,
        }
    }
}

impl Cause {
    /// Of an ending, by what is known of the connection. `is_lapse` says that the service turned away
    /// a token that has expired.
    pub(super) fn of(ending: &Ending, wear: Option<Wear>, limits: &Limits, is_lapse: bool) -> Self {
        let (network, schema) = (Layer::Network, Layer::Schema);
        let fault = match ending {
            Ending::ByUs => return Self::Ours,
            _ if is_lapse => return Self::Lapse,
            Ending::ByServer(Some(code)) if GATEWAYS_CODES.contains(code) => {
                Blame::new(Layer::Gateway, ErrorKind::closed(*code))
            }
            Ending::ByServer(code) => {
                Blame::new(network, code.map_or(ErrorKind::CLOSED, ErrorKind::closed))
            }
            Ending::Broken(Broken::Reset) => Blame::new(network, ErrorKind::RESET),
            Ending::Broken(Broken::Protocol) => Blame::new(network, ErrorKind::WEBSOCKET_PROTOCOL),
            Ending::Broken(Broken::NotUtf8) => Blame::new(schema, ErrorKind::NOT_UTF8),
            Ending::Broken(Broken::TooLarge) => Blame::new(schema, ErrorKind::TOO_LARGE),
        };
        excuse(ending, wear, limits).map_or(Self::Fault(fault), Self::Excused)
    }

    /// The error that the ending is, where it is one.
    pub(super) fn blame(self) -> Option<Blame> {
        match self {
            Self::Ours | Self::Excused(_) => None,
            Self::Lapse => Some(Blame::LAPSED),
            Self::Fault(blame) => Some(blame),
        }
    }

    /// The error that it is of each request that it cut off.
    pub(super) fn of_request(self) -> Blame {
        let layer = match self {
            Self::Ours => Layer::Harness,
            Self::Excused(_) => Layer::Gateway,
            Self::Fault(Blame { layer: Layer::Gateway, .. }) => Layer::Gateway,
            Self::Lapse | Self::Fault(_) => Layer::Network,
        };
        Blame::new(layer, ErrorKind::CUT_OFF)
    }
}

/// For an error frame of the gateway's own, by what it says.
fn of_gateway(frame: &Frame) -> Blame {
    let message = frame.json["message"].as_str().unwrap_or_default();
    let says = |text: &str| message.eq_ignore_ascii_case(text);
    let (layer, kind) = match () {
        () if frame.is_throttling() => (Layer::Gateway, ErrorKind::THROTTLED),
        () if says("Forbidden") => (Layer::Gateway, ErrorKind::FORBIDDEN),
        () if says("Bad request body") => (Layer::Gateway, ErrorKind::BAD_REQUEST_BODY),
        () if says("Internal server error") => {
            (Layer::Integration, ErrorKind::INTERNAL_SERVER_ERROR)
        }
        () if says("Endpoint request timed out") => {
            (Layer::Integration, ErrorKind::ENDPOINT_TIMEOUT)
        }
        () => (Layer::Gateway, ErrorKind::GATEWAY_ERROR),
    };
    Blame::new(layer, kind)
}

fn of_dial(error: &DialError) -> Blame {
    let kind = match error {
        DialError::FilesExhausted => return Blame::new(Layer::Harness, ErrorKind::FILES_EXHAUSTED),
        DialError::PortsExhausted => return Blame::new(Layer::Harness, ErrorKind::PORTS_EXHAUSTED),
        DialError::SourceFamily => return Blame::new(Layer::Harness, ErrorKind::SOURCE_FAMILY),
        DialError::Proxy(ProxyError::Unreachable(_, why)) if is_ours(why) => return of_dial(why),
        DialError::Name(_) => ErrorKind::NAME_UNRESOLVED,
        DialError::Io(std::io::ErrorKind::ConnectionRefused) => ErrorKind::CONNECT_REFUSED,
        DialError::Io(_) => ErrorKind::CONNECT_FAILED,
        DialError::Tls(error) if error.is_certificates() => ErrorKind::TLS_CERTIFICATE,
        DialError::Tls(_) => ErrorKind::TLS_HANDSHAKE,
        DialError::Proxy(_) => ErrorKind::PROXY,
    };
    Blame::new(Layer::Network, kind)
}

/// Whether it is for want of something on this machine.
fn is_ours(error: &DialError) -> bool {
    match error {
        DialError::FilesExhausted | DialError::PortsExhausted | DialError::SourceFamily => true,
        DialError::Proxy(ProxyError::Unreachable(_, why)) => is_ours(why),
        DialError::Name(_) | DialError::Io(_) | DialError::Tls(_) | DialError::Proxy(_) => false,
    }
}

/// What the gateway may have closed a connection for, with a code that it may do so with.
fn excuse(ending: &Ending, wear: Option<Wear>, limits: &Limits) -> Option<Excuse> {
    let code = match ending {
        Ending::ByServer(code) => code.unwrap_or(NO_CODE),
        Ending::Broken(Broken::Reset) => ABNORMAL,
        Ending::ByUs | Ending::Broken(_) => return None,
    };
    let Wear { age, idle } = wear.filter(|_| limits.close_codes.contains(&code))?;
    let is_over = |time: Duration, limit: Duration| time + limit / MARGIN >= limit;
    if is_over(age, limits.lifetime) {
        return Some(Excuse::Lifetime);
    }
    is_over(idle, limits.idle_timeout).then_some(Excuse::Idle)
}
