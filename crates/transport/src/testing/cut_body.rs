//! A transport whose answers break off.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;

use crate::{Body, Transport, TransportError, TransportErrorKind};

/// Lets `after` bytes of every answer's body through, then breaks the connection.
///
/// A body of at most `after` bytes breaks too, at its end.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use aep_export_transport::{Transport, TransportErrorKind, testing::{CutBody, Scripted}};
///
/// let transport = CutBody::new(Scripted::new().answer(200, "a whole answer"), 7);
/// let mut body = transport.send(http::Request::default()).await.unwrap().into_body();
/// assert_eq!(body.chunk().await.unwrap().unwrap(), "a whole");
/// assert_eq!(body.chunk().await.unwrap().unwrap_err().kind(), TransportErrorKind::Body);
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct CutBody<T> {
    inner: T,
    after: usize,
}

impl<T> CutBody<T> {
    /// Breaks every body of `inner` after so many bytes.
    pub fn new(inner: T, after: usize) -> Self {
        Self { inner, after }
    }
}

#[async_trait]
impl<T: Transport> Transport for CutBody<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let response = self.inner.send(request).await?;
        let after = self.after;
        Ok(response.map(|body| Body::from_stream(Cut { body, left: after, done: false })))
    }
}

struct Cut {
    body: Body,
    left: usize,
    done: bool,
}

impl Stream for Cut {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let mut chunk = match std::task::ready!(Pin::new(&mut self.body).poll_next(cx)) {
            Some(Ok(chunk)) if self.left > 0 => chunk,
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            _ => {
                self.done = true;
                return Poll::Ready(Some(Err(TransportError::new(
                    TransportErrorKind::Body,
                    "the connection broke in the middle of the answer",
                ))));
            }
        };
        chunk.truncate(self.left);
        self.left -= chunk.len();
        Poll::Ready(Some(Ok(chunk)))
    }
}
