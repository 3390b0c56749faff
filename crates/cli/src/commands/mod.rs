//! The commands, one file each.

pub(crate) mod api;
pub(crate) mod audience;
pub(crate) mod auth;
pub(crate) mod batch;
pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod create;
pub(crate) mod dataset;
pub(crate) mod doctor;
pub(crate) mod download;
pub(crate) mod emulator;
pub(crate) mod files;
pub(crate) mod get;
pub(crate) mod help;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod printed;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod segment_job;
pub(crate) mod template;
pub(crate) mod wait;

use std::time::Duration;

use crate::cli::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::jobs;
use crate::output::look::Shows;

/// How long a command that makes a call or two may take: more than a create's 75 seconds for the
/// headers of its answer.
const A_FEW_CALLS: Duration = Duration::from_secs(120);

impl Command {
    /// Does it.
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Run(args) => args.execute(context).await,
            Self::List(args) => args.execute(context).await,
            Self::Get(args) => args.execute(context).await,
            Self::Create(args) => args.execute(context).await,
            Self::Cancel(args) => args.execute(context).await,
            Self::Wait(args) => args.execute(context).await,
            Self::Files(args) => args.execute(context).await,
            Self::Download(args) => args.execute(context).await,
            Self::Report(args) => args.execute(context).await,
            Self::Dataset(command) => command.execute(context).await,
            Self::Audience(command) => command.execute(context).await,
            Self::SegmentJob(command) => command.execute(context).await,
            Self::Batch(command) => command.execute(context).await,
            Self::Auth(command) => command.execute(context).await,
            Self::Config(command) => command.execute(context).await,
            Self::Doctor(args) => args.execute(context).await,
            Self::Emulator(command) => command.execute(context).await,
            Self::Api(args) => args.execute(context).await,
        }
    }

    /// Whether the config file is read for it.
    pub(crate) fn uses_profile(&self) -> bool {
        match self {
            Self::Config(command) => command.uses_profile(),
            _ => true,
        }
    }

    /// What it shows.
    pub(crate) fn shows(&self) -> Shows {
        match self {
            Self::List(_) => Shows::List(&jobs::KIND),
            Self::Run(_) | Self::Create(_) => Shows::One(&jobs::KIND),
            Self::Get(args) => args.shows(),
            Self::Wait(args) => args.shows(),
            Self::Files(_) => Shows::List(&files::KIND),
            Self::Download(args) => Shows::List(args.kind()),
            Self::Dataset(dataset::Command::List(_)) => Shows::List(&dataset::KIND),
            Self::Dataset(_) => Shows::One(&dataset::KIND),
            Self::Audience(audience::Command::List(_)) => Shows::List(&audience::KIND),
            Self::Audience(_) => Shows::One(&audience::KIND),
            Self::Batch(_) => Shows::One(&batch::KIND),
            Self::Doctor(_) => Shows::List(&doctor::KIND),
            Self::SegmentJob(command) => command.shows(),
            Self::Config(command) => command.shows(),
            Self::Cancel(args) => args.shows(),
            Self::Report(_) => Shows::Report,
            Self::Api(_) | Self::Auth(_) => Shows::Document,
            Self::Emulator(emulator::Command::Sample(_)) => Shows::Text,
            Self::Emulator(_) => Shows::Document,
        }
    }

    /// Whether settings that cannot be read are what it is about.
    pub(crate) fn examines_settings(&self) -> bool {
        matches!(self, Self::Doctor(_))
    }

    /// The limit of the whole command, if it has one.
    pub(crate) fn limit(&self, context: &Context) -> Result<Option<Duration>, Failure> {
        match self {
            // Waiting keeps its own time: it looks once more at the end.
            Self::Wait(_) | Self::SegmentJob(segment_job::Command::Wait(_)) => Ok(None),
            Self::Run(_) | Self::Download(_) | Self::Emulator(_) => context.limit(None),
            // People take their time.
            Self::Config(_) => context.limit(None),
            Self::Auth(command) => context.limit(command.usual_limit(A_FEW_CALLS)),
            Self::Api(args) if args.is_endless() => context.limit(None),
            Self::List(args) if args.is_endless() => context.limit(None),
            Self::Get(args) if args.is_endless() => context.limit(None),
            Self::Cancel(args) if args.is_endless() => context.limit(None),
            Self::Report(args) if args.is_endless() => context.limit(None),
            Self::Create(args) if args.is_endless() => context.limit(None),
            Self::SegmentJob(command) if command.is_endless() => context.limit(None),
            _ => context.limit(Some(A_FEW_CALLS)),
        }
    }
}
