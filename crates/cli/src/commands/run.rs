//! `run`: from an audience to files, in one command.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Client, DownloadedFile};
use aep_export_model::{ExportJob, JobId};

use crate::context::Context;
use crate::destination::Destination;
use crate::duration::{self, parse_interval};
use crate::evaluation::Evaluated;
use crate::failure::Failure;
use crate::follow::follow;
use crate::interruption::Stage;
use crate::jobs;
use crate::making::{self, Care, Made};
use crate::output::{Block, Facts, fact};
use crate::plan::flags::JobFlags;
use crate::quote::quote;
use crate::transfer::{self, HowToFetch, bytes_shown};

/// Create a job, wait for it and download what it wrote
///
/// Ctrl-C leaves the job running and says how to take up again, unless --cancel-on-interrupt is
/// given. An existing dataset is looked at before anything is created: one that no export can write to
/// is refused (exit code 2). With --once it takes up a job that already does the same, waits for it and downloads; such a
/// job is never cancelled by Ctrl-C. Files go to a folder for each batch inside --to; a file has its name only once it is whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export run --audience \"Gold members\" --create-dataset gold --to gold/
  aep-export run --dataset 6123456789abcdef01234567 --audience \"Gold members\" --to gold/ -o json
  aep-export run -f job.json --once --to gold/
  aep-export run --audience \"Gold members\" --evaluate-first --create-dataset gold --to gold/")]
pub(crate) struct Args {
    #[command(flatten)]
    job: JobFlags,

    /// Folder to download to, or an address: file://, s3://, gs:// or az://; without it nothing is
    /// downloaded
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    to: Option<PathBuf>,

    #[command(flatten)]
    how: HowToFetch,

    /// Time between two looks at the job [default: 5s, growing to 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval)]
    interval: Option<Duration>,

    /// Evaluate the segments by a segment job first, and export once it has succeeded
    #[arg(long, conflicts_with = "evaluate")]
    evaluate_first: bool,

    /// Cancel the job on Ctrl-C, or the segment job before it
    #[arg(long)]
    cancel_on_interrupt: bool,
}

const WAITS_TWICE: &str = "\
the segment job is asked for until it has succeeded, before anything after it is sent; then the job is \
asked for until it has ended, and its files are fetched";

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let to = match &self.to {
            Some(to) => Some(Destination::of(context, to, self.how.staging.clone())?),
            None => None,
        };
        let plan = making::plan(context, self.job).await?;
        let care = Care {
            cancel: self.cancel_on_interrupt,
            check_dataset: true,
            evaluate_first: self.evaluate_first,
            interval: self.interval,
        };
        if self.evaluate_first {
            let request = plan.request(&making::placeholders(&plan))?;
            for segment in Evaluated::of(&request)?.left_out {
                context.talk.warn(&format!("no segment job evaluates {segment}"));
            }
        }
        if context.global.only_shows() {
            let rest = match self.evaluate_first {
                true => WAITS_TWICE,
                false => "the job is then asked for until it has ended, and its files are fetched",
            };
            return making::dry_run(context, &plan, &care)?.show(context, Some(rest));
        }
        let began = context.clock.elapsed();
        if let Some(to) = &to {
            to.prepare().await?;
        }
        let client = context.connect().await?;
        let Made { id, .. } = making::make(context, &client, &plan, &care).await?;
        if let Some(to) = &to {
            let download = context.download_again(&id, to);
            context.stage.and_then(&download);
        }
        let job = follow::<ExportJob>(context, &client, &id, self.interval, None).await?;
        let fetched = match &to {
            Some(to) => download(context, &client, &id, &job, &self.how, to).await?,
            None => Vec::new(),
        };
        // A download has asked the batches already, and compared.
        let counted = fetched.iter().map(|file| file.rows);
        let rows = match counted.sum::<Option<u64>>().filter(|_| !fetched.is_empty()) {
            Some(rows) => Some(rows),
            None => rows(context, &client, &job).await,
        };
        let took = context.clock.elapsed().saturating_sub(began);
        let files = to.as_ref().map(|to| (to.path(), fetched.as_slice()));
        context.out.document(job.raw(), id.as_str(), || Facts {
            row: jobs::row(&job),
            block: summary(&job, rows, files, took),
        })?;
        if self.to.is_none() {
            let command = context.again(&format!("download {} --to DIR", quote(id.as_str())));
            context.talk.note(&format!("to download the files: {command}"));
        }
        Ok(())
    }
}

/// Fetches the job's files. From here on an interrupt stops the download only.
async fn download(
    context: &mut Context,
    client: &Client,
    id: &JobId,
    job: &ExportJob,
    how: &HowToFetch,
    to: &Destination,
) -> Result<Vec<Arc<DownloadedFile>>, Failure> {
    let resume = context.download_again(id, to);
    context.stage = Stage::Ended {
        id: Some(id.clone()),
        what: format!("job {id} has succeeded"),
        resume: resume.clone(),
    };
    let downloader = client.files().downloader().job(job);
    let (files, outcome) = transfer::fetch(context, downloader, how, to).await;
    outcome.map_err(|failure| {
        failure.also_hint(&format!("the job has succeeded; to download again: {resume}"))
    })?;
    Ok(files)
}

/// How many rows there are: what the batches say, or else the job.
async fn rows(context: &mut Context, client: &Client, job: &ExportJob) -> Option<u64> {
    let mut rows = Some(0_u64);
    for batch in job.batch_ids() {
        match client.batches().get(batch).await {
            Ok(known) => {
                if !known.is_complete() {
                    let status = known.status.as_ref().map_or("unknown", |status| status.as_str());
                    context
                        .talk
                        .warn(&format!("batch {batch} is not complete: its status is {status}"));
                }
                rows = rows.zip(known.records()).map(|(sum, more)| sum.saturating_add(more));
            }
            Err(error) => {
                let failure = Failure::of(&error, &format!("ask for batch {batch}"));
                context.talk.warn(failure.message());
                rows = None;
            }
        }
    }
    rows.or_else(|| jobs::profiles(job))
}

fn summary(
    job: &ExportJob,
    rows: Option<u64>,
    files: Option<(&Path, &[Arc<DownloadedFile>])>,
    took: Duration,
) -> Block {
    let mut block = vec![
        fact("job", jobs::id(job)),
        fact("status", job.status.as_ref().map(ToString::to_string)),
        fact("dataset", job.dataset_id().map(ToString::to_string)),
        fact("rows", rows.map(|rows| rows.to_string())),
    ];
    if let Some((dir, fetched)) = files {
        let bytes = fetched.iter().map(|file| file.bytes).sum();
        block.push(fact("files", Some(fetched.len().to_string())));
        block.push(fact("bytes", Some(format!("{bytes} ({})", bytes_shown(bytes)))));
        let batches = fetched.iter().filter_map(|file| file.planned.batch.as_ref());
        let mut folders: Vec<String> =
            batches.map(|batch| dir.join(batch.as_str()).display().to_string()).collect();
        folders.dedup();
        block.extend(folders.into_iter().map(|folder| fact("folder", Some(folder))));
    }
    block.push(fact("took", Some(duration::show(took))));
    block
}
