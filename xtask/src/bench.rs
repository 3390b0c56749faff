//! `cargo xtask bench`: how quick we are beside others, in one run on one machine.
//!
//! The parties take turns, so that a machine that is busy is busy for all of them. CPU seconds tell
//! more than wall seconds do where others use the machine.

mod download;
mod export;
mod figures;
mod file_server;
mod start;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Subcommand;

use crate::Outcome;
use crate::workspace::Workspace;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Import and export of the emulator beside DuckDB doing the same from the same file
    Export {
        /// How many profiles of the sample set
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        profiles: u64,
        /// How often each party works
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: usize,
    },
    /// Downloads beside curl and aria2c from the same server
    Download {
        /// How large the large file is, and all of the many files together
        #[arg(long, value_name = "MIB", default_value_t = 2048)]
        mebibytes: u64,
        /// How often each party works
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: usize,
    },
    /// Start-up beside programs that do nothing, and one call beside curl; builds the program as it is
    /// given away
    Cli {
        /// How often each party works
        #[arg(long, value_name = "N", default_value_t = 200)]
        rounds: usize,
    },
}

pub(crate) fn run(workspace: &Workspace, bench: &Bench, out: &mut impl Write) -> Outcome {
    match bench {
        Bench::Export { profiles, rounds } => {
            export::run(workspace, *profiles, (*rounds).max(1), out)
        }
        Bench::Download { mebibytes, rounds } => {
            download::run(workspace, *mebibytes, (*rounds).max(1), out)
        }
        Bench::Cli { rounds } => start::run(workspace, (*rounds).max(1), out),
    }
}

/// Where the build's results are, and what is kept with them.
fn target(workspace: &Workspace) -> Outcome<PathBuf> {
    Ok(workspace.metadata()?.target_directory.into_std_path_buf())
}

/// Runs a command to its good end; what it printed.
fn output_of(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?}: cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
