//! Retries over real sockets, and their place in the stack. The clock jumps over the waits; real
//! time passes only in the sockets.

use std::sync::Arc;

use aep_export_transport::layers::Stack;
use aep_export_transport::testing::{ManualClock, Scripted};
use aep_export_transport::{
    Attempts, ImsCredentials, ImsTokenSource, OperationInfo, Replay, ReqwestTransport, RetryBudget,
    RetryPolicy, Secret, SharedTransport, SystemRandom, TokioClock, Transport, TransportErrorKind,
};
use bytes::Bytes;

use crate::server::{OK, Seen, Server, Then};
use crate::{CREATE, get, post};

const SAFE: OperationInfo = OperationInfo::new("export_jobs.list", Replay::Safe);
const SICK: Then = Then::Answer("HTTP/1.1 503 Sick\r\ncontent-length: 4\r\n\r\nsick");
const CUT: Then = Then::AnswerAndClose("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");

/// Retries over real connections without waiting in between. Its clock is tokio's, because a clock
/// that jumps would jump over the sockets too.
fn over_sockets() -> SharedTransport {
    let zero = std::time::Duration::ZERO;
    Stack::new(Arc::new(ReqwestTransport::new()), Arc::new(TokioClock::new()))
        .retry(
            RetryPolicy::default().bases(zero, zero),
            RetryBudget::default(),
            Arc::new(SystemRandom),
        )
        .build()
}

#[tokio::test]
async fn what_may_be_repeated_survives_every_fault() {
    let server = Server::start(&[SICK, Then::Close, CUT, SICK, OK]).await;
    let answer = over_sockets().send(post(server.url("/"), SAFE)).await.unwrap();
    assert_eq!(Attempts::of(&answer).unwrap().made(), 5);
    assert_eq!(answer.into_body().collect(10).await.unwrap(), "{}");
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn a_create_goes_out_once_whatever_becomes_of_it() {
    const HTML: Then =
        Then::Answer("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 13\r\n\r\n<html></html>");
    const UNAVAILABLE: Then =
        Then::Answer("HTTP/1.1 503 No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n");
    let scripts: [&'static [Then]; 4] =
        [&[HTML, OK], &[UNAVAILABLE, OK], &[Then::Close, OK], &[CUT, OK]];
    for script in scripts {
        let server = Server::start(script).await;
        let sent = over_sockets().send(post(server.url("/"), CREATE)).await;
        if let Ok(answer) = sent {
            assert!(
                answer.status().is_server_error() || answer.into_body().collect(10).await.is_err()
            );
        }
        let seen: Vec<Seen> = server.seen();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].head.contains("x-request-id: "), "{}", seen[0].head);
        assert_eq!(seen[0].body, "{}");
    }
}

#[tokio::test]
async fn a_create_is_repeated_while_nobody_listens() {
    let nobody = "http://127.0.0.1:1/".to_owned();
    let sent = over_sockets().send(post(nobody, CREATE)).await;
    let error = sent.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, false));
    assert_eq!(error.attempts().unwrap().made(), 5);
}

fn token(text: &str) -> String {
    format!(r#"{{"access_token":"{text}","expires_in":86399}}"#)
}

#[tokio::test]
async fn tokens_are_fetched_again_within_and_asked_for_by_each_attempt() {
    let clock = Arc::new(ManualClock::new());
    let budget = RetryBudget::default();
    let retry = |wire: &Scripted| {
        Stack::new(Arc::new(wire.clone()), clock.clone()).retry(
            RetryPolicy::default(),
            budget.clone(),
            Arc::new(SystemRandom),
        )
    };
    let ims = Scripted::new()
        .answer(503, "")
        .answer(200, token("one"))
        .answer(502, "")
        .answer(200, token("two"));
    let source = ImsTokenSource::new(
        retry(&ims).build(),
        "https://ims.test",
        ImsCredentials::new("id", Secret::new("s"), ["openid"]),
        clock.clone(),
    );
    // The token runs out between the attempts: the 401 costs none of them.
    let wire = Scripted::new()
        .answer(500, "")
        .answer(401, "")
        .answer(500, "")
        .answer(500, "")
        .answer(500, "")
        .answer(200, "{}");
    let calls = retry(&wire)
        .authorization(Arc::new(source.unwrap()), ["https://platform.test".parse().unwrap()])
        .build();
    let mut request = get("https://platform.test/jobs".into());
    request.extensions_mut().insert(SAFE);
    let answer = calls.send(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), Attempts::of(&answer).unwrap().made()), (200, 5));
    let bearer = |sent: &http::Request<Bytes>| sent.headers()["authorization"].clone();
    let bearers: Vec<_> = wire.requests().iter().map(bearer).collect();
    assert_eq!(bearers[..2], ["Bearer one", "Bearer one"]);
    assert!(bearers[2..].iter().all(|bearer| bearer == "Bearer two"), "{bearers:?}");
    assert_eq!((wire.remaining(), ims.remaining()), (0, 0));
}
