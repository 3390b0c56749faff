//! The reqwest clients, built when they are first needed.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use ::reqwest::{Client, ClientBuilder, NoProxy, Proxy, redirect, retry};
use rustls::ClientConfig;
use url::Url;

use super::tls::{self, CaCertificates};
use crate::{TransportError, TransportErrorKind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Below what gateways usually keep an idle connection, so that a request seldom meets one that is
/// being closed (assumed: AEP's own idle time is not documented).
const POOL_IDLE: Duration = Duration::from_secs(30);

/// Hosts that are never reached through a proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// A proxy for https, given as a value: this crate reads no environment variables.
///
/// Plain http and loopback hosts are never proxied, whatever `no_proxy` says.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// The proxy's URL; a user name and password in it are sent to the proxy.
    pub https_proxy: Url,
    /// Hosts that are reached directly, in the usual form: names (with their subdomains), IP
    /// addresses and CIDR ranges, separated by commas; `*` means all.
    pub no_proxy: String,
}

impl ProxySettings {
    /// `https_proxy` for all hosts but those in `no_proxy`.
    pub fn new(https_proxy: Url, no_proxy: impl Into<String>) -> Self {
        Self { https_proxy, no_proxy: no_proxy.into() }
    }

    /// Whether no host is proxied at all: reqwest takes `*` for all names, but not for addresses.
    fn is_off(&self) -> bool {
        self.no_proxy.split(',').any(|entry| entry.trim() == "*")
    }

    fn proxy(&self) -> Result<Proxy, TransportError> {
        let refused = || {
            let message = "the address of the proxy is not an http or https URL";
            TransportError::new(TransportErrorKind::Refused, message)
        };
        // A proxy of another kind would be passed by without a word.
        if !matches!(self.https_proxy.scheme(), "http" | "https") {
            return Err(refused());
        }
        let direct = NoProxy::from_string(&format!("{LOOPBACK},{}", self.no_proxy));
        let proxy = Proxy::https(self.https_proxy.clone())
            .map_err(|error| refused().with_source(error.without_url()))?;
        Ok(proxy.no_proxy(direct))
    }
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings")
            .field("https_proxy", &self.https_proxy.origin().ascii_serialization())
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

/// Which client a request needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    pub(super) tls: bool,
    /// On a connection that no other request has used or will use.
    pub(super) fresh: bool,
}

/// One client for each need; each loads only what it needs, and only when it is needed.
#[derive(Default)]
pub(super) struct Clients {
    pub(super) extra_roots: Vec<CaCertificates>,
    pub(super) proxy: Option<ProxySettings>,
    checked: OnceLock<ClientConfig>,
    plain: OnceLock<Client>,
    plain_fresh: OnceLock<Client>,
    tls: OnceLock<Client>,
    tls_fresh: OnceLock<Client>,
}

impl Clients {
    pub(super) fn get(&self, need: Need) -> Result<&Client, TransportError> {
        let cell = match need {
            Need { tls: false, fresh: false } => &self.plain,
            Need { tls: false, fresh: true } => &self.plain_fresh,
            Need { tls: true, fresh: false } => &self.tls,
            Need { tls: true, fresh: true } => &self.tls_fresh,
        };
        get_or_try_init(cell, || self.build(need))
    }

    fn build(&self, need: Need) -> Result<Client, TransportError> {
        let mut builder = if need.tls {
            let config = get_or_try_init(&self.checked, || tls::platform(&self.extra_roots))?;
            bare().tls_backend_preconfigured(config.clone())
        } else {
            bare().tls_backend_preconfigured(tls::none()?)
        };
        if need.fresh {
            builder = builder.pool_max_idle_per_host(0);
        }
        if let Some(settings) = self.proxy.as_ref().filter(|proxy| need.tls && !proxy.is_off()) {
            builder = builder.proxy(settings.proxy()?);
        }
        builder.build().map_err(|error| {
            let message = "the HTTP client cannot be set up";
            TransportError::new(TransportErrorKind::Connect, message)
                .with_source(error.without_url())
        })
    }
}

/// Nothing that layers or the caller decide: no redirects, no second attempts, no proxy of the
/// environment (`no_proxy` switches that off; a proxy given later still counts).
fn bare() -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .no_proxy()
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE)
        .tcp_nodelay(true)
}

/// As the standard library's, which is not stable yet. When two threads meet, one of the two
/// clients is thrown away unused.
fn get_or_try_init<T>(
    cell: &OnceLock<T>,
    make: impl FnOnce() -> Result<T, TransportError>,
) -> Result<&T, TransportError> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(cell.get_or_init(|| value))
}
