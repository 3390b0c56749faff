//! Bodies inside and outside of the attempt.

use futures_util::StreamExt;

use super::*;
use crate::testing::CutBody;

fn cut(text: &'static str, kind: TransportErrorKind) -> Body {
    Body::from_stream(Body::from(text).chain(Body::broken(failure(kind))))
}

fn broken(status: u16, kind: TransportErrorKind) -> http::Response<Body> {
    http::Response::builder()
        .status(status)
        .header("x-request-id", "of-the-service")
        .body(cut("{\"id\":", kind))
        .unwrap()
}

#[tokio::test]
async fn a_cut_body_is_a_failed_attempt_of_what_may_be_repeated() {
    for kind in [TransportErrorKind::Body, TransportErrorKind::Timeout] {
        let script = Scripted::new().response(broken(200, kind)).answer(200, "{\"id\":1}");
        let answer = send(&script, SAFE).await.unwrap();
        assert_eq!(Attempts::of(&answer).unwrap().made(), 2);
        assert_eq!(answer.into_body().collect(100).await.unwrap(), "{\"id\":1}");
    }
}

#[tokio::test]
async fn a_cut_body_of_a_create_is_the_end_and_keeps_its_status_and_id() {
    let script = Scripted::new().response(broken(201, TransportErrorKind::Body)).answer(200, "");
    let answer = send(&script, CREATE).await.unwrap();
    assert_eq!(script.requests().len(), 1);
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["x-request-id"], "of-the-service");
    let error = answer.into_body().collect(100).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Body);
    assert_eq!(error.attempts().unwrap().made(), 1);
}

#[tokio::test]
async fn bodies_that_are_cut_each_time_end_with_the_attempts() {
    let whole = (0..9).fold(Scripted::new(), |script, _| script.answer(200, "a whole answer"));
    let wire = CutBody::new(whole.clone(), 7);
    let answer = layer(wire, &ManualClock::new(), RetryPolicy::default()).send(request(SAFE)).await;
    let error = answer.unwrap().into_body().collect(100).await.unwrap_err();
    assert_eq!((error.kind(), whole.requests().len()), (TransportErrorKind::Body, 5));
    assert_eq!(error.attempts().unwrap().stopped(), Stopped::Attempts);
    assert!(error.to_string().contains("(5 attempts in 3.0 s)"), "{error}");
}

#[tokio::test]
async fn too_much_is_too_much_the_first_time() {
    let mut info = SAFE;
    info.body_limit = BodyLimit::Bytes(3);
    let script = Scripted::new().answer(200, "four").answer(200, "four");
    let answer = send(&script, info).await.unwrap();
    let error = answer.into_body().collect(100).await.unwrap_err();
    assert_eq!((error.kind(), script.requests().len()), (TransportErrorKind::TooLarge, 1));
}

#[tokio::test]
async fn a_streamed_answer_is_repeated_up_to_its_headers() {
    let streamed = SAFE.unlimited_body();
    let script = Scripted::new()
        .answer(503, "")
        .error(failure(TransportErrorKind::Interrupted))
        .response(broken(200, TransportErrorKind::Body));
    let answer = send(&script, streamed).await.unwrap();
    assert_eq!(Attempts::of(&answer).unwrap().made(), 3);
    let mut body = answer.into_body();
    assert_eq!(body.chunk().await.unwrap().unwrap(), "{\"id\":");
    assert_eq!(body.chunk().await.unwrap().unwrap_err().kind(), TransportErrorKind::Body);
}

#[tokio::test]
async fn a_streamed_body_is_not_waited_for() {
    let silent = Body::from_stream(futures_util::stream::pending());
    let script = Scripted::new().response(http::Response::new(silent));
    let clock = ManualClock::new();
    let wire = layer(script, &clock, RetryPolicy::default());
    wire.send(request(SAFE.unlimited_body())).await.unwrap();
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_body_that_stalls_ends_with_the_total_time_and_its_status_is_known() {
    for status in [201, 404] {
        let silent = Body::from_stream(futures_util::stream::pending());
        let response = http::Response::builder().status(status).body(silent).unwrap();
        let clock = ManualClock::new();
        let wire = layer(Scripted::new().response(response), &clock, RetryPolicy::default());
        let answer = wire.send(request(SAFE)).await.unwrap();
        assert_eq!((answer.status().as_u16(), clock.elapsed()), (status, SECOND * 180));
        let error = answer.into_body().collect(100).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Timeout);
    }
}

#[tokio::test]
async fn a_refusal_that_is_cut_is_a_refusal() {
    for info in [SAFE, CREATE, SAFE.unlimited_body()] {
        let script = Scripted::new().response(broken(404, TransportErrorKind::Body));
        let answer = send(&script, info).await.unwrap();
        assert_eq!((answer.status().as_u16(), script.requests().len()), (404, 1));
        let mut body = answer.into_body();
        assert_eq!(body.chunk().await.unwrap().unwrap(), "{\"id\":");
        assert!(body.chunk().await.unwrap().is_err());
    }
}

#[tokio::test]
async fn an_endless_refusal_is_not_read_to_its_end() {
    let endless = || {
        let piece = || Ok(Bytes::from_static(&[b'.'; 10_000]));
        Body::from_stream(futures_util::stream::repeat_with(piece))
    };
    let mut response = http::Response::new(endless());
    *response.status_mut() = http::StatusCode::BAD_GATEWAY;
    let script = Scripted::new().response(response).answer(200, "");
    assert_eq!(send(&script, SAFE).await.unwrap().status(), 200);
}
