//! `report`: what happened to the organisation's jobs.

use std::time::{Duration, UNIX_EPOCH};

use aep_export_api::ListExportJobs;
use aep_export_model::{EpochMillis, ExportJob, JobStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::list;
use crate::context::Context;
use crate::dry_run::DryRun;
use crate::duration;
use crate::failure::{Failure, Kind};
use crate::output::{Block, Format};
use crate::report::terminal::Screen;
use crate::report::{Line, Report, json, markdown, terminal};

/// How many jobs are looked at when nobody says how many or since when.
const NEWEST: u64 = 100;
/// Jobs a page.
const PAGE: u32 = 100;

/// Look at what happened to export jobs
///
/// Shows where the time of each job went, how long jobs take, what failed and with which code, and
/// how the last days were. Time of which the service does not say what it went into is shown as
/// not told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export report
  aep-export report --since 14d -o markdown
  aep-export report --status FAILED --limit 500 -o json")]
pub(crate) struct Args {
    /// Only jobs in this state
    #[arg(long, value_name = "STATUS", value_parser = list::status)]
    status: Option<JobStatus>,

    /// At most so many jobs, the newest [default: 100, or all that --since asks for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Only jobs created since then: 36h, 14d, 2026-01-31 or 2026-01-31T00:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Since>,

    /// Days and hours in UTC instead of local time
    #[arg(long)]
    utc: bool,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Ago(Duration),
    Day(Date),
    At(Timestamp),
}

impl Args {
    /// Whether it takes as long as there are jobs.
    pub(crate) fn is_endless(&self) -> bool {
        self.since.is_some() || self.limit.is_some_and(|limit| limit > NEWEST)
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let form = context.out.format();
        let operation = self.operation();
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let zone = if self.utc { TimeZone::UTC } else { (context.time_zone)() };
        let now = milliseconds(context);
        let (lines, unreadable) = self.read(context, operation, now, &zone).await?;
        let report = Report::of(lines, now, zone);
        match form {
            Format::Json | Format::Ndjson | Format::Yaml => {
                let text = json::text(&report)
                    .map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
                context.out.document(text.as_bytes(), "", Block::new)?;
            }
            Format::Markdown => context.out.plain(&markdown::text(&report))?,
            _ => {
                let screen = Screen {
                    width: context.out.width(),
                    colour: context.out.decorated(),
                    unicode: context.unicode,
                };
                context.out.plain(&terminal::text(&report, screen))?;
            }
        }
        match unreadable {
            0 => Ok(()),
            some => {
                let message = format!("{some} of the jobs could not be read and are not in here");
                Err(Failure::new(Kind::Partly, message))
            }
        }
    }

    fn operation(&self) -> ListExportJobs {
        let limit = self.limit.unwrap_or(NEWEST);
        let by_service = self.status.clone().filter(list::is_filtered_by_service);
        let few = self.since.is_none() && self.status == by_service;
        let page = if few { u32::try_from(limit).unwrap_or(PAGE).min(PAGE) } else { PAGE };
        ListExportJobs { limit: Some(page), status: by_service, ..ListExportJobs::default() }
    }

    /// The jobs that are asked for, and how many could not be read.
    async fn read(
        &self,
        context: &mut Context,
        operation: ListExportJobs,
        now: i64,
        zone: &TimeZone,
    ) -> Result<(Vec<Line>, u64), Failure> {
        let since = self.since.map(|since| since.milliseconds(now, zone));
        let limit = self.limit.or(since.is_none().then_some(NEWEST)).unwrap_or(u64::MAX);
        let client = context.connect().await?;
        let mut pages = client.export_jobs().pages(operation);
        let mut found =
            Found { lines: Vec::new(), unreadable: 0, status: self.status.clone(), since };
        while let Some(page) =
            pages.next_page().await.map_err(|error| Failure::of(&error, "list jobs"))?
        {
            let mut all_older = since.is_some() && !page.records.is_empty();
            for record in &page.records {
                match record {
                    Ok(job) => all_older &= found.take(job, now) == Taken::TooOld,
                    Err(error) => {
                        found.unreadable += 1;
                        context.talk.warn(error.message());
                    }
                }
            }
            // The order of a list is not promised to the millisecond: a page of old jobs ends it, one
            // old job does not.
            if found.lines.len() as u64 >= limit || all_older {
                break;
            }
        }
        found.lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((found.lines, found.unreadable))
    }
}

/// What was found so far, and what is looked for.
struct Found {
    lines: Vec<Line>,
    unreadable: u64,
    status: Option<JobStatus>,
    since: Option<i64>,
}

#[derive(Debug, PartialEq, Eq)]
enum Taken {
    Yes,
    OtherStatus,
    TooOld,
}

impl Found {
    /// A job without a time of creation cannot be said to be created since then.
    fn take(&mut self, job: &ExportJob, now: i64) -> Taken {
        let created = job.creation_time.map(EpochMillis::get);
        if self.since.is_some_and(|since| created.is_none_or(|created| created < since)) {
            return Taken::TooOld;
        }
        if self.status.as_ref().is_some_and(|status| job.status.as_ref() != Some(status)) {
            return Taken::OtherStatus;
        }
        self.lines.push(Line::of(job, now));
        Taken::Yes
    }
}

impl Since {
    /// In milliseconds since 1970; a day begins at midnight in `zone`.
    fn milliseconds(self, now: i64, zone: &TimeZone) -> i64 {
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

fn since(text: &str) -> Result<Since, String> {
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

fn milliseconds(context: &Context) -> i64 {
    let now = context.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(line: &[&str]) -> Result<Args, clap::Error> {
        Line::try_parse_from(std::iter::once(&"report").chain(line)).map(|line| line.args)
    }

    #[test]
    fn asks_for_no_more_than_it_needs() {
        for (line, size, status) in [
            (&[][..], 100, None),
            (&["--limit", "5"], 5, None),
            (&["--limit", "500"], 100, None),
            (&["--limit", "5", "--since", "7d"], 100, None),
            (&["--limit", "5", "--status", "failed"], 5, Some(JobStatus::Failed)),
            (&["--limit", "5", "--status", "cancelled"], 100, None),
        ] {
            let operation = args(line).unwrap().operation();
            assert_eq!((operation.limit, operation.status), (Some(size), status), "{line:?}");
        }
    }

    #[test]
    fn since_is_a_span_a_day_or_a_moment() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        for (text, expected) in [
            ("36h", 1_000_000_000 - 129_600_000),
            ("1970-01-02", 86_400_000 - 9 * 3_600_000),
            ("1970-01-02T00:00:00Z", 86_400_000),
            ("1970-01-02T00:00:00+09:00", 86_400_000 - 9 * 3_600_000),
        ] {
            assert_eq!(
                since(text).unwrap().milliseconds(1_000_000_000, &tokyo),
                expected,
                "{text}"
            );
        }
        for text in ["", "yesterday", "14", "1970-13-01", "1970-01-02T00:00:00", "-3d"] {
            assert!(args(&["--since", text]).is_err(), "{text}");
        }
    }

    #[test]
    fn takes_what_is_asked_for() {
        let mut found = Found {
            lines: Vec::new(),
            unreadable: 0,
            status: Some(JobStatus::Failed),
            since: Some(1000),
        };
        for (job, taken) in [
            (r#"{"status": "FAILED", "creationTime": 1000}"#, Taken::Yes),
            (r#"{"status": "FAILED", "creationTime": 999}"#, Taken::TooOld),
            (r#"{"status": "FAILED"}"#, Taken::TooOld),
            (r#"{"status": "NEW", "creationTime": 1000}"#, Taken::OtherStatus),
            (r#"{"creationTime": 1000}"#, Taken::OtherStatus),
        ] {
            assert_eq!(found.take(&serde_json::from_str(job).unwrap(), 0), taken, "{job}");
        }
        assert_eq!(found.lines.len(), 1);
    }
}
