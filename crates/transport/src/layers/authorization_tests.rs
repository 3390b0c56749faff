use std::error::Error;
use std::sync::Mutex;

use futures_util::FutureExt;

use super::*;
use crate::testing::Scripted;
use crate::{OperationInfo, Replay, Secret, StaticToken};

/// Gives `token-1`, and after each invalidation of the newest the next one.
#[derive(Debug, Default)]
struct Counting(Mutex<u32>);

#[async_trait]
impl TokenSource for Counting {
    async fn token(&self) -> Result<Token, TokenError> {
        let number = *self.0.lock().unwrap();
        if number == 9 {
            return Err(TokenError::new(TokenErrorKind::Rejected, "no").with_code("invalid_client"));
        }
        Ok(Token::new(Secret::new(format!("token-{number}")), None))
    }

    async fn invalidate(&self, _token: &Token) -> bool {
        *self.0.lock().unwrap() += 1;
        true
    }
}

fn layer(script: &Scripted, source: impl TokenSource + 'static) -> Authorization<Scripted> {
    let origin = "https://platform.adobe.io/data".parse().unwrap();
    Authorization::new(script.clone(), Arc::new(source), [origin])
}

fn send(
    layer: &Authorization<Scripted>,
    uri: &str,
) -> Result<http::Response<Body>, TransportError> {
    let mut request = http::Request::post(uri).body(Bytes::from_static(b"{}")).unwrap();
    request.extensions_mut().insert(OperationInfo::new("export_jobs.create", Replay::Never));
    layer.send(request).now_or_never().unwrap()
}

fn tokens(script: &Scripted) -> Vec<String> {
    let text = |request: &http::Request<Bytes>| {
        assert_eq!(request.body(), "{}");
        assert_eq!(OperationInfo::of(request).name, "export_jobs.create");
        let value = &request.headers()["authorization"];
        assert!(value.is_sensitive());
        value.to_str().unwrap().to_owned()
    };
    script.requests().iter().map(text).collect()
}

const JOBS: &str = "https://platform.adobe.io/data/core/ups/export/jobs";

#[test]
fn a_create_refused_with_401_is_sent_once_more_with_another_token() {
    let script = Scripted::new().answer(401, "").answer(201, "");
    let response = send(&layer(&script, Counting::default()), JOBS).unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(tokens(&script), ["Bearer token-0", "Bearer token-1"]);
}

#[test]
fn a_second_401_is_the_answer() {
    let script = Scripted::new().answer(401, "").answer(401, "").answer(200, "");
    let response = send(&layer(&script, Counting::default()), JOBS).unwrap();
    assert_eq!((response.status().as_u16(), script.requests().len()), (401, 2));
}

#[test]
fn a_source_without_another_token_means_one_attempt() {
    let script = Scripted::new().answer(401, "").answer(200, "");
    let response = send(&layer(&script, StaticToken::new(Secret::new("only"))), JOBS).unwrap();
    assert_eq!((response.status().as_u16(), script.requests().len()), (401, 1));
}

#[test]
fn other_refusals_do_not_cost_the_token() {
    for status in [403, 429, 500] {
        let script = Scripted::new().answer(status, "").answer(200, "");
        let response = send(&layer(&script, Counting::default()), JOBS).unwrap();
        assert_eq!((response.status().as_u16(), script.requests().len()), (status, 1));
    }
}

#[test]
fn no_token_is_an_error_of_its_own_with_its_cause() {
    let script = Scripted::new().answer(200, "");
    let error = send(&layer(&script, Counting(Mutex::new(9))), JOBS).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Authorization);
    let cause = error.source().unwrap().downcast_ref::<TokenError>().unwrap();
    assert_eq!(cause.code(), Some("invalid_client"));
    assert!(script.requests().is_empty());
}

#[test]
fn a_token_that_no_header_carries_is_not_shown() {
    let script = Scripted::new().answer(200, "");
    let source = StaticToken::new(Secret::new("canary\n"));
    let error = send(&layer(&script, source), JOBS).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Authorization);
    assert!(!format!("{error:?}").contains("canary"));
}

#[test]
fn a_token_that_the_service_repeats_does_not_come_back() {
    let answer = http::Response::builder()
        .header("x-request-id", "Bearer long-canary")
        .header("retry-after", "7")
        .body(Body::empty());
    let script = Scripted::new().response(answer.unwrap());
    let source = StaticToken::new(Secret::new("long-canary"));
    let response = send(&layer(&script, source), JOBS).unwrap();
    assert_eq!(response.headers()["x-request-id"], "[redacted]");
    assert_eq!(response.headers()["retry-after"], "7");
    let token = response.extensions().get::<Token>().unwrap();
    assert_eq!(token.secret().expose(), "long-canary");
}

#[test]
fn nothing_goes_to_another_origin() {
    for uri in [
        "http://platform.adobe.io/data",
        "https://platform.adobe.io:8443/data",
        "https://platform.adobe.io.evil.test/",
        "https://evil.test/?platform.adobe.io",
        "https://platform.adobe.io@evil.test/",
        "https://user@platform.adobe.io/",
        "/data/core/ups/export/jobs",
    ] {
        let script = Scripted::new().answer(200, "");
        let error = send(&layer(&script, Counting::default()), uri).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Refused, "{uri}");
        assert!(script.requests().is_empty(), "{uri}");
    }
}

#[test]
fn the_configured_origin_may_be_spelt_with_its_port() {
    let script = Scripted::new().answer(200, "");
    let uri = "https://platform.adobe.io:443/data/foundation/export/batches/1/files";
    send(&layer(&script, Counting::default()), uri).unwrap();
    assert_eq!(script.requests().len(), 1);
}
