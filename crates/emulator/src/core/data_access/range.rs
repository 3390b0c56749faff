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
    let Some(range) = header.and_then(|header| header.strip_prefix("bytes=")) else {
        return Asked::Everything;
    };
    let Some((first, last)) = range.trim().split_once('-') else { return Asked::Everything };
    let end = length.saturating_sub(1);
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Asked::Everything,
        (Ok(first), _) if first >= length && (last.is_empty() || last.parse::<u64>().is_ok()) => {
            Asked::Nothing
        }
        (Ok(first), Ok(last)) => Asked::Part { first, last: last.min(end) },
        (Ok(first), Err(_)) if last.is_empty() => Asked::Part { first, last: end },
        // The last so many bytes.
        (Err(_), Ok(0)) if first.is_empty() => Asked::Nothing,
        (Err(_), Ok(_)) if first.is_empty() && length == 0 => Asked::Nothing,
        (Err(_), Ok(count)) if first.is_empty() => {
            Asked::Part { first: length.saturating_sub(count), last: end }
        }
        _ => Asked::Everything,
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
