//! The addresses of this machine that streams leave from.
//!
//! An address has a port for some 28 000 streams to the same server; beyond, another address is
//! needed. It knows nothing of what is spoken over a stream. Start from [`Sources`].

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpSocket, TcpStream};

use super::error::DialError;

/// Addresses that streams leave from, in turn; by default the system chooses. Clones share the turn.
#[derive(Clone, Debug, Default)]
pub struct Sources(Arc<Turns>);

#[derive(Debug, Default)]
struct Turns {
    v4: Vec<IpAddr>,
    v6: Vec<IpAddr>,
    next: AtomicUsize,
}

impl Sources {
    /// These addresses; none leaves the choice to the system.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let (v4, v6) = addresses.into_iter().partition(IpAddr::is_ipv4);
        Self(Arc::new(Turns { v4, v6, next: AtomicUsize::new(0) }))
    }

    /// The address that the next stream there leaves from; `None` leaves the choice to the system.
    fn turn(&self, to: SocketAddr) -> Result<Option<IpAddr>, DialError> {
        let Turns { v4, v6, next } = &*self.0;
        let fitting = if to.is_ipv4() { v4 } else { v6 };
        if fitting.is_empty() {
            let is_free = v4.is_empty() && v6.is_empty();
            return if is_free { Ok(None) } else { Err(DialError::SourceFamily) };
        }
        let nth = next.fetch_add(1, Ordering::Relaxed) % fitting.len();
        Ok(Some(fitting[nth]))
    }

    /// A stream to the first of these addresses that takes one.
    pub(super) async fn connect(&self, to: &[SocketAddr]) -> Result<TcpStream, DialError> {
        let mut failed = None;
        for to in to {
            match self.connect_to(*to).await {
                Ok(stream) => return Ok(stream),
                // Another address of the name is the right one, and says more.
                Err(DialError::SourceFamily) if failed.is_some() => {}
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or(DialError::Io(io::ErrorKind::NotFound)))
    }

    async fn connect_to(&self, to: SocketAddr) -> Result<TcpStream, DialError> {
        let from = self.turn(to)?;
        connect(from, to).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrNotAvailable => DialError::PortsExhausted,
            _ => error.into(),
        })
    }
}

async fn connect(from: Option<IpAddr>, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(from) = from {
        choose_port_late(&socket)?;
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(to).await
}

/// Leaves the choice of the port to `connect`, which knows where to: `bind` would look for one that is
/// free towards everybody, which costs a millisecond once thousands are taken, and fails earlier.
#[cfg(target_os = "linux")]
fn choose_port_late(socket: &TcpSocket) -> io::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
    Ok(setsockopt(socket, IpBindAddressNoPort, &true)?)
}

/// Elsewhere `bind` chooses.
#[cfg(not(target_os = "linux"))]
fn choose_port_late(_: &TcpSocket) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The addresses that streams to these leave from, one after the other.
    #[track_caller]
    fn check(addresses: &[&str], to: &[&str], expected: &[Result<Option<&str>, DialError>]) {
        let sources = Sources::new(addresses.iter().map(|address| address.parse().unwrap()));
        let turns = to.iter().map(|to| sources.turn(to.parse().unwrap()));
        let expected = expected.iter().cloned();
        let expected = expected.map(|turn| turn.map(|from| from.map(|ip| ip.parse().unwrap())));
        assert_eq!(turns.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn addresses_take_turns() {
        let to = ["127.0.0.1:80"; 3];
        let (first, second) = (Ok(Some("127.0.0.2")), Ok(Some("127.0.0.3")));
        check(&["127.0.0.2", "127.0.0.3"], &to, &[first.clone(), second, first]);
    }

    #[test]
    fn a_stream_leaves_from_an_address_of_its_own_family() {
        let to = ["[::1]:80", "127.0.0.1:80"];
        check(&["127.0.0.2", "::1"], &to, &[Ok(Some("::1")), Ok(Some("127.0.0.2"))]);
        check(&["127.0.0.2"], &to, &[Err(DialError::SourceFamily), Ok(Some("127.0.0.2"))]);
        check(&[], &to, &[Ok(None), Ok(None)]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_server_sees_the_addresses_in_turn() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = [listener.local_addr().unwrap()];
        let sources = Sources::new(["127.0.0.2", "127.0.0.3"].map(|ip| ip.parse().unwrap()));
        for expected in ["127.0.0.2", "127.0.0.3", "127.0.0.2"] {
            let _stream = sources.connect(&to).await.unwrap();
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer.ip().to_string(), expected);
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn ports_are_chosen_as_a_stream_is_opened() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        choose_port_late(&socket).unwrap();
        socket.bind("127.0.0.9:0".parse().unwrap()).unwrap();
        assert_eq!(socket.local_addr().unwrap().to_string(), "127.0.0.9:0");
        let stream = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let from = stream.local_addr().unwrap();
        assert!(from.ip().to_string() == "127.0.0.9" && from.port() != 0, "{from}");
    }
}
