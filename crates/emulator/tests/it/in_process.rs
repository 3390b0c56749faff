//! The router without a socket.

use aep_export_emulator::Emulator;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower_service::Service as _;

#[tokio::test]
async fn the_router_answers_without_a_socket() {
    let service = Emulator::builder().profiles(10).open().await.unwrap();
    let mut router = service.router();
    let request = Request::get("http://emulator.test/_emulator/health").body(Body::empty());
    let foreign = router.call(request.unwrap()).await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    for address in ["/_emulator/health", "http://127.0.0.1:1/_emulator/health"] {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let answer = router.call(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body = to_bytes(answer.into_body(), 1_000).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("\"ok\""));
    }
    let request = Request::get("http://localhost/_emulator/health").body(Body::empty());
    assert_eq!(service.call(request.unwrap()).await.status(), StatusCode::OK);
    service.close().await;
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let service = Emulator::builder().profiles(10).open().await.unwrap();
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 65_536]));
    let request = Request::post("/ims/token/v3").body(Body::from_stream(endless)).unwrap();
    let answer = service.call(request).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.headers().contains_key("x-request-id"));
}
