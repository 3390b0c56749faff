//! Why a call got no answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::Attempts;

/// A call that got no usable answer, with what is known about the request's fate.
///
/// `Display` is one sentence without the cause, with the number of attempts if there were several;
/// the cause is [`source`](Error::source). Neither holds a query string or a secret.
pub struct TransportError {
    kind: TransportErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
    permanent: bool,
    obstacle: Option<Obstacle>,
    attempts: Option<Box<Attempts>>,
}

/// What went wrong on the way, and so whether the service may have acted on the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request was not fit to be sent, or not allowed to go where it points. **Not sent.**
    Refused,
    /// No token could be had; the cause is a [`TokenError`](crate::TokenError). **Not sent.**
    Authorization,
    /// No connection was made: name resolution, refusal, TLS, connect time-out. **Not sent.**
    Connect,
    /// The connection broke before the headers of an answer were whole. **May have been sent.**
    Interrupted,
    /// No answer, or no further byte of it, in time. **May have been sent.**
    Timeout,
    /// The answer's body ended early or broke. **Was sent**, and answered in part.
    Body,
    /// The answer is larger than the limit, before or after decompression. **Was sent.**
    TooLarge,
    /// The answer's encoding cannot be read, or was not asked for. **Was sent.**
    Encoding,
}

/// What stood in the way of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// The host's name has no address.
    Name,
    /// The host, or what is in front of it, refused the connection.
    Refused,
    /// No connection in time.
    Timeout,
    /// The proxy did not let it through.
    Proxy,
    /// The server's certificate is not trusted, or not for this name, or there is nothing to check
    /// it by.
    Certificate,
    /// The other side does not speak TLS, or gave up where TLS should begin; often it speaks plain
    /// http.
    Tls,
}

impl TransportErrorKind {
    /// Whether the service may have acted on the request.
    ///
    /// ```
    /// use aep_export_transport::TransportErrorKind;
    ///
    /// assert!(!TransportErrorKind::Connect.may_have_been_sent());
    /// assert!(TransportErrorKind::Interrupted.may_have_been_sent());
    /// ```
    pub fn may_have_been_sent(self) -> bool {
        !matches!(self, Self::Refused | Self::Authorization | Self::Connect)
    }
}

impl TransportError {
    /// An error of `kind`; `message` is one sentence that says what and where, without a secret.
    pub fn new(kind: TransportErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            permanent: false,
            obstacle: None,
            attempts: None,
        }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error, known to come again however often the request is sent: a certificate that
    /// is not trusted, for one. It is not retried.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.permanent = true;
        self
    }

    /// The same error, with what stood in the way of the connection.
    #[must_use]
    pub fn because_of(mut self, obstacle: Obstacle) -> Self {
        self.obstacle = Some(obstacle);
        self
    }

    /// The same error, with what came before it.
    #[must_use]
    pub(crate) fn with_attempts(mut self, attempts: Attempts) -> Self {
        self.attempts = Some(Box::new(attempts));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether it is known that sending again cannot help. `false` promises nothing.
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// What stood in the way of a connection, if that is known.
    pub fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// How often the request was sent and how long that took, if it came through a
    /// [`layers::Retry`](crate::layers::Retry). The error itself is that of the last attempt.
    pub fn attempts(&self) -> Option<&Attempts> {
        self.attempts.as_deref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.attempts {
            Some(attempts) if attempts.made() > 1 => write!(f, " ({attempts})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("permanent", &self.permanent)
            .field("obstacle", &self.obstacle)
            .field("attempts", &self.attempts)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
