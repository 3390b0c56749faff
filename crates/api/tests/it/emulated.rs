//! The emulator as a transport: the same service, without a socket, in virtual time.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use aep_export_api::{Client, Secret};
use aep_export_emulator::{
    Builder, CLIENT_ID, CLIENT_SECRET, Emulator, ORGANIZATION, Pace, SANDBOX,
};
use aep_export_transport::testing::ManualClock;
use aep_export_transport::{Body, Clock, SharedTransport, Transport, TransportError};
use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The client's clock, as the emulator wants it.
#[derive(Debug)]
struct SharedTime(ManualClock);

impl aep_export_emulator::Clock for SharedTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> aep_export_emulator::Sleep {
        self.0.sleep(duration)
    }
}

/// Answers each request at once, as the client sees it: its clock stands still meanwhile, whatever
/// the emulator has to do.
struct InProcess {
    router: Router,
    runtime: Option<Runtime>,
    // Holds the store.
    _service: aep_export_emulator::Service,
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
        let answer = async {
            let response = self.router.clone().oneshot(request.map(Full::new)).await.unwrap();
            let (parts, body) = response.into_parts();
            Response::from_parts(parts, Body::from(body.collect().await.unwrap().to_bytes()))
        };
        let runtime = self.runtime.as_ref().unwrap();
        Ok(thread::scope(|scope| scope.spawn(|| runtime.block_on(answer)).join().unwrap()))
    }
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
    let opening = builder.profiles(200).clock(Arc::new(SharedTime(clock.clone()))).open();
    let open = || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let service = runtime.block_on(opening).unwrap();
        InProcess { router: service.router(), runtime: Some(runtime), _service: service }
    };
    // On a thread of its own: a runtime cannot be entered from within another.
    Arc::new(thread::scope(|scope| scope.spawn(open).join().unwrap()))
}

/// Settings for an emulator at this address.
pub(crate) fn configured(url: &str) -> aep_export_api::ClientBuilder {
    Client::builder()
        .base_url(url)
        .ims_url(url)
        .organization(ORGANIZATION)
        .sandbox(SANDBOX)
        .client_credentials(CLIENT_ID, Secret::new(CLIENT_SECRET), ["openid"])
}
