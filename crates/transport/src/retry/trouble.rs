//! Which answers and errors an operation may be sent again after.

use std::error::Error;

use http::StatusCode;

use crate::{Replay, TokenError, TokenErrorKind, TransportError, TransportErrorKind};

/// Something that may have passed by the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The service is overloaded or asks for less.
    Throttled,
    /// Anything else that comes and goes.
    Transient,
}

impl Trouble {
    /// What a retry after it takes from the budget.
    pub(crate) fn cost(self) -> u32 {
        match self {
            Self::Throttled => 5,
            Self::Transient => 14,
        }
    }

    /// After an answer with this status and gateway code; `None` where the operation ends with it.
    ///
    /// What must not be repeated is sent again after the gateway's own 429 only: the service has
    /// not seen the request then. A 429 of the service itself says nothing of the kind, and a 5xx
    /// of the gateway may have come after the service acted.
    pub(crate) fn in_answer(
        status: StatusCode,
        gateway_code: Option<&str>,
        replay: Replay,
    ) -> Option<Self> {
        match (replay, status.as_u16(), gateway_code) {
            (Replay::Never, 429, Some(code)) if code.starts_with("429") => Some(Self::Throttled),
            (Replay::Never, ..) => None,
            (Replay::Safe, 429 | 503, _) => Some(Self::Throttled),
            // A gateway that cannot look the caller up says so with this status (documented in the
            // gateway's source).
            (Replay::Safe, 403, Some("503020")) => Some(Self::Throttled),
            (Replay::Safe, 408 | 500 | 502 | 504, _) => Some(Self::Transient),
            (Replay::Safe, ..) => None,
        }
    }

    /// After no answer, or a part of one; `None` where the operation ends with it.
    pub(crate) fn in_error(error: &TransportError, replay: Replay) -> Option<Self> {
        let passes = !error.is_permanent()
            && match error.kind() {
                TransportErrorKind::Connect => true,
                TransportErrorKind::Authorization => token_may_come(error),
                TransportErrorKind::Interrupted
                | TransportErrorKind::Timeout
                | TransportErrorKind::Body => replay == Replay::Safe,
                // The same again would come to the same end.
                TransportErrorKind::Refused
                | TransportErrorKind::TooLarge
                | TransportErrorKind::Encoding => false,
            };
        passes.then_some(Self::Transient)
    }
}

/// Whether the token service was merely out of reach, and nobody has tried it several times yet: a
/// call to it has retries of its own, and the two must not multiply.
fn token_may_come(error: &TransportError) -> bool {
    let token = error.source().and_then(|cause| cause.downcast_ref::<TokenError>());
    token.is_some_and(|token| {
        token.kind() == TokenErrorKind::Unavailable && token.attempts().is_none()
    })
}
