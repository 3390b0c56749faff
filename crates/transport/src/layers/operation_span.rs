//! One span around everything that an operation does.

use async_trait::async_trait;
use bytes::Bytes;
use tracing::Instrument;

use crate::{Body, OperationInfo, Transport, TransportError};

/// Puts each call into a tracing span `operation` with the operation's name, at debug level.
///
/// The span ends with the headers of the answer; reading a streamed body is outside of it.
#[derive(Debug, Clone)]
pub struct OperationSpan<T> {
    inner: T,
}

impl<T> OperationSpan<T> {
    /// Names the calls that go to `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<T: Transport> Transport for OperationSpan<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let span = tracing::debug_span!("operation", name = OperationInfo::of(&request).name);
        self.inner.send(request).instrument(span).await
    }
}
