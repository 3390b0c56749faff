//! The report as JSON. Members may be added; none is renamed or removed.
//!
//! Moments are RFC 3339 in UTC, spans are milliseconds, and what is not known is `null`.

use aep_export_model::EpochMillis;
use serde::Serialize;

use super::spread::Spread;
use super::{Line, Report};

/// The whole report on one line.
pub(crate) fn text(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Document::of(report))
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    generated_at: String,
    time_zone: &'a str,
    first_created_at: Option<String>,
    last_created_at: Option<String>,
    statuses: Vec<Status<'a>>,
    durations: Durations,
    failures: Vec<Failure<'a>>,
    days: Vec<Day>,
    hours: [u32; 24],
    audiences: Vec<Audience<'a>>,
    jobs: Vec<Job<'a>>,
}

#[derive(Serialize)]
struct Status<'a> {
    status: &'a str,
    jobs: usize,
}

/// Of the jobs that succeeded.
#[derive(Serialize)]
struct Durations {
    total: Option<Spread>,
    waiting: Option<Spread>,
    reading: Option<Spread>,
    writing: Option<Spread>,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: Option<&'a str>,
    jobs: usize,
    first_at: Option<String>,
    last_at: Option<String>,
    example_job: &'a str,
    message: Option<&'a str>,
}

#[derive(Serialize)]
struct Day {
    date: String,
    jobs: usize,
    failed: usize,
    longest_ms: Option<u64>,
}

#[derive(Serialize)]
struct Audience<'a> {
    segments: &'a [String],
    jobs: usize,
    profiles: Option<u64>,
    newest_profiles: Option<u64>,
}

#[derive(Serialize)]
struct Job<'a> {
    id: &'a str,
    status: &'a str,
    created_at: Option<String>,
    dataset: Option<&'a str>,
    profiles: Option<u64>,
    total_ms: Option<u64>,
    waiting_ms: Option<u64>,
    reading_ms: Option<u64>,
    writing_ms: Option<u64>,
    times_contradict: bool,
    parts: Vec<Part>,
}

/// `not told` is time of which the service does not say what it went into.
#[derive(Serialize)]
struct Part {
    part: &'static str,
    from_ms: u64,
    to_ms: u64,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        let (first, last) = report.period().unzip();
        let spreads = report.spreads;
        Self {
            schema_version: 1,
            generated_at: moment(report.now),
            time_zone: report.zone_name(),
            first_created_at: first.map(moment),
            last_created_at: last.map(moment),
            statuses: report
                .statuses
                .iter()
                .map(|(status, jobs)| Status { status, jobs: *jobs })
                .collect(),
            durations: Durations {
                total: spreads.total,
                waiting: spreads.waiting,
                reading: spreads.reading,
                writing: spreads.writing,
            },
            failures: report.failings.iter().map(Failure::of).collect(),
            days: report.days.iter().map(Day::of).collect(),
            hours: report.hours,
            audiences: report.audiences.iter().map(Audience::of).collect(),
            jobs: report.lines.iter().map(Job::of).collect(),
        }
    }
}

impl<'a> Failure<'a> {
    fn of(failing: &'a super::Failing) -> Self {
        Self {
            code: failing.code.as_deref(),
            jobs: failing.jobs,
            first_at: failing.first.map(moment),
            last_at: failing.last.map(moment),
            example_job: &failing.example,
            message: failing.message.as_deref(),
        }
    }
}

impl Day {
    fn of(day: &super::Day) -> Self {
        let super::Day { date, jobs, failed, longest } = day;
        Self { date: date.to_string(), jobs: *jobs, failed: *failed, longest_ms: *longest }
    }
}

impl<'a> Audience<'a> {
    fn of(audience: &'a super::Audience) -> Self {
        Self {
            segments: &audience.segments,
            jobs: audience.jobs,
            profiles: audience.profiles,
            newest_profiles: audience.newest,
        }
    }
}

impl<'a> Job<'a> {
    fn of(line: &'a Line) -> Self {
        let part = |piece: &super::Piece| Part {
            part: piece.part.name(),
            from_ms: piece.from,
            to_ms: piece.to,
        };
        Self {
            id: &line.id,
            status: &line.status,
            created_at: line.created.map(moment),
            dataset: line.dataset.as_deref(),
            profiles: line.profiles,
            total_ms: line.total,
            waiting_ms: line.waiting,
            reading_ms: line.reading,
            writing_ms: line.writing,
            times_contradict: line.odd,
            parts: line.pieces.iter().map(part).collect(),
        }
    }
}

fn moment(at: i64) -> String {
    EpochMillis::new(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn as_written_down() {
        let report = serde_json::to_string_pretty(&Document::of(&testing::report())).unwrap();
        testing::assert_kept("report.json", &(report + "\n"));
    }
}
