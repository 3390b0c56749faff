//! The wire over reqwest and rustls, and tokio's clock (feature `reqwest`).

mod client;
mod clock;
mod error;
mod tls;
mod transport;

pub use client::ProxySettings;
pub use clock::TokioClock;
pub use tls::{CaCertificates, InvalidCertificates};
pub use transport::{ReqwestTransport, ReqwestTransportBuilder};
