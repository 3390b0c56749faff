//! Export jobs over a real socket: paging, time, tenants.

use std::sync::Arc;
use std::time::Duration;

use aep_export_emulator::{ManualClock, Pace};
use aep_export_model::JobPage;

use crate::wire::{CATALOG, JOBS, UPS, Wire, request, small};

fn slow() -> Pace {
    let phase = Duration::from_secs(60);
    Pace::Phases { queue: phase, read: phase, write: phase, cancel: phase }
}

#[tokio::test]
async fn a_job_passes_through_its_states_as_the_clock_is_moved() {
    let clock = Arc::new(ManualClock::default());
    let emulator = small().clock(clock.clone()).pace(slow()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    let mut states = Vec::new();
    for _ in 0..4 {
        states.push(wire.job(id).await["status"].as_str().unwrap().to_owned());
        clock.advance(Duration::from_secs(60));
    }
    assert_eq!(states, ["NEW", "PROCESSING", "PROCESSING", "SUCCEEDED"]);
    let metrics = wire.job(id).await["metrics"].clone();
    assert_eq!(metrics["totalTime"]["totalTimeInMs"], 180_000);
    assert!(metrics["totalExportedProfileCounter"].as_u64().is_some_and(|n| n > 0));
}

#[tokio::test]
async fn a_cancelled_job_is_cancelled_after_a_while_and_has_no_files() {
    let clock = Arc::new(ManualClock::default());
    let emulator = small().clock(clock.clone()).pace(slow()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let id = wire.create(&request(&wire.dataset().await)).await;
    clock.advance(Duration::from_secs(70));
    let answer = wire.delete(&format!("{JOBS}/{id}")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], true);
    assert_eq!(wire.job(id).await["status"], "CANCELLING");
    clock.advance(Duration::from_secs(600));
    let job = wire.job(id).await;
    assert_eq!(job["status"], "CANCELLED");
    let batch = job["destination"]["batchId"].as_str().unwrap();
    let found = wire.get(&format!("{CATALOG}/batches/{batch}")).await.json();
    assert_eq!(found[batch]["status"], "aborted");
    assert_eq!(wire.delete(&format!("{JOBS}/{id}")).await.status, 200);
    assert_eq!(wire.delete(&format!("{JOBS}/1")).await.status, 404);
}

#[tokio::test]
async fn two_hundred_and_fifty_jobs_in_pages() {
    let clock = Arc::new(ManualClock::default());
    let emulator = small().profiles(1).clock(clock.clone()).pace(slow()).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    let mut known = Vec::new();
    for n in 0..250 {
        known.push(wire.create(&request(&dataset)).await.to_string());
        // Several jobs share each millisecond.
        clock.advance(Duration::from_millis(u64::from(n % 3 == 0)));
    }
    known.reverse();
    let (mut found, mut sizes) = (Vec::new(), Vec::new());
    let mut next = "/export/jobs?limit=100".to_owned();
    while !next.is_empty() {
        let body = wire.get(&format!("{UPS}{next}")).await.body;
        let page: JobPage = serde_json::from_slice(&body).unwrap();
        sizes.push(page.records.len());
        found.extend(page.records.iter().map(|job| job.id.as_ref().unwrap().to_string()));
        next = page.link.and_then(|link| link.next).unwrap_or_default();
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(found, known);
}

#[tokio::test]
async fn organisations_and_sandboxes_see_only_their_own() {
    let emulator = small().start().await.unwrap();
    let mut wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    let id = wire.create(&request(&dataset)).await;
    emulator.settled().await;
    let batch = wire.job(id).await["destination"]["batchId"].as_str().unwrap().to_owned();
    let home = (wire.organization.clone(), wire.sandbox.clone());
    for (organization, sandbox) in
        [(home.0.as_str(), "dev"), ("FFFFFFFFFFFFFFFFFFFFFFFF@AdobeOrg", home.1.as_str())]
    {
        wire.organization = organization.to_owned();
        wire.sandbox = sandbox.to_owned();
        assert_eq!(wire.get(JOBS).await.json()["records"].as_array().unwrap().len(), 0);
        for target in [
            format!("{JOBS}/{id}"),
            format!("{CATALOG}/dataSets/{dataset}"),
            format!("{CATALOG}/batches/{batch}"),
            format!("/data/foundation/export/batches/{batch}/files"),
            format!("/data/foundation/export/files/{batch}-1"),
        ] {
            assert_eq!(wire.get(&target).await.status, 404, "{target}");
        }
        assert_eq!(wire.delete(&format!("{JOBS}/{id}")).await.status, 404);
        assert_eq!(wire.post(JOBS, &request(&dataset)).await.status, 400);
        let segments = wire.get(&format!("{UPS}/segment/definitions")).await.json();
        assert!(segments["segments"].as_array().unwrap().len() >= 3, "the sample set is there");
        let own = wire.create(&request(&wire.dataset().await)).await;
        emulator.settled().await;
        assert_eq!(wire.job(own).await["status"], "SUCCEEDED");
    }
}

#[tokio::test]
async fn a_long_export_keeps_nobody_waiting_and_stops_when_it_is_cancelled() {
    // Far more than can be exported before the next request comes.
    let emulator = small().profiles(1_000_000_000).start().await.unwrap();
    let wire = Wire::to(&emulator).await;
    let dataset = wire.dataset().await;
    let (first, second) =
        (wire.create(&request(&dataset)).await, wire.create(&request(&dataset)).await);
    for id in [first, second] {
        let status = wire.job(id).await["status"].as_str().unwrap().to_owned();
        assert!(["NEW", "PROCESSING"].contains(&status.as_str()), "{status}");
    }
    assert_eq!(wire.get(JOBS).await.json()["records"].as_array().unwrap().len(), 2);
    for id in [first, second] {
        assert_eq!(wire.delete(&format!("{JOBS}/{id}")).await.status, 200);
    }
    emulator.settled().await;
    for id in [first, second] {
        assert_eq!(wire.job(id).await["status"], "CANCELLED");
    }
}
