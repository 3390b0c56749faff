//! A transport that answers from a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;

use super::lock;
use crate::{Body, Transport, TransportError, TransportErrorKind};

type Answer =
    Box<dyn FnOnce(&http::Request<Bytes>) -> Result<http::Response<Body>, TransportError> + Send>;

/// Gives the answers it was told, in order, and remembers the requests.
///
/// A request after the last answer is [`TransportErrorKind::Refused`]: a script that is too short
/// shows up as an error, not as a hang.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use aep_export_transport::{Transport, testing::Scripted};
///
/// let script = Scripted::new().answer(503, "later").answer(200, r#"{"status":"SUCCEEDED"}"#);
/// let first = script.send(http::Request::get("/jobs/1").body("".into()).unwrap()).await.unwrap();
/// assert_eq!(first.status(), 503);
/// assert_eq!(script.requests()[0].uri(), "/jobs/1");
/// assert_eq!(script.remaining(), 1);
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct Scripted {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    requests: Vec<http::Request<Bytes>>,
}

impl Scripted {
    /// An empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Next, an answer with this status and body. A status that does not exist becomes an error
    /// of the call.
    #[must_use]
    pub fn answer(self, status: u16, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self.with(move |_| {
            http::Response::builder().status(status).body(body.into()).map_err(|error| {
                TransportError::new(TransportErrorKind::Refused, "the scripted answer is not valid")
                    .with_source(error)
            })
        })
    }

    /// Next, this answer, with its headers.
    #[must_use]
    pub fn response(self, response: http::Response<Body>) -> Self {
        self.with(move |_| Ok(response))
    }

    /// Next, no answer but this error.
    #[must_use]
    pub fn error(self, error: TransportError) -> Self {
        self.with(move |_| Err(error))
    }

    /// Next, what `answer` makes of the request.
    #[must_use]
    pub fn with(
        self,
        answer: impl FnOnce(&http::Request<Bytes>) -> Result<http::Response<Body>, TransportError>
        + Send
        + 'static,
    ) -> Self {
        lock(&self.state).answers.push_back(Box::new(answer));
        self
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        lock(&self.state).requests.clone()
    }

    /// How many answers have not been given yet.
    pub fn remaining(&self) -> usize {
        lock(&self.state).answers.len()
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        f.debug_struct("Scripted")
            .field("requests", &state.requests.len())
            .field("remaining", &state.answers.len())
            .finish()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let answer = {
            let mut state = lock(&self.state);
            state.requests.push(request.clone());
            state.answers.pop_front()
        };
        match answer {
            Some(answer) => answer(&request),
            None => Err(TransportError::new(
                TransportErrorKind::Refused,
                "the script has no further answer",
            )),
        }
    }
}
