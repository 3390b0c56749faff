//! The exports themselves: done on threads of their own, put down when the process ends, taken up
//! by the next one.

mod check;
mod profiles;
mod run;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};

use self::profiles::Shelf;
use crate::answer::Effect;
use crate::clock::Clock;
use crate::home::Home;
use crate::records::{JobRecord, Outcome, Store, StoreError, Tenant};

/// Where a batch's files are: `<exports>/<job>/<place of the batch in the job>`.
pub(crate) fn batch_dir(exports: &Path, job: u64, place: usize) -> PathBuf {
    exports.join(job.to_string()).join(place.to_string())
}

/// All exports under way.
#[derive(Debug)]
pub(crate) struct Works {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    /// Finished exports.
    exports: PathBuf,
    /// As many exports at once as there are processors, but two at least; the others wait.
    permits: Arc<Semaphore>,
    table: Mutex<Table>,
    shelf: Shelf,
    /// Whether imports are to stop.
    ending: AtomicBool,
}

#[derive(Debug)]
struct Table {
    /// The data directory, as long as exports may begin. Every export under way has it as well:
    /// nobody else gets hold of it while one still writes there.
    home: Option<Arc<Home>>,
    running: HashMap<u64, Running>,
}

#[derive(Debug)]
struct Running {
    tenant: Tenant,
    /// When the job is planned to be over.
    due: Option<i64>,
    stop: Arc<AtomicBool>,
    done: watch::Receiver<bool>,
}

impl Works {
    pub(crate) fn new(store: Arc<Store>, clock: Arc<dyn Clock>, home: Home) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        // One alone must not keep all others waiting.
        let at_once = processors.max(2);
        Self {
            store,
            clock,
            exports: home.exports.clone(),
            permits: Arc::new(Semaphore::new(at_once)),
            table: Mutex::new(Table { home: Some(Arc::new(home)), running: HashMap::new() }),
            shelf: Shelf::default(),
            ending: AtomicBool::new(false),
        }
    }

    /// Removes what was put in place for jobs that came to nothing after all: cancelled in the last
    /// moment, by a process that then ended. The same for imports.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        if let Some(home) = self.table().home.clone() {
            self.sweep_profiles(&home.profiles)?;
        }
        let Ok(entries) = fs::read_dir(&self.exports) else { return Ok(()) };
        for entry in entries.flatten() {
            let Ok(id) = entry.file_name().to_string_lossy().parse() else { continue };
            // Of a folder without a job nothing is known, so it stays.
            let Some(job) = self.store.job(id)? else { continue };
            if !matches!(job.outcome, Some(Outcome::Written { .. })) {
                tracing::info!(job = id, "removing what a job left that came to nothing");
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    /// Takes up what earlier processes left undone.
    pub(crate) fn resume(self: &Arc<Self>) -> Result<(), StoreError> {
        for job in self.store.unfinished()? {
            tracing::info!(job = job.id, "taking up an unfinished export");
            self.start(&job);
        }
        Ok(())
    }

    /// Does what an answer set off.
    pub(crate) fn apply(self: &Arc<Self>, effect: Effect) -> Result<(), StoreError> {
        match effect {
            Effect::Start(id) => {
                if let Some(job) = self.store.job(id)? {
                    self.start(&job);
                }
                Ok(())
            }
            Effect::Stop(id) => self.stop(id),
        }
    }

    /// Begins a job's export. Once the store is let go nothing begins any more: the next process
    /// takes the job up.
    fn start(self: &Arc<Self>, job: &JobRecord) {
        let id = job.id;
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, done) = watch::channel(false);
        let entry = Running {
            tenant: job.tenant.clone(),
            due: job.planned_end(),
            stop: stop.clone(),
            done,
        };
        let home = {
            let mut table = self.table();
            let Some(home) = table.home.clone() else { return };
            table.running.insert(id, entry);
            home
        };
        let works = self.clone();
        tokio::spawn(async move {
            let permit = works.permits.clone().acquire_owned().await;
            let worker = works.clone();
            // The thread goes on when this task is gone, so it is the thread that has the home.
            let ran = tokio::task::spawn_blocking(move || worker.run(id, &stop, &home)).await;
            drop(permit);
            if ran.is_err() {
                let worker = works.clone();
                let _ = tokio::task::spawn_blocking(move || worker.give_up(id)).await;
            }
            works.table().running.remove(&id);
            tell.send_replace(true);
        });
    }

    /// Tells a cancelled job's export to stop. One that is not under way needs no telling.
    fn stop(&self, id: u64) -> Result<(), StoreError> {
        let stop = self.table().running.get(&id).map(|running| running.stop.clone());
        match stop {
            Some(stop) => {
                stop.store(true, Ordering::SeqCst);
                Ok(())
            }
            None => self.cancelled(id),
        }
    }

    /// Waits for a tenant's exports whose planned time is over, so that the state of a planned job
    /// does not depend on how fast this machine is.
    pub(crate) async fn settle(&self, tenant: &Tenant, now: i64) {
        let due = |running: &Running| {
            running.tenant == *tenant && running.due.is_some_and(|due| due <= now)
        };
        self.wait_for(due).await;
    }

    /// Lets no export begin any more and tells those under way to put down their work; the jobs
    /// stay unfinished. The data directory is free once the last of them has ended and what is
    /// given back here is dropped.
    #[must_use = "the store has to be closed before the data directory is free"]
    pub(crate) fn let_go(&self) -> Option<Arc<Home>> {
        self.ending.store(true, Ordering::SeqCst);
        let (home, running) = {
            let mut table = self.table();
            for running in table.running.values() {
                running.stop.store(true, Ordering::SeqCst);
            }
            (table.home.take(), table.running.keys().copied().collect::<Vec<_>>())
        };
        // They may come to say so only when the store is closed.
        if home.is_some()
            && !running.is_empty()
            && let Err(error) = self.store.put_down(&running)
        {
            tracing::warn!(%error, "cannot note that exports were put down");
        }
        home
    }

    /// Waits until no export is under way.
    pub(crate) async fn wait_for_all(&self) {
        self.wait_for(|_| true).await;
    }

    async fn wait_for(&self, wanted: impl Fn(&Running) -> bool) {
        let awaited: Vec<_> = {
            let table = self.table();
            table.running.values().filter(|it| wanted(it)).map(|it| it.done.clone()).collect()
        };
        for mut done in awaited {
            // An error means that the task is gone, which is as good as done.
            let _ = done.wait_for(|done| *done).await;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
