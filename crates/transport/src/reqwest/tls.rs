//! How certificates are checked.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::{TransportError, TransportErrorKind};

/// TLS 1.2 or 1.3, checked the way the operating system does, and against `extra_roots` (PEM).
pub(super) fn platform(extra_roots: &[Vec<u8>]) -> Result<ClientConfig, TransportError> {
    let provider = provider();
    let roots = certificates(extra_roots)?;
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

fn certificates(pem: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let mut all = Vec::new();
    for file in pem {
        let before = all.len();
        for certificate in CertificateDer::pem_slice_iter(file) {
            all.push(certificate.map_err(|error| no_tls(NOT_PEM, error))?);
        }
        if all.len() == before {
            return Err(TransportError::new(TransportErrorKind::Connect, NOT_PEM).permanent());
        }
    }
    Ok(all)
}

const NOT_PEM: &str = "the added CA file holds no certificate in PEM form";

fn no_tls(
    message: &'static str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> TransportError {
    TransportError::new(TransportErrorKind::Connect, message).with_source(error).permanent()
}
