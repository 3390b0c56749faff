//! The emulator as a service in the test's own process.

use std::sync::Arc;
use std::time::Duration;

use aep_export_emulator::{Builder, Emulator, Fault, Pace};
use tokio::runtime::Runtime;

/// An emulator on a port; gone when dropped.
pub(crate) struct Service {
    pub(crate) url: String,
    emulator: Arc<Emulator>,
    _runtime: Runtime,
}

impl Service {
    /// Jobs are done by the time anybody looks.
    pub(crate) fn quick() -> Self {
        Self::start(Pace::instant())
    }

    /// The same, with a page for each file that is listed.
    pub(crate) fn with_small_pages() -> Self {
        Self::of(Emulator::builder().pace(Pace::instant()).files_per_page(1))
    }

    /// Jobs stay in the queue for longer than any test takes.
    pub(crate) fn slow() -> Self {
        let hour = Duration::from_secs(3600);
        Self::start(Pace::Phases { queue: hour, read: hour, write: hour, cancel: Duration::ZERO })
    }

    /// Spoils requests by this rule from now on.
    pub(crate) fn fault(&self, rule: &str) {
        self.emulator.set_faults(Fault::parse(rule).unwrap()).unwrap();
    }

    /// Spoils no more requests.
    pub(crate) fn unspoil(&self) {
        self.emulator.clear_faults();
    }

    /// How often the operation of this name was asked for.
    pub(crate) fn asked_for(&self, operation: &str) -> usize {
        let seen = self.emulator.requests();
        seen.iter().filter(|request| request.operation == Some(operation)).count()
    }

    /// Counts the answers that it was made to keep back.
    pub(crate) fn silences(&self) -> Arc<dyn Fn() -> usize + Send + Sync> {
        let emulator = Arc::clone(&self.emulator);
        Arc::new(move || emulator.requests().iter().filter(|request| request.lost).count())
    }

    fn start(pace: Pace) -> Self {
        Self::of(Emulator::builder().pace(pace))
    }

    fn of(builder: Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let emulator = runtime.block_on(builder.profiles(300).start()).unwrap();
        Self { url: emulator.url(), emulator: Arc::new(emulator), _runtime: runtime }
    }
}
