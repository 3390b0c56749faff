//! The program as a function in the test's own process, so that it can be given a clock.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aep_export_cli::Env;
use aep_export_transport::{Clock, Sleep, TokioClock};
use futures_util::future::select;

use crate::world::World;

/// Which sleeps of the program end before their time, so that a test does not take it.
#[derive(Clone)]
pub(crate) struct Hurry {
    /// Pauses of these lengths are over at once.
    pub(crate) pauses: Vec<Duration>,
    /// A time-out of this length is over when the service has fallen silent, and not before: how
    /// long a service takes that does answer must not matter.
    pub(crate) limit: Duration,
    /// How often the service has fallen silent so far. Each further time ends one time-out.
    pub(crate) silences: Arc<dyn Fn() -> usize + Send + Sync>,
}

impl Hurry {
    /// Only the limit of [`LIMIT`](Self::LIMIT) ends, with the first of these.
    pub(crate) fn limit_at(events: Arc<dyn Fn() -> usize + Send + Sync>) -> Self {
        Self { pauses: Vec::new(), limit: Duration::from_secs(50 * 60), silences: events }
    }

    /// What such a run is told for `--timeout`.
    pub(crate) const LIMIT: &str = "50m";

    /// Everything takes its time.
    pub(crate) fn none() -> Self {
        Self { pauses: Vec::new(), limit: Duration::MAX, silences: Arc::new(|| 0) }
    }
}

/// The real time, but for those sleeps.
struct CutShort {
    hurry: Hurry,
    /// How many silences have ended a time-out.
    ended: Arc<AtomicUsize>,
    clock: TokioClock,
}

impl std::fmt::Debug for CutShort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CutShort")
    }
}

impl Clock for CutShort {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        if self.hurry.pauses.contains(&duration) {
            return Box::pin(std::future::ready(()));
        }
        let sleep = self.clock.sleep(duration);
        if duration != self.hurry.limit {
            return sleep;
        }
        let (silences, ended) = (Arc::clone(&self.hurry.silences), Arc::clone(&self.ended));
        let (clock, look_again) = (self.clock, Duration::from_millis(5));
        let fallen_silent = async move {
            let one_more = |ended| Some(ended + 1).filter(|ended| *ended <= silences());
            while ended.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).is_err() {
                clock.sleep(look_again).await;
            }
        };
        Box::pin(async { drop(select(sleep, Box::pin(fallen_silent)).await) })
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) code: ExitCode,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program on the machine of `world`.
pub(crate) fn run(world: &World, args: &[&str], hurry: &Hurry) -> Left {
    let (stdout, stderr) = (Shared::default(), Shared::default());
    let code = run_into(world, args, hurry, Box::new(stdout.clone()), Box::new(stderr.clone()));
    Left { code, stdout: stdout.text(), stderr: stderr.text() }
}

/// The same with writers of the caller's own.
pub(crate) fn run_into(
    world: &World,
    args: &[&str],
    hurry: &Hurry,
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
        height: None,
        vars: world.vars(),
        data_dir: Some(world.path("data")),
        config_dir: Some(world.path("config")),
        cache_dir: Some(world.path("cache")),
        home_dir: Some(world.path("")),
        time_zone: || aep_export_cli::TimeZone::UTC,
        clock: Arc::new(CutShort {
            hurry: hurry.clone(),
            ended: Arc::new(AtomicUsize::new((hurry.silences)())),
            clock: TokioClock::new(),
        }),
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
