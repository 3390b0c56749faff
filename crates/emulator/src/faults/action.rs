//! What a fault does to a request.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::rule::{Stage, Wrong};

/// What a fault does. As JSON one word, or an object with the word as its only key:
/// `"reset"`, `{"cut": {"after": 100}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// `answer`: another answer than the service's.
    Answer(FaultAnswer),
    /// `delay`: the request waits, then goes on to the rules that follow and to the service.
    Delay {
        /// How long, in milliseconds on the emulator's clock.
        ms: u64,
    },
    /// `silence`: no byte is ever answered. The connection stays open until the client hangs up
    /// or the emulator stops.
    Silence,
    /// `reset`: the connection is reset (TCP RST) before any byte of an answer.
    Reset,
    /// `cut`: the answer's headers and the first bytes of its body, then the connection is closed.
    /// Nothing is cut from a body that is no longer than that.
    Cut {
        /// How many bytes of the body are sent.
        after: u64,
        /// How the body's end would be known.
        #[serde(default, skip_serializing_if = "Framing::is_length")]
        framing: Framing,
    },
    /// `wrong_length`: `Content-Length` says more or less than there is. When it says more the
    /// connection is closed at the end of the body; when it says less only so much is sent.
    WrongLength {
        /// How much is added to the true length; negative takes away, never below 0.
        by: i64,
    },
    /// `drip`: the body comes in small pieces, with a pause after each but the last.
    Drip {
        /// Bytes in a piece.
        bytes: u64,
        /// The pause in milliseconds on the emulator's clock.
        every_ms: u64,
    },
    /// `malformed_json`: 200, `application/json`, and half a document.
    MalformedJson,
    /// `expired_token`: 401013, and the token that the request carries is over: the gateway refuses
    /// it from then on, whatever it is sent with, until the rules are replaced or cleared.
    ExpiredToken,
}

/// How a client knows where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Framing {
    /// `length`: `Content-Length`, the true one.
    #[default]
    Length,
    /// `chunked`: `Transfer-Encoding: chunked`; a cut body lacks its last chunk.
    Chunked,
    /// `close`: the body ends when the connection does, so that HTTP has no means to notice
    /// a cut.
    Close,
}

impl Framing {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
    fn is_length(&self) -> bool {
        *self == Self::Length
    }
}

/// An answer in place of the service's.
///
/// ```
/// use aep_export_emulator::{Action, Envelope, FaultAnswer};
///
/// let throttled = FaultAnswer::new(429).envelope(Envelope::Gateway).retry_after_seconds(2);
/// assert_eq!(
///     serde_json::to_value(Action::Answer(throttled)).unwrap(),
///     serde_json::json!({"answer": {"status": 429, "envelope": "gateway", "retry_after": 2}}),
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultAnswer {
    pub(super) status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) envelope: Option<Envelope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after: Option<RetryAfter>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

/// The value of `Retry-After`: a number of seconds, or any text, such as a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "retry_after must be a number of seconds or a text")]
pub(super) enum RetryAfter {
    Seconds(u64),
    Text(String),
}

impl RetryAfter {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The form of an error document. The forms are those that AEP's services and gateways are known
/// to send (documented or observed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Envelope {
    /// The API gateway: `{error_code, message}`.
    #[default]
    Gateway,
    /// Export jobs and segment definitions: `{requestId, errors: {status: [..]}, type, title, ..}`.
    Ups,
    /// Platform services: `{type, title, status, report, error-chain}`.
    Platform,
    /// Catalog: `{type, status, title, detail}`.
    Catalog,
    /// Streaming ingestion: `{type, status, title, report: {message}}`.
    Streaming,
    /// Profile entities: `{message, cause, retryAfterMs, statusCode}`.
    Profile,
    /// `{message}`.
    Message,
    /// `{errorMessage}`.
    ErrorMessage,
    /// Dataset labels: `{timestamp, status, code, message, path}`.
    Labels,
    /// IMS: `{error, error_description}`.
    Ims,
    /// No body at all.
    Empty,
    /// The HTML page of something in between.
    Html,
    /// Plain text.
    Text,
}

impl Envelope {
    /// Every form.
    pub const ALL: [Self; 13] = [
        Self::Gateway,
        Self::Ups,
        Self::Platform,
        Self::Catalog,
        Self::Streaming,
        Self::Profile,
        Self::Message,
        Self::ErrorMessage,
        Self::Labels,
        Self::Ims,
        Self::Empty,
        Self::Html,
        Self::Text,
    ];
}

impl FaultAnswer {
    /// An answer with this status, 200 to 599, and the gateway's error document.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            envelope: None,
            code: None,
            message: None,
            retry_after: None,
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// The form of its error document.
    #[must_use]
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = Some(envelope);
        self
    }

    /// The error's code; one that fits the status when it is not given.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The error's message or title; the status in words when it is not given.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after_seconds(mut self, seconds: u64) -> Self {
        self.retry_after = Some(RetryAfter::Seconds(seconds));
        self
    }

    /// `Retry-After` as it is written here: a date, or nonsense.
    #[must_use]
    pub fn retry_after(mut self, text: impl Into<String>) -> Self {
        self.retry_after = Some(RetryAfter::Text(text.into()));
        self
    }

    /// One more header, which takes the place of one of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// This text as the whole body, in place of an error document; `application/json` unless
    /// [`header`](Self::header) says otherwise.
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.body = Some(text.into());
        self
    }

    fn check(&self) -> Result<(), Wrong> {
        if !(200..=599).contains(&self.status) {
            return Err(Wrong::at("action.answer.status", "must be from 200 to 599"));
        }
        let document = [self.envelope.is_some(), self.code.is_some(), self.message.is_some()];
        if self.body.is_some() && document.contains(&true) {
            let message = "stands alone, without envelope, code and message";
            return Err(Wrong::at("action.answer.body", message));
        }
        let retry_after = self.retry_after.as_ref().map(RetryAfter::text);
        if retry_after.is_some_and(|text| HeaderValue::from_str(&text).is_err()) {
            return Err(Wrong::at("action.answer.retry_after", "cannot be a header's value"));
        }
        for (name, value) in &self.headers {
            let at = |message| Err(Wrong::at(&format!("action.answer.headers.{name}"), message));
            match HeaderName::from_bytes(name.as_bytes()) {
                Err(_) => return at("cannot be a header's name"),
                Ok(header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION) => {
                    return at("is the connection's own; wrong_length and cut change it");
                }
                Ok(_) if HeaderValue::from_str(value).is_err() => {
                    return at("has no value that a header can have");
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

impl Action {
    /// When it happens, unless the rule says otherwise.
    pub(super) fn usual_stage(&self) -> Stage {
        match self {
            Self::Cut { .. } | Self::WrongLength { .. } | Self::Drip { .. } => Stage::After,
            _ => Stage::Before,
        }
    }

    /// What is wrong with it, at that stage.
    pub(super) fn check(&self, stage: Option<Stage>) -> Result<(), Wrong> {
        match (self, stage) {
            (
                Self::Cut { .. } | Self::WrongLength { .. } | Self::Drip { .. },
                Some(Stage::Before),
            ) => {
                let message = "must be after: the action spoils the answer of the service";
                return Err(Wrong::at("stage", message));
            }
            (Self::ExpiredToken, Some(Stage::After)) => {
                let message =
                    "must be before: the gateway looks at the token before the service acts";
                return Err(Wrong::at("stage", message));
            }
            _ => {}
        }
        match self {
            Self::Answer(answer) => answer.check(),
            Self::WrongLength { by: 0 } => {
                Err(Wrong::at("action.wrong_length.by", "must not be 0"))
            }
            Self::Drip { bytes: 0, .. } => Err(Wrong::at("action.drip.bytes", "must not be 0")),
            _ => Ok(()),
        }
    }
}
