//! The words that only a look at settings or service can offer.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aep_export_model::{ExportJob, JobPage};
use aep_export_transport::Clock;
use clap::{Arg, Command};
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use jiff::tz::TimeZone;
use toml_edit::Item;

use crate::config_file::{ConfigFile, Text};
use crate::early::value_of;
use crate::env::Env;
use crate::output::text::visible;
use crate::program;
use crate::settings::Key;

/// So many jobs are offered, the newest first.
const JOBS: &str = "20";

/// Nobody waits longer for a list of words, unless [`PATIENCE_VARIABLE`] says so.
const PATIENCE: &str = "2s";

/// How long the service is waited for.
const PATIENCE_VARIABLE: &str = "AEP_COMPLETION_TIMEOUT";

/// The flags that say whose jobs are meant.
const WHOSE: [&str; 5] = ["--profile", "--base-url", "--org", "--sandbox", "--emulator-dir"];

/// The commands whose operands are ids of jobs.
const TAKE_JOBS: [&str; 5] = ["get", "wait", "cancel", "files", "download"];

/// Where the words come from.
#[derive(Clone)]
pub(super) struct Candidates {
    vars: BTreeMap<String, OsString>,
    data_dir: Option<PathBuf>,
    config_dir: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
    home_dir: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    time_zone: fn() -> TimeZone,
    /// What was typed of the flags that say whose jobs are meant.
    whose: Vec<String>,
}

impl Candidates {
    pub(super) fn new(env: &Env, words: &[OsString]) -> Self {
        Self {
            vars: env.vars.clone(),
            data_dir: env.data_dir.clone(),
            config_dir: env.config_dir.clone(),
            cache_dir: env.cache_dir.clone(),
            home_dir: env.home_dir.clone(),
            clock: Arc::clone(&env.clock),
            time_zone: env.time_zone,
            whose: whose(words),
        }
    }

    /// The command line with the words that `self` knows. They are looked for when they are needed.
    pub(super) fn add_to(self, command: Command) -> Command {
        let (profiles, sandboxes) = (self.clone(), self.clone());
        let command = command
            .mut_arg("profile", |arg| offering(arg, move || profiles.profiles()))
            .mut_arg("sandbox", |arg| offering(arg, move || sandboxes.sandboxes()));
        TAKE_JOBS.into_iter().fold(command, |command, name| {
            let jobs = self.clone();
            command.mut_subcommand(name, |command| {
                command.mut_args(|arg| {
                    let jobs = jobs.clone();
                    let takes_jobs = matches!(arg.get_id().as_str(), "id" | "ids");
                    if takes_jobs { offering(arg, move || jobs.jobs()) } else { arg }
                })
            })
        })
    }

    fn profiles(&self) -> Vec<CompletionCandidate> {
        let Some(config) = self.config() else { return Vec::new() };
        let profiles = config.profiles().unwrap_or_default();
        profiles.into_iter().map(|(name, _)| CompletionCandidate::new(name)).collect()
    }

    /// Those that the config file names.
    fn sandboxes(&self) -> Vec<CompletionCandidate> {
        let Some(config) = self.config() else { return Vec::new() };
        let key = Key::Sandbox.name();
        let named: BTreeSet<&str> = config
            .profiles()
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(_, profile)| profile.get(&key).and_then(Item::as_str))
            .collect();
        named.into_iter().map(CompletionCandidate::new).collect()
    }

    fn config(&self) -> Option<Text> {
        let file = ConfigFile::of(&self.vars, self.config_dir.as_deref(), self.home_dir.clone())?;
        file.read_if_there().ok()?
    }

    /// The newest jobs, as `list` has them. Whatever goes wrong is not said: nobody asked for it.
    fn jobs(&self) -> Vec<CompletionCandidate> {
        let patience = self.vars.get(PATIENCE_VARIABLE).and_then(|value| value.to_str());
        let patience = patience.unwrap_or(PATIENCE);
        let list = ["list", "--limit", JOBS, "--timeout", patience, "--output", "raw", "--quiet"];
        let args = ["aep-export"].into_iter().map(str::to_owned).chain(self.whose.iter().cloned());
        let args: Vec<OsString> = args.chain(list.map(str::to_owned)).map(OsString::from).collect();
        let listed = Listed::default();
        // The exit code says no more than a list that cannot be read.
        let _ = program::run(&args, self.world(listed.clone()));
        let page: JobPage = match serde_json::from_slice(&listed.bytes()) {
            Ok(page) => page,
            Err(_) => return Vec::new(),
        };
        page.records.iter().filter_map(candidate).collect()
    }

    /// A world in which only `stdout` is heard.
    fn world(&self, stdout: Listed) -> Env {
        Env {
            stdin: Box::new(io::empty()),
            stdout: Box::new(stdout),
            stderr: Box::new(io::sink()),
            reader_is_gone: || false,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            width: None,
            height: None,
            vars: self.vars.clone(),
            data_dir: self.data_dir.clone(),
            config_dir: self.config_dir.clone(),
            cache_dir: self.cache_dir.clone(),
            home_dir: self.home_dir.clone(),
            clock: Arc::clone(&self.clock),
            time_zone: self.time_zone,
            process: std::process::id(),
            signals: false,
        }
    }
}

fn offering(arg: Arg, words: impl Fn() -> Vec<CompletionCandidate> + Send + Sync + 'static) -> Arg {
    arg.add(ArgValueCandidates::new(words))
}

/// The flags of [`WHOSE`] among `words`, in a spelling that is understood anywhere.
fn whose(words: &[OsString]) -> Vec<String> {
    let words: Vec<&str> = words.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    let given = |flag: &str| Some(format!("{flag}={}", value_of(&words, flag, None)?));
    let emulator = words.contains(&"--emulator").then(|| "--emulator".to_owned());
    WHOSE.into_iter().filter_map(given).chain(emulator).collect()
}

/// Shells put a word on the command line as it stands, so an id is offered only if it means nothing to
/// any of them; what is said of it stands on the terminal.
fn candidate(job: &ExportJob) -> Option<CompletionCandidate> {
    let id = job.id.as_ref().filter(|id| is_plain(id.as_str()))?;
    let status = job.status.as_ref().map(|status| visible(status.as_str()).into_owned());
    Some(CompletionCandidate::new(id.as_str()).help(status.map(Into::into)))
}

fn is_plain(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    // What begins with a hyphen would be read as a flag.
    word.bytes().all(plain) && !word.starts_with('-')
}

/// What was written, read back when it is done.
#[derive(Clone, Default)]
struct Listed(Arc<Mutex<Vec<u8>>>);

impl Listed {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Listed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_whose_jobs_are_meant_is_passed_on_and_nothing_else() {
        for (line, passed) in [
            ("aep-export --profile dev get 1", vec!["--profile=dev"]),
            (
                "aep-export wait --sandbox=a --org b@AdobeOrg 7",
                vec!["--org=b@AdobeOrg", "--sandbox=a"],
            ),
            (
                "aep-export --emulator --emulator-dir d cancel --yes",
                vec!["--emulator-dir=d", "--emulator"],
            ),
            ("aep-export get -o json --dry-run", vec![]),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(whose(&words), passed, "{line}");
        }
    }
}
