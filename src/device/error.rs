//! What can keep a device from its work. None of it is a fault of deskbell.

use std::io;

use jiff::Timestamp;
use rustix::io::Errno;

use crate::protocol::{Ending, NotOpened};

/// Why there is no stream to a server. It names hosts, and no path and no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// The host's name has no address.
    #[error("the name {0} cannot be resolved")]
    Name(Box<str>),
    /// TCP failed.
    #[error("{0}")]
    Io(io::ErrorKind),
    /// Every port of the addresses that streams leave from is taken.
    #[error(
        "this machine has no port left for another connection there: give further addresses of it \
         with --source-ip, or widen net.ipv4.ip_local_port_range"
    )]
    PortsExhausted,
    /// The process, or the machine, can open no further file.
    #[error(
        "no file is left for another connection, which is one: raise `ulimit -n`, or ask for fewer \
         devices"
    )]
    FilesExhausted,
    /// None of the addresses that streams leave from is of the family of the server's.
    #[error("the server's address and those of --source-ip are not both IPv4, or both IPv6")]
    SourceFamily,
    /// TLS failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The way through a proxy failed.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

/// Why there is no TLS with a server. Instants are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate's time is over.
    #[error("the certificate of {host} has expired{}", on(" on ", *.not_after))]
    Expired {
        /// Whom it is for.
        host: Box<str>,
        /// Its last instant.
        not_after: Option<u64>,
    },
    /// The certificate's time has not begun.
    #[error("the certificate of {host} is not valid yet{}", on(", only from ", *.not_before))]
    NotYetValid {
        /// Whom it is for.
        host: Box<str>,
        /// Its first instant.
        not_before: Option<u64>,
    },
    /// The certificate is for other hosts.
    #[error("the certificate is not for {host}{}", for_whom(.names))]
    WrongHost {
        /// Whom it should be for.
        host: Box<str>,
        /// Whom it is for.
        names: Box<str>,
    },
    /// The certificate is signed by nobody who is trusted.
    #[error(
        "the certificate of {host} is signed by no authority that is trusted: give that \
         authority's PEM file with --ca-cert"
    )]
    UnknownIssuer {
        /// Whom it is for.
        host: Box<str>,
    },
    /// The certificate is not to be trusted for another reason.
    #[error("the certificate of {host} is not to be trusted: {why}")]
    Certificate {
        /// Whom it is for.
        host: Box<str>,
        /// In the TLS library's words.
        why: Box<str>,
    },
    /// No version in common.
    #[error("the server has neither TLS 1.2 nor TLS 1.3 as deskbell speaks them")]
    Version,
    /// The answer is no TLS.
    #[error("the server speaks no TLS on this port: write ws:// or http://, or another port")]
    NotSpoken,
    /// The connection ended in the handshake.
    #[error("the server broke off the TLS handshake; it may speak no TLS on this port")]
    BrokenOff,
    /// The handshake failed for another reason, in the TLS library's words.
    #[error("the TLS handshake failed: {0}")]
    Handshake(Box<str>),
}

/// Why there is no way through a proxy. Each names it by host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// No stream to the proxy itself.
    #[error("the proxy {0} cannot be reached: {1}")]
    Unreachable(Box<str>, Box<DialError>),
    /// Status 407, or 401 as some proxies have it.
    #[error("the proxy {proxy} {} (HTTP status {status})", asked(*.were_given))]
    Credentials {
        /// Which one.
        proxy: Box<str>,
        /// The status.
        status: u16,
        /// Whether it was given any.
        were_given: bool,
    },
    /// Another status than success.
    #[error("the proxy {0} refused to connect, with HTTP status {1}")]
    Refused(Box<str>, u16),
    /// No HTTP, a head beyond 16 KiB, or broken off.
    #[error("the proxy {0} gave no valid answer to CONNECT")]
    Invalid(Box<str>),
}

/// Why a connect did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// No stream to the server.
    #[error(transparent)]
    Network(#[from] DialError),
    /// Neither refused nor upgraded within `connect_timeout`.
    #[error("no upgrade within the connect timeout")]
    Timeout,
    /// The upgrade was refused with this HTTP status.
    #[error("the upgrade was refused with HTTP status {0}")]
    Refused(u16),
    /// The answer to the upgrade was no valid handshake (RFC 6455 section 4.1).
    #[error("the answer to the upgrade is no valid WebSocket handshake")]
    Handshake,
    /// What came over a stream without TLS was no HTTP.
    #[error(
        "the answer to the upgrade is no HTTP: where the server speaks TLS on this port, write \
         wss:// in place of ws://"
    )]
    NoHttp,
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

impl ConnectError {
    /// Whether every further try would end the same, whatever the load: a certificate, a protocol or
    /// somebody's credentials are at fault.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Network(DialError::Tls(error)) => {
                error.is_certificates() || matches!(error, TlsError::Version | TlsError::NotSpoken)
            }
            Self::Network(
                DialError::SourceFamily | DialError::Proxy(ProxyError::Credentials { .. }),
            )
            | Self::NoHttp => true,
            Self::Refused(status) => matches!(status, 401 | 403),
            Self::Network(_) | Self::Timeout | Self::Handshake => false,
        }
    }
}

impl TlsError {
    /// Whether the certificate is at fault, rather than the handshake.
    pub fn is_certificates(&self) -> bool {
        match self {
            Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::WrongHost { .. }
            | Self::UnknownIssuer { .. }
            | Self::Certificate { .. } => true,
            Self::Version | Self::NotSpoken | Self::BrokenOff | Self::Handshake(_) => false,
        }
    }
}

impl From<io::Error> for DialError {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::MFILE | Errno::NFILE) => Self::FilesExhausted,
            _ => Self::Io(error.kind()),
        }
    }
}

impl From<&ConnectError> for NotOpened {
    fn from(error: &ConnectError) -> Self {
        match error {
            ConnectError::Network(_) => Self::Network,
            ConnectError::Timeout => Self::Timeout,
            ConnectError::Refused(status) => Self::Status(*status),
            ConnectError::Handshake | ConnectError::NoHttp => Self::Handshake,
        }
    }
}

/// The instant after these words, where it is known.
fn on(words: &str, at: Option<u64>) -> String {
    let at = at.and_then(|seconds| Timestamp::from_second(seconds.try_into().ok()?).ok());
    at.map_or_else(String::new, |at| format!("{words}{at}"))
}

fn for_whom(names: &str) -> String {
    if names.is_empty() { String::new() } else { format!(", it is for {names}") }
}

fn asked(were_given: bool) -> &'static str {
    if were_given {
        "refused the name and password it was given"
    } else {
        "asks for a name and a password, write it like http://USER:PASSWORD@HOST:PORT"
    }
}
