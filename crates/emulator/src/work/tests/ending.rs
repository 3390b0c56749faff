//! How work and processes end: let go, killed, waited for.

use futures_util::FutureExt as _;

use super::*;

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
    works.settle(&other, 1).now_or_never().expect("not this tenant's");
    works.settle(&tenant(), -1).now_or_never().expect("not due yet");
    assert!(store.unfinished().unwrap().len() == 1, "the export is still under way");
    go_on.send(()).unwrap();
    runtime.block_on(works.settle(&tenant(), 1));
    assert!(store.unfinished().unwrap().is_empty());
}

#[test]
fn files_of_a_job_that_came_to_nothing_are_removed_by_the_next_process() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let works = works(&store, Arc::new(ManualClock::default()), dir.path());
    let (kept, cancelled) = (stored_job(&store), stored_job(&store));
    works.run_here(kept, &AtomicBool::new(false));
    let cancel = Some(Cancel { asked: 0, done: Some(1) });
    store.update_job(cancelled, |job| job.cancel = cancel).unwrap();
    let left = batch_dir(&works.exports, cancelled, 0);
    let unknown = works.exports.join("999999");
    fs::create_dir_all(&left).unwrap();
    fs::create_dir_all(&unknown).unwrap();
    works.sweep().unwrap();
    assert!(!left.parent().unwrap().exists());
    assert!(unknown.exists());
    assert_eq!(files_of(&works, kept), recorded(&store, kept));
}
