//! What stands in front of the services, over a real socket.

use aep_export_emulator::{CLIENT_ID, Emulator};
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::socket::{Raw, read};
use crate::wire::{EXPORT, Got, JOBS, Wire, http, small};

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let mut seen = Vec::new();
    for target in [JOBS, "/nowhere", "/_emulator/health", "/data/core/ups/audiences"] {
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

#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_this_machine_is_listened_to_unless_told_otherwise() {
    // On Linux all of 127.0.0.0/8 is this machine, but each address is listened to by itself.
    let neighbour =
        |emulator: &Emulator| TcpStream::connect(("127.0.0.2", emulator.address().port()));
    let usual = small().start().await.unwrap();
    assert_eq!(usual.address().ip().to_string(), "127.0.0.1");
    assert!(neighbour(&usual).await.is_err());
    let everywhere = small().address(([0, 0, 0, 0], 0).into()).start().await.unwrap();
    assert!(neighbour(&everywhere).await.is_ok());
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

/// The status line and the body's title of an answer to bytes sent as they are.
async fn raw(emulator: &Emulator, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let raw = read(&mut stream, Raw::is_whole).await;
    let (head, body) = (raw.head(), String::from_utf8_lossy(raw.body()).into_owned());
    format!("{} {body}", head.lines().next().unwrap_or_default())
}

#[tokio::test]
async fn a_request_must_name_the_emulator_and_nothing_else() {
    let emulator = small().start().await.unwrap();
    let none = raw(&emulator, b"GET /_emulator/health HTTP/1.1\r\n\r\n").await;
    assert!(none.starts_with("http/1.1 400") && none.contains("HostMissing"), "{none}");
    let old = raw(&emulator, b"GET /_emulator/health HTTP/1.0\r\n\r\n").await;
    assert!(old.contains("200 ok"), "{old}");
    for request in [
        &b"GET /_emulator/health HTTP/1.1\r\nhost: ev\xefl.test\r\n\r\n"[..],
        b"GET http://evil.test/_emulator/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        b"GET http://127.0.0.1/_emulator/health HTTP/1.1\r\nhost: evil.test\r\n\r\n",
    ] {
        let answer = raw(&emulator, request).await;
        let shown = String::from_utf8_lossy(request);
        assert!(answer.starts_with("http/1.1 403"), "{shown}{answer}");
        assert!(answer.contains("HostRefused"), "{shown}{answer}");
    }
}

#[tokio::test]
async fn a_page_of_another_port_of_this_machine_is_a_stranger() {
    let emulator = small().start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let ask = |origin: String| Got::of(wire.request(Method::GET, JOBS).header("origin", origin));
    assert_eq!(ask(emulator.url()).await.status, 200);
    let neighbour = emulator.address().port().wrapping_add(1);
    assert_eq!(ask(format!("http://127.0.0.1:{neighbour}")).await.status, 403);
}
