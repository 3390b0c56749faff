//! `list`: jobs, the newest first.

use std::borrow::Cow;
use std::time::Duration;

use aep_export_api::ListExportJobs;
use aep_export_model::ExportJob;

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::duration::parse_interval;
use crate::failure::Failure;
use crate::job_filter::JobFilter;
use crate::jobs;
use crate::listing::{Shown, Wanted, list};
use crate::since;
use crate::watch::{Watched, watch};

/// How many jobs are shown when nobody says how many.
pub(super) const NEWEST: u64 = 20;
/// Jobs a page where all are wanted.
const PAGE: u32 = 100;
/// Jobs a page where one page must hold them all.
const ONE_PAGE: u32 = 1000;

/// List jobs, the newest first
///
/// The service itself filters by a single status, and only by NEW, SUCCEEDED or FAILED. By anything
/// else the list is filtered here, while it is read: jobs come as they are found, and --since ends
/// the reading.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export list
  aep-export list --status FAILED --limit 5
  aep-export list --watch --status NEW,PROCESSING
  aep-export list --since 7d --status FAILED,CANCELLED
  aep-export list --all -o ndjson
  aep-export list --all -o csv --columns id,status,duration,destination.batchId
  aep-export list --jq 'select(.status == \"FAILED\") | .errors[].code'
  aep-export list --template '{{ id }} {{ creationTime|ago }}'")]
pub(crate) struct Args {
    #[command(flatten)]
    filter: JobFilter,

    /// At most so many jobs [default: 20, or all that --since asks for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Every job
    #[arg(long, conflicts_with = "limit")]
    all: bool,

    /// Jobs to ask for at a time [default: as many as needed, up to 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    page_size: Option<u32>,

    /// Where to go on: the cursor of an earlier list
    #[arg(long, value_name = "CURSOR")]
    offset: Option<String>,

    /// Order by a field; only where all jobs fit one page
    #[arg(long, value_name = "FIELD:asc|desc", value_parser = sort, allow_hyphen_values = true)]
    sort: Option<String>,

    /// Keep the list current, looking every INTERVAL [default: 10s]: a table that is drawn again on a
    /// terminal, elsewhere each job whose state has changed
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "10s",
        value_parser = parse_interval,
        conflicts_with_all = ["all", "sort", "offset"]
    )]
    watch: Option<Duration>,
}

impl Args {
    /// Whether the list is kept current.
    pub(crate) fn watches(&self) -> bool {
        self.watch.is_some()
    }

    /// Whether it takes as long as there are jobs.
    pub(crate) fn is_endless(&self) -> bool {
        self.watch.is_some()
            || self.filter.is_done_here()
            || self.wanted().is_none_or(|limit| limit > u64::from(PAGE))
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = self.operation();
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        if let Some(interval) = self.watch {
            let limit = self.limit.unwrap_or(NEWEST);
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let watched = Watched { operation, filter: &self.filter, limit, interval };
            return watch(context, &client, watched).await;
        }
        let pages = client.export_jobs().pages(operation);
        let jobs_wanted = self
            .filter
            .at(since::now(context.clock.as_ref()), &context.global.zone(context.time_zone));
        let wanted = Wanted {
            what: "jobs",
            more: "--limit N or --all shows more",
            limit: self.wanted(),
            one_page: self.sort.as_ref().map(|_| {
                "--sort works only where all jobs fit one page, and there are more: \
                 raise --page-size, or leave out --sort"
            }),
            keep: &|job: &ExportJob| jobs_wanted.has(job),
            is_past: &|job| jobs_wanted.is_past(job),
            show: &|job| Shown {
                id: jobs::id(job).unwrap_or_default(),
                raw: Cow::Borrowed(&job.raw),
            },
            row: &jobs::row,
        };
        list(context, pages, wanted).await
    }

    fn wanted(&self) -> Option<u64> {
        let unlimited = self.all || self.filter.has_end();
        self.limit.or((!unlimited).then_some(NEWEST))
    }

    fn operation(&self) -> ListExportJobs {
        let usual = match self.wanted() {
            _ if self.sort.is_some() => ONE_PAGE,
            Some(limit) if !self.filter.is_done_here() => {
                u32::try_from(limit).unwrap_or(PAGE).min(PAGE)
            }
            _ => PAGE,
        };
        ListExportJobs {
            limit: Some(self.page_size.unwrap_or(usual)),
            offset: self.offset.clone(),
            status: self.filter.by_service(),
            sort: self.sort.clone(),
            ..ListExportJobs::default()
        }
    }
}

fn sort(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((field, "asc" | "desc")) if !field.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("expected a field and a direction, such as updateTime:asc".to_owned()),
    }
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

    fn operation(line: &[&str]) -> ListExportJobs {
        let line = std::iter::once(&"list").chain(line);
        Line::try_parse_from(line).unwrap().args.operation()
    }

    #[test]
    fn asks_for_no_more_than_it_needs() {
        for (line, size) in [
            (&[][..], 20),
            (&["--limit", "5"], 5),
            (&["--limit", "500"], 100),
            (&["--limit", "99999999999"], 100),
            (&["--all"], 100),
            (&["--all", "--page-size", "7"], 7),
            (&["--status", "processing"], 100),
            (&["--status", "failed"], 20),
            (&["--limit", "5", "--since", "7d"], 100),
            (&["--sort", "updateTime:asc"], 1000),
        ] {
            assert_eq!(operation(line).limit, Some(size), "{line:?}");
        }
    }

    #[test]
    fn wrong_values_are_refused() {
        for line in [
            &["--status", "DONE"][..],
            &["--status", "NEW,DONE"],
            &["--since", "yesterday"],
            &["--limit", "0"],
            &["--limit", "x"],
            &["--limit", "5", "--all"],
            &["--page-size", "0"],
            &["--sort", "updateTime"],
            &["--sort", ":asc"],
            &["--sort", "updateTime:up"],
            &["--sort", "-created"],
        ] {
            assert!(
                Line::try_parse_from(std::iter::once(&"list").chain(line)).is_err(),
                "{line:?}"
            );
        }
    }
}
