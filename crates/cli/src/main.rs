//! The program `aep-export`: see the library of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    aep_export_cli::seal_process();
    aep_export_cli::run(std::env::args_os(), aep_export_cli::Env::of_process())
}
