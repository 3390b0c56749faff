//! A process that is killed while it works, and the next one that opens its store.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aep_export_emulator::{Import, sample_profiles};

use crate::wire::{EXPORT, Wire, request, small};

/// The process that is killed: creates jobs in its working directory, one after the other, and
/// says so. It ends by itself, should nobody kill it.
#[tokio::test]
#[ignore = "run by the test below, as a process of its own"]
async fn creates_jobs_until_it_is_killed() {
    let emulator = small().data_dir(".").start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    for _ in 0..100 {
        println!("\ncreated {}", wire.create(&request(&dataset)).await);
    }
}

/// The process that is killed in an import: it would last for ever.
#[tokio::test]
#[ignore = "run by a test below, as a process of its own"]
async fn imports_until_it_is_killed() {
    let emulator = small().data_dir(".").start().await.unwrap();
    let one = Import::new().reader("one", &br#"{"_id": "before"}"#[..]);
    emulator.import(one).await.unwrap();
    let endless = sample_profiles(1, u64::MAX).map(|line| line + "\n");
    let import = Import::new().reader("endless", Lines(endless, io::Cursor::default()));
    let import = import.progress(|profiles| println!("\nread {profiles}"));
    panic!("{:?}", emulator.import(import).await);
}

/// Lines to read.
struct Lines<L>(L, io::Cursor<String>);

impl<L: Iterator<Item = String>> Read for Lines<L> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.position() == self.1.get_ref().len() as u64 {
            self.1 = io::Cursor::new(self.0.next().unwrap_or_default());
        }
        self.1.read(buffer)
    }
}

/// Runs one of the tests above and gives what it says.
fn started(test: &str, dir: &Path) -> (Child, impl Iterator<Item = String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .current_dir(dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    (child, said)
}

#[tokio::test]
async fn a_killed_import_leaves_the_profiles_that_were_there() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, mut said) = started("killed::imports_until_it_is_killed", dir.path());
    assert!(said.any(|line| line.strip_prefix("read ").is_some_and(|read| read != "0")));
    child.kill().unwrap();
    child.wait().unwrap();

    let emulator = small().data_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    emulator.settled().await;
    assert_eq!(wire.job(id).await["metrics"]["totalExportedProfileCounter"], 1);
    let files = |folder| std::fs::read_dir(dir.path().join(folder)).unwrap().count();
    assert_eq!((files("profiles"), files(".aep-export-scratch")), (1, 1));
}

#[tokio::test]
async fn a_killed_process_loses_no_job_and_leaves_no_half_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut created = Vec::new();
    // Killed at two different points, the second time with unfinished work of the first. After three
    // times a job may be given up.
    for jobs in [3, 9] {
        let (mut child, said) = started("killed::creates_jobs_until_it_is_killed", dir.path());
        let ids = said.filter_map(|line| line.strip_prefix("created ")?.parse::<u64>().ok());
        created.extend(ids.take(jobs));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(created.len(), 12);

    let emulator = small().data_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    emulator.settled().await;
    for id in created {
        let job = wire.job(id).await;
        assert_eq!(job["status"], "SUCCEEDED", "{job}");
        let batch = job["destination"]["batchId"].as_str().unwrap();
        let files = wire.get(&format!("{EXPORT}/batches/{batch}/files")).await.json();
        for file in files["data"].as_array().unwrap() {
            let entry = wire.get(file["_links"]["self"]["href"].as_str().unwrap()).await.json();
            let bytes =
                wire.get(entry["data"][0]["_links"]["self"]["href"].as_str().unwrap()).await;
            assert_eq!(bytes.body.len().to_string(), file["size"].as_str().unwrap());
        }
        assert_eq!(files["data"].as_array().unwrap().len(), 2);
    }
}
