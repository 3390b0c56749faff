//! The way to an object store: the project's own wire under the object_store crate.
//!
//! So there is one TLS with one provider, and certificates, `AEP_CA_FILE` and the proxy are as for
//! every other call. What the crate decides itself is what is sent: its signatures, its credentials and
//! when it sends a request again.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aep_export_transport::layers::{TimeoutPolicy, Timeouts};
use aep_export_transport::{
    Body, Clock, DefaultTransport, OperationInfo, Replay, Transport, TransportError,
    TransportErrorKind,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderValue, header};
use http_body::Frame;
use http_body_util::BodyExt;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};

/// A part is sent, and put together with the others, before the answer begins.
const RESPONSE: Duration = Duration::from_secs(300);
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("aep-export/", env!("CARGO_PKG_VERSION")));

/// Two ways: plain http goes to this machine only, or also to the hosts that are known for it.
#[derive(Debug)]
pub(super) struct Ways {
    strict: Way,
    plain: Way,
}

impl Ways {
    pub(super) fn new(
        strict: DefaultTransport,
        plain: DefaultTransport,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let way = |wire| {
            let timeouts = Timeouts::new(wire, Arc::clone(clock), TimeoutPolicy::default());
            Way(Arc::new(timeouts))
        };
        Self { strict: way(strict), plain: way(plain) }
    }
}

impl HttpConnector for Ways {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        // The crate sets it for the services that give credentials, and the user for an endpoint.
        let allowed = options.get_config_value(&ClientConfigKey::AllowHttp);
        let allowed = allowed.is_some_and(|allowed| allowed == "true");
        let way = if allowed { &self.plain } else { &self.strict };
        Ok(HttpClient::new(way.clone()))
    }
}

#[derive(Clone)]
struct Way(Arc<dyn Transport>);

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way")
    }
}

#[async_trait]
impl HttpService for Way {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let mut request = http::Request::from_parts(parts, body.collect().await?.to_bytes());
        // Whether it is sent again is the crate's decision.
        let info = OperationInfo::new("object", Replay::Never).response_timeout(RESPONSE);
        request.extensions_mut().insert(info);
        request.headers_mut().entry(header::USER_AGENT).or_insert(AGENT);
        // The query may hold a signature, and headers hold more.
        let (method, host) = (request.method().clone(), request.uri().host().map(str::to_owned));
        let path = request.uri().path().to_owned();
        let host = host.unwrap_or_default();
        match self.0.send(request).await {
            Ok(response) => {
                let status = response.status().as_u16();
                tracing::debug!(%method, host, path, status, "an object store answered");
                Ok(response.map(|body| HttpResponseBody::new(Shared(Mutex::new(body)))))
            }
            Err(error) => {
                tracing::debug!(%method, host, path, %error, "an object store did not answer");
                Err(broken(error))
            }
        }
    }
}

/// What the crate is to know of an error, so that it sends again what may be sent again.
fn broken(error: TransportError) -> HttpError {
    let kind = match error.kind() {
        _ if error.is_permanent() => HttpErrorKind::Unknown,
        TransportErrorKind::Connect => HttpErrorKind::Connect,
        TransportErrorKind::Timeout => HttpErrorKind::Timeout,
        TransportErrorKind::Interrupted | TransportErrorKind::Body => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}

/// A body that may be handed to other threads, as the crate wants it.
struct Shared(Mutex<Body>);

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let body = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let piece = Pin::new(body).poll_next(cx);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data).map_err(broken)))
    }
}
