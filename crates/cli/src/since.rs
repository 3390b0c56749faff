//! From when on: `36h`, `14d`, a day or a moment.

use std::time::{Duration, UNIX_EPOCH};

use aep_export_transport::Clock;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::duration;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    Ago(Duration),
    Day(Date),
    At(Timestamp),
}

impl Since {
    /// In milliseconds since 1970; a day begins at midnight in `zone`.
    pub(crate) fn milliseconds(self, now: i64, zone: &TimeZone) -> i64 {
        match self {
            Self::Ago(span) => {
                now.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Day(day) => day
                .to_zoned_datetime(zone.clone())
                .map_or(i64::MIN, |at| at.timestamp().as_millisecond()),
            Self::At(at) => at.as_millisecond(),
        }
    }
}

/// Reads what was typed.
pub(crate) fn since(text: &str) -> Result<Since, String> {
    if let Ok(span) = duration::parse(text) {
        return Ok(Since::Ago(span));
    }
    // A text with a time has a zone or is refused: which day it is meant to be on nobody would guess.
    let day = (!text.contains(['T', 't', ' '])).then(|| text.parse().map(Since::Day));
    let moment = || text.parse().map(Since::At);
    day.unwrap_or_else(moment).map_err(|_| {
        "expected a duration such as 36h or 14d, a day such as 2026-01-31, or a time with its zone \
         such as 2026-01-31T00:00:00Z"
            .to_owned()
    })
}

/// The time on `clock` in milliseconds since 1970.
pub(crate) fn now(clock: &dyn Clock) -> i64 {
    let now = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_span_a_day_or_a_moment() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        for (text, expected) in [
            ("36h", 1_000_000_000 - 129_600_000),
            ("1970-01-02", 86_400_000 - 9 * 3_600_000),
            ("1970-01-02T00:00:00Z", 86_400_000),
            ("1970-01-02T00:00:00+09:00", 86_400_000 - 9 * 3_600_000),
        ] {
            let found = since(text).unwrap().milliseconds(1_000_000_000, &tokyo);
            assert_eq!(found, expected, "{text}");
        }
        for text in ["", "yesterday", "14", "1970-13-01", "1970-01-02T00:00:00", "-3d"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
