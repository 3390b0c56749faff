//! What an error answer says, whichever envelope it came in.
//!
//! The gateway and the services behind it use nine JSON envelopes, and sometimes none at all
//! (documented and observed; the model lists them). Which one an answer is can only be told from
//! its keys.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use aep_export_model::{
    CatalogError, ErrorMessage, GatewayError, LabelsError, MessageError, PlatformError,
    ProfileError, StreamingError, UpsError,
};

use crate::Answer;

/// How many documents may lie in each other's messages. One is documented.
const MAX_NESTING: usize = 3;
/// How much of a text that is no document is worth repeating, in characters.
const MAX_TEXT: usize = 200;

/// What an error answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) details: Vec<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn read(answer: &Answer) -> Self {
        let text = String::from_utf8_lossy(answer.body());
        let text = text.trim();
        match Self::from_json(text, MAX_NESTING) {
            Some(problem) => problem,
            None if text.is_empty() => Self::default(),
            None => Self { title: Some(of_plain_text(answer, text)), ..Self::default() },
        }
    }

    fn from_json(text: &str, nesting: usize) -> Option<Self> {
        let keys: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        let has = |key: &str| keys.contains_key(key);
        let problem = if has("error_code") {
            let error: GatewayError = read(text)?;
            Self::new(error.code(), error.message())
        } else if has("errors") {
            Self::of_ups(&read(text)?)
        } else if has("error-chain") || report_names_the_request(&keys) {
            let error: PlatformError = read(text)?;
            let request_id = error.request_id().map(str::to_owned);
            Self { request_id, ..Self::new(error.code(), error.message()) }
        } else if has("report") || has("_errors") {
            Self::of_streaming(&read(text)?)
        } else if has("statusCode") {
            Self::of_profile(&read(text)?)
        } else if has("errorMessage") {
            let error: ErrorMessage = read(text)?;
            Self::new(error.code(), error.message())
        } else if has("code") {
            let error: LabelsError = read(text)?;
            Self::new(error.code(), error.message())
        } else if has("title") || has("detail") {
            let error: CatalogError = read(text)?;
            Self::new(error.code(), error.message())
        } else {
            let error: MessageError = read(text)?;
            Self::new(error.code(), error.message())
        };
        Some(problem.unpacked(nesting))
    }

    fn new(code: Option<&str>, title: Option<&str>) -> Self {
        let kept = |text: &str| {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self { code: code.and_then(kept), title: title.and_then(kept), ..Self::default() }
    }

    fn of_ups(error: &UpsError) -> Self {
        let problem = Self::new(error.code(), error.message());
        let entries = error.entries().filter_map(|entry| entry.message.clone());
        let details = entries.filter(|message| Some(message) != problem.title.as_ref()).collect();
        Self { details, request_id: error.request_id.clone(), ..problem }
    }

    fn of_streaming(error: &StreamingError) -> Self {
        let problem = Self::new(error.code(), error.message());
        let violations = error.violations().filter_map(|violation| violation.message.clone());
        let details =
            violations.filter(|message| Some(message) != problem.title.as_ref()).collect();
        Self { details, ..problem }
    }

    fn of_profile(error: &ProfileError) -> Self {
        let retry_after = error.retry_after_ms.map(Duration::from_millis);
        let cause = error.cause.clone().filter(|cause| Some(cause.as_str()) != error.message());
        let details = cause.into_iter().collect();
        Self { retry_after, details, ..Self::new(error.code(), error.message()) }
    }

    /// Opens the document that a message holds as text, of which the innermost knows best what is
    /// wrong.
    fn unpacked(mut self, nesting: usize) -> Self {
        let packed = self.title.iter().chain(&self.details).find_map(|text| {
            let inner = text
                .starts_with('{')
                .then(|| nesting.checked_sub(1).and_then(|nesting| Self::from_json(text, nesting)));
            Some((text.clone(), inner??))
        });
        let Some((text, inner)) = packed else {
            return self;
        };
        self.details.retain(|detail| *detail != text);
        if self.title.as_deref() == Some(text.as_str()) {
            self.title = inner.title;
        } else {
            self.details.extend(inner.title);
        }
        self.details.extend(inner.details);
        self.code = self.code.or(inner.code);
        self.request_id = self.request_id.or(inner.request_id);
        self.retry_after = self.retry_after.or(inner.retry_after);
        self
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Tells a platform service's report from one of streaming ingestion.
fn report_names_the_request(keys: &BTreeMap<String, &RawValue>) -> bool {
    let report = keys
        .get("report")
        .and_then(|report| serde_json::from_str::<BTreeMap<String, &RawValue>>(report.get()).ok());
    report.is_some_and(|report| {
        report.contains_key("tenantInfo") || report.contains_key("additionalContext")
    })
}

/// A page or a plain text: what gateways and proxies say when no service does.
fn of_plain_text(answer: &Answer, text: &str) -> String {
    let content_type = answer.headers().get(http::header::CONTENT_TYPE);
    let html = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
        || text.starts_with('<');
    if html {
        return "an HTML page instead of an answer of the service".to_owned();
    }
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(problem.request_id.as_deref(), Some("q"));

        let outer = serde_json::json!({
            "errors": {"403": [{"message": inner}]}, "title": "Denied", "status": 403,
        });
        let problem = super::tests::problem(&outer.to_string());
        assert_eq!(problem.title.as_deref(), Some("Denied"));
        assert_eq!(problem.details, ["Not entitled"]);
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
}
