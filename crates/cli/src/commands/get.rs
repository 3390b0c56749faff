//! `get`: one job.

use aep_export_api::GetExportJob;
use aep_export_model::JobId;

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::follow::Followed;

/// Show a job
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export get 42
  aep-export get 42 -o json")]
pub(crate) struct Args {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            let dry = DryRun::new(context)?.then(&GetExportJob { id: self.id })?;
            return dry.show(context, None);
        }
        let client = context.connect().await?;
        let job = client.export_jobs().get(&self.id).await.map_err(|error| {
            Failure::of(&error, &format!("get job {}", self.id)).of_job(self.id.as_str())
        })?;
        context.out.document(job.raw(), self.id.as_str(), || job.block())?;
        Ok(())
    }
}
