//! The emulator as a transport: the same service, without a socket, in virtual time.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use aep_export_api::{Client, ClientBuilder, Secret};
use aep_export_emulator::{
    Action, Builder, CLIENT_ID, CLIENT_SECRET, ConnectionLost, Emulator, ORGANIZATION, Pace,
    SANDBOX, Service,
};
use aep_export_transport::testing::ManualClock;
use aep_export_transport::{
    Body, Clock, SharedTransport, Transport, TransportError, TransportErrorKind,
};
use bytes::Bytes;
use futures_util::StreamExt;
use http::response::Parts;
use http::{Request, Response};
use tokio::runtime::{Handle, Runtime};

/// The client's clock, as the emulator wants it. What the emulator would sleep it owes to the
/// client, who sleeps it in its stead: so a time-out of the client's can come first.
#[derive(Debug)]
struct SharedTime {
    clock: ManualClock,
    owed: Mutex<Duration>,
}

impl SharedTime {
    fn take_owed(&self) -> Duration {
        std::mem::take(&mut *self.owed.lock().unwrap())
    }
}

impl aep_export_emulator::Clock for SharedTime {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> aep_export_emulator::Sleep {
        *self.owed.lock().unwrap() += duration;
        Box::pin(std::future::ready(()))
    }
}

/// Answers each request at once, as the client sees it: its clock stands still meanwhile, whatever
/// the emulator has to do. Only what a fault makes it wait for takes time.
pub(crate) struct InProcess {
    service: Service,
    time: Arc<SharedTime>,
    runtime: Option<Runtime>,
}

/// What comes back from the emulator.
enum Answered {
    /// An answer, after a wait: its head, and the pieces of its body, each after a wait.
    Headed(Duration, Parts, Vec<(Duration, Result<Bytes, TransportError>)>),
    /// The connection was reset, after a wait.
    Reset(Duration),
    /// Nothing, for ever.
    Silence,
}

impl InProcess {
    /// An emulator of its own whose time is that of `clock`.
    pub(crate) fn open(builder: Builder, clock: &ManualClock) -> Self {
        let time = Arc::new(SharedTime { clock: clock.clone(), owed: Mutex::default() });
        let opening = builder.clock(time.clone()).open();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let service = outside(|| runtime.block_on(opening)).unwrap();
        Self { service, time, runtime: Some(runtime) }
    }

    /// The emulator itself, for its faults and its list of requests.
    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    async fn answer(&self, request: Request<Bytes>) -> Answered {
        let answering = self.service.call(request.map(axum::body::Body::from));
        let response = tokio::select! {
            biased;
            response = answering => response,
            () = self.silence() => return Answered::Silence,
        };
        let wait = self.time.take_owed();
        if response.extensions().get::<ConnectionLost>().is_some() {
            return Answered::Reset(wait);
        }
        let (parts, body) = response.into_parts();
        let mut body = body.into_data_stream();
        let mut pieces = Vec::new();
        while let Some(piece) = body.next().await {
            let broken = |error| {
                TransportError::new(TransportErrorKind::Body, "the answer broke").with_source(error)
            };
            pieces.push((self.time.take_owed(), piece.map_err(broken)));
        }
        Answered::Headed(wait, parts, pieces)
    }

    /// Completes once the request under way is silenced, and what it asks for is done.
    async fn silence(&self) {
        let is_silence = |action: &Action| matches!(action, Action::Silence);
        if !self.service.faults().report().iter().any(|it| is_silence(it.rule.action())) {
            pending::<Infallible>().await;
        }
        let number = || self.service.requests().last().map_or(0, |seen| seen.number);
        // A task of its own answers the request, and has not had its turn yet.
        let before = number();
        loop {
            let last = self.service.requests().pop();
            if last.is_some_and(|seen| seen.number > before && seen.lost) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Does `work` outside of any runtime, as one cannot be entered from within another.
fn outside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match Handle::try_current() {
        Ok(_) => thread::scope(|scope| scope.spawn(work).join().unwrap()),
        Err(_) => work(),
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        // Unlike a plain drop, allowed inside the test's own runtime.
        self.runtime.take().unwrap().shutdown_background();
    }
}

#[async_trait::async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let host = request.uri().authority().map(ToString::to_string);
        assert_eq!(host.as_deref(), Some("localhost"), "nothing goes to another host");
        let runtime = self.runtime.as_ref().unwrap();
        let clock = &self.time.clock;
        match outside(|| runtime.block_on(self.answer(request))) {
            Answered::Silence => pending().await,
            Answered::Reset(wait) => {
                clock.sleep(wait).await;
                let kind = TransportErrorKind::Interrupted;
                Err(TransportError::new(kind, "the connection was reset"))
            }
            Answered::Headed(wait, parts, pieces) => {
                if !wait.is_zero() {
                    clock.sleep(wait).await;
                }
                Ok(Response::from_parts(parts, in_pieces(clock.clone(), pieces)))
            }
        }
    }
}

fn in_pieces(clock: ManualClock, pieces: Vec<(Duration, Result<Bytes, TransportError>)>) -> Body {
    Body::from_stream(futures_util::stream::iter(pieces).then(move |(wait, piece)| {
        let clock = clock.clone();
        async move {
            if !wait.is_zero() {
                clock.sleep(wait).await;
            }
            piece
        }
    }))
}

/// A client of an emulator of its own, with jobs that take `pace`, both on `clock`.
pub(crate) fn client(pace: Pace, clock: &ManualClock) -> Client {
    configured("http://localhost")
        .transport(wire(Emulator::builder().pace(pace), clock))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap()
}

/// An emulator as `builder` says, on `clock`.
pub(crate) fn wire(builder: Builder, clock: &ManualClock) -> SharedTransport {
    Arc::new(InProcess::open(builder.profiles(200), clock))
}

/// Settings for an emulator at this address.
pub(crate) fn configured(url: &str) -> ClientBuilder {
    Client::builder()
        .base_url(url)
        .ims_url(url)
        .organization(ORGANIZATION)
        .sandbox(SANDBOX)
        .client_credentials(CLIENT_ID, Secret::new(CLIENT_SECRET), ["openid"])
}
