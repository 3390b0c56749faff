//! `cargo xtask platforms`: whether the workspace compiles for systems that nobody here runs it on.
//!
//! A check compiles no machine code of ours, and links nothing. C code has to be compiled all the
//! same as far as cargo can tell: that of ring, by a script that leaves empty files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::workspace::Workspace;

const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-pc-windows-msvc"];

/// What is called in the place of a C compiler, and of what packs its files.
const STAND_IN: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
    -E) echo; exit 0 ;;
    -Fo*) : > "${1#-Fo}" ;;
    -out:*) : > "${1#-out:}" ;;
    -o) : > "$2"; shift ;;
    -*) ;;
    *.a | *.lib) : > "$1" ;;
  esac
  shift
done
"#;

/// Checks every package for each of the [`TARGETS`]. The standard library is checked with them, from
/// its sources: they are the component `rust-src` of the compiler.
pub(crate) fn run(workspace: &Workspace, out: &mut impl Write) -> Outcome {
    let folder = workspace.metadata()?.target_directory.into_std_path_buf().join("platforms");
    let stand_in = stand_in(&folder)?;
    for target in TARGETS {
        writeln!(out, "{target}")?;
        let mut check = workspace.cargo();
        check.args(["check", "--locked", "--workspace", "--all-features", "--target", target]);
        check.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
        for tool in ["CC", "AR"] {
            check.env(format!("{tool}_{}", target.replace('-', "_")), &stand_in);
        }
        let checked =
            check.status().map_err(|error| format!("cargo: cannot be started: {error}"))?;
        if !checked.success() {
            return Err(format!("the workspace does not compile for {target}").into());
        }
    }
    Ok(())
}

fn stand_in(folder: &Path) -> Outcome<PathBuf> {
    fs::create_dir_all(folder)?;
    let file = folder.join("cc");
    fs::write(&file, STAND_IN)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(file)
}
