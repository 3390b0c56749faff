//! What is logged of each attempt.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use tracing::Instrument;

use crate::{Body, Clock, Origin, Secret, Transport, TransportError};

/// Query parameters whose names may be logged. Their values never are.
const QUERY_NAMES: [&str; 9] =
    ["limit", "offset", "page", "path", "properties", "sort", "start", "status", "tags"];

/// Logs each attempt at debug level, in a span `attempt`: method, origin and path, status,
/// milliseconds, `x-request-id` and `retry-after`.
///
/// Everything by allow-list: of the query only known parameter names (values may be signatures),
/// of the headers no value but the two named, of the bodies nothing.
#[derive(Debug, Clone)]
pub struct AttemptSpan<T> {
    inner: T,
    clock: Arc<dyn Clock>,
}

impl<T> AttemptSpan<T> {
    /// Logs what goes to `inner`, timed by `clock`.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }
}

#[async_trait]
impl<T: Transport> Transport for AttemptSpan<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let span = tracing::debug_span!(
            "attempt",
            method = %request.method(),
            origin = %origin(request.uri()),
            path = request.uri().path(),
            query = %query_names(request.uri().query().unwrap_or_default()),
        );
        let secrets = secrets(&request);
        async {
            let started = self.clock.elapsed();
            let result = self.inner.send(request).await;
            log(&result, self.clock.elapsed().saturating_sub(started), &secrets);
            result
        }
        .instrument(span)
        .await
    }
}

fn log(result: &Result<http::Response<Body>, TransportError>, took: Duration, secrets: &[Secret]) {
    let milliseconds = took.as_millis();
    match result {
        Ok(response) => tracing::debug!(
            status = response.status().as_u16(),
            milliseconds,
            request_id = header(response.headers(), "x-request-id", secrets).as_deref(),
            retry_after = header(response.headers(), "retry-after", secrets).as_deref(),
            "answered"
        ),
        Err(error) => tracing::debug!(kind = ?error.kind(), milliseconds, %error, "failed"),
    }
}

/// What a request is sent with that a service may repeat in any header: its token, or the client
/// secret that it carries as an extension.
fn secrets(request: &http::Request<Bytes>) -> Vec<Secret> {
    let value = request.headers().get(http::header::AUTHORIZATION);
    let bearer = value.and_then(|value| value.to_str().ok());
    let token = bearer.map(|value| value.strip_prefix("Bearer ").unwrap_or(value));
    token.map(Secret::new).into_iter().chain(request.extensions().get().cloned()).collect()
}

fn header(headers: &HeaderMap, name: &str, secrets: &[Secret]) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.to_owned();
    Some(secrets.iter().fold(text, |text, secret| secret.taken_out_of(&text).into_owned()))
}

fn origin(uri: &http::Uri) -> String {
    Origin::of(uri).map_or_else(|error| error.to_string(), |origin| origin.to_string())
}

/// `limit,offset,+1`: known names, then how many others.
fn query_names(query: &str) -> String {
    let names = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        QUERY_NAMES.into_iter().find(|known| *known == name)
    });
    let (mut shown, mut others) = (Vec::new(), 0_usize);
    for name in names {
        match name {
            Some(name) => shown.push(name.to_owned()),
            None => others += 1,
        }
    }
    if others > 0 {
        shown.push(format!("+{others}"));
    }
    shown.join(",")
}

#[cfg(test)]
#[path = "attempt_span_tests.rs"]
mod tests;
