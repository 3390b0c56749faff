//! The ready default HTTP client: the transport crate's own, under the names of this one.

use std::sync::Arc;

use aep_export_transport::{
    CaCertificates, Clock, DefaultClock, DefaultTransport, ProxySettings, SharedTransport,
};
use url::Url;

use crate::Error;

/// What the default HTTP client is built from.
#[derive(Default)]
pub(crate) struct HttpSettings {
    pub(crate) ca_certificates: Vec<CaCertificates>,
    pub(crate) plain_http_hosts: Vec<String>,
    pub(crate) proxy: Option<(String, String)>,
}

impl HttpSettings {
    pub(crate) fn is_set(&self) -> bool {
        let none = self.ca_certificates.is_empty()
            && self.plain_http_hosts.is_empty()
            && self.proxy.is_none();
        !none
    }

    pub(crate) fn transport(&self) -> Result<SharedTransport, Error> {
        let mut builder = DefaultTransport::builder();
        for certificates in &self.ca_certificates {
            builder = builder.extra_roots(certificates.clone());
        }
        for host in &self.plain_http_hosts {
            builder = builder.allow_plain_http(host);
        }
        if let Some((url, no_proxy)) = &self.proxy {
            // The address is not repeated: it may hold a password.
            let url = Url::parse(url).map_err(|error| {
                Error::invalid(format!("cannot use the proxy's address: {error}"))
            })?;
            builder = builder.proxy(ProxySettings::new(url, no_proxy.as_str()));
        }
        Ok(Arc::new(builder.build()))
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(DefaultClock::new())
}
