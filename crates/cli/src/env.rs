//! The world around one run of the program, as one value.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use aep_export_transport::{Clock, TokioClock};
use etcetera::BaseStrategy;
use jiff::tz::TimeZone;

/// Everything that the program takes from the process it runs in.
///
/// Tests build one by hand; [`Env::of_process`] is the real one.
pub struct Env {
    /// Where `-f -` and answers to questions come from.
    pub stdin: Box<dyn Read + Send>,
    /// Where data goes.
    pub stdout: Box<dyn Write + Send>,
    /// Where talk goes.
    pub stderr: Box<dyn Write + Send>,
    /// Whether somebody can type an answer.
    pub stdin_is_terminal: bool,
    /// Tells whether nobody reads data any more: the pipe has no other end.
    pub reader_is_gone: fn() -> bool,
    /// Whether data is read by a person.
    pub stdout_is_terminal: bool,
    /// Whether talk is read by a person right now.
    pub stderr_is_terminal: bool,
    /// Width of the terminal in cells, where there is one.
    pub width: Option<usize>,
    /// Height of the terminal in lines, where there is one.
    pub height: Option<usize>,
    /// The environment variables.
    pub vars: BTreeMap<String, OsString>,
    /// Where the user's programs keep their data.
    pub data_dir: Option<PathBuf>,
    /// Where the user's programs keep their settings.
    pub config_dir: Option<PathBuf>,
    /// Where the user's programs keep what they can do without.
    pub cache_dir: Option<PathBuf>,
    /// What `~/` stands for.
    pub home_dir: Option<PathBuf>,
    /// The time, and sleep.
    pub clock: Arc<dyn Clock>,
    /// Finds the time zone that people here live in, for the commands that need it.
    pub time_zone: fn() -> TimeZone,
    /// Number of this process, told to those who wait for it.
    pub process: u32,
    /// Whether SIGINT and SIGTERM of this process are for this run.
    pub signals: bool,
}

impl Env {
    /// The real world: the only place that reads the environment, the home directory and the
    /// clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        let vars: BTreeMap<String, OsString> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        let number = |name: &str| vars.get(name).and_then(|text| text.to_str()?.parse().ok());
        let (columns, lines) = (number("COLUMNS"), number("LINES"));
        let base = etcetera::choose_base_strategy().ok();
        let terminal = terminal_size::terminal_size();
        let terminal = terminal.map(|(width, height)| (width.0.into(), height.0.into()));
        Self {
            stdin: Box::new(io::stdin()),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            reader_is_gone,
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            width: columns.or(terminal.map(|(width, _)| width)),
            height: lines.or(terminal.map(|(_, height)| height)),
            vars,
            data_dir: base.as_ref().map(BaseStrategy::data_dir),
            config_dir: base.as_ref().map(BaseStrategy::config_dir),
            cache_dir: base.as_ref().map(BaseStrategy::cache_dir),
            home_dir: base.as_ref().map(|base| base.home_dir().to_owned()),
            clock: Arc::new(TokioClock::new()),
            time_zone: TimeZone::system,
            process: std::process::id(),
            signals: true,
        }
    }
}

/// Whether standard output is a pipe without a reader.
#[cfg(unix)]
fn reader_is_gone() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdout = io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let gone = PollFlags::ERR | PollFlags::HUP;
    poll(&mut polled, Some(&at_once)).is_ok()
        && polled.iter().any(|stdout| stdout.revents().intersects(gone))
}

/// Elsewhere the next write tells.
#[cfg(not(unix))]
fn reader_is_gone() -> bool {
    false
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables may hold secrets.
        f.debug_struct("Env").field("width", &self.width).finish_non_exhaustive()
    }
}
