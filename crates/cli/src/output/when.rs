//! Times as people read them.

use aep_export_model::EpochMillis;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TWO_DAYS: i64 = 2 * DAY;

/// How times are shown.
#[derive(Debug, Clone)]
pub(crate) struct When {
    zone: TimeZone,
    /// The time at which somebody looks; nobody looks at a file at the time of writing it.
    now: Option<i64>,
}

/// UTC, and nobody looks.
impl Default for When {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, now: None }
    }
}

impl When {
    /// Times of `zone`; with their age if somebody looks `now`, in milliseconds since 1970.
    pub(crate) fn new(zone: TimeZone, now: Option<i64>) -> Self {
        Self { zone, now }
    }

    /// The same for somebody who looks `now`.
    pub(super) fn seen(self, now: i64) -> Self {
        Self { now: Some(now), ..self }
    }

    /// In a table, which has little room.
    pub(in crate::output) fn in_a_table(&self, at: EpochMillis) -> String {
        self.age(at).unwrap_or_else(|| self.exact(at))
    }

    /// Alone on a line.
    pub(super) fn on_a_line(&self, at: EpochMillis) -> String {
        let age = self.age(at).map(|age| format!(" ({age})")).unwrap_or_default();
        format!("{}{age}", self.exact(at))
    }

    /// To the second, with the offset from UTC.
    fn exact(&self, at: EpochMillis) -> String {
        let Ok(timestamp) = Timestamp::from_second(at.get().div_euclid(SECOND)) else {
            return at.to_string();
        };
        if self.zone == TimeZone::UTC {
            return timestamp.to_string();
        }
        let offset = self.zone.to_offset(timestamp);
        timestamp.display_with_offset(offset).to_string()
    }

    fn age(&self, at: EpochMillis) -> Option<String> {
        let age = self.now?.checked_sub(at.get()).filter(|age| *age >= 0)?;
        // The hours of yesterday still say something.
        let (unit, name) = match age {
            ..MINUTE => (SECOND, "s"),
            MINUTE..HOUR => (MINUTE, "m"),
            HOUR..TWO_DAYS => (HOUR, "h"),
            _ => (DAY, "d"),
        };
        Some(format!("{}{name} ago", age / unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: EpochMillis = EpochMillis::new(1_538_615_973_895);

    #[test]
    fn a_time_has_the_offset_of_its_zone_on_that_day() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (zone, at, shown) in [
            (TimeZone::UTC, AT, "2018-10-04T01:19:33Z"),
            (berlin.clone(), AT, "2018-10-04T03:19:33+02:00"),
            (berlin, EpochMillis::new(1_541_000_000_000), "2018-10-31T16:33:20+01:00"),
            (TimeZone::UTC, EpochMillis::new(-1), "1969-12-31T23:59:59Z"),
            (TimeZone::UTC, EpochMillis::new(i64::MAX), "9223372036854775807 ms"),
        ] {
            let when = When::new(zone, None);
            assert_eq!((when.in_a_table(at), when.on_a_line(at)), (shown.into(), shown.into()));
        }
    }

    #[test]
    fn who_looks_is_told_how_long_ago_it_was() {
        for (ago, age) in [
            (0, "0s ago"),
            (59_999, "59s ago"),
            (MINUTE, "1m ago"),
            (2 * HOUR - 1, "1h ago"),
            (TWO_DAYS - 1, "47h ago"),
            (TWO_DAYS, "2d ago"),
            (400 * DAY, "400d ago"),
        ] {
            let when = When::new(TimeZone::UTC, Some(AT.get() + ago));
            assert_eq!(when.in_a_table(AT), age);
            assert_eq!(when.on_a_line(AT), format!("2018-10-04T01:19:33Z ({age})"));
        }
        // Clocks differ.
        let when = When::new(TimeZone::UTC, Some(AT.get() - 1));
        assert_eq!(when.on_a_line(AT), "2018-10-04T01:19:33Z");
    }
}
