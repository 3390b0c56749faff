//! `cargo xtask install`: the program, its completions and its manual under a prefix.

use std::fs;
use std::path::{Path, PathBuf};

use aep_export_cli::{Shell, completions, man_pages};

use crate::Outcome;
use crate::workspace::Workspace;

/// Builds the program as it is given away and installs it under `prefix`.
pub(crate) fn run(workspace: &Workspace, prefix: &Path, out: &mut impl std::io::Write) -> Outcome {
    let mut build = workspace.cargo();
    build.args(["build", "--locked", "--profile", "dist", "--package", "aep-export-cli"]);
    let built = build.status().map_err(|error| format!("cargo: cannot be started: {error}"))?;
    if !built.success() {
        return Err("the program cannot be built".into());
    }
    let program = format!("aep-export{}", std::env::consts::EXE_SUFFIX);
    let target = workspace.metadata()?.target_directory;
    let binary = target.as_std_path().join("dist").join(program);
    for file in install(&binary, prefix)? {
        writeln!(out, "{}", file.display())?;
    }
    Ok(())
}

/// Where each shell looks for completions, below a prefix. PowerShell looks nowhere: a profile runs
/// the file.
const COMPLETIONS: [(Shell, &str); 4] = [
    (Shell::Bash, "share/bash-completion/completions/aep-export"),
    (Shell::Zsh, "share/zsh/site-functions/_aep-export"),
    (Shell::Fish, "share/fish/vendor_completions.d/aep-export.fish"),
    (Shell::PowerShell, "share/powershell/aep-export.ps1"),
];

/// Puts `binary` and what goes with it under `prefix`, and gives the files written.
fn install(binary: &Path, prefix: &Path) -> Outcome<Vec<PathBuf>> {
    let mut written = Vec::new();
    let name = binary.file_name().ok_or("the program has no name")?;
    let program = made(&prefix.join("bin").join(name))?;
    // A program that runs cannot be written over; taken away it can.
    if program.exists() {
        fs::remove_file(&program)?;
    }
    fs::copy(binary, &program).map_err(|error| format!("{}: {error}", binary.display()))?;
    written.push(program);
    for (shell, place) in COMPLETIONS {
        written.push(put(&prefix.join(place), &completions(shell)?)?);
    }
    for page in man_pages()? {
        written.push(put(&prefix.join("share/man/man1").join(page.file), &page.text)?);
    }
    Ok(written)
}

fn put(file: &Path, text: &[u8]) -> Outcome<PathBuf> {
    let file = made(file)?;
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// `file`, with its folder made.
fn made(file: &Path) -> Outcome<PathBuf> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_where_it_is_looked_for_also_the_second_time() {
        let temporary = tempfile::TempDir::new().unwrap();
        let binary = temporary.path().join("aep-export");
        let prefix = temporary.path().join("a prefix");
        for contents in ["first", "second"] {
            fs::write(&binary, contents).unwrap();
            let written = install(&binary, &prefix).unwrap();
            assert!(written.iter().all(|file| file.starts_with(&prefix)), "{written:?}");
            assert_eq!(fs::read_to_string(prefix.join("bin/aep-export")).unwrap(), contents);
        }
        for (_, place) in COMPLETIONS {
            let script = fs::read_to_string(prefix.join(place)).unwrap();
            assert!(script.contains("aep-export"), "{place}");
        }
        let page = fs::read_to_string(prefix.join("share/man/man1/aep-export-run.1")).unwrap();
        assert!(page.contains(".TH aep-export-run 1"), "{page}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let temporary = tempfile::TempDir::new().unwrap();
        let binary = temporary.path().join("aep-export");
        let error = install(&binary, temporary.path()).unwrap_err();
        assert!(error.to_string().contains("aep-export"), "{error}");
    }
}
