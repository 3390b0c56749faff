//! The one error of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use http::StatusCode;

use aep_export_transport::{
    Attempts, Obstacle, OperationInfo, Replay, Secret, TokenError, TokenErrorKind, TransportError,
    TransportErrorKind, answered_at, retry_after,
};

use crate::operation::Answer;
use crate::problem::Problem;

type Source = Box<dyn StdError + Send + Sync>;

/// A call that did not succeed.
///
/// `Display` is one sentence that says what and where, without the cause; the cause is
/// [`source`](StdError::source). Match on [`kind`](Self::kind).
///
/// # Troubleshooting
/// The service's support asks for [`request_id`](Self::request_id). A refusal by Adobe's gateway
/// has a [`code`](Self::code) of six digits; one by the service behind it a code such as
/// `UPAPI-113430-404`.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    status: Option<StatusCode>,
    code: Option<String>,
    details: Vec<String>,
    request_id: Option<String>,
    answered_at: Option<SystemTime>,
    retry_after: Option<Duration>,
    attempts: Option<Attempts>,
    source: Option<Source>,
}

/// What kind of error it is, and so what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input cannot be sent. Nothing was sent.
    Invalid,
    /// The service does not know what was asked for (404).
    NotFound,
    /// Not signed in: no token, a refused one, or refused credentials.
    Authentication,
    /// Signed in, but not allowed (403).
    Permission,
    /// The service rejected the request (400, 409, 412, 422 and the like).
    Rejected,
    /// Too many requests (429).
    Throttled,
    /// The service or its gateway failed (5xx).
    Service,
    /// The service could not be reached, or the connection broke.
    Network,
    /// No answer in time.
    Timeout,
    /// A request that must not be repeated was sent, and nothing says whether it was carried out.
    UnknownOutcome,
    /// The answer is not what was asked for.
    Malformed,
    /// The answer is larger than the limit.
    TooLarge,
    /// Data on this machine could not be read or written.
    Local,
    /// Downloaded data is not what the service announced.
    Corrupt,
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            status: None,
            code: None,
            details: Vec::new(),
            request_id: None,
            answered_at: None,
            retry_after: None,
            attempts: None,
            source: None,
        }))
    }

    /// An error of the input, found before anything was sent; also for operations of your own.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// An answer that is not what was asked for; also for operations of your own.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    #[cfg(feature = "download")]
    pub(crate) fn local(message: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Local, message).with_source(source)
    }

    #[cfg(feature = "download")]
    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// The same error with its cause; also for operations of your own.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says which operation failed, once.
    pub(crate) fn during(mut self, info: OperationInfo) -> Self {
        self.0.operation.get_or_insert(info.name);
        self
    }

    /// A call that got no answer, or only a part of one.
    pub(crate) fn from_transport(error: TransportError, info: OperationInfo) -> Self {
        let kind = match error.kind() {
            TransportErrorKind::Refused => ErrorKind::Invalid,
            TransportErrorKind::Authorization => return Self::unauthorized(error).during(info),
            TransportErrorKind::Timeout => ErrorKind::Timeout,
            TransportErrorKind::TooLarge => ErrorKind::TooLarge,
            TransportErrorKind::Encoding => ErrorKind::Malformed,
            _ => ErrorKind::Network,
        };
        let attempts = error.attempts().cloned();
        let made = Self::new(kind, error.to_string()).after(attempts);
        let sent = error.kind().may_have_been_sent();
        // The transport's own sentence is the message now; its cause stays the cause.
        made.with_source(error).during(info).unknown_if(sent, info)
    }

    /// A call that was not sent for want of a token.
    fn unauthorized(error: TransportError) -> Self {
        let attempts = error.attempts().cloned();
        let token = error.source().and_then(|source| source.downcast_ref::<TokenError>());
        let made = match token {
            Some(token) => Self::from_token(token.clone()),
            None => Self::new(ErrorKind::Network, error.to_string()).with_source(error),
        };
        let attempts = made.0.attempts.clone().or(attempts);
        made.after(attempts)
    }

    pub(crate) fn from_token(error: TokenError) -> Self {
        let kind = match error.kind() {
            TokenErrorKind::Unavailable => ErrorKind::Network,
            _ => ErrorKind::Authentication,
        };
        let mut made = Self::new(kind, error.message());
        made.0.status = error.status();
        made.0.code = error.code().map(str::to_owned);
        made.0.request_id = error.request_id().map(str::to_owned);
        made.0.attempts = error.attempts().cloned();
        made.with_source(error)
    }

    /// An answer whose status is not a good one.
    pub(crate) fn from_answer(answer: &Answer, info: OperationInfo, now: SystemTime) -> Self {
        let status = answer.status();
        let problem = Problem::read(answer);
        let kind = kind_of(status, problem.code.as_deref());
        let message = problem.title.unwrap_or_else(|| {
            let reason = match status.is_redirection() {
                true => "the answer points to another address, which is not followed",
                false => status.canonical_reason().unwrap_or("an answer without a message"),
            };
            reason.to_owned()
        });
        let mut made = Self::new(kind, message);
        made.0.status = Some(status);
        made.0.code = problem.code;
        made.0.details = problem.details;
        made.0.request_id = answer.request_id().map(str::to_owned).or(problem.request_id);
        made.0.answered_at = answered_at(answer.headers());
        made.0.retry_after = retry_after(answer.headers(), now).or(problem.retry_after);
        // Only a refusal says that nothing was done; a redirect, for one, may follow the deed.
        let refused = status.is_client_error()
            && status != StatusCode::REQUEST_TIMEOUT
            && kind != ErrorKind::Service;
        made.without(answer.secret()).during(info).unknown_if(!refused, info)
    }

    /// Keeps how often it was tried.
    pub(crate) fn after(mut self, attempts: Option<Attempts>) -> Self {
        self.0.attempts = attempts.or(self.0.attempts);
        self
    }

    /// A good status, but an answer that cannot be read.
    pub(crate) fn in_answer(mut self, answer: &Answer, info: OperationInfo) -> Self {
        self.0.status.get_or_insert(answer.status());
        if self.0.request_id.is_none() {
            self.0.request_id = answer.request_id().map(str::to_owned);
        }
        self.without(answer.secret()).during(info).unknown_if(true, info)
    }

    /// Takes `secret` out of all that the service may have said. A cause that holds it is left out.
    pub(crate) fn without(mut self, secret: Option<&Secret>) -> Self {
        let Some(secret) = secret else { return self };
        let inner = &mut *self.0;
        let texts = [Some(&mut inner.message), inner.code.as_mut(), inner.request_id.as_mut()];
        for text in texts.into_iter().flatten().chain(&mut inner.details) {
            if secret.is_in(text) {
                *text = secret.taken_out_of(text).into_owned();
            }
        }
        inner.source.take_if(|cause| secret.is_in(&whole(&**cause)));
        self
    }

    fn unknown_if(mut self, may_have_happened: bool, info: OperationInfo) -> Self {
        if may_have_happened && info.replay == Replay::Never {
            self.0.kind = ErrorKind::UnknownOutcome;
        }
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, such as `export_jobs.get`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's own code: `403025` from the gateway, `UPAPI-113430-404` from the service,
    /// `invalid_client` from the token service.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The sentence without operation, status, code and request id.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What else the service said, in its words.
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// The id of the failed exchange, from the answer's `x-request-id` or else from its body.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// When the service says that it answered, by its own clock: the `Date` header.
    pub fn answered_at(&self) -> Option<SystemTime> {
        self.0.answered_at
    }

    /// What stood in the way of a connection, to the service or to the token service, if that is
    /// known.
    pub fn obstacle(&self) -> Option<Obstacle> {
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<TransportError>() {
                return error.obstacle();
            }
            cause = error.source();
        }
        None
    }

    /// How long the service asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the call was tried, for how long, why it was not tried again, and the id that it
    /// went out with, if it went out at all.
    pub fn attempts(&self) -> Option<&Attempts> {
        self.0.attempts.as_ref()
    }

    /// Whether the same call may succeed later, and may be made again without doing harm.
    pub fn is_retryable(&self) -> bool {
        let passes = matches!(
            self.0.kind,
            ErrorKind::Throttled | ErrorKind::Service | ErrorKind::Network | ErrorKind::Timeout
        );
        passes && !self.is_permanent()
    }

    /// Whether the transport knows that it would fail again: over a certificate, for one.
    fn is_permanent(&self) -> bool {
        let cause = self.0.source.as_ref().and_then(|cause| cause.downcast_ref::<TransportError>());
        cause.is_some_and(TransportError::is_permanent)
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether a create was sent whose fate is not known: a job may exist.
    pub fn outcome_unknown(&self) -> bool {
        self.0.kind == ErrorKind::UnknownOutcome
    }
}

/// Everything that an error and its causes would show.
fn whole(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        text.push_str(&format!("{error} {error:?} "));
        cause = error.source();
    }
    text
}

/// What a status means. The gateway reports one fault of its own as 403: it could not read the
/// profile of the caller (documented by the gateway's source, code 503020).
fn kind_of(status: StatusCode, code: Option<&str>) -> ErrorKind {
    match status.as_u16() {
        403 if code == Some("503020") => ErrorKind::Service,
        // The gateway says 403, not 401, when the token is missing.
        403 if matches!(code, Some("403010" | "403020")) => ErrorKind::Authentication,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::Throttled,
        400..=499 => ErrorKind::Rejected,
        500..=599 => ErrorKind::Service,
        _ => ErrorKind::Malformed,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{operation}: ")?;
        }
        if inner.kind == ErrorKind::UnknownOutcome {
            f.write_str("the request was sent, but whether it was carried out is unknown: ")?;
        }
        f.write_str(&inner.message)?;
        let known = [
            inner.status.map(|status| format!("HTTP {}", status.as_u16())),
            inner.code.as_ref().map(|code| format!("code {code}")),
            inner.request_id.as_ref().map(|id| format!("request id {id}")),
            // A transport's own sentence says it already.
            inner
                .status
                .and(inner.attempts.as_ref())
                .filter(|attempts| attempts.made() > 1)
                .map(Attempts::to_string)
                .filter(|told| !inner.message.contains(told)),
        ];
        let known: Vec<_> = known.into_iter().flatten().collect();
        if known.is_empty() { Ok(()) } else { write!(f, " ({})", known.join(", ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("operation", &inner.operation)
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("details", &inner.details)
            .field("request_id", &inner.request_id)
            .field("retry_after", &inner.retry_after)
            .field("attempts", &inner.attempts)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
