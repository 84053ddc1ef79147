//! How streams to a server are opened.

use std::rc::Rc;
use std::sync::Arc;

use tokio::net::{TcpStream, lookup_host};

use crate::protocol::Secrets;

use super::error::DialError;
use super::host::bare;
use super::proxy::Proxies;
use super::source::Sources;
use super::tls::{Authorities, Tls};
use super::transport::{BoxStream, Dial, Dialing, Origin};

/// What every stream of a run goes by: TCP without Nagle's delay, through a proxy or past it, with
/// TLS or without. Clones share it, so that TLS sessions are resumed across devices. The default has
/// no proxy, and trusts the authorities of the system and those of Mozilla.
#[derive(Clone, Debug, Default)]
pub struct Network {
    ways: Arc<Ways>,
    sources: Sources,
}

#[derive(Debug, Default)]
struct Ways {
    proxies: Proxies,
    tls: Tls,
}

impl Network {
    /// A network that trusts these authorities, too. Nothing is read or connected to.
    pub fn new(authorities: Authorities, proxies: Proxies) -> Self {
        let ways = Ways { proxies, tls: Tls::new(authorities) };
        Self { ways: Arc::new(ways), sources: Sources::default() }
    }

    /// The same network, its streams leaving from these addresses.
    pub fn leaving_from(self, sources: Sources) -> Self {
        Self { sources, ..self }
    }

    /// Opens streams, on one thread.
    pub fn dial(&self) -> Rc<dyn Dial> {
        Rc::new(self.clone())
    }

    /// Adds the passwords of proxies to the secrets in use.
    pub fn tell_secrets(&self, secrets: &Secrets) {
        self.ways.proxies.tell_secrets(secrets);
    }
}

impl Dial for Network {
    fn dial<'a>(&'a self, origin: Origin<'a>) -> Dialing<'a> {
        Box::pin(async move {
            let stream = match self.ways.proxies.proxy_for(origin) {
                Some(proxy) => proxy.tunnel(origin, &self.sources).await?,
                None => tcp((origin.host, origin.port), &self.sources).await?,
            };
            if origin.is_tls {
                return Ok(
                    Box::new(self.ways.tls.shake_hands(origin.host, stream).await?) as BoxStream
                );
            }
            Ok(Box::new(stream) as BoxStream)
        })
    }
}

/// A TCP stream to the first address of a host that takes one.
pub(super) async fn tcp(
    (host, port): (&str, u16),
    sources: &Sources,
) -> Result<TcpStream, DialError> {
    let name = bare(host);
    let addresses = lookup_host((name, port)).await;
    let addresses: Vec<_> = addresses
        .map_err(|error| match error.into() {
            DialError::FilesExhausted => DialError::FilesExhausted,
            _ => DialError::Name(name.into()),
        })?
        .collect();
    let stream = sources.connect(&addresses).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
