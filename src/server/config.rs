//! What a server can be told. Every field has a default, so a caller names only what differs.

use std::time::Duration;

use secrecy::SecretString;

use crate::protocol::{PayloadKey, Spelling};

use super::{Concierge, DEVELOPMENT_SECRET, Defect, EpochMillis, Gateway, Service};

/// Settings of one server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Secret that access tokens and upload URLs are signed with (HS256). The default is public,
    /// and fit for loopback only.
    pub secret: SecretString,
    /// Feeds every random choice: ids of sessions, connections and uploads.
    pub seed: u64,
    /// Wall time when `serve` is first polled; it goes on by tokio's clock. The default is an instant of
    /// the document's examples, for simulations; a server on real sockets is told the real time.
    pub epoch_at_start: EpochMillis,
    /// Scheme, host and port that upload URLs begin with; `None` takes `http://`, or
    /// `https://` over TLS, and the `Host` that the client called.
    pub upload_origin: Option<String>,
    /// The wire's corners that the document leaves open.
    pub wire: Wire,
    /// What the concierge does.
    pub concierge: Concierge,
    /// How it takes its time.
    pub service: Service,
    /// API Gateway in front of the server; `None`: clients reach it as it is.
    pub gateway: Option<Gateway>,
    /// What the server gets wrong on purpose; empty for a faithful one.
    pub defects: Vec<&'static Defect>,
    /// Bounds of what is held for clients.
    pub bounds: Bounds,
    /// How long a shutdown waits for clients to take their leave.
    pub grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            secret: SecretString::from(DEVELOPMENT_SECRET),
            seed: 0,
            epoch_at_start: EpochMillis(1_727_938_788_101),
            upload_origin: None,
            wire: Wire::default(),
            concierge: Concierge::default(),
            service: Service::default(),
            gateway: None,
            defects: Vec::new(),
            bounds: Bounds::default(),
            grace: Duration::from_secs(5),
        }
    }
}

/// The wire's corners that the document leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The key that events carry their payload under.
    pub event_key: PayloadKey,
    /// Whether a new connection gets an acknowledgment (CONNECT-2).
    pub ack: bool,
    /// Whether a connection gets the events that it caused itself (EVENT-7, EVENT-11).
    pub own_echo: bool,
    /// The most messages on one page of a listing, whatever `limit` asks for.
    pub page_cap: u32,
    /// How every id, time and count is spelled; `None`: as the document has it in each place.
    pub ids: Option<Spelling>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { event_key: PayloadKey::Payload, ack: true, own_echo: true, page_cap: 100, ids: None }
    }
}

/// Bounds of what is held for clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The largest message a client may send, in bytes.
    pub message_bytes: usize,
    /// Frames that wait for a client to read them, and requests of it that wait to be served. One
    /// more of either, and it is disconnected.
    pub queued_frames: usize,
    /// Bytes of frames that wait for a client to read them, and of requests that wait to be served.
    /// A frame or a request beyond, and it is disconnected.
    pub queued_bytes: usize,
    /// The largest upload, in bytes.
    pub upload_bytes: usize,
    /// Bytes of all uploads together; the oldest give way to new ones.
    pub uploads_bytes: usize,
    /// Number of uploads kept; the oldest give way to new ones.
    pub uploads: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            message_bytes: MIB,
            queued_frames: 1024,
            queued_bytes: 4 * MIB,
            upload_bytes: 10 * MIB,
            uploads_bytes: 100 * MIB,
            uploads: 1000,
        }
    }
}
