//! Cancelling and creating: every answer that the documents show.

use aep_export_api::{ErrorKind, transport::TransportErrorKind};
use aep_export_model::{ExportJobRequest, JobStatus, NewDataset, SegmentFilter};
use aep_export_transport::testing::Scripted;
use aep_export_transport::{Body, OperationInfo, Replay, TransportError};

use crate::clients::{asked, scripted};

fn request() -> ExportJobRequest {
    ExportJobRequest::builder("6123456789abcdef01234567")
        .segment(SegmentFilter::new("5afe34ae-8c98-4513-8a1d-67ccaa54bc05"))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_cancel_is_accepted_in_every_documented_way() {
    let body = r#"{"status": true, "message": "Export job has been marked for cancelling"}"#;
    for (status, body, message) in [
        (200, body, Some("Export job has been marked for cancelling")),
        (200, r#"{"status": false, "message": "m"}"#, Some("m")),
        (202, "", None),
        (204, "", None),
        (204, body, Some("Export job has been marked for cancelling")),
        (200, "OK", None),
    ] {
        let script = Scripted::new().answer(status, body);
        let answer = scripted(&script).export_jobs().cancel(&"42".into()).await.unwrap();
        assert_eq!(answer.message.as_deref(), message, "{status} {body}");
        assert_eq!(asked(&script), ["DELETE /data/core/ups/export/jobs/42"]);
    }
    let script = Scripted::new().answer(404, "");
    let error = scripted(&script).export_jobs().cancel(&"42".into()).await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_page_is_not_taken_for_an_accepted_cancel() {
    let of_type = http::Response::builder().header("content-type", "text/html; charset=utf-8");
    for script in [
        Scripted::new().answer(200, "\n <!DOCTYPE html><title>Sign in to the network</title>"),
        Scripted::new().response(of_type.body("Sign in".into()).unwrap()),
    ] {
        let error = scripted(&script).export_jobs().cancel(&"42".into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert!(error.to_string().contains("an HTML page instead"), "{error}");
    }
}

#[tokio::test]
async fn an_accepted_cancel_stays_accepted_when_its_body_is_lost() {
    let cut = TransportError::new(TransportErrorKind::Body, "cut");
    let body = Body::from_stream(futures_util::stream::iter([Err(cut)]));
    let answer = http::Response::builder().status(202).body(body).unwrap();
    let script = Scripted::new().response(answer);
    let answer = scripted(&script).export_jobs().cancel(&"42".into()).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.message), (202, &None));
}

#[tokio::test]
async fn an_id_that_would_reach_another_resource_is_not_sent() {
    for id in ["", "..", "%2e%2e", "1/2"] {
        let script = Scripted::new();
        let error = scripted(&script).export_jobs().cancel(&id.into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{id:?}");
        assert!(asked(&script).is_empty());
    }
}

#[tokio::test]
async fn a_create_goes_out_once_alone_and_patiently() {
    let script = Scripted::new().answer(200, r#"{"id": 42.0, "status": "PROCESSING"}"#);
    let job = scripted(&script).export_jobs().create(&request()).await.unwrap();
    assert_eq!(job.id.as_ref().unwrap().as_str(), "42");
    assert_eq!(job.status, Some(JobStatus::Processing));

    let sent = &script.requests()[0];
    assert_eq!(sent.headers()["content-type"], "application/json");
    let info = OperationInfo::of(sent);
    assert_eq!(info.replay, Replay::Never);
    assert!(info.fresh_connection);
    assert_eq!(info.response_timeout.unwrap().as_secs(), 75);
    let body: serde_json::Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(body["destination"]["datasetId"], "6123456789abcdef01234567");
}

#[tokio::test]
async fn a_document_is_sent_byte_for_byte() {
    let document = "{ \"destination\":{\"datasetId\":\"d\"},\r\n \"new\": 18446744073709551616 }";
    let script = Scripted::new().answer(200, r#"{"id": 1}"#);
    let operation = aep_export_api::CreateExportJob::from_document(document);
    scripted(&script).execute(&operation).await.unwrap();
    assert_eq!(script.requests()[0].body(), document);
}

#[tokio::test]
async fn a_create_whose_fate_is_not_known_says_so() {
    let broken = |kind| Scripted::new().error(TransportError::new(kind, "broken"));
    for (what, script) in [
        ("502 after the effect", Scripted::new().answer(502, "")),
        ("503 HTML page", Scripted::new().answer(503, "<html>")),
        ("the gateway's own time-out", Scripted::new().answer(504, "")),
        ("403 that counts as 503", Scripted::new().answer(403, r#"{"error_code": "503020"}"#)),
        ("done, look elsewhere", Scripted::new().answer(303, "")),
        ("cut", broken(TransportErrorKind::Interrupted)),
        ("silence", broken(TransportErrorKind::Timeout)),
        ("an answer without an id", Scripted::new().answer(200, "{}")),
        ("an answer that is no document", Scripted::new().answer(200, "<html>")),
        ("an answer cut short", Scripted::new().answer(200, r#"{"id": 4"#)),
    ] {
        let error = scripted(&script).export_jobs().create(&request()).await.unwrap_err();
        assert!(error.outcome_unknown(), "{what}: {error}");
        assert!(!error.is_retryable(), "{what}");
        assert_eq!(script.requests().len(), 1, "{what}");
        // By this id it can be looked for.
        let sent = script.requests()[0].headers()["x-request-id"].clone();
        let told = error.attempts().and_then(|attempts| attempts.sent_request_id());
        assert_eq!(told, sent.to_str().ok(), "{what}");
    }
}

#[tokio::test]
async fn a_create_that_was_certainly_not_accepted_says_that() {
    let broken = |kind| Scripted::new().error(TransportError::new(kind, "broken"));
    for (kind, script) in [
        (ErrorKind::Rejected, Scripted::new().answer(400, "")),
        (ErrorKind::Throttled, Scripted::new().answer(429, "")),
        (ErrorKind::Permission, Scripted::new().answer(403, "")),
        (ErrorKind::Network, broken(TransportErrorKind::Connect)),
    ] {
        let error = scripted(&script).export_jobs().create(&request()).await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn a_created_dataset_is_known_by_its_reference() {
    for body in
        [r#"["@/dataSets/6123456789abcdef01234567"]"#, r#"["@/datasets/6123456789abcdef01234567"]"#]
    {
        let script = Scripted::new().answer(201, body);
        let id =
            scripted(&script).datasets().create(&NewDataset::for_exports("gold")).await.unwrap();
        assert_eq!(id.as_str(), "6123456789abcdef01234567");
        let info = OperationInfo::of(&script.requests()[0]);
        assert!(info.fresh_connection);
        assert_eq!(info.response_timeout.unwrap().as_secs(), 75);
    }
    for body in ["[]", "{}", ""] {
        let script = Scripted::new().answer(201, body);
        let datasets = scripted(&script);
        let error = datasets.datasets().create(&NewDataset::for_exports("gold")).await.unwrap_err();
        assert!(error.outcome_unknown(), "{body}: {error}");
    }
}
