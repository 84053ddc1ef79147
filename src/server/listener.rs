//! Where connections come from: real sockets, or pairs in memory for simulations.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Hands a server its connections.
pub trait Listener: Send {
    /// One connection's bytes.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The scheme of HTTP over these connections.
    const HTTP_SCHEME: &'static str = "http";

    /// Waits for the next connection. Dropping the future loses none.
    ///
    /// # Errors
    /// A connection could not be taken; the next one may well be.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Io>> + Send;
}

impl Listener for TcpListener {
    type Io = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = Self::accept(self).await?;
        // Fails only on a connection that is gone already, which reading from it tells as well.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

impl Listener for mpsc::Receiver<DuplexStream> {
    type Io = DuplexStream;

    /// Waits for ever once the other end is gone.
    async fn accept(&mut self) -> io::Result<DuplexStream> {
        match self.recv().await {
            Some(stream) => Ok(stream),
            None => std::future::pending().await,
        }
    }
}

/// How long to let others go before trying again, when no connection can be taken.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// Waits for the next connection that can be taken. Running out of open files passes when clients
/// leave, so an error is waited out and never ends the server; a client that left meanwhile costs
/// the others no wait.
pub(super) async fn next<L: Listener>(listener: &mut L) -> L::Io {
    loop {
        match listener.accept().await {
            Ok(io) => return io,
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => tokio::time::sleep(RETRY_AFTER).await,
        }
    }
}
