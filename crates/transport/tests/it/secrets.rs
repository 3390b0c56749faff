//! `Debug` of every public type that can hold a secret.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use aep_export_transport::layers::{Authorization, FixedHeaders};
use aep_export_transport::testing::{Capture, ManualClock, Scripted};
use aep_export_transport::{
    ImsCredentials, ImsTokenSource, ProxySettings, ReqwestTransport, Secret, StaticToken,
    StoredToken, Token, TokenSource, Transport,
};
use http::{HeaderMap, HeaderValue};

use crate::get;

fn secret() -> Secret {
    Secret::new("CANARY")
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ["x-api-key", "x-gw-ims-org-id", "x-sandbox-name"] {
        headers.insert(name, HeaderValue::from_static("CANARY"));
    }
    headers
}

#[tokio::test]
async fn no_debug_shows_a_secret() {
    let proxy = ProxySettings::new("http://CANARY:CANARY@proxy.test:1/".parse().unwrap(), "");
    let builder =
        ReqwestTransport::builder().proxy(proxy.clone()).extra_roots(crate::tls::some_root());
    let credentials = ImsCredentials::new("id", secret(), ["openid"]);
    let answer = r#"{"access_token":"CANARY","expires_in":86399}"#;
    let ims = ImsTokenSource::new(
        Arc::new(Scripted::new().answer(200, answer)),
        "https://ims.test",
        credentials.clone(),
        Arc::new(ManualClock::new()),
    )
    .unwrap();
    let token = ims.token().await.unwrap();
    let epoch = std::time::UNIX_EPOCH;
    let stored = StoredToken { secret: secret(), asked_at: epoch, expires_at: epoch };
    assert_eq!(token.secret(), &secret());

    let wire = Capture::new(Scripted::new().answer(200, "CANARY"));
    let signed = Authorization::new(
        FixedHeaders::new(wire.clone(), headers()),
        Arc::new(StaticToken::new(secret())),
        ["https://platform.test".parse().unwrap()],
    );
    let response = signed.send(get("https://platform.test/".into())).await.unwrap();
    let sent = wire.requests().remove(0);
    assert_eq!(sent.headers()["authorization"], "Bearer CANARY");

    let shown: [&dyn std::fmt::Debug; 16] = [
        &secret(),
        &Token::new(secret(), None),
        &token,
        &StoredToken { secret: secret(), asked_at: UNIX_EPOCH, expires_at: UNIX_EPOCH },
        &StaticToken::new(secret()),
        &StaticToken::new(secret()).with_clock(Arc::new(ManualClock::new())),
        &credentials,
        &ims,
        &stored,
        &proxy,
        &builder,
        &FixedHeaders::new(Scripted::new(), headers()),
        &signed,
        &wire,
        &sent,
        &response,
    ];
    for (number, value) in shown.iter().enumerate() {
        let text = format!("{value:?} {value:#?}");
        assert!(!text.contains("CANARY"), "number {number}: {text}");
    }
}
