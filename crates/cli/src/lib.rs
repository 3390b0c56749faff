//! The program `aep-export`: run Adobe Experience Platform export jobs from a shell.
//!
//! [`run`] is the whole program as a function of its arguments and its [`Env`]: what it prints goes
//! through the writers of `Env`, what it reads of the process comes out of it. [`command`] is its
//! command line, from which the reference is made.
//!
//! Data goes to standard output, talk to standard error; the exit codes are those that `--help`
//! lists.

mod answer;
mod asking;
mod audience_name;
mod choices;
mod cli;
mod commands;
mod completion;
mod config_file;
mod context;
mod credential_file;
mod curl;
mod destination;
mod dry_run;
mod duration;
mod early;
mod emulation;
mod env;
mod evaluation;
mod exit;
mod failure;
mod fitness;
mod follow;
mod hints;
mod interruption;
mod job_filter;
mod job_ids;
mod jobs;
mod listing;
mod log;
mod lost;
mod making;
mod manual;
mod named_file;
mod nearest;
#[cfg(feature = "object-stores")]
mod objects;
mod output;
mod place;
mod plan;
mod private_file;
mod program;
mod proxy;
mod quote;
mod report;
mod seal;
mod secret;
mod segment;
mod segment_jobs;
mod session;
mod settings;
mod several;
mod signals;
mod since;
mod status;
mod talk;
#[cfg(test)]
mod testing;
mod token_cache;
mod token_file;
mod transfer;
#[cfg(feature = "object-stores")]
mod undo;
mod unseen;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;

pub use completion::{Shell, completions};
pub use env::Env;
pub use hints::{ErrorCode, Service};
pub use jiff::tz::TimeZone;
pub use manual::{ManPage, man_pages};
pub use seal::seal_process;

/// Runs the program with `args`, the first of which is its own name.
///
/// # Example
/// ```
/// use aep_export_cli::{Env, run};
///
/// let code = run(["aep-export", "--version"].map(Into::into), Env::of_process());
/// assert_eq!(code, std::process::ExitCode::SUCCESS);
/// ```
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    program::run(&args, env).into()
}

/// The command line: every command, flag and help text.
#[must_use]
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// The codes of AEP's services that the program knows what to do about.
#[must_use]
pub fn error_codes() -> &'static [ErrorCode] {
    hints::CODES
}

/// The kinds of errors: the name that JSON has, the exit code, the meaning.
pub fn error_kinds() -> impl Iterator<Item = (String, u8, &'static str)> {
    failure::KINDS.iter().map(|(kind, meaning)| (kind.name(), kind.exit().code(), *meaning))
}
