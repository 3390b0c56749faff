//! `get`: jobs by their ids.

use aep_export_api::{Client, GetExportJob, Reply};
use aep_export_model::{ExportJob, JobId};
use futures_util::{StreamExt, stream};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::follow::Followed;
use crate::job_ids::{self, JobIds};
use crate::jobs;
use crate::output::look::Shows;
use crate::several::{self, AT_ONCE, Outcome, Said, Unread};

/// Show jobs
///
/// One job is shown with all its values; several, and those of standard input, are a list in the
/// order of their ids. A job that cannot be got does not lose the others.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export get 42
  aep-export get 42 -o json
  aep-export list --status SUCCEEDED -o id | aep-export get - -o ndjson")]
pub(crate) struct Args {
    #[command(flatten)]
    jobs: JobIds,
}

impl Args {
    /// What it shows.
    pub(crate) fn shows(&self) -> Shows {
        self.jobs.shows(&jobs::KIND)
    }

    /// Whether it takes as long as there are jobs.
    pub(crate) fn is_endless(&self) -> bool {
        self.jobs.one().is_none()
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let one = self.jobs.one().cloned();
        let ids = self.jobs.read(context).await?;
        if context.global.only_shows() {
            let dry = DryRun::new(context)?;
            let dry = ids.into_iter().try_fold(dry, |dry, id| dry.then(&GetExportJob { id }))?;
            return dry.show(context, None);
        }
        let client = context.connect().await?;
        if let Some(id) = one {
            let job = get(&client, &id).await?;
            context.out.document(job.raw(), id.as_str(), || job.facts())?;
            return Ok(());
        }
        job_ids::check(&client, &ids)?;
        let outcomes = stream::iter(&ids)
            .map(|id| {
                let client = &client;
                async move { Outcome::of(id, get(client, id).await) }
            })
            .buffered(AT_ONCE);
        several::write(context, "get", ids.len(), outcomes, Unread::Stops).await
    }
}

async fn get(client: &Client, id: &JobId) -> Result<Reply<ExportJob>, Failure> {
    let got = client.export_jobs().get(id).await;
    got.map_err(|error| Failure::of(&error, &format!("get job {id}")).of_job(id.as_str()))
}

impl Outcome {
    fn of(id: &JobId, got: Result<Reply<ExportJob>, Failure>) -> Self {
        match got {
            Ok(job) => Self { said: Some(Said::job(id, &job)), failure: None },
            Err(failure) => Self { said: None, failure: Some(failure) },
        }
    }
}

impl Said {
    /// The job itself.
    pub(crate) fn job(id: &JobId, job: &Reply<ExportJob>) -> Self {
        Self { raw: job.raw().clone(), id: id.to_string(), row: jobs::row(job) }
    }
}
