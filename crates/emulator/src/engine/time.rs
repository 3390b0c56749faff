//! Times as RFC 3339 has them, and no other forms.

use jiff::Timestamp;

/// Digits of a second that a [`Timestamp`] has room for.
const FRACTION_DIGITS: usize = 9;

/// The moment that an RFC 3339 `date-time` means: seconds and an offset are required, the letters
/// may be small (RFC 3339 5.6). What is finer than a nanosecond is dropped.
///
/// jiff alone reads much more: a space for the `T`, no seconds, a time zone in brackets.
pub(super) fn rfc3339(text: &str) -> Option<Timestamp> {
    if is_plain_utc(text.as_bytes()) {
        return text.parse().ok();
    }
    let (date_time, rest) = text.split_at_checked("2026-01-01T00:00:00".len())?;
    if !is_like(date_time, "0000-00-00T00:00:00") {
        return None;
    }
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?,
        None => ("0", rest),
    };
    let is_offset = is_like(offset, "Z")
        || ((is_like(offset, "+00:00") || is_like(offset, "-00:00"))
            && offset.get(1..3).is_some_and(|hours| hours <= "23"));
    if fraction.is_empty() || !is_offset {
        return None;
    }
    match fraction.get(..FRACTION_DIGITS) {
        Some(fraction) => format!("{date_time}.{fraction}{offset}").parse().ok(),
        None => text.parse().ok(),
    }
}

/// Whether a text is such a time; most are written in one way, which is known at a glance.
#[inline]
pub(super) fn is_rfc3339(text: &[u8]) -> bool {
    is_plain_utc(text) || std::str::from_utf8(text).is_ok_and(|text| rfc3339(text).is_some())
}

/// Whether it is `2026-01-31T23:59:59Z` or the like, and on a day that surely is in its month.
#[inline]
fn is_plain_utc(text: &[u8]) -> bool {
    let Ok(text) = <&[u8; 20]>::try_from(text) else { return false };
    let (words, rest) = text.as_chunks::<8>();
    let &[date, time] = words else { return false };
    let ([_, _, _, _, _, m, n, _], [d, e, _, h, i, _, minute, _]) = (date, time);
    is_in_form(&date, b"0000-00-")
        && is_in_form(&time, b"00T00:00")
        && matches!(*rest, [b':', b'0'..=b'5', b'0'..=b'9', b'Z'])
        && (number(b'0', b'1')..=number(b'1', b'2')).contains(&number(m, n))
        && number(b'0', b'1') <= number(d, e)
        && number(d, e)
            <= if [m, n] == [b'0', b'2'] { number(b'2', b'8') } else { number(b'3', b'0') }
        && number(h, i) <= number(b'2', b'3')
        && minute <= b'5'
}

/// Two digits, comparable.
#[inline(always)]
fn number(tens: u8, ones: u8) -> u16 {
    u16::from_be_bytes([tens, ones])
}

/// Whether there are digits where the form has them, and else the same.
#[inline]
fn is_in_form(text: &[u8; 8], form: &[u8; 8]) -> bool {
    let digits = form.map(|byte| if byte == b'0' { 0x80 } else { 0 });
    let digits = u64::from_le_bytes(digits);
    let (text, form) = (u64::from_le_bytes(*text), u64::from_le_bytes(*form));
    let fill = |tops: u64| (tops >> 7) * 0xff;
    let different = (text ^ form) & !fill(digits);
    // Above the nine, or below the zero: there the upper bit of a byte is set.
    let above = (text & 0x7f7f_7f7f_7f7f_7f7f) + 0x4646_4646_4646_4646;
    let below = (text | 0x8080_8080_8080_8080) - 0x3030_3030_3030_3030;
    let outside = (above | !below | text) & digits;
    different == 0 && outside == 0
}

/// Whether the text has a digit where the form has `0`, and else the same characters in either
/// case.
fn is_like(text: &str, form: &str) -> bool {
    let fits = |(found, wanted): (u8, u8)| match wanted {
        b'0' => found.is_ascii_digit(),
        wanted => found.eq_ignore_ascii_case(&wanted),
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_glance_finds_only_times(
            text in "[0-9]{3}[0-9:]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z",
        ) {
            prop_assert!(!is_plain_utc(text.as_bytes()) || rfc3339(&text).is_some(), "{}", text);
        }
    }

    #[test]
    fn a_glance_is_enough_for_what_is_most_often_there() {
        assert!(is_plain_utc(b"2026-01-30T23:59:59Z") && is_plain_utc(b"2026-02-28T23:59:59Z"));
        assert!(!is_plain_utc(b"2028-02-29T23:59:59Z") && is_rfc3339(b"2028-02-29T23:59:59Z"));
        assert!(!is_plain_utc(b"2026-01-31T23:59:59Z") && is_rfc3339(b"2026-01-31T23:59:59Z"));
        assert!(!is_rfc3339(b"2026-02-31T23:59:59Z") && !is_rfc3339(b"\xff"));
    }
}
