//! Commands that print what the program knows by itself: no settings, no service, no runtime.

use clap::Subcommand;

use super::{completions, help, man, schema, template};
use crate::failure::Failure;
use crate::output::Format;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Template(template::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
    Help(help::Args),
}

impl Command {
    /// The answer of another command that says the same.
    pub(crate) fn answered_elsewhere(&self) -> Option<clap::Error> {
        match self {
            Self::Help(args) => args.of_command(),
            _ => None,
        }
    }

    /// What is printed where `format` was asked for.
    pub(crate) fn text(self, format: Option<Format>) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Template(args) => Ok(args.text(format)),
            Self::Help(args) => args.text(),
            Self::Schema(args) => args.text(),
            Self::Completions(args) => args.text(),
            Self::Man(args) => args.text(),
        }
    }
}
