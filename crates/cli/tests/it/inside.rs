//! The program as a function in the test's own process, so that it can be given a clock.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aep_export_cli::Env;
use aep_export_transport::{Clock, Sleep, TokioClock};

use crate::world::World;

/// How long a sleep takes that is cut short: enough for a request to reach a service on this machine.
const MOMENT: Duration = Duration::from_millis(200);

/// The real time, but for sleeps of these lengths: they are over in a moment.
#[derive(Debug)]
struct CutShort(&'static [Duration], TokioClock);

impl Clock for CutShort {
    fn now(&self) -> SystemTime {
        self.1.now()
    }

    fn elapsed(&self) -> Duration {
        self.1.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.1.sleep(if self.0.contains(&duration) { duration.min(MOMENT) } else { duration })
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) code: ExitCode,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program on the machine of `world`; it sleeps but a moment where it wants to sleep for
/// one of `hurried`.
pub(crate) fn run(world: &World, args: &[&str], hurried: &'static [Duration]) -> Left {
    let (stdout, stderr) = (Shared::default(), Shared::default());
    let code = run_into(world, args, hurried, Box::new(stdout.clone()), Box::new(stderr.clone()));
    Left { code, stdout: stdout.text(), stderr: stderr.text() }
}

/// The same with writers of the caller's own.
pub(crate) fn run_into(
    world: &World,
    args: &[&str],
    hurried: &'static [Duration],
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
) -> ExitCode {
    let env = Env {
        stdin: Box::new(std::io::empty()),
        stdout,
        stderr,
        reader_is_gone: || false,
        stdin_is_terminal: false,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        width: None,
        vars: world.vars(),
        data_dir: Some(world.path("data")),
        config_dir: Some(world.path("config")),
        cache_dir: Some(world.path("cache")),
        home_dir: Some(world.path("")),
        time_zone: || aep_export_cli::TimeZone::UTC,
        clock: Arc::new(CutShort(hurried, TokioClock::new())),
        process: std::process::id(),
        signals: false,
    };
    let args = std::iter::once(&"aep-export").chain(args).map(Into::into);
    aep_export_cli::run(args, env)
}

#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
