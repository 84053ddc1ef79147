//! Limits and habits that a scenario plays by.

use std::time::Duration;

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
    /// How long flows may take to finish once a run is stopped.
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
            own_echo: Habit::Expect,
            ack: Habit::Expect,
            metadata_key: MetadataKey::Metdata,
            dialect: Dialect::Documented,
        }
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
