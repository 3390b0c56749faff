use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use futures_util::FutureExt;
use http::StatusCode;

use super::*;
use crate::testing::{ManualClock, Scripted};
use crate::{RetryBudget, RetryPolicy, Secret, SystemRandom, TransportErrorKind, captured_log};

fn grant(script: &Scripted, url: &str) -> ClientCredentials {
    let secret = Secret::new("canary &=%+é");
    let credentials = ImsCredentials::new("id/1", secret, ["openid, session"]);
    ClientCredentials::new(Arc::new(script.clone()), url, credentials).unwrap()
}

fn ask(grant: &ClientCredentials) -> Result<Granted, TokenError> {
    grant.request_token().now_or_never().unwrap()
}

#[test]
fn sends_one_form_to_the_documented_path() {
    for url in ["https://ims-na1.adobelogin.com", "https://ims-na1.adobelogin.com/"] {
        let script = Scripted::new().answer(200, r#"{"access_token":"abc","expires_in":86399}"#);
        let granted = ask(&grant(&script, url)).unwrap();
        assert_eq!(granted.secret.expose(), "abc");
        let sent = script.requests().remove(0);
        assert_eq!(sent.method(), "POST");
        assert_eq!(sent.uri(), "https://ims-na1.adobelogin.com/ims/token/v3");
        assert_eq!(sent.headers()["content-type"], "application/x-www-form-urlencoded");
        let form: HashMap<_, _> = form_urlencoded::parse(sent.body()).into_owned().collect();
        assert_eq!(form["grant_type"], "client_credentials");
        assert_eq!(form["client_id"], "id/1");
        assert_eq!(form["client_secret"], "canary &=%+é");
        assert_eq!(form["scope"], "openid,session");
        assert_eq!(form.len(), 4);
        let info = OperationInfo::of(&sent);
        // Also the layers below read no more of an answer than this.
        assert_eq!((info.replay, info.body_limit), (Replay::Safe, BodyLimit::Bytes(65_536)));
    }
}

#[test]
fn a_service_that_repeats_the_secret_does_not_get_it_printed() {
    let body = r#"{"error":"bad_request","error_description":"no such secret: canary &=%+é"}"#;
    let script = Scripted::new().answer(400, body);
    let error = ask(&grant(&script, "https://ims.test")).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"), "{error}");
    assert!(error.to_string().contains("no such secret: [redacted]"), "{error}");
}

#[test]
fn nor_in_a_header_of_this_answer_or_of_an_earlier_one() {
    let answer = |status| {
        let answer = http::Response::builder().status(status);
        answer.header("x-request-id", "s: p8e-canary").body(crate::Body::from("{}")).unwrap()
    };
    let script = Scripted::new().response(answer(503)).response(answer(503));
    let stack = crate::layers::Stack::new(Arc::new(script), Arc::new(ManualClock::new())).retry(
        RetryPolicy::default().attempts(2),
        RetryBudget::default(),
        Arc::new(SystemRandom),
    );
    let credentials = ImsCredentials::new("id", Secret::new("p8e-canary"), ["openid"]);
    let grant = ClientCredentials::new(stack.build(), "https://ims.test", credentials).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = captured_log::logged(|| {
        let error = runtime.block_on(grant.request_token()).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
        let earlier: Vec<_> = error.attempts().unwrap().earlier_request_ids().collect();
        assert_eq!((error.request_id(), earlier), (Some("[redacted]"), vec!["s: [redacted]"]));
    });
    assert!(log.contains("[redacted]") && !log.contains("canary"), "{log}");
}

#[test]
fn without_a_secret_nothing_is_sent() {
    #[derive(Debug)]
    struct Locked;

    #[async_trait]
    impl crate::SecretSource for Locked {
        async fn secret(&self) -> Result<Secret, TokenError> {
            Err(TokenError::new(TokenErrorKind::NoSecret, "locked"))
        }
    }

    let script = Scripted::new();
    let credentials = ImsCredentials::new("id", Locked, ["openid"]);
    let wire = Arc::new(script.clone());
    let grant = ClientCredentials::new(wire, "https://ims.test", credentials).unwrap();
    assert_eq!(ask(&grant).unwrap_err().kind(), TokenErrorKind::NoSecret);
    assert!(script.requests().is_empty());
}

#[test]
fn a_refusal_has_the_status_and_the_id_of_its_answer() {
    let refusal = http::Response::builder()
        .status(401)
        .header("x-request-id", "r3q")
        .body(crate::Body::from("<html>"))
        .unwrap();
    let error = ask(&grant(&Scripted::new().response(refusal), "https://ims.test")).unwrap_err();
    assert_eq!((error.status(), error.request_id()), (Some(StatusCode::UNAUTHORIZED), Some("r3q")));
    assert_eq!(error.message(), "the token service refused the credentials: no reason given");
    assert_eq!(error.to_string(), format!("{} (HTTP 401)", error.message()));
}

#[test]
fn no_connection_is_unavailable_with_its_cause() {
    let cause = TransportError::new(TransportErrorKind::Connect, "nobody there");
    let error = ask(&grant(&Scripted::new().error(cause), "https://ims.test")).unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Unavailable);
    assert_eq!(error.source().unwrap().to_string(), "nobody there");
}

#[test]
fn how_often_the_token_was_asked_for_is_told_with_the_error() {
    use crate::layers::Retry;
    use crate::testing::ManualClock;
    use crate::{RetryBudget, RetryPolicy, SystemRandom};

    let cut = || TransportError::new(TransportErrorKind::Interrupted, "cut");
    let script = Scripted::new().answer(503, "").answer(502, "").error(cut()).error(cut());
    let (clock, random) = (Arc::new(ManualClock::new()), Arc::new(SystemRandom));
    let policy = RetryPolicy::default().attempts(2);
    let retry = Retry::new(script.clone(), clock, policy, RetryBudget::default(), random);
    let secret = Secret::new("s");
    let credentials = ImsCredentials::new("id", secret, ["openid"]);
    let grant = ClientCredentials::new(Arc::new(retry), "https://ims.test", credentials).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in ["an answer", "no answer"] {
        let error = runtime.block_on(grant.request_token()).unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Unavailable);
        assert_eq!(error.attempts().unwrap().made(), 2);
    }
    assert_eq!(script.remaining(), 0);
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let endless = crate::Body::from_stream(futures_util::stream::repeat_with(|| {
        Ok(Bytes::from_static(&[b' '; 1024]))
    }));
    let script = Scripted::new().response(http::Response::new(endless));
    let error = ask(&grant(&script, "https://ims.test")).unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Malformed);
}

#[test]
fn an_answer_in_an_unknown_encoding_is_not_an_unreachable_service() {
    use crate::layers::Decompression;

    let answer = http::Response::builder().header("content-encoding", "br");
    let script = Scripted::new().response(answer.body("?".into()).unwrap());
    let credentials = ImsCredentials::new("id", Secret::new("s"), ["openid"]);
    let wire = Arc::new(Decompression::new(script));
    let grant = ClientCredentials::new(wire, "https://ims.test", credentials).unwrap();
    let error = ask(&grant).unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Malformed);
    assert!(error.to_string().contains("cannot be used"), "{error}");
}

#[test]
fn only_http_urls_name_a_token_service() {
    for url in ["", "ims-na1.adobelogin.com", "file:///x", "https://a:b@ims.test"] {
        let credentials = ImsCredentials::new("id", Secret::new("s"), ["openid"]);
        assert!(
            ClientCredentials::new(Arc::new(Scripted::new()), url, credentials).is_err(),
            "{url}"
        );
    }
}
