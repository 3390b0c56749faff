//! A folder to run the program in, and what a run leaves behind.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// One user's machine: a home, a working folder, an environment.
pub(crate) struct World {
    dir: TempDir,
    vars: Vec<(String, String)>,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) const ORGANIZATION: &str = "0123456789ABCDEF01234567@AdobeOrg";

impl World {
    /// A machine in UTC on which nothing is set but that no time goes by with repetitions.
    pub(crate) fn bare() -> Self {
        let vars = [("AEP_RETRIES", "0"), ("TZ", "UTC")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { dir: TempDir::new().unwrap(), vars }
    }

    /// A machine set up for the service at `url`.
    pub(crate) fn at(url: &str) -> Self {
        let vars = [
            ("AEP_BASE_URL", url),
            ("AEP_IMS_URL", url),
            ("AEP_ORG_ID", ORGANIZATION),
            ("AEP_CLIENT_ID", "client"),
            ("AEP_ACCESS_TOKEN", "token-canary"),
        ];
        vars.into_iter().fold(Self::bare(), |world, (name, value)| world.with(name, value))
    }

    /// The same with a client that signs in.
    pub(crate) fn signed_in(url: &str) -> Self {
        Self::at(url).with("AEP_ACCESS_TOKEN", "").with("AEP_CLIENT_SECRET", "secret-canary")
    }

    /// The same machine with a variable set.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.vars.retain(|(known, _)| known != name);
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is set on it.
    pub(crate) fn vars(&self) -> BTreeMap<String, OsString> {
        self.vars.iter().map(|(name, value)| (name.clone(), value.into())).collect()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same machine with `text` as the config file.
    pub(crate) fn with_config(self, text: &str) -> Self {
        let path = self.config();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        private(&path);
        self
    }

    /// Where the config file is.
    pub(crate) fn config(&self) -> PathBuf {
        self.path(".config/aep-export/config.toml")
    }

    /// The program, ready to be started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aep-export"));
        self.prepare(&mut command);
        command
    }

    pub(crate) fn prepare(&self, command: &mut Command) {
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .envs(self.vars.iter().cloned())
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command().args(args).spawn().unwrap()
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.spawn(args))
    }

    /// The same with `text` on standard input.
    pub(crate) fn run_with(&self, args: &[&str], text: &str) -> Ran {
        let mut child = self.command().args(args).stdin(Stdio::piped()).spawn().unwrap();
        // A program that refuses its arguments never reads.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        Ran::of(child)
    }
}

/// For the owner alone, as far as the system knows such a thing.
pub(crate) fn private(path: &Path) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    #[cfg(not(unix))]
    let _ = path;
}

/// Ends a program that does not end by itself, so that its test fails instead of standing still.
fn watch(process: u32) -> Sender<()> {
    let (done, watched) = channel::<()>();
    thread::spawn(move || {
        if watched.recv_timeout(FAR_TOO_LONG) == Err(RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status();
        }
    });
    done
}

const FAR_TOO_LONG: Duration = Duration::from_secs(60);

impl Ran {
    pub(crate) fn of(child: Child) -> Self {
        let done = watch(child.id());
        let output = child.wait_with_output().unwrap();
        drop(done);
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What went to standard output, of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        &self.stdout
    }

    /// The one line of JSON that is the error.
    #[track_caller]
    pub(crate) fn error(&self) -> serde_json::Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
