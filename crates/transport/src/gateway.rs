//! What Adobe's gateway says before the service behind it is asked.

use serde::Deserialize;

use crate::object;

#[derive(Deserialize)]
struct Envelope {
    error_code: Option<Code>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Text(String),
    Number(u64),
}

/// The `error_code` of a body that is the gateway's: `{"error_code":"429050","message":".."}`
/// (documented in its source; the code is text, a number is understood too).
///
/// Services behind the gateway use other envelopes, so an answer with such a code has not reached
/// them.
///
/// ```
/// use aep_export_transport::gateway_error_code;
///
/// let body = br#"{"error_code":"403025","message":"Profile is not valid"}"#;
/// assert_eq!(gateway_error_code(body).as_deref(), Some("403025"));
/// assert_eq!(gateway_error_code(b"<html>Bad gateway</html>"), None);
/// ```
pub fn gateway_error_code(body: &[u8]) -> Option<String> {
    let envelope: Envelope = object::read(body)?;
    match envelope.error_code? {
        Code::Text(code) => Some(code),
        Code::Number(code) => Some(code.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gateway_s_envelope_has_a_code() {
        let code = |body: &str| gateway_error_code(body.as_bytes());
        assert_eq!(code(r#"{"message":"m","error_code":"503020"}"#).as_deref(), Some("503020"));
        assert_eq!(code(r#"{"error_code":429050}"#).as_deref(), Some("429050"));
        for other in [
            "",
            "[]",
            r#"["429050"]"#,
            "[429050]",
            "null",
            r#"{"error_code":null}"#,
            r#"{"error_code":["429050"]}"#,
            r#"{"errorCode":"429050","code":"429050"}"#,
            r#"{"error":{"error_code":"429050"}}"#,
            r#"{"error_code":"429050""#,
        ] {
            assert_eq!(code(other), None, "{other}");
        }
    }

    #[test]
    fn nesting_does_no_harm() {
        let deep = format!(r#"{{"details":{},"error_code":"1"}}"#, "[".repeat(1_000_000));
        assert_eq!(gateway_error_code(deep.as_bytes()), None);
    }
}
