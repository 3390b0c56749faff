//! The `Range` header.

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Everything,
    /// From the first to the last byte, both included; both are in the file.
    Part {
        first: u64,
        last: u64,
    },
    /// A range that has nothing in common with the file.
    Nothing,
}

/// Reads a `Range` header for a file of `length` bytes. One that is not understood, or asks for
/// several ranges, is as if it were not there (RFC 9110 allows both).
pub(super) fn asked(header: Option<&str>, length: u64) -> Asked {
    let Some((unit, range)) = header.and_then(|header| header.split_once('=')) else {
        return Asked::Everything;
    };
    let Some((first, last)) = range.trim().split_once('-') else { return Asked::Everything };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Asked::Everything;
    }
    let end = length.saturating_sub(1);
    match (place(first), place(last)) {
        (Place::At(first), Place::At(last)) if first > last => Asked::Everything,
        (Place::At(first), Place::At(_) | Place::Open) if first >= length => Asked::Nothing,
        (Place::At(first), Place::At(last)) => Asked::Part { first, last: last.min(end) },
        (Place::At(first), Place::Open) => Asked::Part { first, last: end },
        // The last so many bytes.
        (Place::Open, Place::At(count)) if count == 0 || length == 0 => Asked::Nothing,
        (Place::Open, Place::At(count)) => {
            Asked::Part { first: length.saturating_sub(count), last: end }
        }
        _ => Asked::Everything,
    }
}

/// One side of a range.
enum Place {
    Open,
    At(u64),
    Nonsense,
}

/// Digits and nothing else; more of them than any file has bytes are as good as the most.
fn place(text: &str) -> Place {
    if text.is_empty() {
        Place::Open
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Place::At(text.parse().unwrap_or(u64::MAX))
    } else {
        Place::Nonsense
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let part = |first, last| Asked::Part { first, last };
        for (header, length, expected) in [
            ("bytes=0-99", 1_000, part(0, 99)),
            ("bytes=0-0", 1_000, part(0, 0)),
            ("bytes=999-999", 1_000, part(999, 999)),
            ("bytes=990-5000", 1_000, part(990, 999)),
            ("bytes=500-", 1_000, part(500, 999)),
            ("bytes=-10", 1_000, part(990, 999)),
            ("bytes=-5000", 1_000, part(0, 999)),
            ("bytes=1000-", 1_000, Asked::Nothing),
            ("bytes=1000-1001", 1_000, Asked::Nothing),
            ("bytes=-0", 1_000, Asked::Nothing),
            ("bytes=0-", 0, Asked::Nothing),
            ("bytes=-1", 0, Asked::Nothing),
            ("bytes=0-99999999999999999999", 1_000, part(0, 999)),
            ("bytes=99999999999999999999-", 1_000, Asked::Nothing),
            ("bytes=-99999999999999999999", 1_000, part(0, 999)),
            ("Bytes=0-99", 1_000, part(0, 99)),
            ("bytes=+1-5", 1_000, Asked::Everything),
            ("bytes=1-+5", 1_000, Asked::Everything),
            ("bytes=+1-+5", 1_000, Asked::Everything),
            ("bytes=-+5", 1_000, Asked::Everything),
            ("bytes=9-3", 1_000, Asked::Everything),
            ("bytes=0-1,5-6", 1_000, Asked::Everything),
            ("bytes=a-b", 1_000, Asked::Everything),
            ("bytes=-", 1_000, Asked::Everything),
            ("lines=0-1", 1_000, Asked::Everything),
        ] {
            assert_eq!(asked(Some(header), length), expected, "{header} of {length}");
        }
        assert_eq!(asked(None, 1_000), Asked::Everything);
    }
}
