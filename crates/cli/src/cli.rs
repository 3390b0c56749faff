//! The command line: commands and the flags that all of them share.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;

use crate::commands::{
    api, audience, auth, batch, cancel, config, create, dataset, doctor, download, emulator, files,
    get, list, printed, report, run, segment_job, wait,
};
use crate::duration::{Limit, parse_limit};
use crate::exit;
use crate::output::Format;

const ABOUT: &str = "Run Adobe Experience Platform (AEP) export jobs";

const LONG_ABOUT: &str = "\
Run Adobe Experience Platform (AEP) export jobs: from an audience to Parquet files on disk.

With --emulator every command runs against a local service inside this program, with sample \
profiles built in: no account, no network, no set-up.";

const EXAMPLES: &str = "\
Examples:
  aep-export --emulator run --audience \"Gold members\" --create-dataset gold --to gold/
  aep-export list --status FAILED -o json";

pub(crate) const ENVIRONMENT: &str = "\
Environment:
  AEP_CONFIG                                    path of the config file
  AEP_PROFILE                                   default of --profile
  AEP_ORG_ID, AEP_CLIENT_ID, AEP_CLIENT_SECRET  who calls; or, instead of the secret,
  AEP_ACCESS_TOKEN                              a token that is used as it is
  AEP_CLIENT_SECRET_FILE, AEP_ACCESS_TOKEN_FILE  files with the secret or the token
  AEP_SANDBOX                                   sandbox (default: prod)
  AEP_SCOPES                                    scopes to ask for
  AEP_BASE_URL, AEP_IMS_URL                     other addresses than Adobe's
  AEP_ALLOW_HTTP                                a host that may be spoken to without TLS
  AEP_CA_FILE                                   a certificate authority of your own (PEM)
  AEP_RETRIES                                   how often a call is repeated that may be (default: 4)
  AEP_TOKEN_CACHE                               off: keep no token for the next run
  AEP_OUTPUT                                    default of --output
  AEP_EMULATOR_DIR                              default of --emulator-dir
  AEP_EMULATOR_FAULT                            faults for the emulator to play: JSON or @FILE
  AEP_EMULATOR_TOKEN_TTL                        how long the emulator's tokens last
  HTTPS_PROXY, NO_PROXY                         proxy for https, and hosts that need none
  NO_COLOR, CLICOLOR_FORCE                      colour off, colour on";

#[derive(Debug, Parser)]
#[command(
    name = "aep-export",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = format!("{EXAMPLES}\n\n{ENVIRONMENT}\n\n{}", exit::help()),
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Asked,
}

/// Flags that stand before or after the command.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Profile of the config file [env: AEP_PROFILE] [default: what the file says, else `default`]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Address of the service [env: AEP_BASE_URL] [default: https://platform.adobe.io]
    #[arg(long, global = true, value_name = "URL", conflicts_with = "emulator")]
    pub(crate) base_url: Option<String>,

    /// Organisation, such as 0123456789ABCDEF01234567@AdobeOrg [env: AEP_ORG_ID]
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) org: Option<String>,

    /// Sandbox [env: AEP_SANDBOX] [default: prod]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) sandbox: Option<String>,

    /// Run against the emulator inside this program
    #[arg(long, global = true)]
    pub(crate) emulator: bool,

    /// Where the emulator keeps its data [env: AEP_EMULATOR_DIR] [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) emulator_dir: Option<PathBuf>,

    /// Output format [env: AEP_OUTPUT] [default: table]
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum)]
    pub(crate) output: Option<Format>,

    /// What to show of each record: names of columns, and paths such as destination.batchId
    #[arg(long, global = true, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// Leave out the line with the names of the columns
    #[arg(long, global = true)]
    pub(crate) no_headers: bool,

    /// Leave texts in CSV as they are, also those that a spreadsheet runs as formulas
    #[arg(long, global = true)]
    pub(crate) csv_exact: bool,

    /// Times in UTC instead of local time
    #[arg(long, global = true)]
    pub(crate) utc: bool,

    /// What to show of each record: an expression of jq over its JSON, such as .destination.batchId
    #[arg(long, global = true, value_name = "EXPR")]
    pub(crate) jq: Option<String>,

    /// What to show of each record: a text with fields in it, such as '{{ id }} {{ status }}'
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) template: Option<String>,

    /// Print the request that would be sent, and send nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,

    /// Print the request that would be sent as a curl command, and send nothing
    #[arg(long, global = true, conflicts_with = "dry_run")]
    pub(crate) curl: bool,

    /// Limit of the whole command: 100ms, 3s, 90m, 6h or none
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_limit)]
    pub(crate) timeout: Option<Limit>,

    /// Say what is sent and answered; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Say nothing but warnings and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Show no progress
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,

    /// Colour in messages and help
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub(crate) color: Color,
}

impl Global {
    /// The time zone of what people read.
    pub(crate) fn zone(&self, local: fn() -> TimeZone) -> TimeZone {
        if self.utc { TimeZone::UTC } else { local() }
    }

    /// Requests are shown and not sent.
    pub(crate) fn only_shows(&self) -> bool {
        self.dry_run || self.curl
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Something that needs settings, and mostly a service.
    #[command(flatten)]
    Command(Box<Command>),
    /// Something that the program knows by itself.
    #[command(flatten)]
    Printed(printed::Command),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(run::Args),
    List(list::Args),
    Get(get::Args),
    Create(create::Args),
    #[command(visible_alias = "delete")]
    Cancel(cancel::Args),
    Wait(wait::Args),
    Files(files::Args),
    Download(download::Args),
    Report(report::Args),
    #[command(subcommand)]
    Dataset(dataset::Command),
    #[command(subcommand)]
    Audience(audience::Command),
    #[command(subcommand)]
    SegmentJob(segment_job::Command),
    #[command(subcommand)]
    Batch(batch::Command),
    #[command(subcommand)]
    Auth(auth::Command),
    #[command(subcommand)]
    Config(config::Command),
    Doctor(doctor::Args),
    #[command(subcommand)]
    Emulator(emulator::Command),
    Api(api::Args),
}
