//! `template`: a job file to begin with.

use clap::ValueEnum;

/// Print a job file to begin with
///
/// It has everything that a job may say, with comments where the language has them; the ids in it are
/// made up. With --minimal it has what an export of one segment needs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export template > new-job.yaml
  aep-export template toml --minimal > new-job.toml
  aep-export template json | aep-export create -f - --dry-run")]
pub(crate) struct Args {
    /// The language
    #[arg(value_name = "LANGUAGE", value_enum, default_value = "yaml")]
    language: Language,

    /// Only what is needed
    #[arg(long)]
    minimal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Yaml,
    Toml,
    Json,
}

impl Args {
    pub(crate) fn text(self) -> Vec<u8> {
        text(self.language, self.minimal).as_bytes().to_owned()
    }
}

fn text(language: Language, minimal: bool) -> &'static str {
    match (language, minimal) {
        (Language::Yaml, false) => include_str!("../job_templates/full.yaml"),
        (Language::Yaml, true) => include_str!("../job_templates/minimal.yaml"),
        (Language::Toml, false) => include_str!("../job_templates/full.toml"),
        (Language::Toml, true) => include_str!("../job_templates/minimal.toml"),
        (Language::Json, false) => include_str!("../job_templates/full.json"),
        (Language::Json, true) => include_str!("../job_templates/minimal.json"),
    }
}
