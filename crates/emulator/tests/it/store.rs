//! What outlives a process, and who may hold the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aep_export_emulator::{Builder, CLIENT_ID, Clock, EmulatorError, ManualClock, Pace};
use reqwest::Method;

use crate::wire::{CATALOG, EXPORT, Got, JOBS, Wire, http, request, small};

fn in_dir(dir: &Path) -> Builder {
    small().data_dir(dir)
}

#[tokio::test]
async fn a_job_outlives_the_process_that_made_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = in_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&first).await;
    let dataset = wire.dataset().await;
    let id = wire.create(&request(&dataset)).await;
    first.shutdown().await;

    let second = in_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&second).await;
    second.settled().await;
    let job = wire.job(id).await;
    assert_eq!(job["status"], "SUCCEEDED");
    let batch = job["destination"]["batchId"].as_str().unwrap().to_owned();
    let entry = wire.get(&format!("{EXPORT}/files/{batch}-1")).await.json();
    let href = entry["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let bytes = wire.get(&href).await.body;
    drop(second);

    let third = in_dir(dir.path()).start().await.unwrap();
    let wire = Wire::to(&third).await;
    assert_eq!(wire.job(id).await, job);
    assert_eq!(wire.get(&format!("{CATALOG}/dataSets/{dataset}")).await.status, 200);
    let target = href.split_once("/data/").unwrap().1;
    assert_eq!(wire.get(&format!("/data/{target}")).await.body, bytes);
    let next = wire.create(&request(&dataset)).await;
    assert!(next > id, "ids go on growing");
}

#[tokio::test]
async fn a_planned_job_goes_on_while_no_process_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let phase = Duration::from_secs(60);
    let pace = Pace::Phases { queue: phase, read: phase, write: phase, cancel: phase };
    let builder = || in_dir(dir.path()).clock(clock.clone());
    let first = builder().pace(pace).start().await.unwrap();
    let wire = Wire::to(&first).await;
    let dataset = wire.dataset().await;
    let id = wire.create(&request(&dataset)).await;
    drop(first);

    clock.advance(Duration::from_secs(90));
    // A job keeps the pace that it was created with.
    let second = builder().pace(Pace::AsWork).start().await.unwrap();
    assert_eq!(Wire::to(&second).await.job(id).await["status"], "PROCESSING");
    drop(second);
    clock.advance(Duration::from_secs(90));
    let third = builder().start().await.unwrap();
    let job = Wire::to(&third).await.job(id).await;
    assert_eq!(job["status"], "SUCCEEDED");
    assert_eq!(job["metrics"]["totalTime"]["totalTimeInMs"], 180_000);
}

#[tokio::test]
async fn a_store_has_one_holder_and_others_are_told_who() {
    let dir = tempfile::tempdir().unwrap();
    let first = in_dir(dir.path()).holder("run (process 123)").start().await.unwrap();
    let clock = Arc::new(ManualClock::default());
    let before = clock.now();
    let impatient = || in_dir(dir.path()).wait_for_store(Duration::from_millis(1));
    let refused = impatient().clock(clock.clone()).start().await.unwrap_err();
    let EmulatorError::StoreHeld { holder, .. } = &refused else { panic!("{refused}") };
    assert_eq!(holder, "run (process 123)");
    assert!(refused.to_string().contains("run (process 123)"), "{refused}");
    assert_eq!(clock.now(), before, "the wait is not on the caller's clock");

    let waiting = tokio::spawn(in_dir(dir.path()).start());
    first.shutdown().await;
    let second = waiting.await.unwrap().expect("the store is free after a while");
    drop(second);
    in_dir(dir.path()).wait_for_store(Duration::ZERO).start().await.expect("free once dropped");
}

#[tokio::test]
async fn a_token_outlives_the_process_but_not_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let builder = || in_dir(dir.path()).clock(clock.clone());
    let first = builder().start().await.unwrap();
    let wire = Wire::to(&first).await;
    let token = wire.request(Method::GET, JOBS).build().unwrap().headers()["authorization"].clone();
    first.shutdown().await;
    let second = builder().start().await.unwrap();
    let ask = || {
        http()
            .get(format!("{}{JOBS}", second.url()))
            .header("authorization", token.clone())
            .header("x-api-key", CLIENT_ID)
            .header("x-gw-ims-org-id", &wire.organization)
    };
    assert_eq!(Got::of(ask()).await.status, 200);
    clock.advance(Duration::from_secs(86_400));
    assert_eq!(Got::of(ask()).await.json()["error_code"], "401013");
}

#[tokio::test]
async fn secrets_are_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (id, secret) = ("my-client", "canary-0badc0ffee");
    let builder = in_dir(dir.path()).credentials(id, secret);
    assert!(!format!("{builder:?}").contains(secret));
    let emulator = builder.start().await.unwrap();
    assert!(!format!("{emulator:?}").contains(secret));
    let form =
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=openid");
    let token = http()
        .post(format!("{}/ims/token/v3", emulator.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let token = Got::of(token).await;
    assert_eq!(token.status, 200);
    assert!(!String::from_utf8_lossy(&token.body).contains(secret));
    emulator.shutdown().await;
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn a_shutdown_does_not_move_the_callers_clock() {
    let clock = Arc::new(ManualClock::default());
    let before = clock.now();
    let emulator = small().clock(clock.clone()).start().await.unwrap();
    emulator.shutdown().await;
    assert_eq!(clock.now(), before);
}

#[tokio::test]
async fn a_job_survives_emulators_that_are_dropped_while_they_export() {
    let dir = tempfile::tempdir().unwrap();
    let mut created = Vec::new();
    for _ in 0..5 {
        let emulator = in_dir(dir.path()).start().await.expect("the one before has let go");
        let wire = Wire::to(&emulator).await;
        let dataset = wire.dataset().await;
        for _ in 0..4 {
            created.push(wire.create(&request(&dataset)).await);
        }
        drop(emulator);
    }
    let emulator = in_dir(dir.path()).start().await.unwrap();
    emulator.settled().await;
    let wire = Wire::to(&emulator).await;
    for id in created {
        let job = wire.job(id).await;
        assert_eq!(job["status"], "SUCCEEDED", "{job}");
    }
}
