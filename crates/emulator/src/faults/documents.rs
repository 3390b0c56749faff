//! Answers that a fault puts in the place of the service's, in every known form.

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::action::{Envelope, FaultAnswer, RetryAfter};
use crate::answer::{Answer, ims, problem, ups};
use crate::call::Call;

/// The answer that a rule asks for.
pub(super) fn document(wanted: &FaultAnswer, call: &Call, now: i64) -> Answer {
    let status = StatusCode::from_u16(wanted.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = match &wanted.body {
        Some(text) => Answer::text(status, "application/json", text),
        None => enveloped(wanted, status, call, now),
    };
    if let Some(retry_after) = &wanted.retry_after {
        answer = answer.with("retry-after", retry_after.text());
    }
    for (name, value) in &wanted.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            answer.headers.retain(|(known, _)| *known != name);
            answer.headers.push((name, value));
        }
    }
    answer
}

fn enveloped(wanted: &FaultAnswer, status: StatusCode, call: &Call, now: i64) -> Answer {
    let number = status.as_u16();
    let words = status.canonical_reason().unwrap_or("Unknown");
    let message = wanted.message.as_deref().unwrap_or(words);
    let code = |usual: String| wanted.code.clone().unwrap_or(usual);
    let json = |document: Value| Answer::json(status, &document);
    match wanted.envelope.unwrap_or_default() {
        Envelope::Gateway => {
            json(json!({"error_code": code(gateway_code(number)), "message": message}))
        }
        Envelope::Ups => {
            ups(number, &code(format!("UPAPI-113000-{number}")), message, &call.request_id)
        }
        Envelope::Platform => {
            json(platform(number, &code(format!("PDP-4041-{number}")), message, call, now))
        }
        Envelope::Catalog => problem(number, &code(words.replace(' ', "") + "Error"), message),
        Envelope::Streaming => json(json!({
            "type": format!("http://ns.adobe.com/adobecloud/problem/{}", code(number.to_string())),
            "status": number,
            "title": words,
            "report": {"message": message, "cause": {}},
        })),
        Envelope::Profile => json(json!({
            "message": message,
            "cause": code(words.to_owned()),
            // A text (documented).
            "retryAfterMs": retry_after_ms(wanted),
            "statusCode": number.to_string(),
        })),
        Envelope::Message => json(json!({"message": message})),
        Envelope::ErrorMessage => json(json!({"errorMessage": message})),
        Envelope::Labels => json(json!({
            "timestamp": jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_string(),
            "status": words.to_uppercase().replace(' ', "_"),
            "code": code(format!("PES-{number}")),
            "message": message,
            "path": call.shown_path(),
        })),
        Envelope::Ims => ims(number, &code("server_error".to_owned()), message),
        Envelope::Empty => Answer::empty(status),
        Envelope::Html => Answer::text(status, "text/html", &page(number, message)),
        Envelope::Text => Answer::text(status, "text/plain", message),
    }
}

/// The gateway's code for a status, of those that are documented; else the status and `000`.
fn gateway_code(status: u16) -> String {
    match status {
        400 => "400003".to_owned(),
        401 => "401013".to_owned(),
        403 => "403025".to_owned(),
        404 => "404040".to_owned(),
        429 => "429050".to_owned(),
        other => format!("{other}000"),
    }
}

fn platform(status: u16, code: &str, title: &str, call: &Call, now: i64) -> Value {
    let header = |name: &str| call.header(name).unwrap_or_default();
    json!({
        "type": format!("http://ns.adobe.com/aep/errors/{code}"),
        "title": title,
        "status": status,
        "report": {
            "tenantInfo": {
                "sandboxName": header("x-sandbox-name"),
                "sandboxId": "",
                "imsOrgId": header("x-gw-ims-org-id"),
            },
            "additionalContext": {"request-id": call.request_id},
        },
        "error-chain": [{
            "serviceId": "emulator",
            "errorCode": code,
            "invokingServiceId": "emulator",
            "unixTimeStampMs": now,
        }],
    })
}

fn retry_after_ms(wanted: &FaultAnswer) -> String {
    match wanted.retry_after {
        Some(RetryAfter::Seconds(seconds)) => seconds.saturating_mul(1_000).to_string(),
        _ => "500".to_owned(),
    }
}

/// What a proxy in between says.
fn page(status: u16, message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<html>\r\n<head><title>{status} {message}</title></head>\r\n<body>\r\n\
         <center><h1>{status} {message}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

impl Answer {
    /// A text of some kind.
    pub(super) fn text(status: StatusCode, kind: &'static str, text: &str) -> Self {
        let payload = crate::answer::Payload::Bytes(text.to_owned().into());
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static(kind));
        Self { payload, headers: vec![kind], ..Self::empty(status) }
    }
}
