//! Certificates that a test server makes for itself (rcgen).

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use secrecy::SecretString;

/// A certificate for a server, and the authority that has signed it. That authority's own key is
/// gone: whoever trusts it trusts this one server and no other.
#[derive(Clone)]
pub struct Certificates {
    /// The authority's certificate, PEM, for clients to trust.
    pub authority: String,
    /// The server's certificate, PEM.
    pub certificate: String,
    /// The server's private key, PEM.
    pub key: SecretString,
}

/// Why no certificate can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no certificate can be made for {}", .0.join(", "))]
pub struct CertificateError(Vec<String>);

impl Certificates {
    /// Makes certificates for these names and addresses.
    ///
    /// # Errors
    /// A name that no certificate can have.
    pub fn make(names: &[String]) -> Result<Self, CertificateError> {
        make(names).map_err(|_| CertificateError(names.to_vec()))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

fn make(names: &[String]) -> Result<Certificates, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority.distinguished_name.push(DnType::CommonName, "deskbell test authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "deskbell test server");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &authority)?.pem();
    Ok(Certificates { authority: authority.pem(), certificate, key: key.serialize_pem().into() })
}
