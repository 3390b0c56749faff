//! Clients over something else than the network.

use std::sync::Arc;

use aep_export_api::{Client, ClientBuilder, RetryPolicy, Secret};
use aep_export_transport::testing::{ManualClock, Scripted};
use aep_export_transport::{Random, SharedTransport};

pub(crate) const ORGANIZATION: &str = "0123456789ABCDEF01234567@AdobeOrg";

/// No jitter.
#[derive(Debug)]
struct Steady;

impl Random for Steady {
    fn fraction(&self) -> f64 {
        0.0
    }
}

/// A client over `wire` whose time passes only while it sleeps, and which tries everything once.
pub(crate) fn over(wire: SharedTransport, clock: &ManualClock) -> Client {
    settings(wire, clock).retries(RetryPolicy::never()).build().unwrap()
}

/// The same with the usual retries.
pub(crate) fn patient(wire: SharedTransport, clock: &ManualClock) -> Client {
    settings(wire, clock).build().unwrap()
}

fn settings(wire: SharedTransport, clock: &ManualClock) -> ClientBuilder {
    Client::builder()
        .base_url("https://platform.example")
        .organization(ORGANIZATION)
        .sandbox("prod")
        .api_key("a-client")
        .access_token(Secret::new("a-token"))
        .transport(wire)
        .clock(Arc::new(clock.clone()))
        .random(Arc::new(Steady))
}

/// A client that gets these answers.
pub(crate) fn scripted(script: &Scripted) -> Client {
    over(Arc::new(script.clone()), &ManualClock::new())
}

/// What the script was asked, as `METHOD path?query`.
pub(crate) fn asked(script: &Scripted) -> Vec<String> {
    let line = |request: &http::Request<bytes::Bytes>| {
        let uri = request.uri().to_string();
        let path = uri.strip_prefix("https://platform.example").expect("no other host is asked");
        format!("{} {path}", request.method())
    };
    script.requests().iter().map(line).collect()
}
