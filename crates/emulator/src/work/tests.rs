//! Exports that are interrupted, cancelled, or were left behind by a process that is gone.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::*;
use crate::Emulator;
use crate::clock::{ManualClock, Sleep};
use crate::records::{
    BatchSlot, Cancel, ComputeJobs, DatasetRecord, MergePolicy, Outcome, Sample, Status, Tenant,
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
        if let Some(act) = self.act.lock().unwrap().take() {
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

    fn has_no_scratch(&self) -> bool {
        is_empty(self.home().scratch())
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

/// Begins a job's export, and has it wait in the middle of its work until the sender speaks; the
/// receiver hears when it is there.
fn held_back(
    store: &Arc<Store>,
    dir: &Path,
) -> (Arc<Works>, std::sync::mpsc::Sender<()>, std::sync::mpsc::Receiver<()>) {
    let (go_on, wait) = std::sync::mpsc::channel();
    let (arrived, is_there) = std::sync::mpsc::channel();
    let alarm = Alarm::new(move || {
        arrived.send(()).unwrap();
        let _ = wait.recv();
    });
    let works = Arc::new(works(store, alarm, dir));
    let (id, worker) = (stored_job(store), works.clone());
    let home = works.home();
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, done) = watch::channel(false);
    let entry = Running { tenant: tenant(), due: Some(0), stop: stop.clone(), done };
    works.table().running.insert(id, entry);
    std::thread::spawn(move || {
        worker.run(id, &stop, &home);
        drop(home);
        tell.send_replace(true);
    });
    (works, go_on, is_there)
}

#[test]
fn the_directory_is_not_free_before_the_last_export_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let (works, go_on, is_there) = held_back(&store, dir.path());
    is_there.recv().unwrap();
    let scratch = works.home().scratch().to_owned();
    drop(works.let_go());
    store.close();
    let builder = Emulator::builder().data_dir(dir.path().join("home"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let early = runtime.block_on(Home::open(&builder.clone().wait_for_store(Duration::ZERO)));
    assert!(matches!(early, Err(crate::EmulatorError::StoreHeld { .. })), "{early:?}");
    assert!(scratch.exists());
    go_on.send(()).unwrap();
    runtime.block_on(Home::open(&builder)).expect("free once the export has ended");
    assert!(!scratch.exists());
}

#[tokio::test]
async fn no_export_begins_in_a_store_that_was_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let id = stored_job(&store);
    let builder = Emulator::builder().data_dir(dir.path().join("home"));
    let home = Home::open(&builder).await.unwrap();
    let works = Arc::new(Works::new(store.clone(), Arc::new(ManualClock::default()), home));
    drop(works.let_go());
    works.apply(Effect::Start(id)).unwrap();
    works.wait_for_all().await;
    assert_eq!(store.unfinished().unwrap().len(), 1);
}

/// A clock at which the work ends as if its process had.
fn deadly() -> Arc<Alarm> {
    Alarm::new(|| panic!("the process ends here"))
}

/// Begins the job's work in a process that ends in the middle of it.
fn killed_in(store: &Arc<Store>, id: u64, dir: &Path) {
    let works = works(store, deadly(), dir);
    // Not by way of `start`, which would notice.
    let work = std::panic::AssertUnwindSafe(|| works.run_here(id, &AtomicBool::new(false)));
    std::panic::catch_unwind(work).unwrap_err();
}

#[test]
fn a_job_that_ends_every_process_is_given_up_after_three() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let id = stored_job(&store);
    // The alarm of a job without a plan rings before its beginning is on record.
    store.update_job(id, |job| job.plan = Some(plan())).unwrap();
    for attempts in 1..=3 {
        killed_in(&store, id, dir.path());
        assert_eq!(store.job(id).unwrap().unwrap().attempts, attempts);
        assert_eq!(store.unfinished().unwrap().len(), 1);
    }
    let next = works(&store, Arc::new(ManualClock::default()), dir.path());
    next.run_here(id, &AtomicBool::new(false));
    let job = store.job(id).unwrap().unwrap();
    let Some(Outcome::Failed { errors, .. }) = &job.outcome else { panic!("{job:?}") };
    assert!(errors[0].message.contains("3 times"), "{errors:?}");
    assert!(store.unfinished().unwrap().is_empty());
}

#[test]
fn work_that_is_put_down_in_good_order_is_not_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let id = stored_job(&store);
    let attempts = || store.job(id).unwrap().unwrap().attempts;
    for _ in 0..4 {
        let stop = Arc::new(AtomicBool::new(false));
        let pull = stop.clone();
        let alarm = Alarm::new(move || pull.store(true, Ordering::Relaxed));
        works(&store, alarm, dir.path()).run_here(id, &stop);
        assert_eq!(attempts(), 0);
    }
    let (dropped, go_on, is_there) = held_back(&store, dir.path());
    is_there.recv().unwrap();
    let begun = dropped.table().running.keys().next().copied().unwrap();
    store.update_job(begun, |job| job.attempts = 1).unwrap();
    drop(dropped.let_go());
    assert_eq!(store.job(begun).unwrap().unwrap().attempts, 0);
    go_on.send(()).unwrap();
}

fn plan() -> crate::records::Plan {
    crate::records::Plan { queue: 0, read: 0, write: 0, cancel: 0 }
}

#[test]
fn nobody_waits_for_the_exports_of_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let (works, go_on, is_there) = held_back(&store, dir.path());
    is_there.recv().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let other = Tenant { sandbox: "dev".to_owned(), ..tenant() };
    runtime.block_on(works.settle(&other, 1));
    runtime.block_on(works.settle(&tenant(), -1));
    assert!(store.unfinished().unwrap().len() == 1, "the export is still under way");
    go_on.send(()).unwrap();
    runtime.block_on(works.settle(&tenant(), 1));
    assert!(store.unfinished().unwrap().is_empty());
}
