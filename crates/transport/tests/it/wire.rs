use aep_export_transport::{
    OperationInfo, Replay, ReqwestTransport, Transport, TransportErrorKind,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{OK, Server, Then};
use crate::{CREATE, get, passes_with, post, whole};

#[tokio::test]
async fn a_request_goes_out_as_it_is_and_its_answer_comes_back_as_it_is() {
    let server = Server::start(&[Then::Answer(
        "HTTP/1.1 404 Not Found\r\nX-Request-Id: r3q\r\ncontent-length: 4\r\n\r\nnone",
    )])
    .await;
    let mut request = post(server.url("/data/core/ups/export/jobs?a=b%2Fc"), CREATE);
    request.headers_mut().insert("x-api-key", "key".parse().unwrap());
    let response = ReqwestTransport::new().send(request).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["x-request-id"], "r3q");
    assert_eq!(response.into_body().collect(100).await.unwrap(), "none");

    let seen = server.seen().remove(0);
    assert!(seen.head.starts_with("post /data/core/ups/export/jobs?a=b%2fc http/1.1"), "{seen:?}");
    assert!(seen.head.contains("x-api-key: key"), "{seen:?}");
    assert_eq!(seen.body, "{}");
    for unasked in ["accept-encoding", "authorization", "cookie", "referer"] {
        assert!(!seen.head.contains(unasked), "{seen:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nothing_reaches_its_target() {
    for status in [301, 302, 303, 307, 308] {
        let target = Server::start(&[OK]).await;
        let server = MockServer::start().await;
        let redirect =
            ResponseTemplate::new(status).insert_header("location", target.url("/stolen"));
        Mock::given(any()).respond_with(redirect).expect(1).mount(&server).await;
        let mut request = post(format!("{}/jobs", server.uri()), CREATE);
        request.headers_mut().insert("x-api-key", "canary".parse().unwrap());
        let response = ReqwestTransport::new().send(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(target.connections(), 0);
    }
}

/// Lets the connection's own task put the connection back.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn connections_are_used_again_but_not_by_or_after_a_fresh_one() {
    let server = Server::start(&[OK]).await;
    let wire = ReqwestTransport::new();
    for fresh in [false, false, true, true, false] {
        let info = if fresh { CREATE.fresh_connection() } else { CREATE };
        let response = wire.send(post(server.url("/"), info)).await.unwrap();
        response.into_body().collect(100).await.unwrap();
        settle().await;
    }
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1, 2, 0]);
}

#[tokio::test]
async fn a_post_that_was_read_and_not_answered_is_interrupted_and_was_sent_once() {
    let server = Server::start(&[Then::Close]).await;
    let url = server.url("/jobs?sig=CANARY");
    let error = ReqwestTransport::new().send(post(url, CREATE)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Interrupted);
    assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn nor_is_it_sent_twice_on_a_connection_that_was_used_before() {
    let server = Server::start(&[OK, Then::Close]).await;
    let wire = ReqwestTransport::new();
    wire.send(get(server.url("/"))).await.unwrap().into_body().collect(100).await.unwrap();
    settle().await;
    let info = OperationInfo::new("any", Replay::Safe);
    let error = wire.send(post(server.url("/"), info)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Interrupted);
    assert_eq!((server.seen().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn nobody_listening_is_no_connection() {
    // Bound, so that no other test gets the port, but not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/?sig=CANARY", socket.local_addr().unwrap());
    let error = ReqwestTransport::new().send(get(url)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert!(!error.kind().may_have_been_sent());
    assert!(whole(&error).contains("refused"), "{}", whole(&error));
    assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
}

#[tokio::test]
async fn plain_http_leaves_this_machine_only_by_name() {
    // 0.0.0.0 is not a loopback address, but reaches this machine.
    let server = Server::start(&[OK]).await;
    let url = format!("http://0.0.0.0:{}/", server.port);
    let error = ReqwestTransport::new().send(get(url.clone())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Refused);
    assert_eq!(server.connections(), 0);

    let wire = ReqwestTransport::builder().allow_plain_http("0.0.0.0").build();
    assert_eq!(wire.send(get(url)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn urls_that_are_not_for_us_are_refused() {
    let server = Server::start(&[OK]).await;
    let wire = ReqwestTransport::new();
    for url in [
        format!("http://user:CANARY@127.0.0.1:{}/", server.port),
        format!("http://CANARY@127.0.0.1:{}/", server.port),
        format!("ftp://127.0.0.1:{}/", server.port),
        "/data/core/ups?sig=CANARY".to_owned(),
    ] {
        let error = wire.send(get(url.clone())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Refused, "{url}");
        assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_path_that_would_be_resolved_to_another_is_refused() {
    let server = Server::start(&[OK]).await;
    let wire = ReqwestTransport::new();
    for path in ["/jobs/..", "/jobs/../x", "/jobs/%2e%2E/x", "/jobs/.%2e", "/./jobs", "/%2e"] {
        let error = wire.send(get(server.url(path))).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Refused, "{path}");
    }
    assert_eq!(server.connections(), 0);
    for path in ["/jobs/...", "/jobs/a..b?x=../y", "/jobs/.hidden", "/jobs/a%2Fb"] {
        assert_eq!(wire.send(get(server.url(path))).await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_an_error_after_what_came() {
    for answer in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf",
    ] {
        let script: &'static [Then] = Box::leak(Box::new([Then::AnswerAndClose(answer)]));
        let server = Server::start(script).await;
        let url = server.url("/?sig=CANARY");
        let response = ReqwestTransport::new().send(get(url)).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(body.chunk().await.unwrap().unwrap(), "half");
        let error = body.chunk().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Body);
        assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
        assert!(body.chunk().await.is_none());
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_interrupted() {
    let server = Server::start(&[Then::AnswerAndClose("no HTTP at all\r\n\r\n")]).await;
    let error = ReqwestTransport::new().send(get(server.url("/"))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Interrupted);
}

#[tokio::test]
async fn plain_http_needs_no_certificates() {
    let server = Server::start(&[OK]).await;
    assert_eq!(ReqwestTransport::new().send(get(server.url("/"))).await.unwrap().status(), 200);
}

#[test]
fn an_emulator_works_where_no_certificates_are_installed() {
    let none = [("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/dev/null")];
    assert!(passes_with("wire::plain_http_needs_no_certificates", &none));
    if cfg!(target_os = "linux") {
        assert!(passes_with("tls::without_certificates_https_is_an_error", &none));
    }
}
