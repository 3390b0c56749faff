use futures_util::FutureExt;

use super::*;
use crate::layers::OperationSpan;
use crate::testing::{ManualClock, Scripted};
use crate::{TransportErrorKind, captured_log};

fn logged(script: Scripted) -> String {
    let request = http::Request::get(
        "https://platform.adobe.io/data/core/ups/export/jobs?limit=2&sig=CANARY&offset=CANARY&CANARY",
    )
    .header("authorization", "Bearer CANARY")
    .header("x-api-key", "CANARY")
    .body(Bytes::from_static(b"CANARY"));
    let layer = AttemptSpan::new(script, Arc::new(ManualClock::new()));
    captured_log::logged(|| {
        let _ = OperationSpan::new(layer).send(request.unwrap()).now_or_never().unwrap();
    })
}

#[test]
fn says_what_happened_and_nothing_secret() {
    let answer = http::Response::builder()
        .status(503)
        .header("x-request-id", "r3q")
        .header("retry-after", "7")
        .header("set-cookie", "CANARY")
        .body(Body::from("CANARY"));
    let text = logged(Scripted::new().response(answer.unwrap()));
    for part in [
        "operation",
        "GET",
        "https://platform.adobe.io",
        "/data/core/ups/export/jobs",
        "limit,offset,+2",
        "503",
        "r3q",
        "retry_after=\"7\"",
        "milliseconds=0",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("CANARY"), "{text}");
}

#[test]
fn says_why_there_was_no_answer() {
    let error = TransportError::new(TransportErrorKind::Connect, "nobody there");
    let text = logged(Scripted::new().error(error));
    assert!(text.contains("Connect") && text.contains("nobody there"), "{text}");
}
