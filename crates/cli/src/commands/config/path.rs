//! `config path`: where the config file is.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;

/// Print the path of the config file, which need not be there
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export config path
  aep-export config path -o json")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn execute(self, context: &mut Context) -> Result<(), Failure> {
        context.refuse_raw("config path")?;
        let path = context.config_file()?.path().display().to_string();
        Ok(context.out.tell(&path, &path, &json!({ "path": path }))?)
    }
}
