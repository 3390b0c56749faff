//! One token request.

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use url::form_urlencoded;

use super::answer::{self, Granted};
use super::cache::Grant;
use super::credentials::ImsCredentials;
use crate::{
    Attempts, BodyLimit, InvalidUrl, OperationInfo, Origin, Replay, Secret, SharedTransport,
    TokenError, TokenErrorKind, TransportError, TransportErrorKind,
};

/// The largest answer that can be a token or its refusal.
const BODY_LIMIT: u64 = 64 * 1024;

/// OAuth client credentials: `POST {ims}/ims/token/v3` (documented).
pub(super) struct ClientCredentials {
    transport: SharedTransport,
    uri: http::Uri,
    credentials: ImsCredentials,
}

impl ClientCredentials {
    pub(super) fn new(
        transport: SharedTransport,
        ims_url: &str,
        credentials: ImsCredentials,
    ) -> Result<Self, InvalidUrl> {
        let _: Origin = ims_url.parse()?;
        let uri = format!("{}/ims/token/v3", ims_url.trim_end_matches('/'));
        let uri = uri.parse().map_err(|_| InvalidUrl::NotHttp)?;
        Ok(Self { transport, uri, credentials })
    }

    /// The address, for showing; it holds no secret.
    pub(super) fn uri(&self) -> &http::Uri {
        &self.uri
    }

    pub(super) fn client_id(&self) -> &str {
        &self.credentials.client_id
    }

    fn request(&self, secret: &Secret) -> Result<http::Request<Bytes>, TokenError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.credentials.client_id)
            .append_pair("client_secret", secret.expose())
            .append_pair("scope", &self.credentials.scope_field())
            .finish();
        let mut info = OperationInfo::new("ims.token", Replay::Safe);
        info.body_limit = BodyLimit::Bytes(BODY_LIMIT);
        http::Request::post(self.uri.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .extension(info)
            // Whoever tells of the answer can take it out.
            .extension(secret.clone())
            .body(form.into())
            .map_err(|_| TokenError::new(TokenErrorKind::Rejected, "no token request can be made"))
    }
}

#[async_trait]
impl Grant for ClientCredentials {
    async fn request_token(&self) -> Result<Granted, TokenError> {
        let secret = self.credentials.client_secret.secret().await?;
        let unanswered = |error| unanswered(error, &secret);
        let response = self.transport.send(self.request(&secret)?).await.map_err(unanswered)?;
        let attempts = Attempts::of(&response).map(|attempts| attempts.without(&secret));
        let (mut parts, body) = response.into_parts();
        secret.take_out_of_headers(&mut parts.headers);
        let body = body.collect(BODY_LIMIT).await.map_err(unanswered)?;
        answer::read(parts.status, &told(parts.status, body, &secret))
            .map_err(|error| tried(error.answered(parts.status, &parts.headers), attempts))
    }
}

/// The body of an answer without the client secret, should a refusal repeat it.
fn told(status: StatusCode, body: Bytes, secret: &Secret) -> Bytes {
    if status.is_success() {
        return body;
    }
    let text = String::from_utf8_lossy(&body);
    Bytes::from(secret.taken_out_of(&text).into_owned())
}

/// No answer, or one that cannot be read.
fn unanswered(error: TransportError, secret: &Secret) -> TokenError {
    let attempts = error.attempts().map(|attempts| attempts.without(secret));
    let (kind, message) = match error.kind() {
        TransportErrorKind::TooLarge | TransportErrorKind::Encoding => {
            (TokenErrorKind::Malformed, "the token service gave an answer that cannot be used")
        }
        _ => (TokenErrorKind::Unavailable, "the token service could not be reached"),
    };
    tried(TokenError::new(kind, message).with_source(error), attempts)
}

fn tried(error: TokenError, attempts: Option<Attempts>) -> TokenError {
    match attempts {
        Some(attempts) => error.with_attempts(attempts),
        None => error,
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
