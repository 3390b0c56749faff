//! One request over reqwest, one answer.

use std::collections::BTreeSet;
use std::fmt;

use ::reqwest::Response;
use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use url::Url;

use super::client::{Clients, Need, ProxySettings};
use super::error;
use super::tls::CaCertificates;
use crate::{
    Body, InvalidUrl, OperationInfo, Origin, Transport, TransportError, TransportErrorKind,
};

/// The wire: HTTP/1.1 over reqwest and rustls (feature `reqwest`).
///
/// - No redirects, no second attempts, no decoding, no proxy but the one given as a value.
/// - Connections are kept for 30 s and used again; an operation that asks for a
///   [`fresh_connection`](OperationInfo::fresh_connection) gets one of its own. Connecting may take
///   5 s; every other limit is the [`Timeouts`](crate::layers::Timeouts) layer's.
/// - Certificates are checked as the operating system does, always. Plain http goes only to
///   loopback (`localhost`, `127.0.0.0/8`, `::1`) and to hosts named by
///   [`allow_plain_http`](ReqwestTransportBuilder::allow_plain_http); anything else is
///   [`TransportErrorKind::Refused`] before a packet is sent.
/// - Nothing is loaded before the first request; what cannot be loaded is that request's error.
///
/// Needs a tokio runtime with I/O and time.
///
/// ```
/// use aep_export_transport::ReqwestTransport;
///
/// let wire = ReqwestTransport::builder().allow_plain_http("emulator").build();
/// # let _ = wire;
/// ```
#[derive(Default)]
pub struct ReqwestTransport {
    clients: Clients,
    plain_http: BTreeSet<String>,
}

/// Settings of a [`ReqwestTransport`].
#[derive(Debug, Default)]
pub struct ReqwestTransportBuilder {
    transport: ReqwestTransport,
}

impl ReqwestTransport {
    /// Without a proxy, the operating system's certificates only, plain http to loopback only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from [`new`](Self::new).
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder::default()
    }

    fn check(&self, uri: &http::Uri) -> Result<(Url, Origin), TransportError> {
        let refused = |error: InvalidUrl| {
            TransportError::new(TransportErrorKind::Refused, "the request has no usable URL")
                .with_source(error)
        };
        let url = Url::parse(&uri.to_string()).map_err(|_| refused(InvalidUrl::NotHttp))?;
        let origin = Origin::of_url(&url).map_err(refused)?;
        if has_dot_segment(uri.path()) {
            return Err(TransportError::new(
                TransportErrorKind::Refused,
                "the path of the request holds `.` or `..`",
            ));
        }
        let protected = origin.is_https() || origin.is_loopback();
        if protected || self.plain_http.contains(&origin.host()) {
            return Ok((url, origin));
        }
        Err(TransportError::new(
            TransportErrorKind::Refused,
            format!("{origin} is not on this machine, and http would send secrets in clear"),
        ))
    }
}

/// URL parsers resolve such segments, so another resource than the one shown would be asked for.
fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(|segment| {
        let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
        decoded == "." || decoded == ".."
    })
}

impl ReqwestTransportBuilder {
    /// Goes through this proxy for https.
    #[must_use]
    pub fn proxy(mut self, settings: ProxySettings) -> Self {
        self.transport.clients.proxy = Some(settings);
        self
    }

    /// Also trusts these certificate authorities.
    #[must_use]
    pub fn extra_roots(mut self, roots: CaCertificates) -> Self {
        self.transport.clients.extra_roots.push(roots);
        self
    }

    /// Also speaks plain http to this host, such as an emulator in another container.
    #[must_use]
    pub fn allow_plain_http(mut self, host: impl Into<String>) -> Self {
        self.transport.plain_http.insert(host.into().to_ascii_lowercase());
        self
    }

    /// The transport. Nothing is loaded yet.
    pub fn build(self) -> ReqwestTransport {
        self.transport
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the clients: their `Debug` shows more than ours may.
        f.debug_struct("ReqwestTransport")
            .field("proxy", &self.clients.proxy)
            .field("extra_roots", &self.clients.extra_roots)
            .field("plain_http", &self.plain_http)
            .finish()
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let (url, origin) = self.check(request.uri())?;
        let fresh = OperationInfo::of(&request).fresh_connection;
        let client = self.clients.get(Need { tls: origin.is_https(), fresh })?;
        let response = client
            .execute(outgoing(request, url))
            .await
            .map_err(|error| error::of_request(error, &origin))?;
        Ok(incoming(response, origin))
    }
}

fn outgoing(request: http::Request<Bytes>, url: Url) -> ::reqwest::Request {
    let (parts, body) = request.into_parts();
    let bodiless = matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE);
    let mut outgoing = ::reqwest::Request::new(parts.method, url);
    *outgoing.headers_mut() = parts.headers;
    if !(bodiless && body.is_empty()) {
        *outgoing.body_mut() = Some(body.into());
    }
    outgoing
}

fn incoming(response: Response, origin: Origin) -> http::Response<Body> {
    let (status, version) = (response.status(), response.version());
    let headers = response.headers().clone();
    let mut incoming = http::Response::new(streamed(response, origin));
    *incoming.status_mut() = status;
    *incoming.version_mut() = version;
    *incoming.headers_mut() = headers;
    incoming
}

fn streamed(response: Response, origin: Origin) -> Body {
    let start = Some((response, origin));
    Body::from_stream(futures_util::stream::unfold(start, |state| async {
        let (mut response, origin) = state?;
        match response.chunk().await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some((response, origin)))),
            Ok(None) => None,
            Err(error) => Some((Err(error::of_body(error, &origin)), None)),
        }
    }))
}
