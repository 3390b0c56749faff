//! `wait`: until jobs have ended.

use std::time::Duration;

use aep_export_api::GetExportJob;
use aep_export_model::ExportJob;
use futures_util::stream;

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::duration::{Limit, parse_interval};
use crate::failure::Failure;
use crate::follow::{Followed, Waited, follow, wait_for_all};
use crate::job_ids::{self, JobIds};
use crate::jobs;
use crate::output::look::Shows;
use crate::several::{self, Outcome, Said, Unread};

/// Wait until jobs have ended
///
/// Exits with 0 when the job succeeded, 6 when it failed, 7 when it was cancelled, 8 when it is not
/// finished within --timeout (0 looks once); of several jobs with what they have in common, else
/// with 11. Ctrl-C leaves the jobs running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export wait 42
  aep-export wait 42 --timeout 6h --interval 30s
  aep-export wait 42 --timeout 0
  aep-export list --limit 5 -o id | aep-export wait -")]
pub(crate) struct Args {
    #[command(flatten)]
    jobs: JobIds,

    /// Time between two looks [default: 5s, growing to 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval)]
    interval: Option<Duration>,
}

impl Args {
    /// What it shows.
    pub(crate) fn shows(&self) -> Shows {
        self.jobs.shows(&jobs::KIND)
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let one = self.jobs.one().cloned();
        let ids = self.jobs.read(context).await?;
        if context.global.only_shows() {
            let dry = DryRun::new(context)?;
            let dry = ids.into_iter().try_fold(dry, |dry, id| dry.then(&GetExportJob { id }))?;
            let again = "the same request again until the job has ended";
            return dry.show(context, Some(again));
        }
        let timeout = match context.global.timeout {
            Some(Limit::After(limit)) => Some(limit),
            Some(Limit::None) | None => None,
        };
        let client = context.connect().await?;
        if let Some(id) = one {
            context.job_goes_on(&id, false);
            let job = follow::<ExportJob>(context, &client, &id, self.interval, timeout).await?;
            context.out.document(job.raw(), id.as_str(), || job.facts())?;
            return Ok(());
        }
        job_ids::check(&client, &ids)?;
        context.jobs_go_on(&ids);
        let waited = wait_for_all(context, &client, &ids, self.interval, timeout).await;
        let outcomes: Vec<Outcome> = waited.iter().map(|job| outcome(context, job)).collect();
        several::write(context, "wait", ids.len(), stream::iter(outcomes), Unread::GoesOn).await
    }
}

/// The job that was seen last is data, however the wait ended.
fn outcome(context: &Context, waited: &Waited) -> Outcome {
    Outcome {
        said: waited.job().map(|job| Said::job(&waited.id, job)),
        failure: waited.failure(context),
    }
}
