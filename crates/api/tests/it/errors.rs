//! What an error tells, and what it never tells.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aep_export_api::{Client, ErrorKind, ListExportJobs, Obstacle, RetryPolicy, Secret};
use aep_export_transport::testing::{ManualClock, Never, Scripted};
use aep_export_transport::{
    Body, Token, TokenError, TokenErrorKind, TokenSource, TransportError, TransportErrorKind,
};
use futures_util::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::clients::{over, scripted};

async fn get(script: &Scripted) -> aep_export_api::Error {
    scripted(script).export_jobs().get(&"42".into()).await.unwrap_err()
}

#[tokio::test]
async fn each_status_has_its_kind() {
    for (status, body, kind) in [
        (400, "", ErrorKind::Rejected),
        (401, r#"{"error_code": "401013"}"#, ErrorKind::Authentication),
        (403, r#"{"error_code": "403010"}"#, ErrorKind::Authentication),
        (403, r#"{"error_code": "403025"}"#, ErrorKind::Permission),
        (403, r#"{"error_code": "503020"}"#, ErrorKind::Service),
        (404, "", ErrorKind::NotFound),
        (409, "", ErrorKind::Rejected),
        (412, "", ErrorKind::Rejected),
        (422, "", ErrorKind::Rejected),
        (429, "", ErrorKind::Throttled),
        (500, "", ErrorKind::Service),
        (503, "<html>", ErrorKind::Service),
        (302, "", ErrorKind::Malformed),
    ] {
        let error = get(&Scripted::new().answer(status, body)).await;
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
}

#[tokio::test]
async fn an_error_is_one_sentence_with_code_and_request_id() {
    let answer = http::Response::builder()
        .status(404)
        .header("x-request-id", "t0f3IRN185aLWfXqcguCxArQlvIZJA2P")
        .body(Body::from(
            r#"{"requestId": "other", "title": "No such job", "status": 404,
            "errors": {"404": [{"code": "UPAPI-113430-404", "message": "No such job"}]}}"#,
        ))
        .unwrap();
    let error = get(&Scripted::new().response(answer)).await;
    assert_eq!(
        error.to_string(),
        "export_jobs.get: No such job (HTTP 404, code UPAPI-113430-404, \
         request id t0f3IRN185aLWfXqcguCxArQlvIZJA2P)"
    );
    assert_eq!(error.request_id(), Some("t0f3IRN185aLWfXqcguCxArQlvIZJA2P"));
    assert_eq!(error.code(), Some("UPAPI-113430-404"));
}

#[tokio::test]
async fn a_request_id_in_the_body_alone_and_a_wish_in_the_body_are_seen() {
    let error = get(&Scripted::new().answer(404, r#"{"requestId": "r1", "errors": {}}"#)).await;
    assert_eq!(error.request_id(), Some("r1"));
    let body = r#"{"message": "slow down", "retryAfterMs": "500", "statusCode": "429"}"#;
    let error = get(&Scripted::new().answer(429, body)).await;
    assert_eq!(error.retry_after().unwrap().as_millis(), 500);
}

/// What the service behind says of itself is told; what it means for the call is HTTP's to say.
#[tokio::test]
async fn a_status_in_the_body_does_not_overrule_the_answer_s() {
    let body = r#"{"type": "https://ns.adobe.com/aep/errors/UPLIB-101554-503", "status": 503,
        "title": "The dataset cannot be retrieved", "errors": {}}"#;
    let error = get(&Scripted::new().answer(400, body)).await;
    assert_eq!((error.kind(), error.code()), (ErrorKind::Rejected, Some("UPLIB-101554-503")));
    assert_eq!(error.status().unwrap().as_u16(), 400);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_passed_on() {
    let answer = http::Response::builder()
        .status(429)
        .header("retry-after", "7")
        .body(Body::empty())
        .unwrap();
    let error = get(&Scripted::new().response(answer)).await;
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_broken_way_is_told_from_a_broken_service() {
    for (kind, expected) in [
        (TransportErrorKind::Connect, ErrorKind::Network),
        (TransportErrorKind::Interrupted, ErrorKind::Network),
        (TransportErrorKind::Timeout, ErrorKind::Timeout),
        (TransportErrorKind::TooLarge, ErrorKind::TooLarge),
        (TransportErrorKind::Encoding, ErrorKind::Malformed),
        (TransportErrorKind::Refused, ErrorKind::Invalid),
    ] {
        let error = get(&Scripted::new().error(TransportError::new(kind, "why"))).await;
        assert_eq!(error.kind(), expected);
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn what_stood_in_the_way_of_a_connection_is_told_of_either_service() {
    let refused =
        || TransportError::new(TransportErrorKind::Connect, "nobody").because_of(Obstacle::Refused);
    let error = get(&Scripted::new().error(refused())).await;
    assert_eq!(error.obstacle(), Some(Obstacle::Refused));
    let script = Scripted::new().error(refused());
    let client = Client::builder()
        .organization("o")
        .sandbox("s")
        .client_credentials("c", Secret::new("a-secret"), ["openid"])
        .retries(RetryPolicy::never())
        .transport(Arc::new(script))
        .clock(Arc::new(ManualClock::new()))
        .build()
        .unwrap();
    assert_eq!(client.sign_in().await.unwrap_err().obstacle(), Some(Obstacle::Refused));
    let other = TransportError::new(TransportErrorKind::Interrupted, "cut");
    assert_eq!(get(&Scripted::new().error(other)).await.obstacle(), None);
}

#[tokio::test]
async fn a_refusal_by_the_token_service_has_its_status_code_and_request_id() {
    let refusal = http::Response::builder()
        .status(400)
        .header("x-request-id", "r3q")
        .body(Body::from(r#"{"error":"invalid_scope","error_description":"no such scope"}"#))
        .unwrap();
    let script = Scripted::new().response(refusal);
    let client = Client::builder()
        .organization("o")
        .sandbox("s")
        .client_credentials("c", Secret::new("a-secret"), ["openid"])
        .transport(Arc::new(script))
        .clock(Arc::new(ManualClock::new()))
        .build()
        .unwrap();
    let error = client.sign_in().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    assert_eq!((error.code(), error.request_id()), (Some("invalid_scope"), Some("r3q")));
    assert!(!error.message().contains("HTTP"), "{error}");
}

#[tokio::test]
async fn the_service_s_clock_is_told_with_its_refusals_too() {
    let answer = http::Response::builder()
        .status(404)
        .header("date", "Thu, 01 Jan 1970 00:00:07 GMT")
        .body(Body::empty())
        .unwrap();
    let error = get(&Scripted::new().response(answer)).await;
    let at = error.answered_at().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(at.as_secs(), 7);
}

#[tokio::test]
async fn a_silent_service_is_a_time_out() {
    let client = over(Arc::new(Never), &ManualClock::new());
    let error = client.export_jobs().get(&"42".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn an_endless_error_body_is_read_in_part() {
    let pieces = Arc::new(AtomicUsize::new(0));
    let pulled = Arc::clone(&pieces);
    let endless = futures_util::stream::repeat_with(move || {
        pulled.fetch_add(1, Ordering::Relaxed);
        Ok(bytes::Bytes::from_static(&[b'x'; 1024]))
    });
    let answer = http::Response::builder().status(503).body(Body::from_stream(endless)).unwrap();
    let error = get(&Scripted::new().response(answer)).await;
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(pieces.load(Ordering::Relaxed), 64);
    assert!(error.to_string().len() < 500, "{}", error.to_string().len());
}

#[tokio::test]
async fn an_answer_without_end_is_refused_at_the_limit() {
    let endless = futures_util::stream::repeat_with(|| Ok(bytes::Bytes::from(vec![b' '; 1 << 20])));
    let answer = http::Response::new(Body::from_stream(endless));
    let error = get(&Scripted::new().response(answer)).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[derive(Debug)]
struct NoToken(TokenErrorKind);

#[async_trait::async_trait]
impl TokenSource for NoToken {
    async fn token(&self) -> Result<Token, TokenError> {
        Err(TokenError::new(self.0, "the token service says no").with_code("invalid_client"))
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_told_from_an_unreachable_token_service() {
    for (kind, expected) in [
        (TokenErrorKind::Rejected, ErrorKind::Authentication),
        (TokenErrorKind::Expired, ErrorKind::Authentication),
        (TokenErrorKind::Malformed, ErrorKind::Authentication),
        (TokenErrorKind::Unavailable, ErrorKind::Network),
    ] {
        let script = Scripted::new();
        let client = Client::builder()
            .organization("o")
            .sandbox("s")
            .api_key("k")
            .token_source(Arc::new(NoToken(kind)))
            .transport(Arc::new(script.clone()))
            .clock(Arc::new(ManualClock::new()))
            .build()
            .unwrap();
        let error = client.export_jobs().get(&"42".into()).await.unwrap_err();
        assert_eq!(error.kind(), expected);
        assert_eq!(error.code(), Some("invalid_client"));
        assert!(error.to_string().contains("the token service says no"), "{error}");
        let error = client.sign_in().await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (expected, Some("invalid_client")));
        assert!(script.requests().is_empty());
    }
}

#[test]
fn a_missing_or_unusable_setting_is_named() {
    let full = || {
        Client::builder()
            .organization("o")
            .sandbox("s")
            .api_key("k")
            .access_token(Secret::new("canary"))
    };
    for (builder, named) in [
        (
            Client::builder().sandbox("s").api_key("k").access_token(Secret::new("t")),
            "organisation",
        ),
        (full().organization(" "), "organisation"),
        (full().sandbox(""), "sandbox"),
        (full().sandbox("two\nlines"), "sandbox"),
        (
            Client::builder().organization("o").sandbox("s").access_token(Secret::new("t")),
            "client id",
        ),
        (Client::builder().organization("o").sandbox("s").api_key("k"), "credentials"),
        (full().base_url("platform.adobe.io"), "platform.adobe.io"),
        (full().base_url("https://u:canary@platform.adobe.io"), "user name"),
        (
            full().client_credentials("c", Secret::new("canary"), ["s"]).ims_url("ims"),
            "token service",
        ),
        (full().access_token(Secret::new("canary\n")), "access token"),
        (full().access_token(Secret::new("")), "access token"),
        (full().transport(Arc::new(Scripted::new())).proxy("http://p:1", ""), "another transport"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(named), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn neither_clients_nor_errors_print_a_secret() {
    let client = Client::builder()
        .organization("o")
        .sandbox("s")
        .client_credentials("c", Secret::new("canary"), ["openid"])
        .transport(Arc::new(Scripted::new()));
    assert!(!format!("{client:?}").contains("canary"));
    let proxied =
        Client::builder().access_token(Secret::new("canary")).proxy("http://u:canary@p", "");
    assert!(!format!("{proxied:?} {proxied:#?}").contains("canary"));
    let client = client.build().unwrap();
    assert!(!format!("{client:?} {client:#?}").contains("canary"));
    let error = client.export_jobs().get(&"42".into()).await.unwrap_err();
    assert!(!whole(&error).contains("canary"), "{}", whole(&error));
}

/// All that an error and its causes show in any way.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        text.push_str(&format!("{error} {error:?} {error:#?} "));
        cause = error.source();
    }
    text
}

/// A client whose token is `canary-token`.
fn with_canary(script: &Scripted) -> Client {
    with_token(script, "canary-token")
}

fn with_token(script: &Scripted, token: &str) -> Client {
    Client::builder()
        .base_url("https://platform.example")
        .organization("o")
        .sandbox("s")
        .api_key("k")
        .access_token(Secret::new(token))
        .transport(Arc::new(script.clone()))
        .clock(Arc::new(ManualClock::new()))
        .retries(RetryPolicy::never())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_token_that_the_service_repeats_is_in_no_error() {
    let echo = "Bearer canary-token";
    for status in [200, 302, 400, 401, 403, 404, 429, 500, 503] {
        for body in [
            format!(r#"{{"error_code": "{echo}", "message": "{echo} is not valid"}}"#),
            format!(r#"{{"title": "{echo}", "detail": "{echo}", "requestId": "{echo}"}}"#),
            format!(r#"{{"errors": {{"400": [{{"code": "{echo}", "message": "{echo}"}}]}}}}"#),
            format!(r#"{{"error": "{echo}", "error_description": "{echo}"}}"#),
            format!(r#"{{"records": "{echo}", "id": ["{echo}"], "status": {{"{echo}": 1}}}}"#),
            format!(
                r#"{{"records": [{{"metrics": "{echo}"}}, "{echo}"], "link": {{"next": "{echo}"}}}}"#
            ),
            format!("{echo:?}"),
            echo.to_owned(),
            format!("<html>{echo}</html>"),
        ] {
            let answers = || {
                let answer = || {
                    let response = http::Response::builder().status(status);
                    let body = Body::from(bytes::Bytes::from(body.clone()));
                    response.header("x-request-id", echo).body(body).unwrap()
                };
                Scripted::new().response(answer()).response(answer())
            };
            let mut errors = Vec::new();
            errors.extend(with_canary(&answers()).export_jobs().get(&"42".into()).await.err());
            errors.extend(with_canary(&answers()).datasets().get(&"42".into()).await.err());
            let list = with_canary(&answers()).export_jobs().stream(ListExportJobs::default());
            errors.extend(
                list.filter_map(|job| std::future::ready(job.err())).collect::<Vec<_>>().await,
            );
            assert!(errors.len() >= 2 || status == 200, "{status} {body}");
            for error in errors {
                let text = whole(&error);
                assert!(!text.contains("canary"), "{status} {body}: {text}");
            }
        }
    }
}

/// Where a service can say something, with `*` for what it says.
const ENVELOPES: [&str; 8] = [
    r#"{"error_code": "*", "message": "*"}"#,
    r#"{"title": "*", "detail": "*", "status": 400, "type": "*"}"#,
    r#"{"errors": {"400": [{"code": "*", "message": "*"}]}, "title": "*"}"#,
    r#"{"error": "*", "error_description": "*"}"#,
    r#"{"errorMessage": "*", "errorCode": "*"}"#,
    r#"{"statusCode": "*", "message": "*"}"#,
    "*",
    "<html>*</html>",
];

proptest! {
    /// Also where a long text is cut.
    #[test]
    fn no_piece_of_a_token_is_told_wherever_it_stands(
        before in prop_oneof!["[ a-z.]{0,40}", "[a-z]{180,200}", "[a-z]{280,300}"],
        after in "[ a-z.]{0,40}",
        envelope in prop::sample::select(&ENVELOPES[..]),
        status in prop::sample::select(&[400_u16, 401, 403, 404, 500, 502][..]),
    ) {
        let body = envelope.replace('*', &format!("{before}CANARY-TOKEN-CANARY{after}"));
        let script = Scripted::new().answer(status, body).answer(status, "");
        let client = with_token(&script, "CANARY-TOKEN-CANARY");
        let asked = client.export_jobs().get(&"42".into()).now_or_never().unwrap();
        let text = whole(&asked.unwrap_err());
        prop_assert!(!text.contains("CAN"), "{}", text);
    }
}
