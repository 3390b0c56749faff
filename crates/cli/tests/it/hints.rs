//! What is said of errors: for each code its kind, its exit code, what to do, and whom to name to
//! the service's support.

use serde_json::json;

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::{Ran, World};

/// Who answers, with which status and code, how the program takes it, and a part of what it advises.
const CODES: &[(&str, u16, &str, &str, i32, &str)] = &[
    ("gateway", 400, "400001", "rejected", 5, "AEP_BASE_URL"),
    ("gateway", 400, "400002", "rejected", 5, "AEP_BASE_URL"),
    ("gateway", 400, "400003", "rejected", 5, "check AEP_ORG_ID"),
    ("gateway", 401, "401013", "auth", 4, "the token has run out"),
    ("gateway", 401, "401014", "auth", 4, "OAuth Server-to-Server"),
    ("gateway", 401, "401015", "auth", 4, "AEP_SCOPES"),
    ("gateway", 403, "403000", "permission", 4, "check AEP_CLIENT_ID"),
    ("gateway", 403, "403003", "permission", 4, "Experience Platform API"),
    ("gateway", 403, "403010", "auth", 4, "takes headers off"),
    ("gateway", 403, "403011", "permission", 4, "AEP_SCOPES"),
    ("gateway", 403, "403012", "permission", 4, "shuts out this machine's address"),
    ("gateway", 403, "403013", "permission", 4, "known addresses only"),
    ("gateway", 403, "403020", "auth", 4, "the token has run out"),
    ("gateway", 403, "403023", "permission", 4, "product profile"),
    ("gateway", 403, "403024", "permission", 4, "product profile"),
    ("gateway", 403, "403025", "permission", 4, "product profile"),
    ("gateway", 403, "403027", "permission", 4, "@AdobeOrg"),
    ("gateway", 403, "403030", "permission", 4, "AEP_BASE_URL"),
    ("gateway", 403, "403033", "permission", 4, "AEP_BASE_URL"),
    ("gateway", 403, "403040", "permission", 4, "AEP_BASE_URL"),
    ("gateway", 403, "403201", "permission", 4, "add the Experience Platform API"),
    ("gateway", 404, "404040", "not_found", 3, "AEP_BASE_URL"),
    ("gateway", 429, "429001", "rate_limited", 10, "limit is used up"),
    ("gateway", 429, "429002", "rate_limited", 10, "client id is used up"),
    ("gateway", 429, "429050", "rate_limited", 10, "too many calls at once"),
    ("gateway", 503, "503000", "service", 10, "is down"),
    ("gateway", 503, "503010", "service", 10, "is down"),
    // Its status says one thing, its code another: the code counts.
    ("gateway", 403, "503020", "service", 10, "is down"),
    ("gateway", 503, "503020", "service", 10, "is down"),
    ("gateway", 503, "503030", "service", 10, "is down"),
    ("gateway", 503, "503071", "service", 10, "five minutes"),
    ("ups", 404, "UPAPI-113000-404", "not_found", 3, "--sandbox and --org"),
    ("ups", 429, "UPAPI-113000-429", "rate_limited", 10, "fewer at the same time"),
    ("ups", 404, "UPAPI-113430-404", "not_found", 3, "--sandbox and --org"),
    ("ups", 400, "UPAPI-113015-400", "rejected", 5, "1 to 100"),
    ("ups", 400, "UPAPI-113434-400", "rejected", 5, "--dry-run"),
    ("ups", 400, "UPAPI-113631-403", "rejected", 5, "audience"),
    ("ups", 403, "UPAPI-113740-403", "permission", 4, "external segments"),
    ("ups", 500, "UPAPI-113751-500", "service", 10, "role"),
    (
        "ups",
        403,
        "UPAPI-113752-403",
        "permission",
        4,
        "lacks a permission on what the message names",
    ),
    ("ups", 400, "UPLIB-101206-500", "rejected", 5, "--dry-run"),
    ("ups", 400, "UPLIB-101554-503", "rejected", 5, "check the dataset"),
    ("platform", 403, "PDP-4041-403", "permission", 4, "check AEP_ORG_ID"),
    ("profile", 403, "UPS-ACC-1000004", "permission", 4, "Real-Time Customer Profile"),
    ("ims", 400, "invalid_client", "auth", 4, "do not belong together"),
    ("ims", 401, "invalid_client", "auth", 4, "do not belong together"),
    ("ims", 400, "invalid_scope", "auth", 4, "AEP_SCOPES"),
    ("ims", 400, "invalid_token", "auth", 4, "the token has run out"),
    ("ims", 400, "invalid_signature", "auth", 4, "have come to their end"),
    ("ims", 400, "bad_request", "auth", 4, "stray characters"),
    ("ims", 401, "unauthorized", "auth", 4, "see its project"),
    ("ims", 400, "unauthorized_client", "auth", 4, "OAuth Server-to-Server"),
    ("ims", 400, "server_error", "network", 10, "try again later"),
    // Codes that nobody knows, and none at all: the kind decides.
    ("gateway", 403, "403999", "permission", 4, "lacks a permission"),
    ("gateway", 401, "401999", "auth", 4, "AEP_ACCESS_TOKEN"),
    ("message", 400, "", "rejected", 5, "--dry-run"),
    ("message", 404, "", "not_found", 3, "check the id"),
    ("message", 409, "", "rejected", 5, "there already"),
    ("message", 412, "", "rejected", 5, "changed meanwhile"),
    ("message", 422, "", "rejected", 5, "--dry-run"),
    ("empty", 429, "", "rate_limited", 10, "run fewer"),
    ("empty", 500, "", "service", 10, "try again later"),
    ("html", 502, "", "service", 10, "try again later"),
    ("html", 503, "", "service", 10, "try again later"),
    ("text", 504, "", "service", 10, "try again later"),
    ("html", 401, "", "auth", 4, "AEP_CLIENT_SECRET"),
];

#[test]
fn every_code_has_its_kind_its_exit_code_and_its_hint() {
    let service = Service::quick();
    for (envelope, status, code, kind, exit, hint) in CODES {
        let operation = if *envelope == "ims" { "ims.token" } else { "export_jobs.get" };
        let mut answer = json!({"status": status, "envelope": envelope});
        let has_code = !matches!(*envelope, "message" | "empty" | "html" | "text");
        if has_code {
            let message =
                if *envelope == "profile" { format!("{code}: no") } else { "no".to_owned() };
            answer["code"] = json!(code);
            answer["message"] = json!(message);
        }
        let fault = json!({"match": {"operation": operation}, "action": {"answer": answer}});
        service.fault(&fault.to_string());
        // Each with a sign-in of its own.
        let world = World::signed_in(&service.url);
        let ran = world.run(&["get", "7", "-o", "json"]);
        let error = ran.error();
        assert_eq!((ran.code, error["kind"].as_str()), (*exit, Some(*kind)), "{code}: {ran:?}");
        assert!(error["hint"].as_str().unwrap_or_default().contains(hint), "{code}: {error}");
        assert_eq!(error["http_status"], *status, "{error}");
        if has_code {
            assert_eq!(error["code"], *code, "{error}");
        }
        let id = error["request_id"].as_str().unwrap_or_default();
        assert_eq!(id.len(), 32, "{code}: {error}");
        let retryable = matches!(*kind, "rate_limited" | "service" | "network");
        assert_eq!(error["retryable"], retryable, "{error}");
        assert_eq!((&error["job_id"], &error["attempts"]), (&json!("7"), &json!(1)), "{error}");
    }
}

#[test]
fn where_no_id_was_given_nobody_is_told_to_check_one() {
    let bodies = [
        r#"{"message":"gone"}"#,
        r#"{"errors":{"404":[{"code":"UPAPI-113000-404","message":"The entity is not found"}]}}"#,
    ];
    let create = ["create", "--dataset", "d", "--segment", "s", "--output", "json"];
    for body in bodies {
        let script = Script::start(&[("", Reply::Json(404, body.to_owned()))]);
        for command in [
            &create[..],
            &["list", "-o", "json"],
            &["segment-job", "create", "--segment", "s", "-o", "json"],
            &["segment-job", "list", "-o", "json"],
            &["dataset", "create", "d", "-o", "json"],
            &["dataset", "list", "-o", "json"],
            &["audience", "list", "-o", "json"],
        ] {
            let ran = World::at(&script.url).run(command);
            let error = ran.error();
            assert_eq!((ran.code, error["http_status"].as_u64()), (3, Some(404)), "{ran:?}");
            let hint = error["hint"].as_str().unwrap();
            assert!(!hint.contains("check the id"), "{command:?}: {hint}");
            assert!(hint.contains("--sandbox") && hint.contains("--dry-run"), "{hint}");
        }
    }
}

#[test]
fn every_code_that_has_a_hint_is_tried_here() {
    for known in aep_export_cli::error_codes() {
        let tried = CODES.iter().any(|(_, _, code, ..)| {
            code.strip_prefix(known.code)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        assert!(tried, "{} has no row in this table", known.code);
    }
}

#[test]
fn a_person_reads_the_sentence_the_request_id_and_the_hint() {
    let body = r#"{"error_code":"403025","message":"Profile is not valid"}"#;
    let script = Script::start(&[("GET ", Reply::Json(403, body.to_owned()))]);
    let ran = World::at(&script.url).run(&["get", "7"]);
    assert_eq!(
        ran.stderr,
        "error: cannot get job 7: Profile is not valid (HTTP 403, code 403025)\n  \
         request id scripted-request\n\
         hint: the credential has no product profile for this organisation: add one in the \
         developer console, and check AEP_ORG_ID\n"
    );
}

/// Each form in which AEP, or something before it, says that it will not: what a person reads of it.
#[test]
fn every_envelope_is_told_in_one_form() {
    for (status, body, told) in [
        // The gateway.
        (
            429,
            r#"{"error_code":"429050","message":"Too many requests"}"#,
            "Too many requests (HTTP 429, code 429050)",
        ),
        // The services of profiles and segments; title and messages, and each once.
        (
            404,
            r#"{"requestId":"inner","errors":{"404":[{"code":"UPAPI-113430-404","message":"Nothing has it."},{"message":"Look elsewhere."}]},"type":"https://ns.adobe.com/aep/errors/UPAPI-113430-404","title":"Nothing has it","status":404}"#,
            "Nothing has it: Look elsewhere (HTTP 404, code UPAPI-113430-404)",
        ),
        // The same with everything inside.
        (
            403,
            r#"{"errors":{"403":[{"message":"READ on /x"}],"type":"https://ns.adobe.com/aep/errors/UPAPI-113752-403","title":"Permission denied","status":403}}"#,
            "Permission denied: READ on /x (HTTP 403, code UPAPI-113752-403)",
        ),
        // A platform service.
        (
            403,
            r#"{"type":"http://ns.adobe.com/aep/errors/PDP-4041-403","title":"Not entitled","status":403,"report":{"tenantInfo":{"sandboxName":"prod"},"additionalContext":{"request-id":"inner"}},"error-chain":[{"errorCode":"PDP-4041-403"}]}"#,
            "Not entitled (HTTP 403, code PDP-4041-403)",
        ),
        // The same as a text in the message of another.
        (
            403,
            r#"{"errors":{"403":[{"code":"403","message":"{\"type\":\"http://ns.adobe.com/aep/errors/PDP-4041-403\",\"title\":\"Not entitled\",\"report\":{\"additionalContext\":{\"request-id\":\"inner\"}},\"error-chain\":[]}"}]}}"#,
            "Not entitled (HTTP 403, code PDP-4041-403)",
        ),
        // Catalog.
        (
            404,
            r#"{"type":"/placeholder/type/uri","status":404,"title":"NotFoundError","detail":"DataSet not found."}"#,
            "DataSet not found (HTTP 404, code NotFoundError)",
        ),
        // Streaming ingestion.
        (
            400,
            r##"{"type":"http://ns.adobe.com/adobecloud/problem/inlet","status":400,"title":"Invalid Message","report":{"message":"It is invalid","cause":{"_streamingValidation":[{"message":"1 violation","causingExceptions":[{"message":"extra key","pointerToViolation":"#/a"}]}]}}}"##,
            "It is invalid: 1 violation: extra key (#/a) (HTTP 400, code Invalid Message)",
        ),
        // Profile entities.
        (
            429,
            r#"{"message":"Too large","cause":"the load","retryAfterMs":"500","statusCode":"429"}"#,
            "Too large: the load (HTTP 429, code 429)",
        ),
        (
            403,
            r#"{"message":"UPS-ACC-1000004: IMS Org is not provisioned.","statusCode":"403"}"#,
            "UPS-ACC-1000004: IMS Org is not provisioned (HTTP 403, code UPS-ACC-1000004)",
        ),
        // A message and no more.
        (400, r#"{"message":"Not like that"}"#, "Not like that (HTTP 400)"),
        (409, r#"{"status":false,"message":"Running already"}"#, "Running already (HTTP 409)"),
        // Flow Service.
        (412, r#"{"errorMessage":"The etag differs"}"#, "The etag differs (HTTP 412)"),
        // Labels.
        (
            404,
            r#"{"timestamp":"2021-04-21T19:56:46Z","status":"NOT_FOUND","code":"PES-404","message":"No labels","path":"/x"}"#,
            "No labels (HTTP 404, code PES-404)",
        ),
        // The token service.
        (
            400,
            r#"{"error":"invalid_scope","error_description":"No such scope"}"#,
            "No such scope (HTTP 400, code invalid_scope)",
        ),
        // No document at all.
        (503, "", "Service Unavailable (HTTP 503)"),
        (502, "upstream connect error\nmore", "upstream connect error (HTTP 502)"),
        (
            502,
            "<html><h1>502</h1></html>",
            "an HTML page instead of an answer of the service (HTTP 502)",
        ),
    ] {
        let script = Script::start(&[("GET ", Reply::Json(status, body.to_owned()))]);
        let ran = World::at(&script.url).run(&["get", "7"]);
        let (first, rest) = ran.stderr.split_once('\n').unwrap();
        assert_eq!(first, format!("error: cannot get job 7: {told}"), "{body}");
        // The answer's own, whatever stands in the document.
        assert!(rest.starts_with("  request id scripted-request\nhint: "), "{ran:?}");
    }
}

/// What the service says after several attempts: how many, how long, and the ids of all answers.
#[test]
fn every_attempt_can_be_named_to_the_support() {
    let service = Service::quick();
    let world = World::signed_in(&service.url).with("AEP_RETRIES", "1");
    let answer = json!({"status": 429, "retry_after": 0});
    let fault = json!({"match": {"operation": "export_jobs.get"}, "action": {"answer": answer}});
    service.fault(&fault.to_string());
    let ran = world.run(&["get", "7", "-o", "json"]);
    let error = ran.error();
    assert_eq!(error["attempts"], 2, "{error}");
    assert!(error["elapsed_ms"].is_u64(), "{error}");
    let earlier = error["earlier_request_ids"].as_array().unwrap();
    assert_eq!(earlier.len(), 1, "{error}");
    assert_ne!(earlier[0], error["request_id"]);

    let told = world.run(&["get", "7"]);
    assert!(told.stderr.contains("2 attempts in "), "{told:?}");
    assert_eq!(lines(&told, "  request id ").len(), 1, "{told:?}");
    assert_eq!(lines(&told, "  earlier request ids ").len(), 1, "{told:?}");
    assert!(told.stderr.contains("the service asks to try again in 0.00s"), "{told:?}");
}

/// Without an answer, what was sent is all that there is to look for.
#[test]
fn a_create_without_an_answer_can_be_named_by_what_it_was_sent_under() {
    let script = Script::start(&[("POST ", Reply::Close)]);
    let create = ["create", "--dataset", "6123456789abcdef01234567"];
    let world = World::at(&script.url);
    let error = world.run(&[&create[..], &["-o", "json"]].concat()).error();
    let sent = error["sent_request_id"].as_str().unwrap();
    assert!(error["request_id"].is_null(), "{error}");
    let post = script.all().into_iter().find(|came| came.line.starts_with("POST ")).unwrap();
    assert!(post.headers.contains(&format!("x-request-id: {}", sent.to_lowercase())), "{post:?}");
    let told = world.run(&create);
    assert_eq!(lines(&told, "  sent under the request id ").len(), 1, "{told:?}");
}

#[test]
fn what_is_in_the_way_of_a_connection_has_a_hint_of_its_own() {
    let plain = Script::start(&[]);
    for (url, hint) in [
        ("http://127.0.0.1:1", "nothing listens at this address"),
        ("https://nowhere.invalid", "check the host's name"),
        (&plain.url.replace("http:", "https:"), "does not speak TLS"),
    ] {
        let ran = World::at(url).run(&["get", "7"]);
        assert_eq!(ran.code, 10, "{ran:?}");
        assert!(ran.stderr.contains(hint), "{hint}: {ran:?}");
    }
}

/// A token that says when it ends is not sent after that; this one ended in 1970.
#[test]
fn a_given_token_that_has_run_out_is_to_be_replaced() {
    let script = Script::start(&[]);
    let payload = "eyJjcmVhdGVkX2F0IjoiMTAwMCIsImV4cGlyZXNfaW4iOiIxMDAwIn0";
    let token = format!("eyJhbGciOiJub25lIn0.{payload}.x");
    let ran = World::at(&script.url).with("AEP_ACCESS_TOKEN", &token).run(&["get", "7"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("get a new one") && !ran.stderr.contains(payload), "{ran:?}");
    assert!(script.all().is_empty());
}

fn lines<'a>(ran: &'a Ran, start: &str) -> Vec<&'a str> {
    ran.stderr.lines().filter(|line| line.starts_with(start)).collect()
}
