//! Limits and habits that a scenario plays by.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::{Dialect, MetadataKey};

/// Limits and habits of a run (`settings:`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a request may stay unanswered (ENV-3).
    pub response_timeout: Duration,
    /// How long a connect may take.
    pub connect_timeout: Duration,
    /// How long an event may take (EVENT-1), and what `await` waits by default.
    pub delivery_timeout: Duration,
    /// How long the acknowledgment of a connection may take (CONNECT-2).
    pub ack_timeout: Duration,
    /// How long flows may take to finish once their load is over or the run is stopped.
    pub grace: Duration,
    /// How often a device pings its open session.
    pub ping_every: Duration,
    /// How far the server's clock may be off ours.
    pub clock_tolerance: Duration,
    /// After how long without a frame the endpoint may close a connection (CONNECT-6).
    pub idle_timeout: Duration,
    /// After how long the endpoint may close any connection (CONNECT-6).
    pub lifetime: Duration,
    /// The codes it may do so with.
    pub close_codes: Vec<u16>,
    /// How a device that lost its connection comes back; `None`: it does not.
    pub reconnect: Option<Backoff>,
    /// How often a request is made again that was cut off with its connection, where the device
    /// comes back.
    pub retries: u32,
    /// Whether the sender gets its own message (EVENT-7).
    pub own_echo: Habit,
    /// Whether a connection is acknowledged (CONNECT-2).
    pub ack: Habit,
    /// The key that metadata is sent under: `metdata`, as the document spells it, or `metadata`.
    pub metadata_key: MetadataKey,
    /// How ids and times may be spelled.
    pub dialect: Dialect,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            response_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(30),
            delivery_timeout: Duration::from_secs(5),
            ack_timeout: Duration::from_secs(5),
            grace: Duration::from_secs(30),
            ping_every: Duration::from_secs(30),
            clock_tolerance: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(600),
            lifetime: Duration::from_secs(2 * 3600),
            close_codes: vec![1001, 1006],
            reconnect: None,
            retries: 0,
            own_echo: Habit::Expect,
            ack: Habit::Expect,
            metadata_key: MetadataKey::Metdata,
            dialect: Dialect::Documented,
        }
    }
}

impl Settings {
    /// Each by its key in a file, as it would be written there.
    pub fn by_key(&self) -> Vec<(&'static str, Value)> {
        let time = |time: Duration| json!(format!("{time:?}"));
        vec![
            ("response_timeout", time(self.response_timeout)),
            ("connect_timeout", time(self.connect_timeout)),
            ("delivery_timeout", time(self.delivery_timeout)),
            ("ack_timeout", time(self.ack_timeout)),
            ("grace", time(self.grace)),
            ("ping_every", time(self.ping_every)),
            ("clock_tolerance", time(self.clock_tolerance)),
            ("idle_timeout", time(self.idle_timeout)),
            ("lifetime", time(self.lifetime)),
            ("close_codes", json!(self.close_codes)),
            (
                "reconnect",
                json!(self.reconnect.map_or("never".into(), |backoff| backoff.to_string())),
            ),
            ("retries", json!(self.retries)),
            ("own_echo", json!(self.own_echo.as_str())),
            ("ack", json!(self.ack.as_str())),
            ("metadata_key", json!(self.metadata_key.as_str())),
            ("dialect", json!(self.dialect.as_str())),
        ]
    }
}

/// How long a device waits before it tries to connect again: up to the shortest time, and up to
/// twice as long with each further try, until it is the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait at most; never zero.
    pub shortest: Duration,
    /// Any wait at most.
    pub longest: Duration,
}

impl fmt::Display for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}..{:?}", self.shortest, self.longest)
    }
}

/// What is made of a habit that the document only hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// It is judged.
    Expect,
    /// It is recorded.
    Accept,
    /// It is taken for absent.
    Never,
}

impl Habit {
    /// The word for it in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expect => "expect",
            Self::Accept => "accept",
            Self::Never => "never",
        }
    }
}
