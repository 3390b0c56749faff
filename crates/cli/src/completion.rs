//! Completing words in a shell: the shell calls the program with the words typed so far.

mod candidates;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use self::candidates::Candidates;
use crate::cli::Cli;
use crate::env::Env;

/// The variable by which a shell asks for completions; its value is the shell.
const ASKED_BY: &str = "AEP_EXPORT_COMPLETE";

/// The name by which shells find the program.
const PROGRAM: &str = "aep-export";

/// A shell that completes words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// Bash, with bash-completion.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
    /// PowerShell.
    #[value(name = "powershell")]
    PowerShell,
}

impl Shell {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Bash, Self::Zsh, Self::Fish, Self::PowerShell];

    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Zsh => &Zsh,
            Self::Fish => &Fish,
            Self::PowerShell => &Powershell,
        }
    }
}

/// The script by which `shell` has words completed: it calls the program, found by its name.
///
/// # Errors
/// Those of writing into memory, which do not come.
pub fn completions(shell: Shell) -> io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let registration = shell.completer();
    registration.write_registration(ASKED_BY, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(script)
}

/// Answers the script of [`completions`], if it is what called the program.
///
/// Which of the words is meant the scripts say in variables of their own, which `clap_complete`
/// reads from the process.
pub(crate) fn answer(args: &[OsString], env: &mut Env) -> Option<io::Result<()>> {
    // Taken away, as the words may come from a run of the program that is not asked by a shell.
    let asked_by = env.vars.remove(ASKED_BY)?;
    let asked_by = asked_by.to_str()?;
    let shell = Shell::ALL.into_iter().find(|shell| shell.completer().is(asked_by))?;
    let words: Vec<OsString> =
        args.iter().skip_while(|arg| *arg != "--").skip(1).cloned().collect();
    if words.is_empty() {
        return Some(Ok(()));
    }
    let mut command = Candidates::new(env, &words).add_to(Cli::command());
    let mut found = Vec::new();
    let completed =
        shell.completer().write_complete(&mut command, words, Some(Path::new(".")), &mut found);
    Some(completed.and_then(|()| env.stdout.write_all(&found)).and_then(|()| env.stdout.flush()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_is_told_to_call_the_program() {
        for shell in Shell::ALL {
            let script = String::from_utf8(completions(shell).unwrap()).unwrap();
            for part in [ASKED_BY, PROGRAM, shell.completer().name()] {
                assert!(script.contains(part), "{shell:?}: {script}");
            }
        }
    }
}
