//! What stands in front of the services, over a real socket.

use aep_export_emulator::CLIENT_ID;
use reqwest::Method;

use crate::wire::{EXPORT, Got, JOBS, Wire, http, small};

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let mut seen = Vec::new();
    for target in [JOBS, "/nowhere", "/_emulator/health", "/data/core/ups/segment/jobs"] {
        let got = wire.get(target).await;
        let id = got.header("x-request-id").to_owned();
        assert_eq!(id.len(), 32, "{target}");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert!(!seen.contains(&id));
        seen.push(id);
    }
    let health = wire.get("/_emulator/health").await;
    assert_eq!((health.status.as_u16(), health.json()["status"].as_str()), (200, Some("ok")));
}

#[tokio::test]
async fn a_jobs_request_id_is_that_of_its_creation() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let body = crate::wire::request(&wire.dataset().await);
    let created = wire.post(JOBS, &body).await;
    let id = created.json()["id"].as_u64().unwrap();
    assert_eq!(created.json()["requestId"], created.header("x-request-id"));
    assert_eq!(wire.job(id).await["requestId"], created.header("x-request-id"));

    let sent = "AbCdEfGhIjKlMnOpQrStUvWxYz012345";
    let request = wire.request(Method::POST, JOBS).header("x-request-id", sent);
    let request = request.header("content-type", "application/json").body(body.to_string());
    let created = Got::of(request).await;
    assert_eq!(created.header("x-request-id"), sent);
    assert_eq!(created.json()["requestId"], sent);
}

#[tokio::test]
async fn refusals_arrive_as_the_gateway_writes_them() {
    let emulator = small().start().await.unwrap();
    let address = format!("{}{JOBS}", emulator.url());
    let http = http();
    let missing_key = Got::of(http.get(&address)).await;
    assert_eq!(missing_key.status, 403);
    assert_eq!(missing_key.header("content-type"), "application/json");
    assert_eq!(missing_key.body, br#"{"error_code":"403000","message":"Api Key is required"}"#);
    let missing_token = Got::of(http.get(&address).header("x-api-key", CLIENT_ID)).await;
    assert_eq!(missing_token.json()["error_code"], "403010");
    let bad_token = http.get(&address).header("x-api-key", CLIENT_ID);
    let bad_token = Got::of(bad_token.header("authorization", "Bearer x")).await;
    assert_eq!(
        (bad_token.status.as_u16(), bad_token.json()["error_code"].as_str()),
        (401, Some("401013"))
    );
}

#[tokio::test]
async fn foreign_names_and_pages_are_turned_away() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    for (name, value) in
        [("host", "evil.test"), ("host", "127.0.0.1.evil.test"), ("origin", "http://evil.test")]
    {
        let got = Got::of(wire.request(Method::GET, JOBS).header(name, value)).await;
        assert_eq!(got.status, 403, "{name}: {value}");
        assert!(got.headers.get("access-control-allow-origin").is_none());
    }
    let preflight = wire.request(Method::OPTIONS, JOBS).header("origin", "http://evil.test");
    let preflight = Got::of(preflight.header("access-control-request-method", "POST")).await;
    assert_eq!(preflight.status, 403);
    assert!(preflight.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn links_begin_with_the_callers_name_for_the_emulator() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&crate::wire::request(&wire.dataset().await)).await;
    emulator.settled().await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let target = format!("{EXPORT}/batches/{batch}/files");
    let named = wire.request(Method::GET, &target).header("host", "localhost:4711");
    let listed = Got::of(named).await.json();
    let href = listed["data"][0]["_links"]["self"]["href"].as_str().unwrap();
    assert!(href.starts_with("http://localhost:4711/data/foundation/export/files/"), "{href}");
}
