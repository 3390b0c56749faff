//! `emulator sample`: profiles of the sample set as lines.

use aep_export_emulator::sample_profiles;

use crate::context::Context;
use crate::failure::Failure;

/// Lines that are written before somebody else may be heard, Ctrl-C for example.
const LINES: usize = 500;

/// Print profiles of the sample set, one JSON document a line
///
/// They show what `emulator import` takes. A larger set begins with the smaller one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export emulator sample
  aep-export emulator sample --profiles 1000 --seed 7 > profiles.ndjson")]
pub(crate) struct Args {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 10)]
    profiles: u64,

    /// What they grow from: the emulator's own grow from 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Args {
    pub(super) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let mut profiles = sample_profiles(self.seed, self.profiles);
        loop {
            let mut text = String::new();
            for profile in profiles.by_ref().take(LINES) {
                text.push_str(&profile);
                text.push('\n');
            }
            if text.is_empty() {
                return Ok(());
            }
            context.out.plain(&text)?;
            tokio::task::yield_now().await;
        }
    }
}
