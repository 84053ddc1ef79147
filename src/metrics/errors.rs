//! Errors, counted by the layer that they came from.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The way to the endpoint: names, TCP, TLS, proxies, connections that broke or were closed.
    Network,
    /// The gateway's own limits and error frames.
    Gateway,
    /// Who is let in: handshakes refused with 401 or 403, tokens that expired.
    Authorizer,
    /// The gateway did not get through to the service, or not in time.
    Integration,
    /// The service answered with an error.
    Application,
    /// What came is not in the form that the document gives it.
    Schema,
    /// The harness itself.
    Harness,
}

impl Layer {
    /// Every layer, from the wire to the service.
    pub const ALL: [Self; 7] = [
        Self::Network,
        Self::Gateway,
        Self::Authorizer,
        Self::Integration,
        Self::Application,
        Self::Schema,
        Self::Harness,
    ];

    /// The layer's name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Gateway => "gateway",
            Self::Authorizer => "authorizer",
            Self::Integration => "integration",
            Self::Application => "application",
            Self::Schema => "schema",
            Self::Harness => "harness",
        }
    }
}

/// What kind of error: a name such as `timeout`, or one with a number such as `status_403`.
///
/// There are few of them whatever a server sends: numbers out of their range count as `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorKind {
    name: &'static str,
    number: Option<u16>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// The kinds without a number.
        impl ErrorKind {
            $($(#[$doc])* pub const $kind: Self = Self { name: $name, number: None };)*

            const PLAIN: &[Self] = &[$(Self::$kind,)*];
        }
    };
}

kinds! {
    /// A request that the gateway calls a bad one.
    BAD_REQUEST_BODY = "bad_request_body",
    /// A binary frame.
    BINARY = "binary",
    /// A connection closed without a code.
    CLOSED = "closed",
    /// A connection closed with a code that RFC 6455 does not know.
    CLOSED_OTHER = "closed_other",
    /// A connect that came to nothing for another reason of the network.
    CONNECT_FAILED = "connect_failed",
    /// A connect to where nobody listens.
    CONNECT_REFUSED = "connect_refused",
    /// A connect that took too long.
    CONNECT_TIMEOUT = "connect_timeout",
    /// A request cut off with its connection.
    CUT_OFF = "cut_off",
    /// A request that the service did not answer within the gateway's own time.
    ENDPOINT_TIMEOUT = "endpoint_timeout",
    /// A connect for which no file was left to open.
    FILES_EXHAUSTED = "files_exhausted",
    /// A request that the gateway forbids.
    FORBIDDEN = "forbidden",
    /// An error frame of the gateway's own, with a message that is not known.
    GATEWAY_ERROR = "gateway_error",
    /// An answer to the upgrade that is none.
    HANDSHAKE_INVALID = "handshake_invalid",
    /// An upgrade refused with what is no HTTP status.
    HANDSHAKE_OTHER = "handshake_other",
    /// A service that failed behind the gateway.
    INTERNAL_SERVER_ERROR = "internal_server_error",
    /// More events than an inbox holds.
    INBOX_OVERFLOW = "inbox_overflow",
    /// A frame that does not fit its schema.
    INVALID_FRAME = "invalid_frame",
    /// An answer of the upload call that does not fit its schema.
    INVALID_UPLOAD_ANSWER = "invalid_upload_answer",
    /// A host that has no address.
    NAME_UNRESOLVED = "name_unresolved",
    /// A response without a status.
    NO_STATUS = "no_status",
    /// A text frame that is no JSON.
    NOT_JSON = "not_json",
    /// A text frame that is no UTF-8.
    NOT_UTF8 = "not_utf8",
    /// A connect for which no port of this machine was left.
    PORTS_EXHAUSTED = "ports_exhausted",
    /// A proxy that refused, or could not be reached.
    PROXY = "proxy",
    /// A connection that was reset.
    RESET = "reset",
    /// A request without an answer in time.
    RESPONSE_TIMEOUT = "response_timeout",
    /// A source address of another family than the target's.
    SOURCE_FAMILY = "source_family",
    /// A response whose status is out of range.
    STATUS_OTHER = "status_other",
    /// A request that the gateway throttled.
    THROTTLED = "throttled",
    /// A certificate that is not trusted.
    TLS_CERTIFICATE = "tls_certificate",
    /// Another failure of TLS.
    TLS_HANDSHAKE = "tls_handshake",
    /// An access token that has expired.
    TOKEN_EXPIRED = "token_expired",
    /// A message larger than is read.
    TOO_LARGE = "too_large",
    /// An answer that nobody asked for, or not any more.
    UNASKED_ANSWER = "unasked_answer",
    /// A frame that is none of the protocol's.
    UNKNOWN_FRAME = "unknown_frame",
    /// An upload call that had no answer.
    UPLOAD_FAILED = "upload_failed",
    /// A breach of RFC 6455.
    WEBSOCKET_PROTOCOL = "websocket_protocol",
}

/// The statuses that count by themselves.
const STATUSES: RangeInclusive<u16> = 100..=599;

/// The codes of a close that count by themselves.
const CLOSE_CODES: RangeInclusive<u16> = 1000..=4999;

impl ErrorKind {
    /// `status_403`: a response's status.
    pub fn status(status: i64) -> Self {
        Self::numbered("status", status, STATUSES).unwrap_or(Self::STATUS_OTHER)
    }

    /// `handshake_401`: the HTTP status that an upgrade was refused with.
    pub fn handshake(status: u16) -> Self {
        Self::numbered("handshake", status.into(), STATUSES).unwrap_or(Self::HANDSHAKE_OTHER)
    }

    /// `closed_1006`: the code that a connection was closed with (RFC 6455 section 7.4).
    pub fn closed(code: u16) -> Self {
        Self::numbered("closed", code.into(), CLOSE_CODES).unwrap_or(Self::CLOSED_OTHER)
    }

    /// The kinds without a number.
    pub fn plain() -> impl Iterator<Item = Self> {
        Self::PLAIN.iter().copied()
    }

    /// The kind of this name; `None` where there is no such kind.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = Self::plain().find(|kind| kind.name == text);
        plain.or_else(|| {
            let (name, number) = text.rsplit_once('_')?;
            let number = number.parse().ok()?;
            let kind = match name {
                "status" => Self::numbered("status", number, STATUSES),
                "handshake" => Self::numbered("handshake", number, STATUSES),
                "closed" => Self::numbered("closed", number, CLOSE_CODES),
                _ => None,
            }?;
            (kind.to_string() == text).then_some(kind)
        })
    }

    fn numbered(name: &'static str, number: i64, range: RangeInclusive<u16>) -> Option<Self> {
        let number = u16::try_from(number).ok().filter(|number| range.contains(number))?;
        Some(Self { name, number: Some(number) })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{}_{number}", self.name),
            None => f.write_str(self.name),
        }
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::parse(&name)
            .ok_or_else(|| D::Error::custom(format!("there is no kind of error `{name}`")))
    }
}

/// How often each kind of error came from each layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Errors(BTreeMap<Layer, BTreeMap<ErrorKind, u64>>);

impl Errors {
    /// Counts one error.
    pub fn count(&mut self, layer: Layer, kind: ErrorKind) {
        *self.0.entry(layer).or_default().entry(kind).or_default() += 1;
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (layer, kinds) in &other.0 {
            let mine = self.0.entry(*layer).or_default();
            for (kind, count) in kinds {
                *mine.entry(*kind).or_default() += count;
            }
        }
    }

    /// How many there were of a kind.
    pub fn of(&self, layer: Layer, kind: ErrorKind) -> u64 {
        self.0.get(&layer).and_then(|kinds| kinds.get(&kind)).copied().unwrap_or_default()
    }

    /// All errors together.
    pub fn total(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    /// The layers that had errors, each with its kinds and their counts.
    pub fn layers(&self) -> impl Iterator<Item = (Layer, &BTreeMap<ErrorKind, u64>)> {
        self.0.iter().map(|(layer, kinds)| (*layer, kinds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ErrorKind, expected: &str) {
        assert_eq!(kind.to_string(), expected);
    }

    #[test]
    fn a_kind_is_named_with_its_number() {
        check(ErrorKind::RESPONSE_TIMEOUT, "response_timeout");
        check(ErrorKind::status(403), "status_403");
        check(ErrorKind::handshake(401), "handshake_401");
        check(ErrorKind::closed(1006), "closed_1006");
    }

    #[test]
    fn numbers_that_a_server_makes_up_do_not_make_kinds() {
        for status in [-1, 0, 99, 600, i64::MAX, i64::MIN] {
            check(ErrorKind::status(status), "status_other");
        }
        check(ErrorKind::closed(5000), "closed_other");
    }

    #[test]
    fn a_kind_is_known_by_its_name_again() {
        let numbered = [ErrorKind::status(403), ErrorKind::handshake(401), ErrorKind::closed(1006)];
        for kind in ErrorKind::plain().chain(numbered) {
            assert_eq!(ErrorKind::parse(&kind.to_string()), Some(kind));
        }
        for none in ["", "timeouts", "status_", "status_99", "status_0403", "closed_70000"] {
            assert_eq!(ErrorKind::parse(none), None, "{none}");
        }
    }

    #[test]
    fn errors_add_up_by_layer_and_kind() {
        let mut errors = Errors::default();
        errors.count(Layer::Network, ErrorKind::RESET);
        errors.count(Layer::Application, ErrorKind::status(403));
        let mut more = errors.clone();
        more.count(Layer::Application, ErrorKind::status(500));
        errors.add(&more);
        assert_eq!(errors.total(), 5);
        assert_eq!(
            serde_json::to_string(&errors).unwrap(),
            r#"{"network":{"reset":2},"application":{"status_403":2,"status_500":1}}"#
        );
    }

    #[test]
    fn a_layer_is_serialised_by_its_name() {
        for layer in Layer::ALL {
            assert_eq!(serde_json::to_value(layer).unwrap(), layer.as_str());
        }
    }
}
