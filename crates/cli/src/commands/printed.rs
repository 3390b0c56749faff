//! Commands that print what the program knows by itself: no settings, no service, no runtime.

use clap::Subcommand;

use super::{completions, man, schema, template};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Template(template::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// What is printed.
    pub(crate) fn text(self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Template(args) => Ok(args.text()),
            Self::Schema(args) => args.text(),
            Self::Completions(args) => args.text(),
            Self::Man(args) => args.text(),
        }
    }
}
