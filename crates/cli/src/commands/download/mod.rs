//! `download`: fetch what a job wrote, or look whether it is still what was fetched.

mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use aep_export_api::{Client, DownloadedFile, Downloader, GetBatch, GetExportJob};
use aep_export_model::{BatchId, JobId};
use serde_json::json;

use super::files::finished_job;
use crate::context::Context;
use crate::destination::Destination;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::interruption::Stage;
use crate::output::columns::{Column, Kind};
use crate::transfer::{self, HowToFetch, bytes_shown};

/// What is told of a file that was fetched.
static KIND: Kind = Kind {
    name: "file",
    columns: &[
        Column::text("file"),
        Column::right("bytes"),
        Column::right("rows").for_programs(),
        Column::left("batch").for_programs(),
        Column::left("sha256").for_programs(),
        Column::left("kept").for_programs(),
    ],
    keyed: false,
};

/// Download the files that a job wrote
///
/// Each batch has a folder of its own inside --to. A file has its name only once it is whole and
/// checked; what is there already is not fetched again, also of files that were broken off. When all
/// files of a batch are there, manifest.json in --to says what they are; --verify compares a folder
/// with it, without asking the service anything.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export download 42 --to gold/
  aep-export download 42 --to gold/ --connections 16 -o ndjson
  aep-export download --batch 01EP3YJY0000000000000000AB --to gold/
  aep-export download --verify gold/")]
#[command(group = clap::ArgGroup::new("what").required(true).args(["id", "batch", "verify"]))]
pub(crate) struct Args {
    /// The job
    #[arg(value_name = "ID")]
    id: Option<JobId>,

    /// A batch instead of a job; may be given several times
    #[arg(long, value_name = "BATCH", requires = "to")]
    batch: Vec<BatchId>,

    /// Folder to download to, or an address: file://, s3://, gs:// or az://
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, required_unless_present = "verify")]
    to: Option<PathBuf>,

    /// Compare this folder, or what is at this address, with its manifest instead
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, conflicts_with_all = ["to", "connections", "staging"])]
    verify: Option<PathBuf>,

    #[command(flatten)]
    how: HowToFetch,
}

impl Args {
    /// What it shows.
    pub(crate) fn kind(&self) -> &'static Kind {
        if self.verify.is_some() { &verify::KIND } else { &KIND }
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if let Some(dir) = self.verify {
            return verify::execute(context, dir).await;
        }
        let Some(to) = self.to else { return Err(Failure::usage("--to is missing")) };
        let to = Destination::of(context, &to, self.how.staging.clone())?;
        if context.global.only_shows() {
            return show(context, self.id, self.batch);
        }
        context.refuse_raw("download")?;
        context.stage = Stage::Ended {
            id: self.id.clone(),
            what: "what was fetched stays".to_owned(),
            resume: match &self.id {
                Some(id) => context.download_again(id, &to),
                None => context.download_batches_again(&self.batch, &to),
            },
        };
        let client = context.connect().await?;
        let downloader = downloader(context, &client, self.id, self.batch).await?;
        let (files, outcome) = transfer::fetch(context, downloader, &self.how, &to).await;
        write(context, &files)?;
        let resume = context.stage.resume().map(str::to_owned).unwrap_or_default();
        outcome.map_err(|failure| failure.also_hint(&format!("take up again with: {resume}")))?;
        let bytes = files.iter().map(|file| file.bytes).sum();
        let (count, plural) = (files.len(), if files.len() == 1 { "file" } else { "files" });
        context.talk.note(&format!("{count} {plural}, {}", bytes_shown(bytes)));
        Ok(())
    }
}

fn show(context: &mut Context, id: Option<JobId>, batches: Vec<BatchId>) -> Result<(), Failure> {
    let mut dry = DryRun::new(context)?;
    if let Some(id) = id {
        dry = dry.then(&GetExportJob { id })?;
    }
    for id in batches {
        dry = dry.then(&GetBatch { id })?;
    }
    dry.show(context, Some("the files of the batches are then listed and fetched"))
}

async fn downloader(
    context: &mut Context,
    client: &Client,
    id: Option<JobId>,
    batches: Vec<BatchId>,
) -> Result<Downloader, Failure> {
    let downloader = client.files().downloader();
    Ok(match id {
        Some(id) => {
            let job = finished_job(context, client, &id).await?;
            downloader.job(&job)
        }
        None => downloader.batches(batches),
    })
}

/// The files that are there.
fn write(context: &mut Context, files: &[Arc<DownloadedFile>]) -> Result<(), Failure> {
    let mut list = context.out.list();
    list.page(b"")?;
    for file in files {
        let path = file.path.display().to_string();
        let record = json!({
            "batchId": file.planned.batch.as_ref().map(BatchId::as_str),
            "name": file.planned.file.name,
            "path": path,
            "bytes": file.bytes,
            "rows": file.rows,
            "sha256": file.sha256,
            "kept": file.kept,
        });
        list.record(record.to_string().as_bytes(), &path, || {
            vec![
                path.as_str().into(),
                file.bytes.into(),
                file.rows.into(),
                file.planned.batch.as_ref().map(BatchId::as_str).into(),
                file.sha256.clone().into(),
                file.kept.into(),
            ]
        })?;
    }
    list.end()?;
    Ok(())
}
