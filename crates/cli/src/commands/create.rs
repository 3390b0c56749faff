//! `create`: a job, without waiting for it.

use crate::context::Context;
use crate::failure::Failure;
use crate::jobs;
use crate::making;
use crate::plan::Plan;
use crate::plan::flags::JobFlags;

/// Create a job and leave it to itself
///
/// The request is sent once and never again by itself: the service has no key that would tell a
/// repeated one from a second job. Exit code 9 means that a job may exist.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export create --dataset 6123456789abcdef01234567 --audience \"Gold members\"
  aep-export create -f job.json -o id
  aep-export create -f job.json --fields person.name,identityMap --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    job: JobFlags,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let plan = Plan::new(self.job, &mut context.stdin)?;
        if context.global.dry_run {
            return making::dry_run(context, &plan)?.show(context, None);
        }
        let client = context.connect().await?;
        let made = making::make(context, &client, &plan, false).await?;
        let job = &made.reply;
        context.out.document(job.raw(), made.id.as_str(), || jobs::block(job))?;
        Ok(())
    }
}
