//! Error envelopes A to I: each gives its code and message.

use aep_export_model::error::*;
use serde_json::json;

use super::{read, written};

#[test]
fn a_gateway() {
    for code in [json!("403010"), json!(403_010), json!(403_010.0)] {
        let error: GatewayError =
            read(&json!({"error_code": code, "message": "Token is missing."}));
        assert_eq!((error.code(), error.message()), (Some("403010"), Some("Token is missing.")));
    }
}

#[test]
fn b_ups() {
    let full = json!({
        "requestId": "Req1",
        "errors": {"404": [
            {"code": "UPAPI-900001-404", "message": "The entity x is not found."},
            {"code": "404", "message": "second"}
        ]},
        "type": "https://ns.adobe.com/aep/errors/UPAPI-900001-404",
        "title": "Not found.", "status": 404
    });
    let error: UpsError = read(&full);
    assert_eq!((error.code(), error.message()), (Some("UPAPI-900001-404"), Some("Not found.")));
    assert_eq!((error.status(), error.request_id.as_deref()), (Some(404), Some("Req1")));
    assert_eq!(error.entries().count(), 2);
    assert_eq!(written(&error), full);

    // The code may be the bare HTTP status, as a number; the full one is in the type.
    let bare: UpsError = read(&json!({
        "errors": {"400": [{"code": 400, "message": "There is a problem."}]},
        "type": "https://ns.adobe.com/aep/errors/UPLIB-900002-503", "status": 400
    }));
    assert_eq!(bare.code(), Some("UPLIB-900002-503"), "its ending differs from the status");
    assert_eq!((bare.message(), bare.status()), (Some("There is a problem."), Some(400)));
    assert_eq!(bare.entries().next().unwrap().code.as_deref(), Some("400"));
    let no_type: UpsError = read(&json!({"errors": {"400": [{"code": 400}]}}));
    assert_eq!(no_type.code(), Some("400"));
}

/// One published answer has type, title and status inside of `errors`.
#[test]
fn b_ups_with_everything_inside() {
    let document = json!({
        "requestId": "Req1",
        "errors": {
            "403": [{"code": "UPAPI-900003-403", "message": "Permission denied."}],
            "type": "https://ns.adobe.com/aep/errors/UPAPI-900003-403",
            "title": "Permission denied on some resources.", "status": 403
        }
    });
    let error: UpsError = read(&document);
    assert_eq!(error.code(), Some("UPAPI-900003-403"));
    assert_eq!(error.message(), Some("Permission denied on some resources."));
    assert_eq!((error.status(), error.entries().count()), (Some(403), 1));
    assert_eq!(written(&error), document);
}

#[test]
fn b_ups_in_odd_shapes() {
    let list: UpsError = read(&json!({"errors": [{"code": "X-1", "message": "m"}, "text"]}));
    assert_eq!((list.code(), list.message()), (Some("X-1"), Some("m")));
    assert_eq!(list.entries().count(), 2);
    let single: UpsError = read(&json!({"errors": {"500": {"message": "m"}}}));
    assert_eq!((single.code(), single.message()), (None, Some("m")));
    for odd in [json!(null), json!(1), json!("x"), json!({"403": 1, "500": null})] {
        let error: UpsError = read(&json!({"errors": odd, "title": "t", "type": "about:blank"}));
        assert_eq!(error.message(), Some("t"), "{odd}");
    }
}

#[test]
fn c_platform() {
    let document = json!({
        "type": "http://ns.adobe.com/aep/errors/PDP-9041-403",
        "title": "The user is not entitled.", "status": 403,
        "report": {
            "tenantInfo": {"sandboxName": "N/A", "sandboxId": "N/A", "imsOrgId": "0@AdobeOrg"},
            "additionalContext": {"request-id": "Req2"}
        },
        "error-chain": [{
            "serviceId": "Policy", "errorCode": "PDP-9041-403",
            "invokingServiceId": "feeds", "unixTimeStampMs": 1_660_925_698_164_i64
        }]
    });
    let error: PlatformError = read(&document);
    assert_eq!(error.code(), Some("PDP-9041-403"));
    assert_eq!(error.message(), Some("The user is not entitled."));
    assert_eq!(error.request_id(), Some("Req2"));
    assert_eq!(written(&error), document);
    let chain_only: PlatformError = read(&json!({"error-chain": [{"errorCode": "E-1"}]}));
    assert_eq!((chain_only.code(), chain_only.request_id()), (Some("E-1"), None));
}

#[test]
fn d_catalog() {
    let error: CatalogError = read(&json!({
        "type": "/placeholder/type/uri", "status": 404, "title": "NotFoundError",
        "detail": "No such dataset."
    }));
    assert_eq!((error.code(), error.message()), (Some("NotFoundError"), Some("No such dataset.")));
    assert_eq!(error.status, Some(404));
    let placeholder: CatalogError =
        read(&json!({"status": "integer", "title": "Client error", "type": "https://x/client"}));
    assert_eq!((placeholder.status, placeholder.message()), (None, Some("Client error")));
}

#[test]
fn e_streaming() {
    let error: StreamingError = read(&json!({
        "type": "http://ns.adobe.com/adobecloud/problem/inlet", "status": 400,
        "title": "Invalid Message",
        "report": {
            "message": "Message is invalid",
            "cause": {"_streamingValidation": [{
                "message": "2 violations", "pointerToViolation": "#",
                "causingExceptions": [
                    {"message": "extraneous key", "keyword": "additionalProperties",
                     "causingExceptions": [{"message": "deeper", "causingExceptions": [{}]}]}
                ]
            }]}
        }
    }));
    assert_eq!(
        (error.code(), error.message()),
        (Some("Invalid Message"), Some("Message is invalid"))
    );
    let violation = error.violations().next().unwrap();
    assert_eq!(violation.causes[0].message.as_deref(), Some("extraneous key"));
    assert_eq!(violation.causes[0].keyword.as_deref(), Some("additionalProperties"));

    let bare: StreamingError =
        read(&json!({"_errors": {"_streamingValidation": [{"message": "Header is missing"}]}}));
    assert_eq!((bare.code(), bare.message()), (None, Some("Header is missing")));
}

#[test]
fn f_profile() {
    let throttled: ProfileError = read(&json!({
        "message": "Too many requests", "cause": "{\"Errors\":[\"large\"]}",
        "retryAfterMs": "500", "statusCode": "429"
    }));
    assert_eq!((throttled.retry_after_ms, throttled.status()), (Some(500), Some(429)));
    assert_eq!((throttled.code(), throttled.message()), (Some("429"), Some("Too many requests")));
    let coded: ProfileError =
        read(&json!({"message": "UPS-ACC-9000004: Not set up.", "statusCode": 403}));
    assert_eq!((coded.code(), coded.status()), (Some("UPS-ACC-9000004"), Some(403)));
    let sentence: ProfileError = read(&json!({"message": "No: nothing-there: at all"}));
    assert_eq!(sentence.code(), None);
    let bare: ProfileError = read(&json!({"statusCode": "404"}));
    assert_eq!((bare.code(), bare.message()), (Some("404"), None));
    assert_eq!(read::<ProfileError>(&json!({"statusCode": "99999"})).status(), None);
}

#[test]
fn g_message() {
    let error: MessageError = read(&json!({"status": false, "message": "Already running"}));
    assert_eq!(
        (error.status, error.message(), error.code()),
        (Some(false), Some("Already running"), None)
    );
    assert_eq!(read::<MessageError>(&json!({"message": "m"})).status, None);
}

#[test]
fn h_error_message() {
    let error: ErrorMessage = read(&json!({"errorMessage": "Version does not match"}));
    assert_eq!((error.code(), error.message()), (None, Some("Version does not match")));
}

#[test]
fn i_labels() {
    let document = json!({
        "timestamp": "2021-04-21T19:56:46.551000Z", "status": "NOT_FOUND", "code": "PES-404",
        "message": "Not Found", "path": "/entities/x"
    });
    let error: LabelsError = read(&document);
    assert_eq!((error.code(), error.message()), (Some("PES-404"), Some("Not Found")));
    assert_eq!(written(&error), document);
}
