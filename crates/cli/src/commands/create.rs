//! `create`: a job, without waiting for it.

use std::time::Duration;

use aep_export_model::ExportJob;

use crate::context::Context;
use crate::duration::parse_interval;
use crate::failure::Failure;
use crate::follow::{Followed, follow};
use crate::making::{self, Care};
use crate::plan::flags::JobFlags;

/// Create a job
///
/// The service has no key that would tell a repeated request from a second job, so it is sent again
/// only when it certainly was not accepted. When no answer comes, the job that it may have made is
/// looked for. Exit code 9 means that it could not be told: look with `list` before you create another
/// one.
///
/// With --once a job that already does the same is as good as a new one: started again while that
/// job runs, the command makes no second one. A job that has ended does not count, and of two
/// programs that start at the same moment both may still create one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export create --dataset 6123456789abcdef01234567 --audience \"Gold members\"
  aep-export create -f job.json -o id
  aep-export create -f job.json --once --wait
  aep-export create -f job.json --fields person.name,identityMap --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    job: JobFlags,

    /// Wait until the job has ended, as `wait` does
    #[arg(long)]
    wait: bool,

    /// Time between two looks at the job [default: 5s, growing to 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval, requires = "wait")]
    interval: Option<Duration>,
}

impl Args {
    /// Whether it takes as long as the job.
    pub(crate) fn is_endless(&self) -> bool {
        self.wait
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let care = Care::default();
        let plan = making::plan(context, self.job).await?;
        if context.global.only_shows() {
            return making::dry_run(context, &plan, &care)?.show(context, None);
        }
        let client = context.connect().await?;
        let made = making::make(context, &client, &plan, &care).await?;
        let job = if self.wait {
            follow::<ExportJob>(context, &client, &made.id, self.interval, None)
                .await?
                .into_record()
        } else {
            made.job
        };
        context.out.document(&job.raw, made.id.as_str(), || job.facts())?;
        Ok(())
    }
}
