//! Spans of time as people type and read them: `100ms`, `3s`, `90m`, `6h`.

use std::time::Duration;

/// A limit as typed: a span of time, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// At most so long. Zero means: look once.
    After(Duration),
    /// As long as it takes.
    None,
}

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads `100ms`, `3s`, `90m`, `6h`, `1d`, sums of them such as `1h30m`, and `0`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut milliseconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let span = number
            .parse::<u64>()
            .ok()
            .zip(UNITS.iter().find(|(name, _)| *name == unit))
            .and_then(|(number, (_, scale))| number.checked_mul(*scale));
        milliseconds = span
            .and_then(|span| milliseconds.checked_add(span))
            .ok_or("expected a duration such as 100ms, 3s, 90m or 6h")?;
        rest = next;
    }
    if text.is_empty() {
        return Err("expected a duration such as 100ms, 3s, 90m or 6h".to_owned());
    }
    Ok(Duration::from_millis(milliseconds))
}

/// Reads a duration or `none`.
pub(crate) fn parse_limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit::None);
    }
    parse(text)
        .map(Limit::After)
        .map_err(|_| "expected a duration such as 100ms, 3s, 90m or 6h, or none".to_owned())
}

/// Reads a duration longer than nothing.
pub(crate) fn parse_interval(text: &str) -> Result<Duration, String> {
    parse(text).and_then(|span| {
        if span.is_zero() { Err("expected more than 0".to_owned()) } else { Ok(span) }
    })
}

/// Shows a span with the precision a person wants: `0.42s`, `7.3s`, `4m 19s`, `11h 32m`.
pub(crate) fn show(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{:.2}s", span.as_secs_f64()),
        1..10 => format!("{:.1}s", span.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Shows a span that is counted while somebody watches: never a fraction of a second.
pub(crate) fn show_seconds(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        _ => show(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let cases = [
            ("100ms", 100),
            ("3s", 3_000),
            ("90m", 5_400_000),
            ("6h", 21_600_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("0", 0),
            ("0s", 0),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in
            ["", "3", "s", "-3s", "3 s", "1.5h", "3x", "3sm", "99999999999999999999s", "none", "٣s"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("18446744073709551615d").is_err());
        assert!(parse_interval("0s").is_err());
    }

    #[test]
    fn a_limit_may_be_none() {
        assert_eq!(parse_limit("none"), Ok(Limit::None));
        assert_eq!(parse_limit("0"), Ok(Limit::After(Duration::ZERO)));
        assert!(parse_limit("never").is_err());
    }

    #[test]
    fn shows_what_people_read() {
        let cases = [
            (420, "0.42s"),
            (7_300, "7.3s"),
            (42_000, "42s"),
            (259_000, "4m 19s"),
            (41_524_000, "11h 32m"),
            (90_000_000, "1d 1h"),
        ];
        for (milliseconds, shown) in cases {
            assert_eq!(show(Duration::from_millis(milliseconds)), shown);
        }
    }
}
