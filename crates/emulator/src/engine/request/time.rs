//! Times as RFC 3339 has them, and no other forms.

use jiff::Timestamp;

/// Digits of a second that a [`Timestamp`] has room for.
const FRACTION_DIGITS: usize = 9;

/// The moment that an RFC 3339 `date-time` means: seconds and an offset are required, the letters
/// may be small (RFC 3339 5.6). What is finer than a nanosecond is dropped.
///
/// jiff alone reads much more: a space for the `T`, no seconds, a time zone in brackets.
pub(super) fn rfc3339(text: &str) -> Option<Timestamp> {
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
    let fraction = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
    format!("{date_time}.{fraction}{offset}").parse().ok()
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
