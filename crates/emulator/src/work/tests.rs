//! Exports that are interrupted, cancelled, or were left behind by a process that is gone.

mod ending;
mod profiles;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::*;
use crate::Emulator;
use crate::clock::{ManualClock, Sleep};
use crate::records::{
    BatchSlot, Cancel, ComputeJobs, DatasetRecord, MergePolicy, Sample, Status, Tenant,
    UNION_SCHEMA, Work,
};

/// A clock that does something when it is first asked: the work asks it when it begins.
struct Alarm {
    clock: ManualClock,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Alarm {
    fn new(act: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Self { clock: ManualClock::default(), act: Mutex::new(Some(Box::new(act))) })
    }
}

impl std::fmt::Debug for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alarm")
    }
}

impl Clock for Alarm {
    fn now(&self) -> SystemTime {
        // Others may ask meanwhile.
        let act = self.act.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.clock.sleep(duration)
    }
}

fn tenant() -> Tenant {
    Tenant { organization: "ORG@AdobeOrg".to_owned(), sandbox: "prod".to_owned() }
}

/// A stored job that takes as long as its work; its id.
fn stored_job(store: &Store) -> u64 {
    let schema = serde_json::json!({"schemaRef": {"id": UNION_SCHEMA}});
    let dataset = DatasetRecord {
        id: "6123456789abcdef01234567".to_owned(),
        view_id: String::new(),
        created: 0,
        client: String::new(),
        document: schema.as_object().unwrap().clone(),
    };
    store.create_dataset(&tenant(), &dataset).unwrap();
    let policy = "4c1f9e20-8a3b-4d56-9e71-b05d2c6f8a01";
    let job = store.create_job(|id| JobRecord {
        id,
        tenant: tenant(),
        created: 0,
        request_id: String::new(),
        request: serde_json::json!({
            "destination": {"datasetId": dataset.id},
            "schema": {"name": "_xdm.context.profile"},
        }),
        dataset_id: dataset.id.clone(),
        merge_policy: MergePolicy { id: policy.to_owned(), version: 1 },
        batches: vec![BatchSlot { id: "batch".to_owned(), segment: None }],
        compute: ComputeJobs { export: String::new(), push: String::new() },
        sample: Sample { seed: 1, count: 50 },
        plan: None,
        work: Work::default(),
        attempts: 0,
        cancel: None,
        outcome: None,
    });
    job.unwrap().id
}

fn works(store: &Arc<Store>, clock: Arc<dyn Clock>, dir: &Path) -> Works {
    let builder = Emulator::builder().data_dir(dir.join("home")).wait_for_store(Duration::ZERO);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let home = runtime.block_on(Home::open(&builder)).unwrap();
    Works::new(store.clone(), clock, home)
}

impl Works {
    fn home(&self) -> Arc<Home> {
        self.table().home.clone().unwrap()
    }

    fn run_here(&self, id: u64, stop: &AtomicBool) {
        self.run(id, stop, &self.home());
    }

    /// Whether no job has left anything; the sample set stays.
    fn has_no_scratch(&self) -> bool {
        let mut entries = fs::read_dir(self.home().scratch()).unwrap();
        entries.all(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("sample-"))
    }
}

fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().next().is_none()
}

fn files_of(works: &Works, job: u64) -> Vec<(String, u64)> {
    let dir = batch_dir(&works.exports, job, 0);
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())
        })
        .collect();
    files.sort();
    files
}

/// The files that the outcome speaks of.
fn recorded(store: &Store, job: u64) -> Vec<(String, u64)> {
    let job = store.job(job).unwrap().unwrap();
    let Some(Outcome::Written { batches, .. }) = &job.outcome else { panic!("{job:?}") };
    let mut files: Vec<_> =
        batches[0].files.iter().map(|file| (file.name.clone(), file.bytes)).collect();
    files.sort();
    files
}

#[test]
fn an_export_ends_with_its_files_in_place_and_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let works = works(&store, Arc::new(ManualClock::default()), dir.path());
    let id = stored_job(&store);
    works.run_here(id, &AtomicBool::new(false));
    assert_eq!(files_of(&works, id), recorded(&store, id));
    assert!(works.has_no_scratch());
    assert!(store.unfinished().unwrap().is_empty());
    let job = store.job(id).unwrap().unwrap();
    assert!(job.work.reading.is_some() && job.work.writing.is_some(), "{:?}", job.work);
}

#[test]
fn an_interrupted_export_is_left_to_the_next_process() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let id = stored_job(&store);
    let stop = Arc::new(AtomicBool::new(false));
    let pull = stop.clone();
    let alarm = Alarm::new(move || pull.store(true, Ordering::Relaxed));
    let first = works(&store, alarm, dir.path());
    first.run_here(id, &stop);
    let job = store.job(id).unwrap().unwrap();
    assert_eq!((job.outcome.is_none(), job.work.reading.is_some()), (true, true));
    assert_eq!(store.unfinished().unwrap().len(), 1);
    assert!(first.has_no_scratch() && is_empty(&first.exports));
    drop(first);

    let second = works(&store, Arc::new(ManualClock::default()), dir.path());
    second.run_here(id, &AtomicBool::new(false));
    assert_eq!(files_of(&second, id), recorded(&store, id));
}

#[test]
fn what_a_killed_process_left_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let works = works(&store, Arc::new(ManualClock::default()), dir.path());
    let id = stored_job(&store);
    // Killed between the files and the record, and another time in the middle of the files.
    let (place, scratch) =
        (batch_dir(&works.exports, id, 0), works.home().scratch().join(id.to_string()));
    for folder in [&place, &scratch.join("0")] {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("part-of-before.parquet"), "old").unwrap();
    }
    works.run_here(id, &AtomicBool::new(false));
    assert_eq!(files_of(&works, id), recorded(&store, id));
}

#[test]
fn a_job_that_is_cancelled_while_it_runs_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let id = stored_job(&store);
    let stop = Arc::new(AtomicBool::new(false));
    let now = millis_of(&ManualClock::default());
    let cancel = {
        let (store, stop) = (store.clone(), stop.clone());
        move || {
            let asked = Some(Cancel { asked: now, done: None });
            store.update_job(id, |job| job.cancel = asked).unwrap();
            stop.store(true, Ordering::Relaxed);
        }
    };
    let works = works(&store, Alarm::new(cancel), dir.path());
    works.run_here(id, &stop);
    let job = store.job(id).unwrap().unwrap();
    assert_eq!(job.at(now).status, Status::Cancelled);
    assert!(job.outcome.is_none() && store.unfinished().unwrap().is_empty());
    assert!(works.has_no_scratch() && is_empty(&works.exports));
}

#[test]
fn a_job_that_is_cancelled_before_its_work_begins_is_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let works = works(&store, Arc::new(ManualClock::default()), dir.path());
    for flagged in [true, false] {
        let id = stored_job(&store);
        let now = millis_of(&ManualClock::default());
        let asked = Some(Cancel { asked: now, done: None });
        store.update_job(id, |job| job.cancel = asked).unwrap();
        works.run_here(id, &AtomicBool::new(flagged));
        assert_eq!(store.job(id).unwrap().unwrap().at(now).status, Status::Cancelled);
    }
    let id = stored_job(&store);
    works.run_here(id, &AtomicBool::new(true));
    assert_eq!(store.unfinished().unwrap().len(), 1, "put down, not cancelled");
}

#[test]
fn a_cancellation_that_comes_too_late_to_stop_the_work_still_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let id = stored_job(&store);
    let now = millis_of(&ManualClock::default());
    let cancel = {
        let store = store.clone();
        move || {
            let asked = Some(Cancel { asked: now, done: None });
            store.update_job(id, |job| job.cancel = asked).unwrap();
        }
    };
    let works = works(&store, Alarm::new(cancel), dir.path());
    // Nobody sets the flag: the work runs to its end.
    works.run_here(id, &AtomicBool::new(false));
    let job = store.job(id).unwrap().unwrap();
    assert_eq!(job.at(now).status, Status::Cancelled);
    assert!(job.outcome.is_none());
    assert!(is_empty(&works.exports));
}

#[test]
fn nothing_is_moved_into_a_store_that_was_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&dir.path().join("records")).unwrap());
    let id = stored_job(&store);
    let close = {
        let store = store.clone();
        move || store.close()
    };
    let works = works(&store, Alarm::new(close), dir.path());
    works.run_here(id, &AtomicBool::new(false));
    assert!(is_empty(&works.exports));
    let again = Store::open(&dir.path().join("records")).unwrap();
    assert_eq!(again.unfinished().unwrap().len(), 1);
}

fn millis_of(clock: &dyn Clock) -> i64 {
    crate::clock::millis(clock.now())
}
