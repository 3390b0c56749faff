//! `emulator`: the local service, and the profiles in it.

pub(crate) mod import;
pub(crate) mod sample;
pub(crate) mod serve;

use crate::context::Context;
use crate::failure::Failure;

/// The local service that plays AEP, and the profiles in it
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export emulator serve
  aep-export emulator import profiles.ndjson.gz")]
pub(crate) enum Command {
    Serve(serve::Args),
    Import(import::Args),
    Sample(sample::Args),
}

impl Command {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            let name = self.name();
            return Err(Failure::usage(format!(
                "`emulator {name}` sends no request: --dry-run and --curl mean nothing"
            )));
        }
        match self {
            Self::Serve(args) => args.execute(context).await,
            Self::Import(args) => args.execute(context).await,
            Self::Sample(args) => args.execute(context).await,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Serve(_) => "serve",
            Self::Import(_) => "import",
            Self::Sample(_) => "sample",
        }
    }
}
