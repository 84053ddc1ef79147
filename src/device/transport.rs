//! Byte streams to a server: TCP, or a pair in memory.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::clock::Clock;

/// A byte stream in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// A stream of whichever kind.
pub type BoxStream = Box<dyn Stream>;

/// A connect under way.
pub type Dialing<'a> = Pin<Box<dyn Future<Output = io::Result<BoxStream>> + 'a>>;

/// Opens streams.
pub trait Dial {
    /// Connects to `host` (a name or an address) at `port`.
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a>;
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

/// Streams over TCP, without Nagle's delay.
#[derive(Clone, Copy, Debug)]
pub struct TcpDial;

impl Dial for TcpDial {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        Box::pin(async move {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let stream = TcpStream::connect((bare, port)).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as BoxStream)
        })
    }
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
    fn dial<'a>(&'a self, _host: &'a str, _port: u16) -> Dialing<'a> {
        Box::pin(async move {
            let (near, far) = duplex(MEMORY_BUFFER);
            let refused = |_| io::Error::from(io::ErrorKind::ConnectionRefused);
            self.far_ends.send(far).await.map_err(refused)?;
            Ok(Box::new(near) as BoxStream)
        })
    }
}
