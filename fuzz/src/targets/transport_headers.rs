//! What the layers read of an answer: `Retry-After`, `Date`, and the gateway's envelope.

use std::time::{Duration, SystemTime};

use crate::block::Block;
use aep_export_transport::{answered_at, gateway_error_code, retry_after};
use serde_json::Value;

pub(super) fn target(data: &[u8]) {
    let block = Block::read(data);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let text = |name: &str| block.headers.get(name)?.to_str().ok().map(str::trim);

    let asked = retry_after(&block.headers, now);
    match text("retry-after") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let seconds = digits.parse().map_or(Duration::MAX, Duration::from_secs);
            assert_eq!(asked, Some(seconds), "{digits}");
        }
        Some(date) => {
            let until = httpdate::parse_http_date(date).ok();
            let from = answered_at(&block.headers).unwrap_or(now);
            let expected = until.map(|until| until.duration_since(from).unwrap_or_default());
            assert_eq!(asked, expected, "{date}");
        }
        None => assert_eq!(asked, None),
    }
    if let Some(date) = answered_at(&block.headers) {
        // The two-digit years of one form are why it is not compared with its text.
        let again = httpdate::fmt_http_date(date);
        assert_eq!(httpdate::parse_http_date(&again).ok(), Some(date), "{again}");
    }

    let code = gateway_error_code(&block.body);
    let said = serde_json::from_slice::<Value>(&block.body).ok();
    match said.as_ref().and_then(|said| said.get("error_code")) {
        // A document that repeats a key is refused; a value takes the last.
        Some(Value::String(said)) if code.is_some() => assert_eq!(code.as_ref(), Some(said)),
        Some(Value::Number(said)) if code.is_some() => {
            assert_eq!(code, Some(said.to_string()));
        }
        _ => assert_eq!(code.filter(|_| said.is_some()), None),
    }
}
