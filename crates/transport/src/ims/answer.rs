//! What IMS answers.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde::Deserialize;

use crate::number::Number;
use crate::object;
use crate::{Secret, TokenError, TokenErrorKind};

/// An `expires_in` above this is in milliseconds, as the older grant sends it (observed:
/// `86399973`); a token that lasts eleven days does not exist (assumed).
const LARGEST_IN_SECONDS: f64 = 1_000_000.0;

/// A token and how long it lasts from the moment it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) secret: Secret,
    pub(super) life: Option<Duration>,
}

#[derive(Deserialize)]
struct Success {
    access_token: String,
    #[serde(default)]
    expires_in: Option<Number>,
}

/// Shape J: `{"error":"invalid_scope","error_description":".."}`; either may be missing.
#[derive(Default, Deserialize)]
struct Failure {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

/// Reads an answer with this status and body.
pub(super) fn read(status: StatusCode, body: &[u8]) -> Result<Granted, TokenError> {
    if status.is_success() { granted(body) } else { Err(refused(status, body)) }
}

fn granted(body: &[u8]) -> Result<Granted, TokenError> {
    let answer: Success =
        object::read(body).ok_or_else(|| malformed("the answer is not a token"))?;
    if !can_be_sent(&answer.access_token) {
        return Err(malformed("the token is empty or cannot be sent in a header"));
    }
    let life = answer.expires_in.as_ref().map(life).transpose()?;
    Ok(Granted { secret: Secret::new(answer.access_token), life })
}

/// Whether `token` can stand in a header.
pub(super) fn can_be_sent(token: &str) -> bool {
    !token.is_empty() && HeaderValue::from_str(token).is_ok()
}

fn life(expires_in: &Number) -> Result<Duration, TokenError> {
    let number = expires_in.value();
    let seconds =
        number.map(|number| if number > LARGEST_IN_SECONDS { number / 1000.0 } else { number });
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|life| !life.is_zero())
        .ok_or_else(|| malformed("`expires_in` is not a time to live"))
}

fn malformed(what: &'static str) -> TokenError {
    TokenError::new(
        TokenErrorKind::Malformed,
        format!("the token service gave an answer that cannot be used: {what}"),
    )
}

fn refused(status: StatusCode, body: &[u8]) -> TokenError {
    let failure: Failure = object::read(body).unwrap_or_default();
    let code = failure.error.filter(|code| !code.is_empty());
    let fault = status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || code.as_deref() == Some("server_error");
    let (kind, what) = if fault {
        (TokenErrorKind::Unavailable, "the token service has a fault")
    } else {
        (TokenErrorKind::Rejected, "the token service refused the credentials")
    };
    let mut message = format!("{what}: {}", code.as_deref().unwrap_or("no reason given"));
    if let Some(description) = failure.error_description.filter(|text| !text.is_empty()) {
        message = format!("{message}, {}", shortened(&description));
    }
    let error = TokenError::new(kind, message);
    match code {
        Some(code) => error.with_code(shortened(&code)),
        None => error,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
