//! How long the service asks to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};

/// The wait that `Retry-After` asks for: whole seconds, which is what Adobe's gateway sends
/// (documented in its source), or a date in one of the three forms of HTTP.
///
/// A date counts from the answer's own `Date`, so that a clock of ours that is wrong does no harm;
/// without one from `now`. A date that has passed is no wait. Anything else is `None`; a number of
/// seconds too large to be one is the longest wait there is, never a short one.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use aep_export_transport::retry_after;
/// use http::{HeaderMap, HeaderValue, header};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
/// assert_eq!(retry_after(&headers, SystemTime::UNIX_EPOCH), Some(Duration::from_secs(30)));
/// ```
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = text(headers, RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(answered_at(headers).unwrap_or(now)).unwrap_or_default())
}

/// When the service says that it gave an answer, by its own clock: the `Date` header.
pub fn answered_at(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, DATE)?).ok()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the date of the standard's examples.
    fn example() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
    }

    fn asked(header: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(header).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        retry_after(&headers, now)
    }

    #[test]
    fn the_three_date_forms_count_from_the_answer_s_date() {
        let now = SystemTime::UNIX_EPOCH;
        for form in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            let date = Some("Sun, 06 Nov 1994 08:49:07 GMT");
            assert_eq!(asked(form, date, now), Some(Duration::from_secs(30)), "{form}");
            let now = example() - Duration::from_secs(7);
            assert_eq!(asked(form, None, now), Some(Duration::from_secs(7)), "{form}");
            assert_eq!(asked(form, Some("yesterday"), now), Some(Duration::from_secs(7)));
            assert_eq!(asked(form, None, example() + Duration::from_secs(1)), Some(Duration::ZERO));
        }
    }

    #[test]
    fn garbage_is_no_wish_and_a_huge_number_is_not_a_small_one() {
        for text in ["", " ", "soon", "-5", "+5", "1.5", "5 s", "0x10", "Sun, 99 Nov 1994 08:49:37"]
        {
            assert_eq!(asked(text, None, example()), None, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), example()), None);
        let huge = "99999999999999999999999999";
        assert_eq!(asked(huge, None, example()), Some(Duration::MAX));
        assert_eq!(asked(" 5 ", None, example()), Some(Duration::from_secs(5)));
    }

    proptest! {
        #[test]
        fn seconds_and_dates_come_back_as_they_were_sent(
            sent in 0_u64..4_000_000_000,
            wait in 0_u64..1_000_000,
        ) {
            let expected = Some(Duration::from_secs(wait));
            let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(sent);
            let until = sent + Duration::from_secs(wait);
            prop_assert_eq!(asked(&wait.to_string(), None, sent), expected);
            let (until, date) = (httpdate::fmt_http_date(until), httpdate::fmt_http_date(sent));
            prop_assert_eq!(asked(&until, Some(&date), example()), expected);
            prop_assert_eq!(asked(&until, None, sent), expected);
        }

        #[test]
        fn no_text_does_harm(header in "[ -~]{0,40}", date in "[ -~]{0,40}") {
            asked(&header, Some(&date), example());
        }
    }
}
