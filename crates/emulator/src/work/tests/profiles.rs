//! The profiles of jobs while others come in their place, and jobs beside each other.

use std::io::Cursor;

use super::*;
use crate::engine::profiles::Profiles;
use crate::import::Import;
use crate::work::profiles::NoProfiles;

fn import(works: &Works, names: &[&str]) {
    let lines: Vec<String> = names.iter().map(|name| format!("{{\"_id\":\"{name}\"}}\n")).collect();
    let tenant = tenant();
    let import = Import::new()
        .organization(tenant.organization)
        .sandbox(tenant.sandbox)
        .reader("names", Cursor::new(lines.concat()));
    works.import(import, &AtomicBool::new(false)).unwrap();
}

fn count(profiles: &Profiles) -> u64 {
    profiles.blocks().map(|block| profiles.read(block, |_| true).unwrap().rows() as u64).sum()
}

fn profiles_of(works: &Works, job: u64) -> Result<Profiles, NoProfiles> {
    let job = works.store.job(job).unwrap().unwrap();
    works.profiles_of(&job, &works.home(), &AtomicBool::new(false))
}

#[test]
fn a_job_reads_to_the_end_what_was_there_when_it_began() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let works = works(&store, Arc::new(ManualClock::default()), dir.path());
    let job = stored_job(&store);
    assert_eq!(count(&profiles_of(&works, job).unwrap()), 50);
    import(&works, &["a", "b"]);
    let (first, second) = (profiles_of(&works, job).unwrap(), profiles_of(&works, job).unwrap());
    import(&works, &["c"]);
    let files = || fs::read_dir(&works.home().profiles).unwrap().count();
    assert_eq!((count(&first), count(&second), files()), (2, 2, 2));
    assert_eq!(count(&profiles_of(&works, job).unwrap()), 1);
    drop(first);
    assert_eq!((count(&second), files()), (2, 2));
    drop(second);
    assert_eq!(files(), 1);
}

#[test]
fn damaged_profiles_make_the_job_fail() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let works = works(&store, Arc::new(ManualClock::default()), dir.path());
    import(&works, &["a"]);
    for file in fs::read_dir(&works.home().profiles).unwrap() {
        fs::write(file.unwrap().path(), "").unwrap();
    }
    let id = stored_job(&store);
    works.run_here(id, &AtomicBool::new(false));
    let Some(Outcome::Failed { errors, .. }) = store.job(id).unwrap().unwrap().outcome else {
        panic!("it should have failed");
    };
    assert_eq!(errors[0].code, "0100000003");
    let expected =
        "Error in Export Job: profiles could not be read: the stored profiles are damaged";
    assert_eq!(errors[0].message, expected);
}

/// Longer than any job takes here.
const FAR_TOO_LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn one_job_does_not_keep_another_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::in_memory().unwrap());
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let (arrived, is_there) = std::sync::mpsc::channel();
    let alarm = Alarm::new(move || {
        arrived.send(()).unwrap();
        let _ = wait.recv();
    });
    let (place, records) = (dir.path().to_owned(), store.clone());
    let works = tokio::task::spawn_blocking(move || works(&records, alarm, &place)).await.unwrap();
    let works = Arc::new(works);
    let (long, short) = (stored_job(&store), stored_job(&store));
    works.start(&store.job(long).unwrap().unwrap());
    tokio::task::spawn_blocking(move || is_there.recv().unwrap()).await.unwrap();

    works.start(&store.job(short).unwrap().unwrap());
    let done = works.table().running.get(&short).map(|running| running.done.clone());
    let mut done = done.unwrap();
    let ended = tokio::time::timeout(FAR_TOO_LONG, done.wait_for(|done| *done)).await;
    ended.expect("it waits for the long one").unwrap();
    let outcome = |job| store.job(job).unwrap().unwrap().outcome;
    assert!(matches!(outcome(short), Some(Outcome::Written { .. })));
    assert!(outcome(long).is_none());
    go_on.send(()).unwrap();
    works.wait_for_all().await;
    assert!(matches!(outcome(long), Some(Outcome::Written { .. })));
}
