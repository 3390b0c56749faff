//! `wait`: until a job has ended.

use std::time::Duration;

use aep_export_api::GetExportJob;
use aep_export_model::{ExportJob, JobId};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::duration::{Limit, parse_interval};
use crate::failure::Failure;
use crate::follow::{Followed, follow};

/// Wait until a job has ended
///
/// Exits with 0 when the job succeeded, 6 when it failed, 7 when it was cancelled, 8 when it is not
/// finished within --timeout (0 looks once). Ctrl-C leaves the job running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export wait 42
  aep-export wait 42 --timeout 6h --interval 30s
  aep-export wait 42 --timeout 0")]
pub(crate) struct Args {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,

    /// Time between two looks [default: 5s, growing to 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval)]
    interval: Option<Duration>,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            let dry = DryRun::new(context)?.then(&GetExportJob { id: self.id })?;
            return dry.show(context, Some("the same request again until the job has ended"));
        }
        let timeout = match context.global.timeout {
            Some(Limit::After(limit)) => Some(limit),
            Some(Limit::None) | None => None,
        };
        let client = context.connect().await?;
        context.job_goes_on(&self.id, false);
        let job = follow::<ExportJob>(context, &client, &self.id, self.interval, timeout).await?;
        context.out.document(job.raw(), self.id.as_str(), || job.block())?;
        Ok(())
    }
}
