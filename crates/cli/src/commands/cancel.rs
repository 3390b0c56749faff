//! `cancel`: mark jobs for cancelling.

use aep_export_api::{CancelExportJob, Client, ErrorKind, Reply, WaitError, WaitErrorKind};
use aep_export_model::{CancelAnswer, JobId};
use futures_util::{StreamExt, stream};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::{Failure, Kind};
use crate::follow::{Followed, Waited, wait_for_all};
use crate::interruption::AnyJob;
use crate::job_ids::{self, JobIds};
use crate::jobs;
use crate::output::columns::{Column, Kind as RecordKind};
use crate::output::look::Shows;
use crate::output::{Facts, fact};
use crate::several::{self, AT_ONCE, Outcome, Said, Unread};

/// Cancel jobs
///
/// Asks first on a terminal, once for all; elsewhere nobody can answer, so --yes is needed. The
/// service cancels later: with --wait the command ends when it is done. A job that had ended before
/// is not cancelled: with --wait that is exit code 6 if it failed, else 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export cancel 42 --yes
  aep-export list --limit 3 -o id | aep-export cancel - --yes")]
pub(crate) struct Args {
    #[command(flatten)]
    jobs: JobIds,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// Wait until the jobs are cancelled
    #[arg(long)]
    wait: bool,
}

/// What is told of a job that was marked.
pub(crate) static KIND: RecordKind = RecordKind {
    name: "cancellation",
    columns: &[Column::right("id"), Column::text("service")],
    keyed: false,
};

impl Args {
    /// What it shows.
    pub(crate) fn shows(&self) -> Shows {
        self.jobs.shows(if self.wait { &jobs::KIND } else { &KIND })
    }

    /// Whether it takes as long as the jobs, or as there are jobs.
    pub(crate) fn is_endless(&self) -> bool {
        self.wait || self.jobs.one().is_none()
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let one = self.jobs.one().cloned();
        let ids = self.jobs.read(context).await?;
        if context.global.only_shows() {
            let dry = DryRun::new(context)?;
            let dry = ids.into_iter().try_fold(dry, |dry, id| dry.then(&CancelExportJob { id }))?;
            return dry.show(context, self.wait.then_some("then each job until it is cancelled"));
        }
        if !self.yes {
            confirm_all(context, &ids).await?;
        }
        let client = context.connect().await?;
        job_ids::check(&client, &ids)?;
        let again = context.again("list");
        let marking = stream::iter(&ids)
            .map(|id| {
                let (client, again) = (&client, &again);
                async move { (id, cancel(client, id, again).await) }
            })
            .buffered(AT_ONCE);
        if self.wait {
            let marked = marking.collect().await;
            return see_cancelled(context, &client, marked, one.is_some()).await;
        }
        if let Some(id) = one {
            let answer = cancel(&client, &id, &again).await?;
            let said = answer.as_ref().and_then(|answer| answer.message.clone());
            let raw = answer.map(|answer| answer.raw().clone()).unwrap_or_default();
            context.out.document(&raw, id.as_str(), || Facts {
                row: vec![id.as_str().into(), said.clone().into()],
                block: vec![fact("job", Some(id.to_string())), fact("service", said)],
            })?;
            context.talk.note(&format!("job {id} is marked for cancelling"));
            return Ok(());
        }
        let outcomes = marking.map(|(id, answer)| match answer {
            Ok(answer) => Outcome { said: Some(Said::answer(id, answer.as_ref())), failure: None },
            Err(failure) => Outcome { said: None, failure: Some(failure) },
        });
        several::write(context, "cancel", ids.len(), outcomes, Unread::GoesOn).await
    }
}

type Marked<'a> = (&'a JobId, Result<Option<Reply<CancelAnswer>>, Failure>);

/// Marks a job. No answer means that the job was gone when the request had to be repeated.
async fn cancel(
    client: &Client,
    id: &JobId,
    list: &str,
) -> Result<Option<Reply<CancelAnswer>>, Failure> {
    let error = match client.export_jobs().cancel(id).await {
        Ok(answer) => return Ok(Some(answer)),
        Err(error) => error,
    };
    let gone = error.kind() == ErrorKind::NotFound;
    if gone && error.attempts().is_some_and(|attempts| attempts.made() > 1) {
        return Ok(None);
    }
    let failure = Failure::of(&error, &format!("cancel job {id}"));
    let failure = if gone { failure.hint(list) } else { failure };
    Err(failure.of_job(id.as_str()))
}

/// Waits until what was marked is cancelled.
async fn see_cancelled(
    context: &mut Context,
    client: &Client,
    marked: Vec<Marked<'_>>,
    one: bool,
) -> Result<(), Failure> {
    let ids: Vec<JobId> =
        marked.iter().filter(|(_, answer)| answer.is_ok()).map(|(id, _)| (*id).clone()).collect();
    context.jobs_go_on(&ids);
    let mut waiting = wait_for_all(context, client, &ids, None, None).await.into_iter();
    let mut outcomes = Vec::new();
    for (id, answer) in marked {
        let (job, failure) = match answer {
            Ok(_) => {
                let Some(waited) = waiting.next() else { continue };
                let failure = not_cancelled(context, &waited);
                (waited.into_job(), failure)
            }
            Err(failure) => (None, Some(failure)),
        };
        if one {
            if let Some(job) = job {
                context.out.document(job.raw(), id.as_str(), || job.facts())?;
            }
            return failure.map_or(Ok(()), Err);
        }
        outcomes.push(Outcome { said: job.map(|job| Said::job(id, &job)), failure });
    }
    let all = outcomes.len();
    several::write(context, "cancel", all, stream::iter(outcomes), Unread::GoesOn).await
}

/// Why a job that was waited for is not cancelled. One that is gone after it was marked is.
fn not_cancelled(context: &Context, waited: &Waited) -> Option<Failure> {
    match waited.error().map(WaitError::kind) {
        Some(WaitErrorKind::JobCancelled | WaitErrorKind::Gone) => None,
        Some(_) => waited.failure(context),
        None => waited.failure(context).or_else(|| {
            let message = format!("job {} had succeeded before it was cancelled", waited.id);
            Some(Failure::new(Kind::Other, message).of_job(waited.id.as_str()))
        }),
    }
}

impl Said {
    fn answer(id: &JobId, answer: Option<&Reply<CancelAnswer>>) -> Self {
        let said = answer.and_then(|answer| answer.message.clone());
        Self {
            raw: answer.map(|answer| answer.raw().clone()).unwrap_or_default(),
            id: id.to_string(),
            row: vec![id.as_str().into(), said.into()],
        }
    }
}

/// Asks about all of them at once.
async fn confirm_all(context: &mut Context, ids: &[JobId]) -> Result<(), Failure> {
    if let [one] = ids {
        return confirm(context, &AnyJob::Export(one.clone())).await;
    }
    agreed(context, &format!("{} jobs ({})", ids.len(), some_of(ids)), "were").await
}

/// Asks whether to cancel, where somebody can answer.
pub(super) async fn confirm(context: &mut Context, job: &AnyJob) -> Result<(), Failure> {
    agreed(context, &job.to_string(), "was").await.map_err(|failure| failure.of_any_job(job))
}

async fn agreed(context: &mut Context, what: &str, was: &str) -> Result<(), Failure> {
    if !context.can_ask {
        let why = format!("nobody can be asked whether to cancel {what}: add --yes");
        return Err(Failure::usage(why));
    }
    let answer = context.answer(&format!("Cancel {what}? [y/N]")).await?.unwrap_or_default();
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new(Kind::Other, format!("{what} {was} not cancelled")))
}

/// As many ids as people read.
fn some_of(ids: &[JobId]) -> String {
    const READ: usize = 10;
    let some: Vec<&str> = ids.iter().take(READ).map(JobId::as_str).collect();
    let more = if ids.len() > READ { ", ..." } else { "" };
    format!("{}{more}", some.join(", "))
}
