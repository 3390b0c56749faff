//! `report`: what happened to the organisation's jobs.

use std::path::PathBuf;

use aep_export_api::ListExportJobs;
use jiff::tz::TimeZone;

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::{Failure, Kind};
use crate::job_filter::JobFilter;
use crate::listing::is_past;
use crate::named_file;
use crate::output::{Block, Format};
use crate::report::terminal::Screen;
use crate::report::{Line, Report, html, json, markdown, svg, terminal};
use crate::since;

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
  aep-export report --since 30d --html report.html
  aep-export report --status FAILED --limit 500 -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    filter: JobFilter,

    /// At most so many jobs, the newest [default: 100, or all that --since asks for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Write the report as a page for a browser, too: one file, without scripts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write the bars of the jobs as a picture, too
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Args {
    /// Whether it takes as long as there are jobs.
    pub(crate) fn is_endless(&self) -> bool {
        self.filter.is_done_here() || self.limit.is_some_and(|limit| limit > NEWEST)
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let form = context.out.format();
        self.check_files()?;
        let operation = self.operation();
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let zone = context.global.zone(context.time_zone);
        let now = since::now(context.clock.as_ref());
        let (lines, unreadable) = self.read(context, operation, now, &zone).await?;
        let report = Report::of(lines, now, zone);
        self.write_files(context, &report)?;
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

    fn check_files(&self) -> Result<(), Failure> {
        for (flag, file) in [("--html", &self.html), ("--svg", &self.svg)] {
            if let Some(file) = file {
                named_file::check(file, flag)?;
            }
        }
        if self.html.is_some() && self.html == self.svg {
            return Err(Failure::usage("--html and --svg name the same file"));
        }
        Ok(())
    }

    fn write_files(&self, context: &mut Context, report: &Report) -> Result<(), Failure> {
        let page: fn(&Report) -> String = html::text;
        for (file, text) in [(&self.html, page), (&self.svg, svg::text)] {
            if let Some(file) = file {
                named_file::write(file, &text(report))?;
                context.talk.note(&format!("{} written", file.display()));
            }
        }
        Ok(())
    }

    fn operation(&self) -> ListExportJobs {
        let limit = self.limit.unwrap_or(NEWEST);
        let page = match self.filter.is_done_here() {
            true => PAGE,
            false => u32::try_from(limit).unwrap_or(PAGE).min(PAGE),
        };
        let status = self.filter.by_service();
        ListExportJobs { limit: Some(page), status, ..ListExportJobs::default() }
    }

    /// The jobs that are asked for, and how many could not be read.
    async fn read(
        &self,
        context: &mut Context,
        operation: ListExportJobs,
        now: i64,
        zone: &TimeZone,
    ) -> Result<(Vec<Line>, u64), Failure> {
        let wanted = self.filter.at(now, zone);
        let limit = self.limit.or((!self.filter.has_end()).then_some(NEWEST)).unwrap_or(u64::MAX);
        let client = context.connect().await?;
        let mut pages = client.export_jobs().pages(operation);
        let (mut lines, mut unreadable) = (Vec::new(), 0);
        while let Some(page) =
            pages.next_page().await.map_err(|error| Failure::of(&error, "list jobs"))?
        {
            for record in &page.records {
                match record {
                    Ok(job) if wanted.has(job) => lines.push(Line::of(job, now)),
                    Ok(_) => {}
                    Err(error) => {
                        unreadable += 1;
                        context.talk.warn(error.message());
                    }
                }
            }
            if lines.len() as u64 >= limit || is_past(&page, |job| wanted.is_past(job)) {
                break;
            }
        }
        lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((lines, unreadable))
    }
}

#[cfg(test)]
mod tests {
    use aep_export_model::JobStatus;
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
}
