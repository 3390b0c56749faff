//! `config`: the config file and its profiles.

mod import;
mod init;
mod path;
mod show;
mod store;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::look::Shows;

/// The config file and its profiles
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export config show
  aep-export config path")]
pub(crate) enum Command {
    Init(init::Args),
    Import(import::Args),
    Show(show::Args),
    Path(path::Args),
}

impl Command {
    /// Whether it does something with the settings of a profile. What mends or makes one must work
    /// without.
    pub(crate) fn uses_profile(&self) -> bool {
        matches!(self, Self::Show(_))
    }

    /// What it shows.
    pub(crate) fn shows(&self) -> Shows {
        match self {
            Self::Show(_) => Shows::List(&show::KIND),
            _ => Shows::Document,
        }
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            return Err(Failure::usage(
                "`config` sends no request: --dry-run and --curl mean nothing",
            ));
        }
        if context.global.emulator {
            return Err(Failure::usage("`config` is about the service: leave out --emulator"));
        }
        match self {
            Self::Init(args) => args.execute(context).await,
            Self::Import(args) => args.execute(context).await,
            Self::Show(args) => args.execute(context),
            Self::Path(args) => args.execute(context),
        }
    }
}
