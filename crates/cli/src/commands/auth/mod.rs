//! `auth`: credentials and tokens.

mod login;
mod logout;
mod status;
mod until;

use std::time::Duration;

use crate::context::Context;
use crate::failure::Failure;

/// Credentials and tokens
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export auth login
  aep-export auth status")]
pub(crate) enum Command {
    Login(login::Args),
    Status(status::Args),
    Logout(logout::Args),
}

impl Command {
    /// The limit of the whole command; `usual` where it only calls the service.
    pub(crate) fn usual_limit(&self, usual: Duration) -> Option<Duration> {
        match self {
            // People take their time.
            Self::Login(_) => None,
            _ => Some(usual),
        }
    }

    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            return Err(Failure::usage(
                "`auth` shows no requests, as they hold secrets: --dry-run and --curl mean nothing",
            ));
        }
        if context.global.emulator {
            return Err(Failure::usage(
                "`auth` is about the service, and the emulator knows its only user: leave out --emulator",
            ));
        }
        match self {
            Self::Login(args) => args.execute(context).await,
            Self::Status(args) => args.execute(context).await,
            Self::Logout(args) => args.execute(context),
        }
    }
}
