//! What one attempt brought, and what that means for the next.

use std::time::{Duration, SystemTime};

use http::response::Parts;

use crate::retry::{Trouble, request_id};
use crate::{Attempts, Body, Replay, TransportError, retry_after};

/// What one attempt brought.
pub(super) enum Outcome {
    /// Headers of an answer, and its body or what broke it.
    Answered(Answered),
    /// No answer.
    Failed(TransportError),
}

pub(super) struct Answered {
    pub(super) parts: Parts,
    /// For a buffered operation: the whole body, in memory. Under a bad status only the total time
    /// breaks it here; any other break stays in the body, after what came before it.
    pub(super) body: Result<Body, TransportError>,
    /// The gateway's code, if it is the gateway that refused.
    pub(super) gateway_code: Option<String>,
}

impl Outcome {
    /// Whether and why the operation may be sent again.
    pub(super) fn trouble(&self, replay: Replay) -> Option<Trouble> {
        match self {
            Self::Failed(error) => Trouble::in_error(error, replay),
            Self::Answered(Answered { body: Err(error), .. }) => Trouble::in_error(error, replay),
            Self::Answered(answered) => {
                let code = answered.gateway_code.as_deref();
                Trouble::in_answer(answered.parts.status, code, replay)
            }
        }
    }

    /// Whether the service is well.
    pub(super) fn is_good(&self) -> bool {
        matches!(self, Self::Answered(answered)
            if answered.parts.status.is_success() && answered.body.is_ok())
    }

    /// How long the service asks to wait.
    pub(super) fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        match self {
            Self::Answered(answered) => retry_after(&answered.parts.headers, now),
            Self::Failed(_) => None,
        }
    }

    /// The id that the service gave the exchange.
    pub(super) fn request_id(&self) -> Option<&str> {
        match self {
            Self::Answered(answered) => request_id(&answered.parts.headers),
            Self::Failed(_) => None,
        }
    }

    /// For the log: `HTTP 503`, or the error's sentence.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Failed(error) => error.to_string(),
            Self::Answered(Answered { body: Err(error), .. }) => error.to_string(),
            Self::Answered(answered) => format!("HTTP {}", answered.parts.status.as_u16()),
        }
    }

    /// What the caller gets. An answer whose body broke is an answer all the same, because its
    /// status and headers tell what became of the request; reading it gives the error.
    pub(super) fn end(self, attempts: Attempts) -> Result<http::Response<Body>, TransportError> {
        match self {
            Self::Failed(error) => Err(error.with_attempts(attempts)),
            Self::Answered(Answered { mut parts, body, .. }) => {
                parts.extensions.insert(attempts.clone());
                let broken = |error: TransportError| Body::broken(error.with_attempts(attempts));
                Ok(http::Response::from_parts(parts, body.unwrap_or_else(broken)))
            }
        }
    }
}
