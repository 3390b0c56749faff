use aep_export_transport::{
    Obstacle, ProxySettings, ReqwestTransport, Transport, TransportErrorKind,
};

use crate::server::{OK, Server, Then};
use crate::{get, passes_with, whole};

#[tokio::test]
async fn a_request_goes_straight_to_its_host() {
    let server = Server::start(&[OK]).await;
    assert_eq!(ReqwestTransport::new().send(get(server.url("/"))).await.unwrap().status(), 200);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_proxy_in_the_environment_is_not_seen() {
    let proxy = Server::start(&[Then::Close]).await;
    let address = proxy.url("");
    let names =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let environment = names.map(|name| (name, address.clone()));
    let passed = tokio::task::spawn_blocking(move || {
        let mut environment: Vec<_> =
            environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        environment.extend([("no_proxy", ""), ("NO_PROXY", "")]);
        passes_with("proxy::a_request_goes_straight_to_its_host", &environment)
    });
    assert!(passed.await.unwrap());
    assert_eq!(proxy.connections(), 0);
}

fn through(proxy: &Server, no_proxy: &str) -> ReqwestTransport {
    let url = format!("http://user:CANARY@127.0.0.1:{}", proxy.port).parse().unwrap();
    ReqwestTransport::builder()
        .proxy(ProxySettings::new(url, no_proxy))
        .extra_roots(crate::tls::some_root())
        .build()
}

#[tokio::test]
async fn a_proxy_given_as_a_value_is_used_for_https() {
    let proxy = Server::start(&[Then::Close]).await;
    let wire = through(&proxy, "internal.test");
    let error = wire.send(get("https://platform.test/?sig=CANARY".into())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    let seen = proxy.seen().remove(0);
    assert!(seen.head.starts_with("connect platform.test:443"), "{seen:?}");
    assert!(!seen.head.contains("canary"), "{seen:?}");
    assert!(seen.head.contains("proxy-authorization: basic"), "{seen:?}");
    assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
}

#[tokio::test]
async fn a_proxy_that_lets_nothing_through_is_named_as_the_reason() {
    const REFUSAL: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
    let proxy = Server::start(&[Then::AnswerAndClose(REFUSAL)]).await;
    let error = through(&proxy, "").send(get("https://platform.test/".into())).await.unwrap_err();
    assert_eq!(error.obstacle(), Some(Obstacle::Proxy), "{}", whole(&error));
}

#[tokio::test]
async fn loopback_and_plain_http_are_never_proxied() {
    let proxy = Server::start(&[Then::Close]).await;
    let server = Server::start(&[OK]).await;
    let wire = through(&proxy, "");
    assert_eq!(wire.send(get(server.url("/"))).await.unwrap().status(), 200);
    // Not a TLS server, so this fails, but it fails there and not at the proxy.
    let mute = Server::hanging_up().await;
    for (before, host) in ["localhost", "127.0.0.1"].into_iter().enumerate() {
        let url = format!("https://{host}:{}/", mute.port);
        assert_eq!(wire.send(get(url)).await.unwrap_err().kind(), TransportErrorKind::Connect);
        assert_eq!(mute.connections(), before + 1);
    }
    // Whatever else this machine is called; nothing listens there.
    for host in ["127.9.8.7", "[::1]", "LOCALHOST"] {
        let error = wire.send(get(format!("https://{host}:1/"))).await.unwrap_err();
        assert_ne!(error.obstacle(), Some(Obstacle::Proxy), "{host}: {}", whole(&error));
    }
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn hosts_that_shall_not_be_proxied_are_not() {
    // Not a loopback address, but reaches this machine; the server there speaks no TLS.
    let server = Server::hanging_up().await;
    let url = format!("https://0.0.0.0:{}/", server.port);
    for (no_proxy, proxied) in [("", 1), ("internal.test, 0.0.0.0/8", 0), ("*", 0)] {
        let proxy = Server::start(&[Then::Close]).await;
        let error = through(&proxy, no_proxy).send(get(url.clone())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect);
        assert_eq!(proxy.connections(), proxied, "{no_proxy}");
    }
}

#[tokio::test]
async fn a_proxy_of_another_kind_is_an_error_and_not_passed_by() {
    let server = Server::hanging_up().await;
    let proxy = ProxySettings::new("socks5://127.0.0.1:1".parse().unwrap(), "");
    let root = crate::tls::some_root();
    let wire = ReqwestTransport::builder().proxy(proxy).extra_roots(root).build();
    let url = format!("https://0.0.0.0:{}/", server.port);
    assert_eq!(wire.send(get(url)).await.unwrap_err().kind(), TransportErrorKind::Refused);
    assert_eq!(server.connections(), 0);
}
