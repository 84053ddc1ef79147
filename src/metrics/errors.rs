//! Errors, counted by the layer that they came from.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// Who failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Names, TCP, TLS, connections that broke.
    Network,
    /// The gateway's own limits and error frames.
    Gateway,
    /// Who may connect: handshakes refused with 401 or 403.
    Authorizer,
    /// The gateway could not reach the service: 5xx.
    Integration,
    /// The service answered with an error.
    Application,
    /// A frame that does not fit its schema.
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

impl ErrorKind {
    /// A kind without a number: `connect_refused`, `reset`, `timeout`.
    pub const fn new(name: &'static str) -> Self {
        Self { name, number: None }
    }

    /// `status_403`: a response's status.
    pub fn status(status: i64) -> Self {
        Self::numbered("status", "status_other", status, 100..=599)
    }

    /// `handshake_401`: the HTTP status that an upgrade was refused with.
    pub fn handshake(status: u16) -> Self {
        Self::numbered("handshake", "handshake_other", status.into(), 100..=599)
    }

    /// `closed_1006`: the code that a connection was closed with (RFC 6455 section 7.4).
    pub fn closed(code: u16) -> Self {
        Self::numbered("closed", "closed_other", code.into(), 1000..=4999)
    }

    fn numbered(
        name: &'static str,
        other: &'static str,
        number: i64,
        range: std::ops::RangeInclusive<u16>,
    ) -> Self {
        match u16::try_from(number).ok().filter(|number| range.contains(number)) {
            Some(number) => Self { name, number: Some(number) },
            None => Self::new(other),
        }
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

/// How often each kind of error came from each layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
        check(ErrorKind::new("timeout"), "timeout");
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
    fn errors_add_up_by_layer_and_kind() {
        let mut errors = Errors::default();
        errors.count(Layer::Network, ErrorKind::new("reset"));
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
