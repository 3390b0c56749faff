//! Each status and each error, for what may be repeated and for what must not.

use super::*;
use crate::{TokenError, TokenErrorKind};

const THROTTLED: &str = r#"{"error_code":"429050","message":"Too many requests"}"#;
const OVERUSED: &str = r#"{"error_code":429001}"#;
const NO_PROFILE: &str = r#"{"error_code":"503020","message":"Could not read the profile"}"#;
const BODIES: [&str; 6] = [
    "",
    THROTTLED,
    OVERUSED,
    NO_PROFILE,
    r#"{"errors":{"400":[{"code":"UPAPI-1"}]},"code":"429050"}"#,
    "<html>429050</html>",
];

/// The whole table: every bad status with every body that is not named is answered once.
fn sent_again(replay: Replay, status: u16, body: &str) -> bool {
    match replay {
        Replay::Safe => {
            [408, 429, 500, 502, 503, 504].contains(&status) || (status, body) == (403, NO_PROFILE)
        }
        Replay::Never => status == 429 && [THROTTLED, OVERUSED].contains(&body),
    }
}

#[tokio::test]
async fn answers() {
    for (status, body) in (300..600).flat_map(|status| BODIES.map(|body| (status, body))) {
        for info in [SAFE, CREATE] {
            let again = sent_again(info.replay, status, body);
            let script = Scripted::new().answer(status, body).answer(200, "done");
            let answer = send(&script, info).await.unwrap();
            let sent = script.requests().len();
            assert_eq!(sent, if again { 2 } else { 1 }, "{}: {status} {body}", info.name);
            assert_eq!(answer.status(), if again { 200 } else { status });
            assert_eq!(Attempts::of(&answer).unwrap().made() as usize, sent);
            let expected = if again { "done" } else { body };
            assert_eq!(answer.into_body().collect(1000).await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn errors() {
    use TransportErrorKind as Kind;
    let table = [
        (Kind::Refused, [1, 1]),
        (Kind::Authorization, [1, 1]),
        (Kind::Connect, [5, 5]),
        (Kind::Interrupted, [5, 1]),
        (Kind::Timeout, [5, 1]),
        (Kind::Body, [5, 1]),
        (Kind::TooLarge, [1, 1]),
        (Kind::Encoding, [1, 1]),
    ];
    for (kind, expected) in table {
        for (info, expected) in [SAFE, CREATE].into_iter().zip(expected) {
            let script = (0..9).fold(Scripted::new(), |script, _| script.error(failure(kind)));
            let error = send(&script, info).await.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert_eq!(script.requests().len(), expected, "{}: {kind:?}", info.name);
            let attempts = error.attempts().unwrap();
            assert_eq!(attempts.made() as usize, expected);
            let stopped = if expected == 1 { Stopped::Final } else { Stopped::Attempts };
            assert_eq!(attempts.stopped(), stopped);
        }
    }
}

#[tokio::test]
async fn what_will_come_again_is_not_repeated() {
    let script = Scripted::new().error(failure(TransportErrorKind::Connect).permanent());
    let error = send(&script, SAFE).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_token_service_out_of_reach_is_waited_for_unless_it_was_tried_already() {
    let tried = Attempts {
        made: 5,
        elapsed: SECOND,
        stopped: Stopped::Attempts,
        sent_id: None,
        earlier_ids: Vec::new(),
    };
    let unavailable = TokenError::new(TokenErrorKind::Unavailable, "away");
    let table = [
        (unavailable.clone(), 2),
        (unavailable.with_attempts(tried), 1),
        (TokenError::new(TokenErrorKind::Rejected, "no"), 1),
        (TokenError::new(TokenErrorKind::Expired, "old"), 1),
        (TokenError::new(TokenErrorKind::Malformed, "what"), 1),
    ];
    for (token, expected) in table {
        // Nothing was sent, so this holds for a create too.
        for info in [SAFE, CREATE] {
            let error = failure(TransportErrorKind::Authorization).with_source(token.clone());
            let script = Scripted::new().error(error).answer(200, "");
            let sent = send(&script, info).await;
            assert_eq!(script.requests().len(), expected, "{token:?}");
            assert_eq!(sent.is_ok(), expected == 2);
        }
    }
}

#[tokio::test]
async fn who_says_nothing_is_not_repeated() {
    let script = Scripted::new().answer(503, "").answer(200, "");
    let wire = layer(script.clone(), &ManualClock::new(), RetryPolicy::default());
    let answer = wire.send(http::Request::new(Bytes::new())).await.unwrap();
    assert_eq!((answer.status().as_u16(), script.requests().len()), (503, 1));
}

#[tokio::test]
async fn each_attempt_is_the_whole_request() {
    let script = Scripted::new().answer(502, "").answer(502, "").answer(200, "");
    send(&script, SAFE).await.unwrap();
    let requests = script.requests();
    assert_eq!(requests.len(), 3);
    for sent in requests {
        assert_eq!((sent.method().as_str(), sent.body().as_ref()), ("POST", &b"{\"a\":1}"[..]));
        assert_eq!(sent.uri(), "https://platform.test/jobs");
        assert_eq!(OperationInfo::of(&sent), SAFE);
    }
}
