//! The reference server: the whole protocol, with a bot that plays the concierge.
//!
//! It never imports `conformance`, `device` or `run`: what judges it shares nothing with it but
//! the protocol's types. Start from [`serve`].

mod agenda;
mod attachment;
mod certificate;
mod clock;
mod closing;
mod concierge;
mod config;
mod defect;
mod durable;
mod gateway;
mod http;
mod hub;
mod listener;
mod outbox;
mod outgoing;
mod request;
mod service;
mod session;
mod state;
mod station;
mod store;
mod tenant;
mod tls;
mod token;
mod upload;
mod wire;

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use clock::Clock;
use closing::Closing;
use durable::Kept;
use http::Front;
use hub::Hub;

pub use certificate::{CertificateError, Certificates};
pub use clock::EpochMillis;
pub use concierge::{Concierge, Part};
pub use config::{Bounds, Config, Wire};
pub use defect::{DEFECTS, Defect, Kind, Needs};
pub use durable::{Database, DatabaseError};
pub use gateway::{Basis, FACTS, Fact, Gated, Gateway, Place, SETTINGS, Setting};
pub use listener::Listener;
pub use service::{Service, ServiceTime, Stall};
pub use station::Served;
pub use tls::{TlsConfigError, TlsListener, tls_config};
pub use token::{DEVELOPMENT_SECRET, TokenError, mint, mint_desk, verify};

/// What a server has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections that were upgraded.
    pub connections: u64,
    /// Upgrades that were refused.
    pub refused: u64,
    /// Frames that clients sent.
    pub requests: u64,
    /// Events queued, each counted once per connection it went to.
    pub events: u64,
    /// Connections cut off because the client did not read, or asked for more than may wait.
    pub evicted: u64,
    /// How long requests took; only where [`Config::service`] takes its time.
    pub served: Option<Served>,
    /// What the gateway did; only where [`Config::gateway`] puts one in front.
    pub gated: Option<Gated>,
}

/// Serves the protocol on one port until `shutdown` resolves: sockets at `/uat`, uploads beside,
/// and the back office's sockets at `/desk` (docs/desk.md).
///
/// It then takes no more connections, closes the open ones with 1001, and returns within
/// [`Config::grace`]. Must be called within a tokio runtime with time enabled; it reads no clock
/// but tokio's, so over an in-memory listener it works in paused time. Dropping the future ends
/// everything at once.
pub async fn serve<L: Listener>(
    listener: L,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Stats {
    attend_all(listener, &config, Kept::default(), shutdown).await
}

/// Serves as [`serve`] does, and loses nothing that it said: sessions, messages and uploads are those
/// of the database, and nothing is told of a change before that is on disk. It has a thread that
/// writes, so that it works in real time only.
///
/// # Errors
/// The database cannot be written. The server ended at once, all connections are cut, and nothing was
/// said of what is not on disk.
pub async fn serve_durable<L: Listener>(
    listener: L,
    config: Config,
    database: Database,
    shutdown: impl Future<Output = ()>,
) -> Result<Stats, DatabaseError> {
    let config = Config { seed: database.seed(config.seed), ..config };
    let lag = config.defects.iter().find_map(|defect| defect.write_lag());
    let (kept, mut writer) = database.begin(lag)?;
    let stats = tokio::select! {
        biased;
        Err(error) = writer.ended() => return Err(error),
        stats = attend_all(listener, &config, kept, shutdown) => stats,
    };
    writer.end();
    writer.ended().await?;
    Ok(stats)
}

async fn attend_all<L: Listener>(
    mut listener: L,
    config: &Config,
    kept: Kept,
    shutdown: impl Future<Output = ()>,
) -> Stats {
    let clock = Clock::start(config.epoch_at_start);
    let hub = Arc::new(Hub::new(config, clock, kept.store, kept.journal));
    let front = Arc::new(Front::new(Arc::clone(&hub), config, L::HTTP_SCHEME, kept.files));
    let (close, closing) = Closing::channel();
    let mut tasks = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    let mut agenda = std::pin::pin!(hub.keep_agenda());
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            never = &mut agenda => match never {},
            Some(_) = tasks.join_next() => {}
            io = listener::next(&mut listener) => {
                let (front, hub) = (Arc::clone(&front), Arc::clone(&hub));
                tasks.spawn(attend(io, front, hub, closing.clone()));
            }
        }
    }
    drop(listener);
    // What was done before is still told, which it may be once it is on disk.
    let _ = tokio::time::timeout(config.grace, hub.all_on_disk()).await;
    close.send_replace(true);
    let leave = async { while tasks.join_next().await.is_some() {} };
    // Whoever is still there then is cut off as the tasks are dropped.
    let _ = tokio::time::timeout(config.grace, leave).await;
    hub.stats()
}

/// One connection's life: HTTP, and after an upgrade the socket.
async fn attend<Io>(io: Io, front: Arc<Front>, hub: Arc<Hub>, closing: Closing)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Boxed, so that an idle socket does not hold the room that HTTP took.
    let admitted = Box::pin(front.admit(io, closing.clone())).await;
    let Some(admitted) = admitted else { return };
    let attachment = hub.attach(admitted.who);
    session::converse(admitted.io, attachment, closing).await;
}
