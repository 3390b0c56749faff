//! Automation of this workspace, run as `cargo xtask TASK`.
//!
//! One file per task: [`ci`] is what a machine runs before a change is taken, [`tidy`] proves the
//! layer law, [`generate`] writes the documentation that comes from the program's own definitions,
//! [`fuzz`] runs the fuzz targets, [`platforms`] compiles for systems that this one is not.
//! `tidy` and `generate --check` also run as ordinary tests, so that `cargo test` alone catches a
//! breach.

mod bench;
mod ci;
mod fuzz;
mod generate;
mod install;
mod platforms;
mod tidy;
mod workspace;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// What a task gives back; the error is the text that a person reads.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Automation of this workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure how quick we are beside others
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Run every check that a change must pass
    Ci,
    /// Check the layer law and the layout of the workspace
    Tidy,
    /// Install the program, its completions and its manual
    Install {
        /// Where: below it come bin and share
        #[arg(long, default_value = "/usr/local")]
        prefix: std::path::PathBuf,
    },
    /// Write the generated pages of docs/ from the program's own definitions
    Generate {
        /// Write nothing; fail if a page is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Check that everything compiles for macOS and Windows
    Platforms,
    /// Run the fuzz targets
    Fuzz(fuzz::Arguments),
}

fn main() -> ExitCode {
    if let Some(compiled) = fuzz::in_place_of_the_compiler(std::env::args_os().skip(1)) {
        return ended(compiled);
    }
    let arguments = Arguments::parse();
    let workspace = Workspace::here();
    let mut out = std::io::stdout();
    ended(match arguments.task {
        Task::Bench(bench) => bench::run(&workspace, &bench, &mut out),
        Task::Ci => ci::run(&workspace, &mut out),
        Task::Tidy => tidy::run(&workspace),
        Task::Install { prefix } => install::run(&workspace, &prefix, &mut out),
        Task::Generate { check: true } => generate::check(&workspace),
        Task::Generate { check: false } => generate::write(&workspace),
        Task::Platforms => platforms::run(&workspace, &mut out),
        Task::Fuzz(arguments) => fuzz::run(&workspace, &arguments, &mut out),
    })
}

fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let written = writeln!(std::io::stderr(), "{error}");
            if written.is_ok() { ExitCode::FAILURE } else { ExitCode::from(2) }
        }
    }
}
