//! `template`: a job file to begin with.

use clap::ValueEnum;

use crate::output::Format;

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
    /// The language [default: that of --output, else yaml]
    #[arg(value_name = "LANGUAGE", value_enum)]
    language: Option<Language>,

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
    /// What is printed where `format` was asked for.
    pub(crate) fn text(self, format: Option<Format>) -> Vec<u8> {
        let of_output = match format {
            Some(format) if format.is_json() => Language::Json,
            _ => Language::Yaml,
        };
        text(self.language.unwrap_or(of_output), self.minimal).as_bytes().to_owned()
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_language_is_that_of_the_output_unless_it_is_named() {
        for (line, format, language) in [
            (&["template"][..], None, Language::Yaml),
            (&["template"], Some(Format::Json), Language::Json),
            (&["template"], Some(Format::Yaml), Language::Yaml),
            (&["template", "toml"], Some(Format::Json), Language::Toml),
        ] {
            let printed = Line::try_parse_from(line).unwrap().args.text(format);
            assert_eq!(printed, text(language, false).as_bytes(), "{line:?} {format:?}");
        }
    }
}
