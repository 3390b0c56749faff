//! A process that is killed while it works, and the next one that opens its store.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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

#[tokio::test]
async fn a_killed_process_loses_no_job_and_leaves_no_half_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut created = Vec::new();
    // Killed at two different points, the second time with unfinished work of the first. After three
    // times a job may be given up.
    for jobs in [3, 9] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::creates_jobs_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
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
