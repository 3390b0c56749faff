//! `files`: what a job wrote.

use aep_export_api::{Client, GetExportJob, Reply};
use aep_export_model::{ExportJob, JobId, JobStatus};
use serde_json::json;

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::{Failure, Kind};
use crate::output::columns::{Column, Kind as RecordKind};
use crate::transfer;

/// What is told of a file that a job wrote.
pub(crate) static KIND: RecordKind = RecordKind {
    name: "file",
    columns: &[
        Column::left("batch"),
        Column::text("name"),
        Column::right("bytes"),
        Column::left("id").for_programs(),
    ],
    keyed: false,
};

/// List the files that a job wrote
///
/// With JSON output each record names the batch, the dataset file, the name and the length: the
/// service spreads these over two answers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export files 42
  aep-export files 42 -o ndjson")]
pub(crate) struct Args {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            let dry = DryRun::new(context)?.then(&GetExportJob { id: self.id })?;
            return dry.show(context, Some("the files of the job's batches are then listed"));
        }
        context.refuse_raw("files")?;
        let client = context.connect().await?;
        let job = finished_job(context, &client, &self.id).await?;
        let mut found = Vec::new();
        for batch in job.batch_ids() {
            for file in transfer::files_of(&client, batch).await? {
                found.push((batch.clone(), file));
            }
        }
        let mut list = context.out.list();
        list.page(b"")?;
        for (batch, file) in found {
            let record = json!({
                "batchId": batch.as_str(),
                "dataSetFileId": file.file_id.as_str(),
                "name": file.name,
                "length": file.length,
            });
            list.record(record.to_string().as_bytes(), file.file_id.as_str(), || {
                vec![
                    batch.as_str().into(),
                    file.name.as_str().into(),
                    file.length.into(),
                    file.file_id.as_str().into(),
                ]
            })?;
        }
        list.end()?;
        Ok(())
    }
}

/// A job that has ended well; one that has not has no files to rely on.
pub(super) async fn finished_job(
    context: &mut Context,
    client: &Client,
    id: &JobId,
) -> Result<Reply<ExportJob>, Failure> {
    let job = client
        .export_jobs()
        .get(id)
        .await
        .map_err(|error| Failure::of(&error, &format!("get job {id}")).of_job(id.as_str()))?;
    if !job.is_success() {
        let status = job.status.as_ref().map_or("(no status)", |status| status.as_str());
        let none = |kind| Failure::new(kind, format!("job {id} is {status} and has no files"));
        let failure = match &job.status {
            Some(JobStatus::Failed) => none(Kind::JobFailed),
            Some(JobStatus::Cancelled) => none(Kind::JobCancelled),
            _ => Failure::new(Kind::Timeout, format!("job {id} is {status} and has no files yet"))
                .hint(context.wait_again(id)),
        };
        return Err(failure.of_job(id.as_str()));
    }
    Ok(job)
}
