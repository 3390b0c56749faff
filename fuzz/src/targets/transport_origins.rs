//! Addresses: the origin that is checked is the one that the wire's URL parser sees, and a token
//! goes to the configured one only.

use std::net::IpAddr;
use std::sync::Arc;

use crate::client::run;
use crate::service::Service;
use aep_export_transport::layers::Authorization;
use aep_export_transport::{Body, Origin, Secret, StaticToken, Transport};
use bytes::Bytes;
use url::{Host, Url};

const CONFIGURED: &str = "https://platform.example";

pub(super) fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let url = Url::parse(text).ok();
    match text.parse::<Origin>() {
        Ok(origin) => agree(&origin, &url.expect("an origin is that of a URL")),
        Err(_) => {
            let usable = url.is_some_and(|url| {
                ["http", "https"].contains(&url.scheme())
                    && url.username().is_empty()
                    && url.password().is_none()
            });
            assert!(!usable, "{text:?} was refused");
        }
    }
    if let Ok(uri) = text.parse::<http::Uri>() {
        sent_only_home(&uri);
    }
}

fn agree(origin: &Origin, url: &Url) {
    assert_eq!(origin.is_https(), url.scheme() == "https");
    assert_eq!(Some(origin.host().as_str()), url.host_str());
    assert_eq!(origin.to_string(), url.origin().ascii_serialization());
    assert_eq!(origin.to_string().parse().as_ref(), Ok(origin));
    let own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    assert_eq!(origin.is_loopback(), own);
}

fn sent_only_home(uri: &http::Uri) {
    let service = Service::new(|_, _| Ok(http::Response::new(Body::empty())));
    let token = Arc::new(StaticToken::new(Secret::new("token-canary")));
    let home: Origin = CONFIGURED.parse().expect("an origin");
    let layer = Authorization::new(service.clone(), token, [home]);
    let request = http::Request::get(uri.clone()).body(Bytes::new()).expect("a request");
    if run(layer.send(request)).is_ok() {
        let wire = Url::parse(&uri.to_string()).expect("what the wire parses");
        assert_eq!(wire.origin().ascii_serialization(), CONFIGURED, "{uri}");
        assert!(wire.username().is_empty() && wire.password().is_none());
    } else {
        assert!(service.requests().is_empty(), "{uri} was asked");
    }
}
