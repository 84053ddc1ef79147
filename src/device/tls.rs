//! TLS of a client (rustls): whom it trusts, its handshake, and why one fails.
//!
//! There is no way to switch certificate checks off. Start from [`Authorities`].

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, Error, InvalidMessage, RootCertStore, version,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{DialError, TlsError};
use super::host::bare;

/// Certificate authorities to trust beside those of the system; none by default.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

/// Why bytes are no certificate authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// No certificate in PEM (RFC 7468).
    #[error("there is no certificate in it: it must have a block `-----BEGIN CERTIFICATE-----`")]
    None,
    /// A block that is no certificate.
    #[error("certificate {0} in it cannot be read")]
    Unreadable(usize),
}

impl Authorities {
    /// Reads every certificate of a PEM file; other blocks are passed over.
    ///
    /// # Errors
    /// No certificate, or one that cannot be read, counted from 1.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthorityError> {
        let mut roots = RootCertStore::empty();
        let mut certificates = Vec::new();
        for (certificate, no) in CertificateDer::pem_slice_iter(pem).zip(1..) {
            let unreadable = AuthorityError::Unreadable(no);
            let certificate = certificate.map_err(|_| unreadable)?;
            roots.add(certificate.clone()).map_err(|_| unreadable)?;
            certificates.push(certificate);
        }
        if certificates.is_empty() { Err(AuthorityError::None) } else { Ok(Self(certificates)) }
    }
}

/// One configuration for all connections: what it weighs is paid once, and sessions are resumed.
#[derive(Debug, Default)]
pub(super) struct Tls {
    authorities: Authorities,
    /// Made for the first stream that needs it: reading the system's authorities takes milliseconds.
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(super) fn new(authorities: Authorities) -> Self {
        Self { authorities, config: OnceLock::new() }
    }

    /// Makes a stream one with TLS, to a server that shows a certificate for `host`.
    pub(super) async fn shake_hands(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, DialError> {
        let name = ServerName::try_from(bare(host).to_owned());
        let name = name.map_err(|_| DialError::Name(host.into()))?;
        let config = self.config.get_or_init(|| Arc::new(config(&self.authorities)));
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
        stream.map_err(|error| match fault_of(&error, host) {
            Some(fault) => fault.into(),
            // What has no TLS often closes the connection at the first bytes of it.
            None if error.kind() == io::ErrorKind::UnexpectedEof => TlsError::BrokenOff.into(),
            None => error.into(),
        })
    }
}

fn config(authorities: &Authorities) -> ClientConfig {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // Those of the system that cannot be read are left out: the bundled ones are still there.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(authorities.0.iter().cloned());
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .expect("the provider has ciphers of both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// Named wherever it is used: a process has none by default where two are compiled in.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// What TLS says of an I/O error, where it is TLS that failed.
pub(super) fn fault_of(error: &io::Error, host: &str) -> Option<TlsError> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    Some(match error {
        Error::InvalidCertificate(error) => certificate_fault(error, host),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsError::NotSpoken,
        Error::PeerIncompatible(_) | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            TlsError::Version
        }
        other => TlsError::Handshake(other.to_string().into()),
    })
}

fn certificate_fault(error: &CertificateError, host: &str) -> TlsError {
    let host: Box<str> = host.into();
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            TlsError::Expired { host, not_after: Some(not_after.as_secs()) }
        }
        CertificateError::Expired => TlsError::Expired { host, not_after: None },
        CertificateError::NotValidYetContext { not_before, .. } => {
            TlsError::NotYetValid { host, not_before: Some(not_before.as_secs()) }
        }
        CertificateError::NotValidYet => TlsError::NotYetValid { host, not_before: None },
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsError::WrongHost { host, names: names(presented) }
        }
        CertificateError::NotValidForName => TlsError::WrongHost { host, names: Box::default() },
        CertificateError::UnknownIssuer => TlsError::UnknownIssuer { host },
        other => TlsError::Certificate { host, why: other.to_string().into() },
    }
}

/// The first names that a certificate is for. They are a server's words: few, short, printable.
fn names(presented: &[String]) -> Box<str> {
    const MOST: usize = 3;
    const LONGEST: usize = 64;
    let shown = presented.iter().take(MOST).map(|name| {
        let name = name.trim_start_matches("DnsName(\"").trim_end_matches("\")");
        name.chars().take(LONGEST).flat_map(char::escape_default).collect::<String>()
    });
    let mut shown: Vec<String> = shown.collect();
    if presented.len() > MOST {
        shown.push(format!("{} more", presented.len() - MOST));
    }
    shown.join(", ").into()
}
