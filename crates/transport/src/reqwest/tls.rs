//! How certificates are checked.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::{Obstacle, TransportError, TransportErrorKind};

/// Certificate authorities to be trusted beside those of the operating system.
///
/// ```
/// use aep_export_transport::CaCertificates;
///
/// assert!(CaCertificates::from_pem(b"no certificate").is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CaCertificates(Vec<CertificateDer<'static>>);

/// The text holds no certificate, or one that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds no certificate in PEM form that can be read")]
pub struct InvalidCertificates;

impl CaCertificates {
    /// Reads the certificates of a PEM file; whatever else is in it is passed over.
    ///
    /// # Errors
    /// [`InvalidCertificates`] when there is none, or one of them is damaged.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidCertificates> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = read.map_err(|_| InvalidCertificates)?;
        let mut usable = RootCertStore::empty();
        let (taken, damaged) = usable.add_parsable_certificates(certificates.iter().cloned());
        if taken == 0 || damaged > 0 { Err(InvalidCertificates) } else { Ok(Self(certificates)) }
    }
}

impl fmt::Debug for CaCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaCertificates({})", self.0.len())
    }
}

/// TLS 1.2 or 1.3, checked the way the operating system does, and against `extra_roots`.
pub(super) fn platform(extra_roots: &[CaCertificates]) -> Result<ClientConfig, TransportError> {
    let provider = provider();
    let roots: Vec<_> = extra_roots.iter().flat_map(|roots| roots.0.iter().cloned()).collect();
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
        .map_err(|error| no_tls("no certificates to check servers with could be loaded", error))?;
    let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
    let config = builder(provider)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(http1(config))
}

/// Trusts nobody and loads nothing: for the client that speaks plain http only. It must work where
/// no certificates are installed.
pub(super) fn none() -> Result<ClientConfig, TransportError> {
    let config =
        builder(provider())?.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    Ok(http1(config))
}

type Unverified = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder(provider: Arc<CryptoProvider>) -> Result<Unverified, TransportError> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| no_tls("TLS cannot be set up", error))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn http1(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn no_tls(
    message: &'static str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> TransportError {
    TransportError::new(TransportErrorKind::Connect, message)
        .with_source(error)
        .because_of(Obstacle::Certificate)
        .permanent()
}
