//! The targets with what libFuzzer needs to see where an input leads.
//!
//! Only this workspace's own packages are built in another way, and generic code of others where they use
//! it. What they depend on is left as it is: it is not what is looked into, need not be built again after
//! the tests were, and is five times as fast.
//!
//! cargo knows no flags for some packages only, but lets a program stand in for the compiler of a
//! workspace's own: this one.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;

use crate::Outcome;
use crate::workspace::Workspace;

const PACKAGE: &str = "aep-export-fuzz";
/// Those of cargo-fuzz. No sanitizer: it would need a nightly toolchain, and this code is safe Rust.
const FLAGS: [&str; 7] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // Branches that are made one cannot be told from each other.
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
];

/// Builds the program with all targets.
pub(super) fn build(workspace: &Workspace, profile: &str) -> Outcome<PathBuf> {
    let mut command = workspace.cargo();
    command.args(["build", "--locked", "--package", PACKAGE, "--profile", profile]);
    command.args(["--message-format", "json-render-diagnostics"]);
    command.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?);
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into());
    }
    let mut built = Message::parse_stream(&*output.stdout).filter_map(|message| match message {
        Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
        _ => None,
    });
    Ok(built.next().ok_or("cargo names no program that it built")?.into())
}

/// Compiles, if that is what cargo started this program for: the first word then names the compiler.
pub(crate) fn in_place_of_the_compiler(
    mut words: impl Iterator<Item = OsString>,
) -> Option<Outcome> {
    let compiler = words.next().filter(|word| is_compiler(word))?;
    Some(compile(&compiler, words))
}

fn is_compiler(word: &OsStr) -> bool {
    Path::new(word).file_stem().is_some_and(|name| name == "rustc")
}

fn compile(compiler: &OsStr, words: impl Iterator<Item = OsString>) -> Outcome {
    let status = Command::new(compiler).args(words).args(FLAGS).status()?;
    if status.success() { Ok(()) } else { Err(format!("the compiler: {status}").into()) }
}
