//! A bearer token on each attempt, for the configured hosts only.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};

use crate::{
    Body, Origin, Token, TokenError, TokenErrorKind, TokenSource, Transport, TransportError,
    TransportErrorKind,
};

/// Asks a [`TokenSource`] before each attempt and sets `Authorization: Bearer`.
///
/// - A request to any other origin than the configured ones is [`TransportErrorKind::Refused`];
///   neither it nor a token is sent, whatever link it came from.
/// - After a 401 the token is invalidated, and if the source may have another one the request is
///   sent once more. So is a create: a request refused with 401 was certainly not accepted.
/// - No token is [`TransportErrorKind::Authorization`], with the [`TokenError`] as its cause.
/// - A service may repeat the token. It is taken out of the answer's headers; the answer has it as an
///   extension, so that whoever tells of its body can take it out too.
pub struct Authorization<T> {
    inner: T,
    source: Arc<dyn TokenSource>,
    origins: HashSet<Origin>,
}

impl<T> Authorization<T> {
    /// Signs what goes to `inner` with tokens of `source`, if it goes to one of `origins`.
    pub fn new(
        inner: T,
        source: Arc<dyn TokenSource>,
        origins: impl IntoIterator<Item = Origin>,
    ) -> Self {
        Self { inner, source, origins: origins.into_iter().collect() }
    }

    fn check_origin(&self, uri: &http::Uri) -> Result<(), TransportError> {
        let origin = Origin::of(uri).map_err(|error| {
            TransportError::new(TransportErrorKind::Refused, "the request has no usable URL")
                .with_source(error)
        })?;
        if self.origins.contains(&origin) {
            return Ok(());
        }
        Err(TransportError::new(
            TransportErrorKind::Refused,
            format!("{origin} is not a configured host, so no token is sent there"),
        ))
    }

    async fn token(&self) -> Result<Token, TransportError> {
        self.source.token().await.map_err(no_token)
    }
}

impl<T: Transport> Authorization<T> {
    async fn attempt(
        &self,
        mut request: http::Request<Bytes>,
        token: &Token,
    ) -> Result<http::Response<Body>, TransportError> {
        request.headers_mut().insert(AUTHORIZATION, bearer(token)?);
        let mut response = self.inner.send(request).await?;
        token.secret().take_out_of_headers(response.headers_mut());
        response.extensions_mut().insert(token.clone());
        Ok(response)
    }
}

fn no_token(error: TokenError) -> TransportError {
    TransportError::new(TransportErrorKind::Authorization, "no access token could be had")
        .with_source(error)
}

fn bearer(token: &Token) -> Result<HeaderValue, TransportError> {
    // The cause is left out on purpose: nothing about the token's text goes into a message.
    let mut value =
        HeaderValue::try_from(format!("Bearer {}", token.secret().expose())).map_err(|_| {
            no_token(TokenError::new(
                TokenErrorKind::Malformed,
                "the access token holds characters that no header can carry",
            ))
        })?;
    value.set_sensitive(true);
    Ok(value)
}

impl<T: fmt::Debug> fmt::Debug for Authorization<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("inner", &self.inner)
            .field("source", &self.source)
            .field("origins", &self.origins)
            .finish()
    }
}

#[async_trait]
impl<T: Transport> Transport for Authorization<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        self.check_origin(request.uri())?;
        let token = self.token().await?;
        let response = self.attempt(request.clone(), &token).await?;
        if response.status() != http::StatusCode::UNAUTHORIZED
            || !self.source.invalidate(&token).await
        {
            return Ok(response);
        }
        tracing::debug!("401: sending once more with another token");
        // Give the first connection back before the second attempt.
        drop(response);
        let token = self.token().await?;
        self.attempt(request, &token).await
    }
}

#[cfg(test)]
#[path = "authorization_tests.rs"]
mod tests;
