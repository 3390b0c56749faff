//! The client: one description of each operation, one way to run it.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response};

use aep_export_transport::layers::add_missing_headers;
use aep_export_transport::{
    Attempts, Body, BodyLimit, BodyRetries, Clock, OperationInfo, Random, SharedTransport, Token,
    TokenSource, Transport,
};

use crate::{
    Answer, Audiences, BaseUrl, Batches, ClientBuilder, Datasets, Error, ExportJobs, Files, Job,
    Operation, PagedOperation, Pages, Reply, SegmentJobs, Wait,
};

/// How much of an error's body is read: enough for any message, too little to hurt.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// Talks to the service. Cheap to clone; all clones share connections and token.
///
/// # Example
/// ```no_run
/// # async fn example() -> Result<(), aep_export_api::Error> {
/// use aep_export_api::{Client, Secret};
///
/// let client = Client::builder()
///     .organization("0123456789ABCDEF01234567@AdobeOrg")
///     .sandbox("prod")
///     .client_credentials("client id", Secret::new("client secret"), ["openid", "AdobeID"])
///     .build()?;
/// let job = client.export_jobs().get(&"42".into()).await?;
/// println!("{:?}", job.status);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) transport: SharedTransport,
    pub(crate) base: BaseUrl,
    pub(crate) headers: HeaderMap,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) body_retries: BodyRetries,
}

impl Client {
    /// Starts to configure a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// Export jobs: list, create, get, cancel, wait.
    pub fn export_jobs(&self) -> ExportJobs<'_> {
        ExportJobs::new(self)
    }

    /// Datasets: what an export writes into.
    pub fn datasets(&self) -> Datasets<'_> {
        Datasets::new(self)
    }

    /// Batches: what an export has written.
    pub fn batches(&self) -> Batches<'_> {
        Batches::new(self)
    }

    /// Files of a batch, and their bytes.
    pub fn files(&self) -> Files<'_> {
        Files::new(self)
    }

    /// Audiences, which the service calls segment definitions.
    pub fn audiences(&self) -> Audiences<'_> {
        Audiences::new(self)
    }

    /// Segment jobs: create, wait, get, list, cancel. They evaluate the audiences that exports take.
    pub fn segment_jobs(&self) -> SegmentJobs<'_> {
        SegmentJobs::new(self)
    }

    /// Waits until a job of any kind has ended. See [`Wait`].
    pub fn wait<J: Job>(&self, id: &J::Id) -> Wait<J> {
        Wait::new(self.clone(), id.clone())
    }

    /// Sees to it that there is a token now, so that the next call need not ask for one first. Who
    /// creates something knows after it that only the create itself is left to be sent. Gives that
    /// token, which tells until when it is good.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) or
    /// [`Network`](crate::ErrorKind::Network). Nothing but a token was asked for.
    pub async fn sign_in(&self) -> Result<Token, Error> {
        self.inner.tokens.token().await.map_err(Error::from_token)
    }

    /// The request that [`execute`](Self::execute) would send, with all its headers but the token.
    /// Sends nothing.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when the operation's input cannot be sent.
    pub fn request<O: Operation>(&self, operation: &O) -> Result<Request<Bytes>, Error> {
        let mut request = self.prepare(operation)?;
        add_missing_headers(&self.inner.headers, request.headers_mut());
        Ok(request)
    }

    /// Runs an operation, of this crate or of your own, and reads its whole answer.
    ///
    /// # Errors
    /// An [`Error`] whose [`kind`](Error::kind) says what can be done about it.
    pub async fn execute<O: Operation>(&self, operation: &O) -> Result<Reply<O::Output>, Error> {
        let info = operation.info();
        let response = self.send(operation).await?;
        let attempts = Attempts::of(&response).cloned();
        let (parts, body) = response.into_parts();
        let limit = match info.body_limit {
            BodyLimit::Bytes(limit) => limit,
            BodyLimit::Unlimited => u64::MAX,
        };
        let unread = Answer::begun(parts);
        let answer = match body.collect(limit).await {
            Ok(body) => unread.with_body(body),
            Err(_) if !operation.needs_body() => unread,
            Err(error) => {
                let error = Error::from_transport(error, info).in_answer(&unread, info);
                return Err(error.after(attempts));
            }
        };
        let value = operation
            .decode(&answer)
            .map_err(|error| error.in_answer(&answer, info).after(attempts))?;
        Ok(Reply::new(value, answer))
    }

    /// Pages through a list, of this crate or of your own.
    pub fn pages<O: PagedOperation>(&self, first: O) -> Pages<O> {
        Pages::new(self.clone(), first)
    }

    /// Runs an operation and gives its answer's body as a stream, without reading it.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), up to the headers of the answer. What breaks the body comes
    /// out of the body.
    pub async fn open<O: Operation>(&self, operation: &O) -> Result<Response<Body>, Error> {
        self.send(operation).await
    }

    /// Sends the request; an answer with a bad status is read and made an error.
    async fn send<O: Operation>(&self, operation: &O) -> Result<Response<Body>, Error> {
        let info = operation.info();
        let request = self.prepare(operation)?;
        let sent = self.inner.transport.send(request).await;
        let response = sent.map_err(|error| Error::from_transport(error, info))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = beginning_of(body).await;
        let attempts = parts.extensions.get::<Attempts>().cloned();
        let answer = Answer::begun(parts).with_body(body);
        Err(Error::from_answer(&answer, info, self.inner.clock.now()).after(attempts))
    }

    /// Says whether the rest of an answer that was [`open`](Self::open)ed may be asked for when its
    /// body broke: by the policy and out of the budget of this client's calls. One for each answer.
    pub fn body_retries(&self) -> BodyRetries {
        self.inner.body_retries.clone()
    }

    fn prepare<O: Operation>(&self, operation: &O) -> Result<Request<Bytes>, Error> {
        let info = operation.info();
        let mut request =
            operation.request(&self.inner.base).map_err(|error| error.during(info))?;
        request.extensions_mut().insert::<OperationInfo>(info);
        Ok(request)
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    pub(crate) fn random(&self) -> &Arc<dyn Random> {
        &self.inner.random
    }
}

/// As much of an error's body as came and is worth reading: a cut or endless body does not hide the
/// status it came with.
async fn beginning_of(mut body: Body) -> Bytes {
    let mut read = BytesMut::new();
    while let Some(Ok(chunk)) = body.chunk().await {
        let room = ERROR_BODY_LIMIT - read.len();
        read.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if read.len() == ERROR_BODY_LIMIT {
            break;
        }
    }
    read.freeze()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.inner.base).finish_non_exhaustive()
    }
}
