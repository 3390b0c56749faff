//! A service that says what an input says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aep_export_transport::{Body, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use bytes::Bytes;

use crate::block::Block;

/// Where it is.
pub(crate) const BASE: &str = "https://platform.example";

type Answers = dyn Fn(&http::Request<Bytes>, usize) -> Result<http::Response<Body>, TransportError>
    + Send
    + Sync;

/// A service as a function of the request and of how many came before it. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Service {
    answers: Arc<Answers>,
    requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
}

impl Service {
    pub(crate) fn new(
        answers: impl Fn(&http::Request<Bytes>, usize) -> Result<http::Response<Body>, TransportError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { answers: Arc::new(answers), requests: Arc::default() }
    }

    /// Gives one block after the other, and then no answer any more.
    pub(crate) fn once(blocks: Vec<Block>) -> Self {
        Self::new(move |_, number| match blocks.get(number) {
            Some(block) => block.answer(),
            None => Err(TransportError::new(TransportErrorKind::Connect, "no further answer")),
        })
    }

    /// Gives one block after the other, again and again.
    pub(crate) fn round(blocks: Vec<Block>) -> Self {
        Self::new(move |_, number| blocks[number % blocks.len()].answer())
    }

    /// Every request so far. None went elsewhere.
    pub(crate) fn requests(&self) -> Vec<http::Request<Bytes>> {
        let requests = self.lock().clone();
        for request in &requests {
            let uri = request.uri().to_string();
            assert!(uri.starts_with("https://platform.example/"), "asked {uri}");
        }
        requests
    }

    fn lock(&self) -> MutexGuard<'_, Vec<http::Request<Bytes>>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Service {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let number = self.lock().len();
        let answer = (self.answers)(&request, number);
        self.lock().push(request);
        answer
    }
}
