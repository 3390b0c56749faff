//! `download`: fetch what a job wrote.

use std::path::PathBuf;

use aep_export_api::GetExportJob;
use aep_export_model::JobId;
use serde_json::json;

use super::files::batches_of;
use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::interruption::Stage;
use crate::output::table::Column;
use crate::transfer::{self, bytes_shown};

const COLUMNS: [Column; 2] = [Column::text("FILE"), Column::right("BYTES")];

/// Download the files that a job wrote
///
/// Each batch has a folder of its own inside --to. A file has its name only once it is whole and
/// checked; one that is there already with the right length is not fetched again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export download 42 --to gold/")]
pub(crate) struct Args {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,

    /// Folder to download to
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        transfer::check_target(&self.to)?;
        if context.global.only_shows() {
            let dry = DryRun::new(context)?.then(&GetExportJob { id: self.id })?;
            return dry.show(context, Some("the files of the job's batches are then fetched"));
        }
        context.refuse_raw("download")?;
        context.stage = Stage::Ended {
            id: self.id.clone(),
            what: "files that are whole stay".to_owned(),
            resume: context.download_again(&self.id, &self.to),
        };
        let client = context.connect().await?;
        let batches = batches_of(context, &client, &self.id).await?;
        let fetched = transfer::fetch(context, &client, &batches, &self.to).await?;
        let bytes = fetched.iter().map(|fetched| fetched.file.bytes).sum();
        let count = fetched.len();
        let mut list = context.out.list(&COLUMNS);
        list.page(b"")?;
        for fetched in fetched {
            let path = fetched.file.path.display().to_string();
            let record = json!({
                "batchId": fetched.batch.as_str(),
                "name": fetched.name,
                "path": path,
                "bytes": fetched.file.bytes,
                "kept": fetched.file.kept,
            });
            list.record(record.to_string().as_bytes(), &path, || {
                vec![path.clone(), fetched.file.bytes.to_string()]
            })?;
        }
        list.end()?;
        let files = if count == 1 { "file" } else { "files" };
        context.talk.note(&format!("{count} {files}, {}", bytes_shown(bytes)));
        Ok(())
    }
}
