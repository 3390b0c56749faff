//! Somebody who may ask an emulator.

use std::sync::Arc;

use aep_export_emulator::{CLIENT_ID, Emulator, ManualClock, ORGANIZATION, Pace, Service};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use serde_json::Value;

/// An emulator in a folder of its own with so many profiles, whose work takes no time.
pub(crate) async fn emulator(profiles: u64) -> Service {
    let builder = Emulator::builder().profiles(profiles).pace(Pace::instant());
    builder.clock(Arc::new(ManualClock::default())).open().await.expect("an emulator")
}

/// The headers of somebody who has a token.
pub(crate) async fn headers(service: &Service) -> HeaderMap {
    let form = "grant_type=client_credentials&client_secret=x&scope=openid&client_id=";
    let request = Request::post("/ims/token/v3")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("{form}{CLIENT_ID}")));
    let response = service.call(request.expect("a request")).await;
    let answer: Value = serde_json::from_slice(&body(response).await).expect("a token");
    let token = answer["access_token"].as_str().expect("a token");
    let token = HeaderValue::try_from(format!("Bearer {token}")).expect("a header");
    let mut headers = HeaderMap::new();
    headers.insert("authorization", token);
    headers.insert("x-api-key", HeaderValue::from_static(CLIENT_ID));
    headers.insert("x-gw-ims-org-id", HeaderValue::from_static(ORGANIZATION));
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers
}

/// The whole body of an answer that nothing spoils.
pub(crate) async fn body(response: http::Response<Body>) -> Bytes {
    to_bytes(response.into_body(), 10_000_000).await.expect("a body")
}
