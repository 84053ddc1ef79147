//! Byte streams to a server: over a network, or a pair in memory.

use std::future::Future;
use std::io::ErrorKind;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio::sync::mpsc;
use url::Url;

use super::clock::Clock;
use super::error::DialError;

/// A byte stream in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// A stream of whichever kind.
pub type BoxStream = Box<dyn Stream>;

/// A connect under way.
pub type Dialing<'a> = Pin<Box<dyn Future<Output = Result<BoxStream, DialError>> + 'a>>;

/// What a stream leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// A name, or an address, as it stands in a URL.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// Whether TLS is spoken there.
    pub is_tls: bool,
}

impl<'a> Origin<'a> {
    /// The origin of a `ws`, `wss`, `http` or `https` URL.
    pub fn of(url: &'a Url) -> Self {
        let is_tls = matches!(url.scheme(), "wss" | "https");
        let usual = if is_tls { 443 } else { 80 };
        Self { host: url.host_str().unwrap_or_default(), port: url.port().unwrap_or(usual), is_tls }
    }
}

/// Opens streams.
pub trait Dial {
    /// Connects, through whatever lies between, until bytes of HTTP can flow.
    fn dial<'a>(&'a self, origin: Origin<'a>) -> Dialing<'a>;
}

/// Where a device gets its streams and its time from.
#[derive(Clone)]
pub struct World {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Wall time at the clock's zero, since the Unix epoch; what a server's instants are held to.
    pub epoch: Duration,
    /// Streams.
    pub dial: Rc<dyn Dial>,
}

/// Streams in memory: the far end of each is handed to a server in the same process.
#[derive(Clone, Debug)]
pub struct MemoryDial {
    far_ends: mpsc::Sender<DuplexStream>,
}

/// Bytes that one direction of a stream in memory holds before its writer waits.
const MEMORY_BUFFER: usize = 64 * 1024;

impl MemoryDial {
    /// Hands the far ends to the receiver of `far_ends`.
    pub fn new(far_ends: mpsc::Sender<DuplexStream>) -> Self {
        Self { far_ends }
    }
}

impl Dial for MemoryDial {
    fn dial<'a>(&'a self, _origin: Origin<'a>) -> Dialing<'a> {
        Box::pin(async move {
            let (near, far) = duplex(MEMORY_BUFFER);
            let refused = |_| DialError::Io(ErrorKind::ConnectionRefused);
            self.far_ends.send(far).await.map_err(refused)?;
            Ok(Box::new(near) as BoxStream)
        })
    }
}
