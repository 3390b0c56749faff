//! How long to wait for headers and for each further byte.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::future::{Either, select};

use super::TimeoutPolicy;
use crate::{Body, Clock, OperationInfo, Sleep, Transport, TransportError, TransportErrorKind};

/// Ends an attempt that takes too long with [`TransportErrorKind::Timeout`].
///
/// Only time spent waiting for the service counts: a caller may take as long as it likes between
/// two pieces of a body. Works by [`Clock`], so it needs no particular runtime.
#[derive(Debug, Clone)]
pub struct Timeouts<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: TimeoutPolicy,
}

impl<T> Timeouts<T> {
    /// Limits the waiting for `inner`, by the time of `clock`.
    pub fn new(inner: T, clock: Arc<dyn Clock>, policy: TimeoutPolicy) -> Self {
        Self { inner, clock, policy }
    }
}

#[async_trait]
impl<T: Transport> Transport for Timeouts<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let limit = OperationInfo::of(&request).response_timeout.unwrap_or(self.policy.response);
        match select(self.inner.send(request), self.clock.sleep(limit)).await {
            Either::Left((result, _)) => Ok(result?.map(|body| self.watch(body))),
            Either::Right(_) => Err(timeout(format!("no answer within {} s", limit.as_secs_f64()))),
        }
    }
}

impl<T> Timeouts<T> {
    fn watch(&self, body: Body) -> Body {
        Body::from_stream(Watched {
            body: Some(body),
            clock: Arc::clone(&self.clock),
            policy: self.policy,
            waiting: None,
            waited: Duration::ZERO,
            received: 0,
        })
    }
}

fn timeout(message: String) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, message)
}

struct Watched {
    /// Gone once the body has ended, well or badly.
    body: Option<Body>,
    clock: Arc<dyn Clock>,
    policy: TimeoutPolicy,
    /// Since when the next piece is waited for, and until when. Only made when a piece is not
    /// there at once, so that a fast body costs no timer.
    waiting: Option<(Duration, Sleep)>,
    /// Time waited and bytes received in the present window.
    waited: Duration,
    received: u64,
}

impl Watched {
    /// The next piece, once it is there or the idle time is over.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(piece) = Pin::new(body).poll_next(cx) {
            if let Some((since, _)) = self.waiting.take() {
                self.waited += self.clock.elapsed().saturating_sub(since);
            }
            return Poll::Ready(piece);
        }
        let (clock, idle) = (&self.clock, self.policy.idle);
        let (_, sleep) = self.waiting.get_or_insert_with(|| (clock.elapsed(), clock.sleep(idle)));
        ready!(sleep.as_mut().poll(cx));
        let message = format!("no further byte of the answer within {} s", idle.as_secs_f64());
        Poll::Ready(Some(Err(timeout(message))))
    }

    /// Counts `bytes`, and complains when a whole window brought too few.
    fn count(&mut self, bytes: usize) -> Result<(), TransportError> {
        self.received = self.received.saturating_add(bytes as u64);
        if self.waited < self.policy.window {
            return Ok(());
        }
        let least = self.policy.minimum_rate as f64 * self.waited.as_secs_f64();
        if (self.received as f64) < least {
            return Err(timeout(format!(
                "the answer came too slowly: {} bytes in {} s, less than {} bytes a second",
                self.received,
                self.waited.as_secs_f64().round(),
                self.policy.minimum_rate
            )));
        }
        (self.waited, self.received) = (Duration::ZERO, 0);
        Ok(())
    }
}

impl Stream for Watched {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = match ready!(self.poll_piece(cx)) {
            Some(Ok(bytes)) => Some(self.count(bytes.len()).map(|()| bytes)),
            other => other,
        };
        if !matches!(piece, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(piece)
    }
}

#[cfg(test)]
#[path = "timeouts_tests.rs"]
mod tests;
