//! `segment-job`: the evaluation of audiences.

use std::borrow::Cow;
use std::time::Duration;

use aep_export_api::{
    CancelSegmentJob, Client, CreateSegmentJob, ErrorKind, GetSegmentJob, ListAudiences,
    ListSegmentJobs, Record,
};
use aep_export_model::{JobStatus, SegmentId, SegmentJob, SegmentJobId, SegmentJobRequest};

use super::cancel::{self, confirm};
use super::list::NEWEST;
use crate::audience_name::find_audience;
use crate::context::Context;
use crate::dry_run::DryRun;
use crate::duration::{Limit, parse_interval};
use crate::evaluation;
use crate::failure::Failure;
use crate::follow::{Followed, follow};
use crate::interruption::AnyJob;
use crate::listing::{Shown, Wanted, list};
use crate::output::look::Shows;
use crate::output::{Facts, fact};
use crate::segment_jobs;
use crate::status::Status;

/// Segment jobs: who is in which audience, evaluated now
///
/// An export takes the members that an audience had when it was last evaluated.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export segment-job list
  aep-export segment-job create --audience \"Gold members\"")]
pub(crate) enum Command {
    Create(CreateArgs),
    Get(GetArgs),
    List(ListArgs),
    Wait(WaitArgs),
    Cancel(CancelArgs),
}

/// Create a segment job
///
/// It is sent again only when it certainly was not accepted. When no answer comes, the job that it may
/// have made is looked for: by the id that was sent, or as the only new one with these segments. Exit
/// code 9 means that it could not be told: look with `segment-job list` before you create another one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export segment-job create --audience \"Gold members\"
  aep-export segment-job create --segment 4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10 --wait
  aep-export segment-job create --all -o id")]
pub(crate) struct CreateArgs {
    /// Segment to evaluate, by id (repeatable)
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    segment: Vec<SegmentId>,

    /// Audience to evaluate, by name (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    audience: Vec<String>,

    /// Evaluate every segment
    #[arg(long)]
    all: bool,

    /// Wait until the job has ended, as `segment-job wait` does
    #[arg(long)]
    wait: bool,

    /// Time between two looks at the job [default: 5s, growing to 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval, requires = "wait")]
    interval: Option<Duration>,
}

/// Show a segment job
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export segment-job get 5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b
  aep-export segment-job get 5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b --jq .status")]
pub(crate) struct GetArgs {
    /// The segment job
    #[arg(value_name = "ID")]
    id: SegmentJobId,
}

/// List segment jobs, the newest first, those of schedules too
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export segment-job list
  aep-export segment-job list --status FAILED --limit 5 -o json")]
pub(crate) struct ListArgs {
    /// Only jobs in this state
    #[arg(long, value_name = "STATUS", value_parser = Status)]
    status: Option<JobStatus>,

    /// At most so many jobs [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Every job
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

/// Wait until a segment job has ended
///
/// Exits with 0 when the job succeeded, 6 when it failed, 7 when it was cancelled, 8 when it is not
/// finished within --timeout (0 looks once). Ctrl-C leaves the job running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export segment-job wait 5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b --timeout 6h
  aep-export segment-job wait 5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b --timeout 0 -o json")]
pub(crate) struct WaitArgs {
    /// The segment job
    #[arg(value_name = "ID")]
    id: SegmentJobId,

    /// Time between two looks [default: 5s, growing to 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval)]
    interval: Option<Duration>,
}

/// Cancel a segment job
///
/// Asks first on a terminal; elsewhere nobody can answer, so --yes is needed. The service cancels
/// later: `segment-job wait` sees it done (exit code 7).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export segment-job cancel 5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b --yes
  aep-export segment-job cancel 5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b --dry-run")]
pub(crate) struct CancelArgs {
    /// The segment job
    #[arg(value_name = "ID")]
    id: SegmentJobId,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Command {
    /// What it shows.
    pub(crate) fn shows(&self) -> Shows {
        match self {
            Self::Cancel(_) => Shows::One(&cancel::KIND),
            Self::List(_) => Shows::List(&segment_jobs::KIND),
            _ => Shows::One(&segment_jobs::KIND),
        }
    }

    /// Whether it takes as long as a job, or as there are jobs.
    pub(crate) fn is_endless(&self) -> bool {
        match self {
            Self::Create(args) => args.wait,
            Self::List(args) => args.all,
            Self::Get(_) | Self::Wait(_) | Self::Cancel(_) => false,
        }
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Create(args) => args.execute(context).await,
            Self::Get(args) => args.execute(context).await,
            Self::List(args) => args.execute(context).await,
            Self::Wait(args) => args.execute(context).await,
            Self::Cancel(args) => args.execute(context).await,
        }
    }
}

impl CreateArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if !self.all && self.segment.is_empty() && self.audience.is_empty() {
            let what = "nothing to evaluate: give --segment ID, --audience NAME or --all";
            return Err(Failure::usage(what));
        }
        if context.global.only_shows() {
            return self.dry_run(context)?.show(context, None);
        }
        let client = context.connect().await?;
        let request = self.request(context, &client).await?;
        let (id, created) = evaluation::create(context, &client, &request, false, "").await?;
        let job = match self.wait {
            true => {
                let job = follow::<SegmentJob>(context, &client, &id, self.interval, None).await?;
                job.into_record()
            }
            false => created,
        };
        context.out.document(&job.raw, id.as_str(), || job.value.facts())?;
        Ok(())
    }

    async fn request(
        &self,
        context: &Context,
        client: &Client,
    ) -> Result<SegmentJobRequest, Failure> {
        if self.all {
            return Ok(SegmentJobRequest::All);
        }
        let mut ids = self.segment.clone();
        for name in &self.audience {
            ids.push(find_audience(context, client, name).await?);
        }
        Ok(SegmentJobRequest::Segments(ids))
    }

    fn dry_run(&self, context: &Context) -> Result<DryRun, Failure> {
        let mut dry = DryRun::new(context)?;
        if self.all {
            return dry.then(&CreateSegmentJob { request: SegmentJobRequest::All });
        }
        if !self.audience.is_empty() {
            dry = dry.then(&ListAudiences::default())?;
        }
        let named =
            self.audience.iter().map(|name| format!("<id of the audience {name:?}>").into());
        let request = SegmentJobRequest::of(self.segment.iter().cloned().chain(named));
        dry.then(&CreateSegmentJob { request })
    }
}

impl GetArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = GetSegmentJob { id: self.id };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let named = AnyJob::Segment(operation.id.clone());
        let job = client
            .execute(&operation)
            .await
            .map_err(|error| Failure::of(&error, &format!("get {named}")).of_any_job(&named))?;
        context.out.document(job.raw(), named.id(), || job.value().facts())?;
        Ok(())
    }
}

impl ListArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let wanted = if self.all { None } else { Some(self.limit.unwrap_or(NEWEST)) };
        let operation = ListSegmentJobs {
            limit: Some(wanted.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(100).min(100)),
            status: self.status,
            sort: Some("creationTime:desc".to_owned()),
            ..ListSegmentJobs::default()
        };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let pages = client.segment_jobs().pages(operation);
        let wanted = Wanted {
            more: "--limit N or --all shows more",
            ..Wanted::up_to(wanted, "segment jobs", &show, &segment_jobs::row)
        };
        list(context, pages, wanted).await
    }
}

fn show(job: &Record<SegmentJob>) -> Shown<'_> {
    Shown { id: segment_jobs::id(job).unwrap_or_default(), raw: Cow::Borrowed(&job.raw) }
}

impl WaitArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            let dry = DryRun::new(context)?.then(&GetSegmentJob { id: self.id })?;
            return dry.show(context, Some("the same request again until the job has ended"));
        }
        let timeout = match context.global.timeout {
            Some(Limit::After(limit)) => Some(limit),
            Some(Limit::None) | None => None,
        };
        let client = context.connect().await?;
        context.segment_job_goes_on(&self.id, false, "");
        let job = follow::<SegmentJob>(context, &client, &self.id, self.interval, timeout).await?;
        context.out.document(job.raw(), self.id.as_str(), || job.value().facts())?;
        Ok(())
    }
}

impl CancelArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = CancelSegmentJob { id: self.id };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let job = AnyJob::Segment(operation.id.clone());
        if !self.yes {
            confirm(context, &job).await?;
        }
        let client = context.connect().await?;
        let answer = client.execute(&operation).await.map_err(|error| {
            let failure = Failure::of(&error, &format!("cancel {job}")).of_any_job(&job);
            match error.kind() {
                ErrorKind::NotFound => failure.hint(context.again("segment-job list")),
                _ => failure,
            }
        })?;
        let said = answer.message.clone();
        context.out.document(answer.raw(), job.id(), || Facts {
            row: vec![job.id().into(), said.clone().into()],
            block: vec![fact("segment job", Some(job.id().to_owned())), fact("service", said)],
        })?;
        context.talk.note(&format!("{job} is marked for cancelling"));
        Ok(())
    }
}
