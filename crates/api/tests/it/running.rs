//! Looking for a job that already does what is about to be asked for.

use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Error, ErrorKind, Running};
use aep_export_emulator::Pace;
use aep_export_model::{ExportJobRequest, JobId, NewDataset, SegmentFilter};
use aep_export_transport::Clock;
use aep_export_transport::testing::{ManualClock, Scripted};
use serde_json::{Value, json};

use crate::clients::{asked, over};
use crate::emulated;

const HOUR: Duration = Duration::from_secs(3600);
/// 2026-01-01T00:00:00Z, where the tests' clocks begin.
const NOW: i64 = 1_767_225_600_000;

fn request() -> ExportJobRequest {
    ExportJobRequest::builder("6123456789abcdef01234567").fields(["a.b", "c"]).build().unwrap()
}

fn job(id: u64, status: &str, minutes_ago: i64) -> Value {
    json!({
        "id": id, "status": status, "creationTime": NOW - minutes_ago * 60_000,
        "destination": {"datasetId": "6123456789abcdef01234567"}, "fields": "c,a.b",
    })
}

fn list(jobs: &[Value], next: &str) -> String {
    json!({"records": jobs, "link": {"next": next}}).to_string()
}

async fn find(script: &Scripted) -> Result<Running, Error> {
    let client = over(Arc::new(script.clone()), &ManualClock::new());
    client.export_jobs().find_running(&request(), 12 * HOUR).await
}

fn ids(jobs: &[aep_export_api::Record<aep_export_model::ExportJob>]) -> Vec<&str> {
    jobs.iter().filter_map(|job| job.id.as_ref()).map(JobId::as_str).collect()
}

#[tokio::test]
async fn only_jobs_under_way_count_the_newest_first() {
    let mut unclear = job(2, "PROCESSING", 9);
    unclear.as_object_mut().unwrap().remove("fields");
    let mut other = job(1, "PROCESSING", 9);
    other["fields"] = json!("c");
    let mut timeless = job(10, "QUEUED", 0);
    timeless.as_object_mut().unwrap().remove("creationTime");
    let mut stateless = job(4, "", 7);
    stateless.as_object_mut().unwrap().remove("status");
    let jobs = [
        timeless,
        job(9, "SUCCEEDED", 1),
        job(8, "PAUSED", 2),
        job(7, "FAILED", 3),
        job(6, "CANCELLING", 4),
        job(5, "CANCELLED", 5),
        stateless,
        job(3, "NEW", 8),
        unclear,
        other,
    ];
    let running = find(&Scripted::new().answer(200, list(&jobs, ""))).await.unwrap();
    assert_eq!(ids(&running.equal), ["10", "8", "4", "3"]);
    assert_eq!(ids(&running.unclear), ["2"]);
    assert_eq!(running.newest().unwrap().id, Some("10".into()));
}

#[tokio::test]
async fn the_search_goes_over_pages_back_to_the_age_and_no_further() {
    let script = Scripted::new()
        .answer(200, list(&[job(9, "SUCCEEDED", 1)], "/export/jobs/?offset=1_9"))
        .answer(200, list(&[job(8, "NEW", 719), job(7, "NEW", 721)], "/export/jobs/?offset=1_7"))
        .answer(200, list(&[job(6, "NEW", 800)], "/export/jobs/?offset=1_6"))
        .answer(200, list(&[job(5, "NEW", 1)], ""));
    assert_eq!(ids(&find(&script).await.unwrap().equal), ["8"]);
    assert_eq!(script.remaining(), 1);
    assert_eq!(asked(&script)[0], "GET /data/core/ups/export/jobs?limit=100");
}

#[tokio::test]
async fn the_age_counts_by_the_clock_of_the_service() {
    // Its clock is a day behind ours: a job of an hour ago, by it.
    let answer = http::Response::builder().header("date", "Wed, 31 Dec 2025 00:00:00 GMT");
    let jobs = list(&[job(7, "NEW", 25 * 60)], "");
    let script = Scripted::new().response(answer.body(bytes::Bytes::from(jobs).into()).unwrap());
    assert_eq!(ids(&find(&script).await.unwrap().equal), ["7"]);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_no_empty_one() {
    for script in [
        Scripted::new().answer(503, ""),
        Scripted::new().answer(403, r#"{"error_code": "403025", "message": "no"}"#),
        Scripted::new().answer(200, list(&[job(9, "SUCCEEDED", 1)], "/nowhere")),
        Scripted::new().answer(200, list(&[job(9, "NEW", 1)], "/jobs?offset=1")).answer(502, ""),
    ] {
        find(&script).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_list_without_end_is_given_up() {
    let mut script = Scripted::new();
    for page in 0..200 {
        let next = format!("/export/jobs/?offset={page}_1");
        script = script.answer(200, list(&[job(page, "NEW", 1)], &next));
    }
    assert_eq!(find(&script).await.unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(script.remaining(), 100);
}

#[tokio::test]
async fn a_wrong_request_is_told_before_anything_is_sent() {
    let script = Scripted::new();
    let client = over(Arc::new(script.clone()), &ManualClock::new());
    let wrong: ExportJobRequest = serde_json::from_str("{}").unwrap();
    let error = client.export_jobs().find_running(&wrong, HOUR).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(script.requests().is_empty());
}

/// The emulator as the witness: what it repeats of a request is enough to know the job again, until
/// it has ended.
#[tokio::test]
async fn a_job_of_the_emulator_is_found_while_it_runs() {
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let pace = Pace::Phases { queue: HOUR, read: minute, write: minute, cancel: HOUR };
    let client = emulated::client(pace, &clock);
    let jobs = client.export_jobs();
    let dataset = client.datasets().create(&NewDataset::for_exports("gold")).await.unwrap();
    let gold = client.audiences().named("Gold members").await.unwrap();
    let gold = SegmentFilter::new(gold[0].id.clone().unwrap());
    let request = ExportJobRequest::builder(dataset.into_value())
        .segment(gold)
        .fields(["identityMap", "person.name"])
        .ingested_after("2025-01-01T00:00:00+01:00")
        .build()
        .unwrap();
    // The same with its keys in another order and its times with other offsets.
    let dataset = request.destination.dataset_id.as_ref().unwrap();
    let segment = request.filter.as_ref().unwrap().segments[0].segment_id.as_ref().unwrap();
    let rewritten: ExportJobRequest = serde_json::from_str(&format!(
        r#"{{"filter": {{"fromIngestTimestamp": "2024-12-31T23:00:00Z",
            "segments": [{{"segmentNs": "ups", "segmentId": "{segment}"}}]}},
            "fields": "person.name, identityMap", "schema": {{"name": "_xdm.context.profile"}},
            "destination": {{"datasetId": "{dataset}"}}}}"#
    ))
    .unwrap();

    assert!(jobs.find_running(&request, HOUR).await.unwrap().equal.is_empty());
    let first = jobs.create(&request).await.unwrap().id.clone().unwrap();
    for same in [&request, &rewritten] {
        let running = jobs.find_running(same, HOUR).await.unwrap();
        assert_eq!(ids(&running.equal), [first.as_str()]);
        assert!(running.unclear.is_empty());
    }
    let other = ExportJobRequest::builder(dataset.clone()).build().unwrap();
    assert!(jobs.find_running(&other, HOUR).await.unwrap().equal.is_empty());

    clock.sleep(HOUR / 2).await;
    let second = jobs.create(&rewritten).await.unwrap().id.clone().unwrap();
    let running = jobs.find_running(&request, HOUR).await.unwrap();
    assert_eq!(ids(&running.equal), [second.as_str(), first.as_str()]);
    // One is marked for cancelling, the other grows too old, and both end at last.
    jobs.cancel(&second).await.unwrap();
    assert_eq!(ids(&jobs.find_running(&request, HOUR).await.unwrap().equal), [first.as_str()]);
    assert!(jobs.find_running(&request, HOUR / 4).await.unwrap().equal.is_empty());
    jobs.wait(&first).await.unwrap();
    assert!(jobs.find_running(&request, 12 * HOUR).await.unwrap().equal.is_empty());
}
