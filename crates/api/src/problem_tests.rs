use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::*;

fn problem(body: &str) -> Problem {
    let body = Bytes::copy_from_slice(body.as_bytes());
    Problem::read(&Answer::new(StatusCode::BAD_REQUEST, HeaderMap::new(), body))
}

#[test]
fn every_envelope_gives_its_code_and_its_sentence() {
    for (shape, body, code, title) in [
        (
            "A",
            r#"{"error_code":"403025","message":"Profile is not valid"}"#,
            Some("403025"),
            "Profile is not valid",
        ),
        (
            "B",
            r#"{"requestId":"r","errors":{"404":[{"code":"UPAPI-113430-404","message":"No such."}]},"type":"https://ns.adobe.com/aep/errors/UPAPI-113430-404","title":"Gone","status":404}"#,
            Some("UPAPI-113430-404"),
            "Gone",
        ),
        (
            "B, nested",
            r#"{"errors":{"403":[],"type":"https://ns.adobe.com/aep/errors/UPAPI-113752-403","title":"Denied","status":403}}"#,
            Some("UPAPI-113752-403"),
            "Denied",
        ),
        (
            "C",
            r#"{"type":"http://ns.adobe.com/aep/errors/PDP-4041-403","title":"Not entitled","status":403,"report":{"tenantInfo":{"sandboxName":"prod"},"additionalContext":{"request-id":"q"}},"error-chain":[{"errorCode":"PDP-4041-403"}]}"#,
            Some("PDP-4041-403"),
            "Not entitled",
        ),
        (
            "D",
            r#"{"type":"/placeholder/type/uri","status":404,"title":"NotFoundError","detail":"DataSet not found."}"#,
            Some("NotFoundError"),
            "DataSet not found.",
        ),
        (
            "E",
            r#"{"type":"http://ns.adobe.com/adobecloud/problem/data-collection-service/inlet","status":400,"title":"Invalid format","report":{"message":"The id is wrong","cause":{}}}"#,
            Some("Invalid format"),
            "The id is wrong",
        ),
        (
            "F",
            r#"{"message":"UPS-ACC-1000004: IMS Org is not provisioned.","statusCode":"403"}"#,
            Some("UPS-ACC-1000004"),
            "UPS-ACC-1000004: IMS Org is not provisioned.",
        ),
        ("G", r#"{"message":"Something else"}"#, None, "Something else"),
        ("G, with a status", r#"{"status":false,"message":"Not now"}"#, None, "Not now"),
        ("H", r#"{"errorMessage":"etag mismatch"}"#, None, "etag mismatch"),
        (
            "I",
            r#"{"timestamp":"t","status":"NOT_FOUND","code":"PES-404","message":"No labels","path":"/x"}"#,
            Some("PES-404"),
            "No labels",
        ),
        (
            "J",
            r#"{"error":"invalid_scope","error_description":"Unknown scope asked for"}"#,
            Some("invalid_scope"),
            "Unknown scope asked for",
        ),
        ("J, short", r#"{"error":"server_error"}"#, Some("server_error"), "server_error"),
        (
            "under other names",
            r#"{"error-code":"8.01E7","error-message":"Too large","callStack":"a.b\nc"}"#,
            Some("8.01E7"),
            "Too large",
        ),
        (
            "a code beside a title",
            r#"{"code":"X-404","title":"No labels","detail":"None at all"}"#,
            Some("X-404"),
            "No labels",
        ),
        ("K, text", "upstream connect error\nmore", None, "upstream connect error"),
        (
            "K, HTML",
            "<html><h1>502</h1></html>",
            None,
            "an HTML page instead of an answer of the service",
        ),
    ] {
        let problem = problem(body);
        assert_eq!(problem.code.as_deref(), code, "{shape}");
        assert_eq!(problem.title.as_deref(), Some(title), "{shape}");
    }
    assert_eq!(problem(""), Problem::default());
    assert_eq!(problem("{}"), Problem::default());
}

#[test]
fn a_document_inside_a_message_is_opened() {
    let inner = r#"{"type":"http://ns.adobe.com/aep/errors/PDP-4041-403","title":"Not entitled","report":{"additionalContext":{"request-id":"q"}},"error-chain":[]}"#;
    let outer = serde_json::json!({"errors": {"403": [{"code": "403", "message": inner}]}});
    let problem = problem(&outer.to_string());
    assert_eq!(problem.title.as_deref(), Some("Not entitled"));
    assert_eq!(problem.code.as_deref(), Some("PDP-4041-403"));
    assert_eq!(problem.request_id.as_deref(), Some("q"));

    let outer = serde_json::json!({
        "errors": {"403": [{"message": inner}]}, "title": "Denied", "status": 403,
    });
    let problem = super::tests::problem(&outer.to_string());
    assert_eq!(problem.title.as_deref(), Some("Denied"));
    assert_eq!(problem.details, ["Not entitled"]);
}

#[test]
fn numbers_and_texts_stand_for_each_other() {
    for (body, code, title) in [
        (r#"{"error_code":429050,"message":"Too many"}"#, "429050", "Too many"),
        (r#"{"errors":{"400":[{"code":"400","message":"Bad"}]},"status":"400"}"#, "400", "Bad"),
        (r#"{"errors":{"400":[{"code":400,"message":"Bad"}]},"status":400.0}"#, "400", "Bad"),
        (r#"{"message":"Bad","statusCode":422}"#, "422", "Bad"),
        (r#"{"error":7,"error_description":8}"#, "7", "8"),
    ] {
        let problem = problem(body);
        assert_eq!(problem.code.as_deref(), Some(code), "{body}");
        assert_eq!(problem.title.as_deref(), Some(title), "{body}");
    }
    let slow =
        problem(r#"{"message":"Slow","cause":"load","retryAfterMs":"250","statusCode":"429"}"#);
    assert_eq!(slow.retry_after, Some(Duration::from_millis(250)));
    assert_eq!(slow.details, ["load"]);
}

#[test]
fn nothing_that_was_said_is_lost() {
    // Several errors, of which the second came from another service as a document of its own.
    let denied = r#"{"type":"http://ns.adobe.com/aep/errors/PDP-7-403","title":"No entitlement.","status":403,"report":{"additionalContext":{"request-id":"deep"}},"error-chain":[]}"#;
    let outer = serde_json::json!({
        "type": "https://ns.adobe.com/aep/errors/UPAPI-1-500", "title": "Access cannot be checked",
        "errors": {"500": [{"code": 500, "message": "Access cannot be checked."},
                           {"code": 500, "message": denied}]},
        "status": 500,
    });
    let told = problem(&outer.to_string());
    assert_eq!(told.code.as_deref(), Some("UPAPI-1-500"));
    assert_eq!(told.title.as_deref(), Some("Access cannot be checked"));
    assert_eq!(told.details, ["No entitlement. (PDP-7-403)"]);
    assert_eq!(told.request_id.as_deref(), Some("deep"));

    // A document at the end of a text.
    let text =
        r#"GET /x -> 404 : {"type":"/t","status":404,"title":"NotFoundError","detail":"Gone."}"#;
    let outer =
        serde_json::json!({"errors": {"400": [{"message": "No dataset."}, {"message": text}]}});
    assert_eq!(problem(&outer.to_string()).details, ["GET /x -> 404 : Gone."]);

    // A document that says more than is understood stays as it is.
    for cause in [r#"{"Errors":["load"]}"#, r#"400 : {"reason":"why","message":"what"}"#, "{", "{}"]
    {
        let outer = serde_json::json!({"message": "Busy", "cause": cause, "statusCode": "429"});
        assert_eq!(problem(&outer.to_string()).details, [cause]);
    }

    let streaming = r##"{"title":"Invalid","report":{"message":"m 1","cause":{"_streamingValidation":[
        {"message":"2 violations","causingExceptions":[
            {"message":"extra key [a]","pointerToViolation":"#"},
            {"message":"not a number","pointerToViolation":"#/b"}]}]}}}"##;
    let details = ["2 violations", "extra key [a]", "not a number (#/b)"];
    assert_eq!(problem(streaming).details, details);
    let detail = problem(
        r#"{"title":"Denied","detail":"because of a label","error-chain":[{"errorCode":"X-1-403"}]}"#,
    );
    assert_eq!(detail.code.as_deref(), Some("X-1-403"));
    assert_eq!(detail.title.as_deref(), Some("Denied"));
    assert_eq!(detail.details, ["because of a label"]);
}

#[test]
fn nothing_is_said_twice() {
    let told = |title: &str, messages: &[&str]| {
        let entries: Vec<_> =
            messages.iter().map(|text| serde_json::json!({ "message": text })).collect();
        let body = serde_json::json!({"title": title, "errors": {"400": entries}});
        let problem = problem(&body.to_string());
        (problem.title.unwrap(), problem.details)
    };
    assert_eq!(
        told("No such job", &["no such job.", "No  such job"]),
        ("No such job".into(), vec![])
    );
    let escaped = r#"Denied on [{\"uri\":\"/x\"}]"#;
    assert_eq!(told(r#"Denied on [{"uri":"/x"}]"#, &[escaped]).1, Vec::<String>::new());
    // The whole sentence counts, wherever it stands.
    assert_eq!(
        told("o such job\"", &["No such job 7", "try"]),
        ("No such job 7".into(), vec!["try".into()])
    );
    assert_eq!(told("a", &["b", "c", "b"]).1, ["b", "c"]);
}

#[test]
fn documents_inside_documents_end_somewhere() {
    let mut text = r#"{"message":"deepest"}"#.to_owned();
    for _ in 0..8 {
        text = serde_json::json!({ "message": text }).to_string();
    }
    assert!(problem(&text).title.is_some());
}

proptest! {
    #[test]
    fn any_body_gives_some_problem(body in any::<Vec<u8>>()) {
        let answer = Answer::new(StatusCode::BAD_GATEWAY, HeaderMap::new(), body.into());
        Problem::read(&answer);
    }

    #[test]
    fn any_text_in_any_key_gives_some_problem(key in "[a-z_-]{1,12}", text in any::<String>()) {
        problem(&serde_json::json!({ "message": text, key: {"report": []} }).to_string());
    }
}
