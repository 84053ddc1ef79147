//! TLS before the protocol (rustls).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, version};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::listener::Listener;

/// Hands a server the connections of another listener once they speak TLS. Handshakes are held side
/// by side, so that a client which takes its time keeps nobody waiting; one that fails, or takes
/// longer than 10 s, is dropped.
pub struct TlsListener<L: Listener> {
    listener: L,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Option<TlsStream<L::Io>>>,
}

/// How long a client may take over its handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

impl<L: Listener> TlsListener<L> {
    /// Speaks TLS as `config` has it.
    pub fn new(listener: L, config: Arc<ServerConfig>) -> Self {
        Self { listener, acceptor: config.into(), handshakes: JoinSet::new() }
    }
}

impl<L: Listener> Listener for TlsListener<L> {
    type Io = TlsStream<L::Io>;

    const HTTP_SCHEME: &'static str = "https";

    async fn accept(&mut self) -> io::Result<Self::Io> {
        loop {
            tokio::select! {
                io = self.listener.accept() => {
                    let accept = self.acceptor.accept(io?);
                    let within = tokio::time::timeout(HANDSHAKE_WITHIN, accept);
                    self.handshakes.spawn(async { within.await.ok()?.ok() });
                }
                Some(shaken) = self.handshakes.join_next() => {
                    if let Ok(Some(io)) = shaken {
                        return Ok(io);
                    }
                }
            }
        }
    }
}

/// Why PEM texts make no TLS server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsConfigError {
    /// No certificate in PEM, or one that cannot be read.
    #[error("the certificate is no PEM with a block `-----BEGIN CERTIFICATE-----`")]
    Certificate,
    /// No private key in PEM, or one that cannot be read.
    #[error("the key is no PEM with a block such as `-----BEGIN PRIVATE KEY-----`")]
    Key,
    /// A key of another certificate, or of a kind that TLS does not use.
    #[error("the key does not belong to the certificate, or is of an unknown kind")]
    Pair,
}

/// The settings of a TLS server, versions 1.2 and 1.3, that shows a chain of certificates, its own
/// first.
///
/// # Errors
/// Texts that hold no certificate or no key, or two that do not belong together.
pub fn tls_config(chain_pem: &[u8], key_pem: &[u8]) -> Result<Arc<ServerConfig>, TlsConfigError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain_pem).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsConfigError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| TlsConfigError::Key)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .expect("the provider has ciphers of both versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| TlsConfigError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
