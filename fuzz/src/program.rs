//! The program `aep-export` in this process, in a folder of its own and with nothing of the machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aep_export_cli::{Env, TimeZone, run};
use aep_export_transport::testing::ManualClock;
use tempfile::TempDir;

/// The folder for caches, which is empty unless a target puts something there.
pub(crate) const CACHE: &str = "cache";

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) code: ExitCode,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs it with these words and variables. Relative names lead to a folder that all runs of this
    /// process share.
    pub(crate) fn of(words: &[&str], vars: &[(&str, &str)], stdin: &[u8]) -> Self {
        in_a_folder_of_its_own();
        let (stdout, stderr) = (Kept::default(), Kept::default());
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), value.into()));
        let env = Env {
            stdin: Box::new(Cursor::new(stdin.to_vec())),
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
            reader_is_gone: || false,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            width: Some(80),
            height: None,
            vars: vars.collect::<BTreeMap<_, _>>(),
            data_dir: None,
            config_dir: None,
            cache_dir: Some(CACHE.into()),
            home_dir: None,
            // Its time would run out while a thread reads.
            clock: Arc::new(ManualClock::by_hand()),
            time_zone: || TimeZone::UTC,
            process: 1,
            signals: false,
        };
        let args = ["aep-export"].iter().chain(words).map(OsString::from);
        let code = run(args.collect::<Vec<_>>(), env);
        Self { code, stdout: stdout.text(), stderr: stderr.text() }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.code == ExitCode::SUCCESS
    }

    /// Whether it refused its input, and said why.
    pub(crate) fn is_refused(&self) -> bool {
        self.code == ExitCode::from(2) && !self.stderr.is_empty()
    }

    /// All that it said.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A writer whose words are kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(kept.clone()).expect("text")
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a folder the current one, once.
pub(crate) fn in_a_folder_of_its_own() {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        std::env::set_current_dir(folder.path()).expect("a folder to stand in");
        folder
    });
}

/// Writes a file as the program wants those to be that hold secrets.
pub(crate) fn write_for_the_owner_alone(file: &Path, bytes: &[u8]) {
    std::fs::write(file, bytes).expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
            .expect("a file of our own");
    }
}
