//! `schema`: what a job file may hold, for editors.

use aep_export_model::ExportJobRequest;

use crate::failure::{Failure, Kind};

/// Print the JSON Schema of a job file
///
/// Editors complete and check with it what is written into a job file. A YAML file names it in its
/// first line: # yaml-language-server: $schema=job.schema.json
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export schema > job.schema.json
  aep-export schema > \"$HOME/job.schema.json\"")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn text(self) -> Result<Vec<u8>, Failure> {
        let schema = schemars::schema_for!(ExportJobRequest);
        let text = serde_json::to_string_pretty(&schema);
        let text = text.map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
        Ok(format!("{text}\n").into_bytes())
    }
}
