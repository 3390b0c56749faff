//! `cancel`: mark a job for cancelling.

use aep_export_api::{CancelExportJob, ErrorKind};
use aep_export_model::JobId;

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::{Failure, Kind};
use crate::interruption::AnyJob;

/// Cancel a job
///
/// Asks first on a terminal; elsewhere nobody can answer, so --yes is needed. The service cancels
/// later: `wait` sees it done (exit code 7).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export cancel 42 --yes")]
pub(crate) struct Args {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = CancelExportJob { id: self.id };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let id = operation.id;
        if !self.yes {
            confirm(context, &AnyJob::Export(id.clone())).await?;
        }
        let client = context.connect().await?;
        match client.export_jobs().cancel(&id).await {
            Ok(answer) => {
                let said = answer.message.clone();
                context.out.document(answer.raw(), id.as_str(), || {
                    vec![("job", Some(id.to_string())), ("service", said)]
                })?;
                context.talk.note(&format!("job {id} is marked for cancelling"));
                Ok(())
            }
            Err(error) => {
                let mut failure = Failure::of(&error, &format!("cancel job {id}"));
                if error.kind() == ErrorKind::NotFound {
                    failure = failure.hint(context.again("list"));
                }
                Err(failure.of_job(id.as_str()))
            }
        }
    }
}

/// Asks whether to cancel, where somebody can answer.
pub(super) async fn confirm(context: &mut Context, job: &AnyJob) -> Result<(), Failure> {
    if !context.can_ask {
        let what = format!("nobody can be asked whether to cancel {job}: add --yes");
        return Err(Failure::usage(what).of_any_job(job));
    }
    let answer = context.answer(&format!("Cancel {job}? [y/N]")).await?.unwrap_or_default();
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new(Kind::Other, format!("{job} was not cancelled")).of_any_job(job))
}
