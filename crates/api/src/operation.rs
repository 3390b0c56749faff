//! Operations as data.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Request, StatusCode, header};
use serde::de::DeserializeOwned;

use aep_export_model::CancelAnswer;
use aep_export_transport::{OperationInfo, Replay, Secret, Token};

use crate::{BaseUrl, Error};

/// One thing that can be asked of the service, as a value.
///
/// It builds its request and reads its answer without any input or output, so the same description
/// serves [`Client::execute`](crate::Client::execute), a dry run and a test. Implement it to call
/// what this crate does not know, or to read an answer into types of your own.
///
/// # Example
/// ```
/// use aep_export_api::{Answer, BaseUrl, Error, Operation};
/// use aep_export_transport::{OperationInfo, Replay};
/// use bytes::Bytes;
///
/// /// Only the part of a job that this application looks at.
/// #[derive(serde::Deserialize)]
/// struct Progress {
///     status: String,
/// }
///
/// struct GetProgress(u64);
///
/// impl Operation for GetProgress {
///     type Output = Progress;
///
///     fn info(&self) -> OperationInfo {
///         OperationInfo::new("progress.get", Replay::Safe)
///     }
///
///     fn request(&self, base: &BaseUrl) -> Result<http::Request<Bytes>, Error> {
///         base.at("/data/core/ups/export/jobs").segment("job id", &self.0.to_string()).get()
///     }
///
///     fn decode(&self, answer: &Answer) -> Result<Progress, Error> {
///         answer.json()
///     }
/// }
/// ```
pub trait Operation: Send + Sync {
    /// What a good answer is read into.
    type Output;

    /// Its name and how the layers below may treat it, above all whether it may be sent again.
    fn info(&self) -> OperationInfo;

    /// The request, complete but for what every request carries (credentials, organisation,
    /// sandbox).
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when the operation's own input cannot be sent.
    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error>;

    /// Reads a good answer: one with a status from 200 to 299.
    ///
    /// # Errors
    /// [`Malformed`](crate::ErrorKind::Malformed) when it is not what was asked for.
    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error>;

    /// Whether a good status means nothing before its body is whole. An operation for which the
    /// status says it all gets an empty body where the real one cannot be read.
    fn needs_body(&self) -> bool {
        true
    }
}

/// How long a create waits for the headers of its answer. The gateway gives up after 60 seconds
/// (documented); whoever gives up before it learns nothing of what became of the request.
const CREATE_RESPONSE_TIMEOUT: Duration = Duration::from_secs(75);

/// What every operation that makes something has in common: sent once, on a connection that no
/// other request can have worn out, and waited for longer than the gateway waits.
pub(crate) const fn create(name: &'static str) -> OperationInfo {
    OperationInfo::new(name, Replay::Never)
        .response_timeout(CREATE_RESPONSE_TIMEOUT)
        .fresh_connection()
}

/// Reads the answer to cancelling a job. The documents disagree: 200 with a body, 204 with that body,
/// 204 without one. What counts is that the service accepted, so a body that cannot be read is no
/// error. A page is: something before the service answered in its stead.
pub(crate) fn accepted(answer: &Answer) -> Result<CancelAnswer, Error> {
    if answer.is_page() {
        return Err(Error::malformed(PAGE));
    }
    Ok(answer.json().unwrap_or_default())
}

/// What a page is called, as its text is of no use to anybody.
pub(crate) const PAGE: &str = "an HTML page instead of an answer of the service";

/// An answer whose body has been read.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// The token that it was asked for with. A service may repeat it, and no error does.
    token: Option<Token>,
}

impl Answer {
    /// Puts an answer together; for tests of operations.
    pub fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self { status, headers, body, token: None }
    }

    /// What came with these, its body not read yet.
    pub(crate) fn begun(parts: Parts) -> Self {
        let token = parts.extensions.get::<Token>().cloned();
        Self { status: parts.status, headers: parts.headers, body: Bytes::new(), token }
    }

    /// The token that no text about this answer may hold.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.token.as_ref().map(Token::secret)
    }

    /// The body as it may be told of. Before it is cut anywhere: a piece of a token is not found.
    pub(crate) fn quotable(&self) -> Cow<'_, str> {
        let text = String::from_utf8_lossy(&self.body);
        match self.secret() {
            Some(secret) if secret.is_in(&text) => secret.taken_out_of(&text).into_owned().into(),
            _ => text,
        }
    }

    pub(crate) fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, as received but for its transfer compression.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The id that the service gave this exchange, from `x-request-id`; its support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    /// Reads the body as one JSON document.
    ///
    /// # Errors
    /// [`Malformed`](crate::ErrorKind::Malformed) that says where reading stopped.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.malformed(error))
    }

    /// Whether it is a web page: not of the service, but of something before it.
    pub(crate) fn is_page(&self) -> bool {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
            || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// An error that says why this answer cannot be read.
    pub(crate) fn malformed(&self, error: serde_json::Error) -> Error {
        let what = if self.body.is_empty() {
            "the answer is empty".to_owned()
        } else if self.is_page() {
            PAGE.to_owned()
        } else {
            format!("the answer is not the document that was asked for: {error}")
        };
        Error::malformed(what).with_source(error).without(self.secret())
    }
}
