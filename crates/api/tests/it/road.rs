//! The whole road, from an audience to files.

use std::time::Duration;

use aep_export_api::{Client, ListExportJobs, WaitErrorKind};
use aep_export_emulator::{Emulator, Pace};
use aep_export_model::{ExportJobRequest, JobId, JobStatus, NewDataset, SegmentFilter};
use aep_export_transport::Clock;
use aep_export_transport::testing::ManualClock;
use futures_util::TryStreamExt;

use crate::emulated;

const MINUTE: Duration = Duration::from_secs(60);

/// What the samples of the service show: most of the time is waiting in the queue.
const NIGHTLY: Pace =
    Pace::Phases { queue: Duration::from_secs(7200), read: MINUTE, write: MINUTE, cancel: MINUTE };

async fn request(client: &Client) -> ExportJobRequest {
    let gold = client.audiences().named("Gold members").await.unwrap();
    assert_eq!(gold.len(), 1);
    let dataset = client.datasets().create(&NewDataset::for_exports("gold")).await.unwrap();
    ExportJobRequest::builder(dataset.into_value())
        .segment(SegmentFilter::new(gold[0].id.clone().unwrap()))
        .fields(["identityMap", "person.name"])
        .build()
        .unwrap()
}

async fn create(client: &Client) -> JobId {
    let request = request(client).await;
    client.export_jobs().create(&request).await.unwrap().id.clone().unwrap()
}

/// The same steps for every wire: that is what a swapped transport must not change.
async fn export(client: &Client, dir: &std::path::Path) -> u64 {
    let id = create(client).await;
    let job = client.export_jobs().wait(&id).interval(Duration::from_millis(20)).await.unwrap();
    let profiles = job.metrics.as_ref().unwrap().profiles().unwrap();
    assert!(profiles > 0);

    let batch_id = job.batch_ids()[0].clone();
    let batch = client.batches().get(&batch_id).await.unwrap();
    assert_eq!(batch.metrics.as_ref().unwrap().output_record_count, Some(profiles));

    let files: Vec<_> = client.files().of_batch(&batch_id).try_collect().await.unwrap();
    assert!(!files.is_empty());
    assert!(files.iter().all(|file| file.name.ends_with(".parquet")), "no marker: {files:?}");
    let download = || client.files().downloader().job(&job).to(dir);
    let done = download().await.unwrap();
    assert_eq!(done.files.len(), files.len());
    for file in &done.files {
        assert_eq!(Some(file.bytes), file.planned.file.length);
        assert_eq!(std::fs::metadata(&file.path).unwrap().len(), file.bytes);
    }
    let rows: Option<u64> = done.files.iter().map(|file| file.rows).sum();
    assert_eq!(rows, Some(profiles));
    assert!(done.remarks.is_empty(), "{:?}", done.remarks);
    assert!(download().await.unwrap().files.iter().all(|file| file.kept));
    let names = std::fs::read_dir(dir.join(batch_id.as_str())).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), files.len(), "{names:?}");
    profiles
}

#[tokio::test]
async fn the_same_code_runs_over_sockets_and_without_them() {
    let emulator = Emulator::builder().profiles(200).start().await.unwrap();
    let over_sockets = emulated::configured(&emulator.url()).build().unwrap();
    let in_process = emulated::client(Pace::instant(), &ManualClock::new());

    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let exported = export(&over_sockets, one.path()).await;
    assert_eq!(export(&in_process, other.path()).await, exported);
    emulator.shutdown().await;
}

#[tokio::test]
async fn hours_of_waiting_take_no_time() {
    let clock = ManualClock::new();
    let client = emulated::client(NIGHTLY, &clock);
    let id = create(&client).await;

    let mut looks = client.export_jobs().wait(&id);
    let mut seen = Vec::new();
    while let Some(look) = looks.try_next().await.unwrap() {
        let status = look.job().unwrap().status.clone().unwrap();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    assert_eq!(seen, [JobStatus::New, JobStatus::Processing, JobStatus::Succeeded]);
    assert!(clock.elapsed() >= Duration::from_secs(7200) + 2 * MINUTE, "{:?}", clock.elapsed());
}

#[tokio::test]
async fn a_cancelled_job_ends_the_wait() {
    let clock = ManualClock::new();
    let client = emulated::client(NIGHTLY, &clock);
    let id = create(&client).await;
    client.export_jobs().cancel(&id).await.unwrap();
    let error = client.export_jobs().wait(&id).await.unwrap_err();
    assert!(
        matches!(error.kind(), WaitErrorKind::JobCancelled | WaitErrorKind::Gone),
        "{error}: {:?}",
        error.kind()
    );
}

#[tokio::test]
async fn a_list_holds_every_job_once_and_knows_states() {
    let clock = ManualClock::new();
    let client = emulated::client(NIGHTLY, &clock);
    let request = request(&client).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        let job = client.export_jobs().create(&request).await.unwrap();
        made.insert(0, job.id.clone().unwrap());
    }
    let list = |status| ListExportJobs { limit: Some(2), status, ..ListExportJobs::default() };
    let listed: Vec<_> = client
        .export_jobs()
        .stream(list(None))
        .map_ok(|job| job.id.clone().unwrap())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(listed, made, "newest first, none lost, none twice");
    let count = async |status: &str| {
        let jobs = client.export_jobs().stream(list(Some(status.parse().unwrap())));
        jobs.try_collect::<Vec<_>>().await.unwrap().len()
    };
    assert_eq!(count("NEW").await, 7);
    assert_eq!(count("SUCCEEDED").await, 0);
}
