//! When jobs ran: by day, and by hour of the day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::line::{Line, Outcome};

/// So many days at most.
const DAYS: usize = 14;
const HOUR: u64 = 3_600_000;

/// The jobs that were created on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) jobs: usize,
    pub(super) failed: usize,
    /// How long the longest of those that ended took.
    pub(super) longest: Option<u64>,
}

/// The days from the first job to `now`, but no more than the last 14; also those without jobs.
pub(super) fn last_days(lines: &[Line], now: i64, zone: &TimeZone) -> Vec<Day> {
    let mut by_date: BTreeMap<Date, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        if let Some(at) = line.created.and_then(|at| local(at, zone)) {
            by_date.entry(at.date()).or_default().push(line);
        }
    }
    let Some((first, today)) = by_date.keys().next().copied().zip(local(now, zone)) else {
        return Vec::new();
    };
    // A job from the future is one of a clock that differs.
    let last = by_date.keys().next_back().copied().unwrap_or(first).max(today.date());
    let dates = std::iter::successors(Some(last), |date| date.yesterday().ok());
    let mut days: Vec<Day> = dates
        .take(DAYS)
        .take_while(|date| *date >= first)
        .map(|date| Day::of(date, by_date.get(&date).map_or(&[], Vec::as_slice)))
        .collect();
    days.reverse();
    days
}

impl Day {
    fn of(date: Date, lines: &[&Line]) -> Self {
        Self {
            date,
            jobs: lines.len(),
            failed: lines.iter().filter(|line| line.outcome == Outcome::Failed).count(),
            longest: lines.iter().filter_map(|line| line.total).max(),
        }
    }
}

/// How many jobs there were in each hour of the day. A job that takes two hours is in both.
pub(super) fn hours(lines: &[Line], zone: &TimeZone) -> [u32; 24] {
    let mut hours = [0; 24];
    for line in lines {
        let Some((at, length)) = line.created.and_then(|at| local(at, zone)).zip(line.end()) else {
            continue;
        };
        let begin = milliseconds_of_day(&at);
        let (first, last) = (begin / HOUR, begin.saturating_add(length.saturating_sub(1)) / HOUR);
        for hour in (first..=last).take(24) {
            let hour = usize::try_from(hour % 24).unwrap_or_default();
            if let Some(jobs) = hours.get_mut(hour) {
                *jobs += 1;
            }
        }
    }
    hours
}

/// A moment on the clocks of `zone`.
pub(super) fn local(at: i64, zone: &TimeZone) -> Option<ZonedDateTime> {
    Some(Timestamp::from_millisecond(at).ok()?.to_zoned_datetime(zone.clone()))
}

/// What the clock on the wall shows, in milliseconds.
pub(super) fn milliseconds_of_day(at: &ZonedDateTime) -> u64 {
    let part = |value: i8| u64::try_from(value).unwrap_or_default();
    let seconds = (part(at.hour()) * 60 + part(at.minute())) * 60 + part(at.second());
    seconds * 1000 + u64::try_from(at.millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, lines};
    use super::*;

    #[test]
    fn days_are_those_of_the_time_zone() {
        let jobs = lines(&[("2026-01-02T23:30:00Z", 1), ("2026-01-01T10:00:00Z", 2)]);
        let days = |zone: &TimeZone| {
            let days = last_days(&jobs, at("2026-01-04T12:00:00Z"), zone);
            days.iter().map(|day| (day.date.to_string(), day.jobs)).collect::<Vec<_>>()
        };
        let day = |date: &str, jobs| (date.to_owned(), jobs);
        assert_eq!(
            days(&TimeZone::UTC),
            [
                day("2026-01-01", 1),
                day("2026-01-02", 1),
                day("2026-01-03", 0),
                day("2026-01-04", 0)
            ]
        );
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(
            days(&tokyo),
            [
                day("2026-01-01", 1),
                day("2026-01-02", 0),
                day("2026-01-03", 1),
                day("2026-01-04", 0)
            ]
        );
    }

    #[test]
    fn no_more_than_two_weeks_and_no_day_without_an_end() {
        let jobs = lines(&[("1970-01-01T00:00:00Z", 1), ("2026-01-01T00:00:00Z", 1)]);
        let days = last_days(&jobs, at("2026-01-02T00:00:00Z"), &TimeZone::UTC);
        assert_eq!((days.len(), days[12].jobs), (14, 1));
        assert_eq!(last_days(&[], 0, &TimeZone::UTC), []);
        assert_eq!(last_days(&lines(&[("1970-01-01T00:00:00Z", 1)]), i64::MAX, &TimeZone::UTC), []);
    }

    #[test]
    fn a_job_is_in_every_hour_it_touches() {
        let busy = |minutes: u64| {
            let jobs = lines(&[("2026-01-01T22:30:00Z", minutes)]);
            let hours = hours(&jobs, &TimeZone::UTC);
            (0..24).filter(|hour| hours[*hour] > 0).collect::<Vec<_>>()
        };
        assert_eq!(busy(30), [22]);
        assert_eq!(busy(31), [22, 23]);
        assert_eq!(busy(120), [0, 22, 23]);
        assert_eq!(busy(100 * 24 * 60).len(), 24);
    }
}
