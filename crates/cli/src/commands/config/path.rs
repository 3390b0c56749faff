//! `config path`: where the config file is.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Format;

/// Print the path of the config file, which need not be there
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export config path")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn execute(self, context: &mut Context) -> Result<(), Failure> {
        context.refuse_raw("config path")?;
        let path = context.config_file()?.path().display().to_string();
        match context.out.format() {
            Format::Table => context.out.plain(&format!("{path}\n"))?,
            _ => {
                let raw = json!({ "path": path }).to_string();
                context.out.document(raw.as_bytes(), &path, Vec::new)?;
            }
        }
        Ok(())
    }
}
