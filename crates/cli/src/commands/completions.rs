//! `completions`: what a shell needs to complete words.

use crate::completion::{self, Shell};
use crate::failure::Failure;

/// Print completions for a shell
///
/// Commands, flags and the words that they take are completed, also profiles and sandboxes of the
/// config file. For ids of jobs the service is asked, with the flags typed so far, and for two
/// seconds at most, or as long as AEP_COMPLETION_TIMEOUT says.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export completions bash > aep-export.bash
  aep-export completions zsh > _aep-export
  aep-export completions fish > aep-export.fish
  aep-export completions powershell > aep-export.ps1

Where they go:
  bash        ~/.local/share/bash-completion/completions/aep-export
  zsh         a folder of $fpath, as _aep-export
  fish        ~/.config/fish/completions/aep-export.fish
  PowerShell  a file that $PROFILE runs")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl Args {
    pub(crate) fn text(self) -> Result<Vec<u8>, Failure> {
        Ok(completion::completions(self.shell)?)
    }
}
