use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use aep_export_transport::layers::Stack;
use aep_export_transport::testing::{ManualClock, Scripted};
use aep_export_transport::{
    Clock, ImsCredentials, ImsTokenSource, Origin, ReqwestTransport, Secret, SharedTransport,
    StaticToken, TokioClock, Transport, TransportErrorKind,
};
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{OK, Server, Then};
use crate::{CREATE, get, post};

fn reqwest_wire() -> SharedTransport {
    Arc::new(ReqwestTransport::new())
}

fn stack(wire: SharedTransport, base_url: &str) -> SharedTransport {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static("client-id"));
    Stack::new(wire, Arc::new(TokioClock::new()))
        .headers(headers)
        .authorization(
            Arc::new(StaticToken::new(Secret::new("a-token"))),
            [base_url.parse::<Origin>().unwrap()],
        )
        .build()
}

#[tokio::test]
async fn gzip_is_asked_for_and_decoded_over_the_wire() {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(br#"{"records":[]}"#).unwrap();
    let server = MockServer::start().await;
    Mock::given(header("accept-encoding", "gzip"))
        .and(header("authorization", "Bearer a-token"))
        .and(header("x-api-key", "client-id"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("content-encoding", "gzip")
                .set_body_bytes(encoder.finish().unwrap()),
        )
        .expect(1)
        .mount(&server)
        .await;
    let calls = stack(reqwest_wire(), &server.uri());
    let response = calls.send(get(format!("{}/jobs", server.uri()))).await.unwrap();
    assert!(!response.headers().contains_key("content-encoding"));
    assert_eq!(response.into_body().collect(100).await.unwrap(), r#"{"records":[]}"#);
}

#[tokio::test]
async fn the_same_calls_run_over_memory() {
    let script = Scripted::new().answer(200, "{}");
    let calls = stack(Arc::new(script.clone()), "https://platform.adobe.io");
    calls.send(get("https://platform.adobe.io/jobs".into())).await.unwrap();
    let sent = script.requests().remove(0);
    assert_eq!(sent.headers()["authorization"], "Bearer a-token");
    assert_eq!(sent.headers()["x-api-key"], "client-id");
    assert_eq!(sent.headers()["accept-encoding"], "gzip");
}

#[tokio::test]
async fn a_link_to_another_host_gets_neither_token_nor_headers() {
    let configured = Server::start(&[OK]).await;
    let other = Server::start(&[OK]).await;
    let calls = stack(reqwest_wire(), &configured.url("/data"));
    for url in [
        other.url("/"),
        format!("http://127.0.0.2:{}/", configured.port),
        format!("http://localhost:{}/", configured.port),
        format!("https://127.0.0.1:{}/", configured.port),
        format!("http://127.0.0.1:{}@127.0.0.1:{}/", configured.port, other.port),
    ] {
        let error = calls.send(get(url.clone())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Refused, "{url}");
    }
    assert_eq!((other.connections(), configured.connections()), (0, 0));
}

#[tokio::test]
async fn an_expired_token_is_fetched_anew_once_over_the_wire() {
    let server = MockServer::start().await;
    let token = |text: &str| {
        let body =
            format!(r#"{{"access_token":"{text}","token_type":"bearer","expires_in":86399}}"#);
        ResponseTemplate::new(200).set_body_raw(body, "application/json")
    };
    let ims = || {
        Mock::given(method("POST"))
            .and(path("/ims/token/v3"))
            .and(body_string_contains("client_secret=s3cr3t"))
    };
    ims().respond_with(token("old")).up_to_n_times(1).expect(1).mount(&server).await;
    ims().respond_with(token("new")).expect(1).mount(&server).await;
    let jobs = |bearer: &str, status: u16| {
        Mock::given(path("/jobs"))
            .and(header("authorization", format!("Bearer {bearer}")))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
    };
    jobs("old", 401).mount(&server).await;
    jobs("new", 201).mount(&server).await;

    let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
    let source = ImsTokenSource::new(
        Stack::new(reqwest_wire(), Arc::clone(&clock)).build(),
        &server.uri(),
        ImsCredentials::new("id", Secret::new("s3cr3t"), ["openid"]),
        Arc::clone(&clock),
    );
    let calls = Stack::new(reqwest_wire(), clock)
        .authorization(Arc::new(source.unwrap()), [server.uri().parse::<Origin>().unwrap()])
        .build();
    let response = calls.send(post(format!("{}/jobs", server.uri()), CREATE)).await.unwrap();
    assert_eq!(response.status(), 201);
}

#[tokio::test]
async fn a_silent_server_is_a_time_out() {
    let server = Server::start(&[Then::Silence]).await;
    // Nothing else to do but wait: the clock jumps, so that no real time passes.
    let calls = Stack::new(reqwest_wire(), Arc::new(ManualClock::new())).build();
    let error = calls.send(get(server.url("/"))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_tokio_sleeps_as_long_as_it_is_told() {
    let clock = TokioClock::new();
    clock.sleep(Duration::from_secs(3600)).await;
    assert!(clock.elapsed() >= Duration::from_secs(3600));
    assert!(clock.elapsed() < Duration::from_secs(3601));
}
