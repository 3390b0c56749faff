//! Where bearer tokens come from.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};

use crate::retry::request_id;
use crate::{Attempts, Secret};

/// A bearer token and how long it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    secret: Secret,
    expires_at: Option<SystemTime>,
}

impl Token {
    /// A token that lasts until `expires_at`, or as long as the service accepts it.
    pub fn new(secret: Secret, expires_at: Option<SystemTime>) -> Self {
        Self { secret, expires_at }
    }

    /// The token's text.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// When it ends, if that is known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}

/// Gives a bearer token for the next call.
///
/// Implement it to bring tokens from a vault or a sidecar. It is asked before every call, so it
/// keeps what it has as long as it is good.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// A token that should be accepted now.
    ///
    /// # Errors
    /// A [`TokenError`] that says whether asking again could help.
    async fn token(&self) -> Result<Token, TokenError>;

    /// The service refused `token` with 401. Returns whether [`token`](Self::token) may now give
    /// another one, so that the call is worth sending again, once.
    async fn invalidate(&self, token: &Token) -> bool {
        let _ = token;
        false
    }
}

/// No token could be had.
///
/// Can be cloned, because everyone who waited for the same request gets the same error.
#[derive(Clone)]
pub struct TokenError {
    kind: TokenErrorKind,
    message: Cow<'static, str>,
    code: Option<String>,
    answer: Option<Arc<Answer>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
    attempts: Option<Arc<Attempts>>,
}

/// What is known of the answer that was no token.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    request_id: Option<Box<str>>,
}

/// Why no token could be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The token service refused the credentials; the same ones will be refused again.
    Rejected,
    /// There is no client secret to ask with, so that nothing was sent.
    NoSecret,
    /// The token has run out and this source has no other.
    Expired,
    /// The token service could not be reached or had a fault of its own.
    Unavailable,
    /// The token service answered something that is not a token.
    Malformed,
}

impl TokenError {
    /// An error of `kind`; `message` is one sentence without a secret.
    pub fn new(kind: TokenErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
            answer: None,
            source: None,
            attempts: None,
        }
    }

    /// The same error, which an answer with this status and these headers told.
    #[must_use]
    pub fn answered(mut self, status: StatusCode, headers: &HeaderMap) -> Self {
        let request_id = request_id(headers).map(Into::into);
        self.answer = Some(Arc::new(Answer { status, request_id }));
        self
    }

    /// The same error with the token service's own code, such as `invalid_scope`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The same error after so many requests for a token. A call that wants the token does not add
    /// attempts of its own then.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Attempts) -> Self {
        self.attempts = Some(Arc::new(attempts));
        self
    }

    /// Why there is no token.
    pub fn kind(&self) -> TokenErrorKind {
        self.kind
    }

    /// The token service's own code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The sentence without the status.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The status of the token service's answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// The id of the exchange, from the answer's `x-request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.answer.as_ref()?.request_id.as_deref()
    }

    /// How often the token was asked for, if that is known.
    pub fn attempts(&self) -> Option<&Attempts> {
        self.attempts.as_deref()
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.status() {
            Some(status) => write!(f, " (HTTP {})", status.as_u16()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("code", &self.code)
            .field("answer", &self.answer)
            .field("attempts", &self.attempts)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for TokenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
