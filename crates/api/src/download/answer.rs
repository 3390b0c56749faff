//! What an answer to a request for a part of a file is good for.

use http::{HeaderMap, StatusCode, header};

use super::extent::Extent;
use super::transfer::Asked;
use super::validator::Validator;

/// What is known of the file that is fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Its length, where the service lists one.
    pub(super) length: Option<u64>,
    /// The state that bytes were taken from, once some were. The state of a file without any mark
    /// is `None` too.
    pub(super) state: Option<Option<Validator>>,
}

/// What to do with an answer whose status is a success.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its body begins with these bytes of the file; more may follow, and is not wanted.
    Part(Extent),
    /// Its body is the file from the beginning. `says_end` tells whether a body that is cut short
    /// can be known by its framing.
    Whole { says_end: bool },
    /// The file is not in the state any more that earlier bytes were taken from.
    Changed,
    /// It is no answer to what was asked; why.
    Nonsense(String),
    /// The file is not the one that was listed; why.
    NotTheFile(String),
    /// Something of another length, such as a page of whoever is in between; why.
    SomethingElse(String),
}

/// Judges an answer to a request for `asked`.
pub(super) fn judge(
    asked: Asked,
    known: &Known,
    status: StatusCode,
    headers: &HeaderMap,
) -> Verdict {
    let changed = known.state.as_ref().is_some_and(|state| *state != Validator::of(headers));
    if status != StatusCode::PARTIAL_CONTENT {
        return whole(known, changed, status, headers);
    }
    let Asked::Part(asked) = asked else {
        return Verdict::Nonsense("a part where the whole file was asked for".to_owned());
    };
    let ranges: Vec<_> = headers.get_all(header::CONTENT_RANGE).iter().collect();
    let [range] = ranges.as_slice() else {
        return Verdict::Nonsense("a part without a single Content-Range".to_owned());
    };
    let text = String::from_utf8_lossy(range.as_bytes());
    let Some(range) = ContentRange::parse(&text) else {
        return Verdict::Nonsense(format!("a part with the Content-Range {text:?}"));
    };
    if changed {
        return Verdict::Changed;
    }
    if let (Some(total), Some(listed)) = (range.total, known.length)
        && total != listed
    {
        return Verdict::NotTheFile(wrong_length(total, listed));
    }
    match Extent::new(asked.start, asked.end.min(range.end)) {
        Some(extent) if range.start == asked.start => Verdict::Part(extent),
        _ => {
            let (first, last) = (asked.start, asked.end.saturating_sub(1));
            Verdict::Nonsense(format!("{text:?} where bytes {first}-{last} were asked for"))
        }
    }
}

fn whole(known: &Known, changed: bool, status: StatusCode, headers: &HeaderMap) -> Verdict {
    if status != StatusCode::OK {
        return Verdict::Nonsense(format!("HTTP {}, which has no file", status.as_u16()));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.trim().parse::<u64>().ok());
    if let (Some(length), Some(listed)) = (length, known.length)
        && length != listed
    {
        return Verdict::SomethingElse(wrong_length(length, listed));
    }
    if changed {
        return Verdict::Changed;
    }
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    Verdict::Whole { says_end: length.is_some() || chunked }
}

pub(super) fn wrong_length(found: u64, listed: u64) -> String {
    format!("has {found} bytes where the service lists {listed}")
}

/// `bytes 0-99/249058`; the end is not included here.
struct ContentRange {
    start: u64,
    end: u64,
    total: Option<u64>,
}

impl ContentRange {
    fn parse(text: &str) -> Option<Self> {
        let (unit, rest) = text.trim().split_once(' ')?;
        let (range, total) = rest.trim().split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (start, end) = (number(first)?, number(last)?.checked_add(1)?);
        let total = match total.trim() {
            "*" => None,
            total => Some(number(total)?),
        };
        let fits = unit.eq_ignore_ascii_case("bytes")
            && start < end
            && total.is_none_or(|total| end <= total);
        fits.then_some(Self { start, end, total })
    }
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    (!text.starts_with('+')).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        pairs.collect()
    }

    fn known(length: u64, state: Option<&str>) -> Known {
        let state = state.map(|tag| Some(Validator::Etag(tag.to_owned())));
        Known { length: Some(length), state }
    }

    const ASKED: Asked = Asked::Part(Extent { start: 100, end: 200 });

    fn part(range: &str) -> Verdict {
        judge(
            ASKED,
            &known(1000, None),
            StatusCode::PARTIAL_CONTENT,
            &headers(&[("content-range", range)]),
        )
    }

    #[test]
    fn a_part_must_begin_where_it_was_asked_to() {
        let extent = |start, end| Verdict::Part(Extent { start, end });
        assert_eq!(part("bytes 100-199/1000"), extent(100, 200));
        assert_eq!(part("Bytes 100-199/*"), extent(100, 200));
        assert_eq!(part("bytes 100-149/1000"), extent(100, 150), "less than asked for");
        assert_eq!(part("bytes 100-999/1000"), extent(100, 200), "more than asked for");
        for nonsense in [
            "bytes 0-199/1000",
            "bytes 101-199/1000",
            "bytes 300-399/1000",
            "bytes 199-100/1000",
            "bytes 100-1000/1000",
            "bytes */1000",
            "lines 100-199/1000",
            "bytes 100-199",
            "bytes +100-199/1000",
            "",
        ] {
            assert!(matches!(part(nonsense), Verdict::Nonsense(_)), "{nonsense}");
        }
        assert!(matches!(part("bytes 100-199/1001"), Verdict::NotTheFile(_)));
        let none = judge(ASKED, &known(1000, None), StatusCode::PARTIAL_CONTENT, &headers(&[]));
        assert!(matches!(none, Verdict::Nonsense(_)), "such as several parts in one body");
        let range = headers(&[("content-range", "bytes 100-199/1000")]);
        let unasked = judge(Asked::Whole, &known(1000, None), StatusCode::PARTIAL_CONTENT, &range);
        assert!(matches!(unasked, Verdict::Nonsense(_)));
    }

    #[test]
    fn another_state_is_never_taken_for_the_same() {
        let range = ("content-range", "bytes 100-199/1000");
        for (status, pairs, known, changed) in [
            (206, vec![range, ("etag", "\"a\"")], known(1000, Some("\"a\"")), false),
            (206, vec![range, ("etag", "\"b\"")], known(1000, Some("\"a\"")), true),
            (206, vec![range], known(1000, Some("\"a\"")), true),
            (206, vec![range, ("etag", "\"a\"")], known(1000, None), false),
            (200, vec![("etag", "\"a\"")], known(1000, Some("\"a\"")), false),
            (200, vec![("etag", "\"b\"")], known(1000, Some("\"a\"")), true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let verdict = judge(ASKED, &known, status, &headers(&pairs));
            assert_eq!(verdict == Verdict::Changed, changed, "{status} {pairs:?} {known:?}");
        }
        let unmarked = Known { length: Some(1000), state: Some(None) };
        let status = StatusCode::PARTIAL_CONTENT;
        assert_eq!(judge(ASKED, &unmarked, status, &headers(&[range])), part(range.1));
        let marked = headers(&[range, ("etag", "\"a\"")]);
        assert_eq!(judge(ASKED, &unmarked, status, &marked), Verdict::Changed);
    }

    #[test]
    fn a_whole_file_may_come_instead_of_a_part() {
        let whole = |pairs: &[(&'static str, &str)]| {
            judge(ASKED, &known(1000, None), StatusCode::OK, &headers(pairs))
        };
        assert_eq!(whole(&[("content-length", "1000")]), Verdict::Whole { says_end: true });
        assert_eq!(whole(&[("transfer-encoding", "chunked")]), Verdict::Whole { says_end: true });
        assert_eq!(whole(&[]), Verdict::Whole { says_end: false });
        let wrong = "has 999 bytes where the service lists 1000".to_owned();
        assert_eq!(whole(&[("content-length", "999")]), Verdict::SomethingElse(wrong));
        let empty = judge(ASKED, &known(1000, None), StatusCode::NO_CONTENT, &headers(&[]));
        assert!(matches!(empty, Verdict::Nonsense(_)));
    }

    proptest! {
        #[test]
        fn any_header_is_judged_and_a_part_is_always_within_what_was_asked_for(
            range in "[ -~]{0,30}|bytes [0-9]{1,4}-[0-9]{1,4}/([0-9]{1,4}|\\*)",
        ) {
            if let Verdict::Part(extent) = part(&range) {
                prop_assert!(extent.start == 100 && extent.end <= 200 && extent.len() > 0);
            }
        }
    }
}
