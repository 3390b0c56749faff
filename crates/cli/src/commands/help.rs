//! `help`: the help of a command, and what is true of all of them.

use clap::{CommandFactory, ValueEnum};

use crate::cli::{Cli, ENVIRONMENT};
use crate::exit;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::output::Format;

/// Print the help of a command, or of a topic
///
/// The topics are exit-codes, environment and output. Without either it is the help of the program.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export help run
  aep-export help dataset create
  aep-export help exit-codes")]
pub(crate) struct Args {
    /// A command, or a topic: exit-codes, environment, output
    #[arg(value_name = "COMMAND|TOPIC")]
    about: Vec<String>,
}

/// What there is to know beside the commands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Topic {
    ExitCodes,
    Environment,
    Output,
}

const SCRIPTS: &str = "\
In a script 8 and 10 say \"try again later\" and 9 says \"look first: it may exist\"; the others say that a
person has to change something. Several ids end with their common code, or with 11.";

const VIEWS: &str = "\
Data goes to standard output and everything else to standard error. In place of a form:
  --columns  names of columns, and paths into the record, for table, csv and env
  --jq       an expression of jq over the JSON of each record
  --template a text with fields in it; filters: time, ago, duration, bytes
A name that is not known is answered with those that are.";

impl Args {
    /// The answer to `--help` of the command, if it is about one; `help run` is `run --help`.
    pub(crate) fn of_command(&self) -> Option<clap::Error> {
        if self.topic().is_some() || self.meant().is_some() {
            return None;
        }
        let words = self.about.iter().map(String::as_str);
        let line = std::iter::once("aep-export").chain(words).chain(["--help"]);
        Cli::command().try_get_matches_from(line).err()
    }

    pub(crate) fn text(&self) -> Result<Vec<u8>, Failure> {
        if let Some(topic) = self.topic() {
            return Ok(format!("{}\n", topic.text()).into_bytes());
        }
        let failure = Failure::usage(format!("there is no help on `{}`", self.about.join(" ")));
        Err(match self.meant() {
            Some(meant) => failure.hint(format!("did you mean aep-export help {meant}?")),
            None => failure.hint("aep-export help lists the commands"),
        })
    }

    fn topic(&self) -> Option<Topic> {
        let [about] = self.about.as_slice() else { return None };
        Topic::from_str(about, false).ok()
    }

    /// The topic that is much like what was asked for, which is no command.
    fn meant(&self) -> Option<String> {
        let [about] = self.about.as_slice() else { return None };
        if Cli::command().find_subcommand(about).is_some() {
            return None;
        }
        nearest(about, Topic::names().iter().map(String::as_str)).map(str::to_owned)
    }
}

impl Topic {
    fn names() -> Vec<String> {
        names(Self::value_variants()).into_iter().map(|(name, _)| name).collect()
    }

    fn text(self) -> String {
        match self {
            Self::ExitCodes => format!("{}\n\n{SCRIPTS}", exit::help()),
            Self::Environment => format!(
                "A flag wins over the environment, and that over a profile.\n\n{ENVIRONMENT}"
            ),
            Self::Output => {
                let forms = names(Format::value_variants());
                let forms = forms.iter().map(|(name, means)| format!("  {name:<8}  {means}"));
                format!("Forms of --output:\n{}\n\n{VIEWS}", forms.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

/// What the values are called, and what is said of them.
fn names(values: &[impl ValueEnum]) -> Vec<(String, String)> {
    let said = values.iter().filter_map(ValueEnum::to_possible_value);
    said.map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        (value.get_name().to_owned(), help)
    })
    .collect()
}
