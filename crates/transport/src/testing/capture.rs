//! A transport that remembers what passes through it.

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;

use super::lock;
use crate::{Body, Transport, TransportError};

/// Remembers every request on its way to `inner`.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use aep_export_transport::{Transport, testing::{Capture, Scripted}};
///
/// let capture = Capture::new(Scripted::new().answer(204, ""));
/// capture.send(http::Request::put("/things/1").body("{}".into()).unwrap()).await.unwrap();
/// assert_eq!(capture.requests()[0].method(), "PUT");
/// # }).unwrap();
/// ```
pub struct Capture<T> {
    inner: Arc<T>,
    requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
}

impl<T> Capture<T> {
    /// Remembers what is sent through `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner: Arc::new(inner), requests: Arc::default() }
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        lock(&self.requests).clone()
    }
}

impl<T> Clone for Capture<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), requests: Arc::clone(&self.requests) }
    }
}

impl<T> fmt::Debug for Capture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("requests", &lock(&self.requests).len()).finish()
    }
}

#[async_trait]
impl<T: Transport> Transport for Capture<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        lock(&self.requests).push(request.clone());
        self.inner.send(request).await
    }
}
