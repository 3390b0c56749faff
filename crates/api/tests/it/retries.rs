//! What is sent again, and what never is.

use std::sync::Arc;

use aep_export_api::{Client, ErrorKind};
use aep_export_model::ExportJobRequest;
use aep_export_transport::testing::{ManualClock, Scripted};
use aep_export_transport::{Body, TransportError, TransportErrorKind};

use crate::clients::patient;

fn client(script: &Scripted) -> Client {
    patient(Arc::new(script.clone()), &ManualClock::new())
}

fn broken(kind: TransportErrorKind) -> TransportError {
    TransportError::new(kind, "broken")
}

fn cut() -> http::Response<Body> {
    let cut = Err(broken(TransportErrorKind::Body));
    http::Response::new(Body::from_stream(futures_util::stream::iter([cut])))
}

#[tokio::test]
async fn a_look_is_repeated_over_every_passing_fault() {
    let script = Scripted::new()
        .answer(503, "<html>")
        .error(broken(TransportErrorKind::Interrupted))
        .response(cut())
        .answer(403, r#"{"error_code": "503020", "message": "Could not read the profile"}"#)
        .answer(200, r#"{"id": 42, "status": "NEW"}"#);
    client(&script).export_jobs().get(&"42".into()).await.unwrap();
    assert_eq!(script.remaining(), 0);
}

#[tokio::test]
async fn a_fault_that_does_not_pass_says_how_often_it_was_met() {
    let mut script = Scripted::new();
    for _ in 0..10 {
        script = script.answer(503, "");
    }
    let error = client(&script).export_jobs().get(&"42".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.attempts().unwrap().made(), 5);
    assert!(error.to_string().contains("5 attempts"), "{error}");
    assert_eq!(script.remaining(), 5);
}

#[tokio::test]
async fn a_list_goes_on_where_a_page_failed_once() {
    let script = Scripted::new()
        .answer(200, r#"{"records": [{"id": 2}], "link": {"next": "/export/jobs?offset=1_1"}}"#)
        .answer(502, "")
        .answer(200, r#"{"records": [{"id": 1}], "link": {"next": ""}}"#);
    let jobs = client(&script).export_jobs().stream(Default::default());
    let jobs: Vec<_> = futures_util::TryStreamExt::try_collect(jobs).await.unwrap();
    assert_eq!(jobs.len(), 2);
}

fn request() -> ExportJobRequest {
    ExportJobRequest::builder("6123456789abcdef01234567").build().unwrap()
}

/// An answer that breaks each time has both: a status, and a sentence of the transport.
#[tokio::test]
async fn how_often_was_tried_is_said_once() {
    let script = (0..5).fold(Scripted::new(), |script, _| script.response(cut()));
    let client = client(&script);
    let error = client.export_jobs().list(&Default::default()).await.unwrap_err();
    assert_eq!(error.to_string().matches("5 attempts in ").count(), 1, "{error}");
    assert!(error.to_string().contains("HTTP 200"), "{error}");
}

#[tokio::test]
async fn a_create_whose_fate_is_not_known_goes_out_once() {
    for script in [
        Scripted::new().answer(500, "").answer(200, r#"{"id": 2}"#),
        Scripted::new().answer(502, "<html>").answer(200, r#"{"id": 2}"#),
        Scripted::new().answer(503, "").answer(200, r#"{"id": 2}"#),
        Scripted::new().answer(429, "no envelope").answer(200, r#"{"id": 2}"#),
        Scripted::new().error(broken(TransportErrorKind::Interrupted)).answer(200, r#"{"id": 2}"#),
        Scripted::new().error(broken(TransportErrorKind::Timeout)).answer(200, r#"{"id": 2}"#),
        Scripted::new().response(cut()).answer(200, r#"{"id": 2}"#),
    ] {
        client(&script).export_jobs().create(&request()).await.unwrap_err();
        assert_eq!(script.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_create_that_was_certainly_not_accepted_goes_out_again_under_the_same_id() {
    let script = Scripted::new()
        .error(broken(TransportErrorKind::Connect))
        .answer(429, r#"{"error_code": "429050", "message": "Too many requests"}"#)
        .answer(200, r#"{"id": 2}"#);
    client(&script).export_jobs().create(&request()).await.unwrap();
    let ids: Vec<_> = script
        .requests()
        .iter()
        .map(|request| request.headers()["x-request-id"].to_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0].len(), 32);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

/// Whatever becomes of a create, its job can be looked for by the id that it went out under.
#[tokio::test]
async fn every_lost_create_tells_what_it_was_sent_under() {
    for script in [
        Scripted::new().answer(502, "<html>"),
        Scripted::new().error(broken(TransportErrorKind::Timeout)),
        Scripted::new().response(cut()),
        Scripted::new().answer(200, "{\"id\":"),
        Scripted::new().answer(200, "{}"),
    ] {
        let error = client(&script).export_jobs().create(&request()).await.unwrap_err();
        assert!(error.outcome_unknown(), "{error}");
        let sent = script.requests()[0].headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(error.attempts().unwrap().sent_request_id(), Some(sent.as_str()), "{error}");
    }
}
