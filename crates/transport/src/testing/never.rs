//! A transport that stays silent.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Body, Transport, TransportError};

/// Takes every request and never answers.
///
/// ```
/// use aep_export_transport::{Transport, testing::Never};
/// use futures_util::FutureExt;
///
/// let call = Never.send(http::Request::new(bytes::Bytes::new()));
/// assert!(call.now_or_never().is_none());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Never;

#[async_trait]
impl Transport for Never {
    async fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        std::future::pending().await
    }
}
