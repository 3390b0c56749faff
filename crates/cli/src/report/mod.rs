//! What happened to export jobs, as numbers: computed once, drawn by one file for each form.
//!
//! Nothing here reads a clock, a time zone or a terminal. All spans are milliseconds.

mod audiences;
mod days;
mod failing;
pub(crate) mod html;
#[cfg(test)]
mod in_a_browser;
pub(crate) mod json;
mod line;
pub(crate) mod markdown;
mod markup;
mod spread;
pub(crate) mod svg;
mod tables;
pub(crate) mod terminal;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::audiences::Audience;
use self::days::Day;
use self::failing::Failing;
pub(crate) use self::line::{Line, Outcome, Part, Piece};
use self::spread::{Spread, spread};

/// Everything that is told of the jobs.
#[derive(Debug)]
pub(crate) struct Report {
    /// When it was made.
    now: i64,
    zone: TimeZone,
    /// The jobs in the order in which they came: the newest first.
    lines: Vec<Line>,
    /// How many jobs are in each state, the most frequent first.
    statuses: Vec<(String, usize)>,
    spreads: Spreads,
    failings: Vec<Failing>,
    /// The last days, the earliest first.
    days: Vec<Day>,
    /// How many jobs ran in each hour of the day.
    hours: [u32; 24],
    audiences: Vec<Audience>,
}

/// How long the jobs that succeeded took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spreads {
    total: Option<Spread>,
    waiting: Option<Spread>,
    reading: Option<Spread>,
    writing: Option<Spread>,
}

impl Outcome {
    /// A sign for it, where more than ASCII can be shown.
    fn mark(self) -> &'static str {
        match self {
            Self::Succeeded => "✓",
            Self::Failed => "✗",
            Self::Cancelled => "⊘",
            Self::Open => "…",
        }
    }
}

impl Report {
    /// Puts the report together. `now` is in milliseconds since 1970; days and hours are those of
    /// `zone`.
    pub(crate) fn of(lines: Vec<Line>, now: i64, zone: TimeZone) -> Self {
        let succeeded = || lines.iter().filter(|line| line.outcome == Outcome::Succeeded);
        let spreads = Spreads {
            total: spread(succeeded().filter_map(|line| line.total).collect()),
            waiting: spread(succeeded().filter_map(|line| line.waiting).collect()),
            reading: spread(succeeded().filter_map(|line| line.reading).collect()),
            writing: spread(succeeded().filter_map(|line| line.writing).collect()),
        };
        Self {
            statuses: statuses(&lines),
            spreads,
            failings: failing::by_code(&lines),
            days: days::last_days(&lines, now, &zone),
            hours: days::hours(&lines, &zone),
            audiences: audiences::by_audience(&lines),
            now,
            zone,
            lines,
        }
    }

    /// When the first and the last of the jobs were created.
    fn period(&self) -> Option<(i64, i64)> {
        let created = || self.lines.iter().filter_map(|line| line.created);
        created().min().zip(created().max())
    }

    /// A moment to the minute on the clock of the report's time zone.
    fn moment(&self, at: i64) -> String {
        self.clock(at, "%Y-%m-%d %H:%M")
    }

    fn clock(&self, at: i64, form: &str) -> String {
        match Timestamp::from_millisecond(at) {
            Ok(at) => at.to_zoned_datetime(self.zone.clone()).strftime(form).to_string(),
            Err(_) => format!("{at} ms"),
        }
    }

    /// What the time zone is called.
    fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("local time")
    }

    /// How many jobs there are, and from when to when.
    fn headline(&self) -> String {
        let jobs = match self.lines.len() {
            0 => return "no jobs".to_owned(),
            1 => "1 job".to_owned(),
            more => format!("{more} jobs"),
        };
        let Some((first, last)) = self.period() else { return jobs };
        let (first, last) = (self.moment(first), self.moment(last));
        let period = if first == last { first } else { format!("{first} to {last}") };
        format!("{jobs}, created {period} ({})", self.zone_name())
    }

    /// How many jobs are in each state.
    fn states(&self) -> String {
        let states: Vec<String> =
            self.statuses.iter().map(|(status, jobs)| format!("{jobs} {status}")).collect();
        states.join(", ")
    }

    /// The spreads by the name of what took the time.
    fn spreads(&self) -> [(&'static str, Option<Spread>); 4] {
        let Spreads { total, waiting, reading, writing } = self.spreads;
        [("total", total), ("waiting", waiting), ("reading", reading), ("writing", writing)]
    }

    /// How many jobs succeeded.
    fn succeeded(&self) -> usize {
        self.lines.iter().filter(|line| line.outcome == Outcome::Succeeded).count()
    }
}

fn statuses(lines: &[Line]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        *counts.entry(&line.status).or_default() += 1;
    }
    let mut counts: Vec<_> =
        counts.into_iter().map(|(status, jobs)| (status.to_owned(), jobs)).collect();
    counts.sort_by_key(|(_, jobs)| std::cmp::Reverse(*jobs));
    counts
}

/// The end of the longest bar: where the scale of all bars ends.
fn longest(lines: &[Line]) -> u64 {
    lines.iter().filter_map(Line::end).max().unwrap_or(0)
}

/// A span as people read it.
fn span(milliseconds: u64) -> String {
    crate::duration::show(Duration::from_millis(milliseconds))
}

/// A span as people read it, or a dash.
fn span_or_dash(milliseconds: Option<u64>) -> String {
    milliseconds.map_or_else(|| "-".to_owned(), span)
}
