//! What the token service answers, and what a token says of itself.
//!
//! The line's first words say what is read: `jwt` takes the body as the payload of a token, `text`
//! as a token; anything else is the status of an answer.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::block::Block;
use crate::client::run;
use crate::service::Service;
use aep_export_transport::testing::ManualClock;
use aep_export_transport::{
    Clock, ImsCredentials, ImsTokenSource, Secret, StaticToken, Token, TokenError, TokenErrorKind,
    TokenSource,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

const SECRET: &str = "p8e-canary";

pub(super) fn target(data: &[u8]) {
    let block = Block::read(data);
    if block.says("jwt") {
        let payload = URL_SAFE_NO_PAD.encode(&block.body);
        given_token(&format!("e30.{payload}.c2ln"), Some(&block.body));
    } else if block.says("text") {
        given_token(&String::from_utf8_lossy(&block.body), None);
    } else {
        answer(&block);
    }
}

/// Only a good answer gives a token, which is the one in it; nothing repeats a secret.
fn answer(block: &Block) {
    let clock = ManualClock::new();
    let began = clock.now();
    let service = Service::once(vec![block.clone()]);
    let credentials = ImsCredentials::new("a-client", Secret::new(SECRET), ["openid"]);
    let wire = Arc::new(service.clone());
    let source =
        ImsTokenSource::new(wire, "https://platform.example", credentials, Arc::new(clock));
    let source = source.expect("an address");
    let asked = run(source.token());
    assert_eq!(service.requests().len(), 1);
    // A value is read more strictly, also where nobody looks.
    let said = serde_json::from_slice::<Value>(&block.body).unwrap_or_default();
    match asked {
        Ok(token) => {
            assert!(block.status().is_success());
            let sent = said.get("access_token").and_then(Value::as_str);
            assert!(said.is_null() || sent == Some(token.secret().expose()));
            assert!(http::HeaderValue::from_str(token.secret().expose()).is_ok());
            assert!(token.expires_at().is_none_or(|end| end > began));
            let again = run(source.token());
            // A life too short to be used at all has a second request, which has no answer here.
            assert!(again.is_ok() || token.expires_at().is_some());
        }
        Err(error) => refused(block, &error, &said),
    }
}

fn refused(block: &Block, error: &TokenError, said: &Value) {
    let shown = format!("{error} {error:?} {:?}", error.code());
    assert!(!shown.contains(SECRET), "{shown}");
    let token = said.get("access_token").and_then(Value::as_str).filter(|text| text.len() > 12);
    assert!(token.is_none_or(|token| !shown.contains(token)), "{shown}");
    let sick = block.status().is_server_error() || block.status() == 429;
    if sick && !block.says("cut") {
        assert_eq!(error.kind(), TokenErrorKind::Unavailable);
    }
}

/// A token of the caller's own is used as it is until the time that it names.
fn given_token(text: &str, payload: Option<&[u8]>) {
    let clock = ManualClock::new();
    let source = StaticToken::new(Secret::new(text)).with_clock(Arc::new(clock.clone()));
    let end = source.expires_at();
    let result: Result<Token, TokenError> = run(source.token());
    match (end, &result) {
        (Some(end), Ok(token)) => assert!(end > clock.now() && token.secret().expose() == text),
        (Some(end), Err(error)) => {
            assert!(end <= clock.now());
            assert_eq!(error.kind(), TokenErrorKind::Expired);
            assert!(text.len() < 12 || !format!("{error} {error:?}").contains(text));
        }
        (None, result) => assert_eq!(result.as_ref().ok().map(|t| t.secret().expose()), Some(text)),
    }
    // The standard's own claim, when it is the only one.
    let said = payload.and_then(|payload| serde_json::from_slice::<Value>(payload).ok());
    if let Some(Value::Object(claims)) = said
        && claims.len() == 1
        && let Some(seconds) = claims.get("exp").and_then(Value::as_u64)
        && (1..1 << 40).contains(&seconds)
    {
        assert_eq!(end, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)));
    }
}
