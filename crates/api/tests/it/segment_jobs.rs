//! Segment jobs: created once, waited for as export jobs are, listed by the position that a page gives.

use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Client, ErrorKind, ListSegmentJobs, WaitErrorKind};
use aep_export_emulator::Pace;
use aep_export_model::{JobStatus, SegmentId, SegmentJobRequest};
use aep_export_transport::Clock;
use aep_export_transport::testing::{ManualClock, Scripted};
use futures_util::TryStreamExt;

use crate::clients::{asked, patient, scripted};
use crate::emulated;

const HOUR: Duration = Duration::from_secs(3600);
/// As live segment jobs were seen to take: minutes in the queue, hours of work.
const NIGHTLY: Pace = Pace::Phases { queue: HOUR, read: HOUR, write: HOUR, cancel: HOUR };

const JOB: &str = "5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b";

async fn gold(client: &Client) -> SegmentId {
    let found = client.audiences().named("Gold members").await.unwrap();
    found[0].id.clone().unwrap()
}

#[tokio::test]
async fn hours_of_evaluation_take_no_time() {
    let clock = ManualClock::new();
    let client = emulated::client(NIGHTLY, &clock);
    let request = SegmentJobRequest::of([gold(&client).await]);
    let created = client.segment_jobs().create(&request).await.unwrap();
    assert_eq!(created.status, Some(JobStatus::New));

    let mut looks = client.segment_jobs().wait(created.id.as_ref().unwrap());
    let mut seen = Vec::new();
    while let Some(look) = looks.try_next().await.unwrap() {
        let status = look.job().unwrap().status.clone().unwrap();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    assert_eq!(seen, [JobStatus::New, JobStatus::Processing, JobStatus::Succeeded]);
    assert!(clock.elapsed() >= 2 * HOUR, "{:?}", clock.elapsed());
}

#[tokio::test]
async fn every_bad_end_is_told_of_the_segment_job() {
    let client = emulated::client(Pace::instant(), &ManualClock::new());
    let request = SegmentJobRequest::of(["nobody"]);
    let id = client.segment_jobs().create(&request).await.unwrap().id.clone().unwrap();
    let error = client.segment_jobs().wait(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.job_id()), (WaitErrorKind::JobFailed, &id));
    let said = error.to_string();
    assert!(said.starts_with(&format!("segment job {id} failed: 0100000003 ")), "{said}");

    let clock = ManualClock::new();
    let client = emulated::client(NIGHTLY, &clock);
    let id = client.segment_jobs().create(&SegmentJobRequest::All).await.unwrap();
    let id = id.id.clone().unwrap();
    client.segment_jobs().cancel(&id).await.unwrap();
    let error = client.segment_jobs().wait(&id).await.unwrap_err();
    assert_eq!(error.to_string(), format!("segment job {id} was cancelled"));
    let error = client.segment_jobs().wait(&"gone".into()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        (WaitErrorKind::Gone, "there is no segment job gone".into())
    );
}

#[tokio::test]
async fn a_create_that_names_nothing_is_not_sent() {
    let script = Scripted::new();
    let client = scripted(&script);
    for ids in [&[][..], &[""], &["a", " "]] {
        let request = SegmentJobRequest::of(ids.iter().copied());
        let error = client.segment_jobs().create(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{ids:?}");
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_create_is_not_sent_again_while_too_many_jobs_are_under_way() {
    let busy = r#"{"requestId": "r", "errors": {"429": [{"code": "x", "message": "too many"}]},
        "title": "too many", "status": 429}"#;
    let script = Scripted::new().answer(429, busy);
    let client = patient(Arc::new(script.clone()), &ManualClock::new());
    let error = client.segment_jobs().create(&SegmentJobRequest::All).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(asked(&script), ["POST /data/core/ups/segment/jobs"]);
}

#[tokio::test]
async fn an_answer_without_an_id_is_none() {
    let client = scripted(&Scripted::new().answer(200, r#"{"status": "NEW"}"#));
    let error = client.segment_jobs().create(&SegmentJobRequest::All).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome);
    let client = scripted(&Scripted::new().answer(200, r#"{"status": "NEW"}"#));
    let error = client.segment_jobs().get(&JOB.into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

/// The pages that come when the first one leads on like this.
async fn led_by(page: &str, links: &str) -> (Vec<String>, Result<usize, ErrorKind>) {
    let first = format!(r#"{{"children": [{{"id": "a"}}], "_page": {page}, "_links": {links}}}"#);
    let last = r#"{"children": [{"id": "b"}], "_page": {"totalCount": 2}, "_links": {"next": {}}}"#;
    let script = Scripted::new().answer(200, first).answer(200, last);
    let list = ListSegmentJobs {
        limit: Some(1),
        status: Some(JobStatus::Succeeded),
        sort: Some("updateTime:desc".to_owned()),
        ..ListSegmentJobs::default()
    };
    let jobs = scripted(&script).segment_jobs().stream(list).try_collect::<Vec<_>>().await;
    let asked = asked(&script);
    (asked, jobs.map(|jobs| jobs.len()).map_err(|error| error.kind()))
}

#[tokio::test]
async fn the_next_page_is_where_the_page_or_its_link_says() {
    let query = "limit=1&status=SUCCEEDED&sort=updateTime%3Adesc";
    let first = format!("GET /data/core/ups/segment/jobs?{query}");
    let second = "GET /data/core/ups/segment/jobs?limit=1&start=1&status=SUCCEEDED\
                  &sort=updateTime%3Adesc";
    // As observed, and each half of it alone.
    let link = r#"{"next": {"href": "@/segmentJobs?sort=updateTime:DESC&start=1&limit=1"}}"#;
    for (page, links) in [
        (r#"{"next": "1"}"#, link),
        ("{}", link),
        (r#"{"next": "1"}"#, r#"{"next": {}}"#),
        (r#"{"next": 1}"#, r#"{"next": {"href": "string"}}"#),
    ] {
        let (asked, jobs) = led_by(page, links).await;
        assert_eq!(
            (asked, jobs),
            (vec![first.clone(), second.to_owned()], Ok(2)),
            "{page} {links}"
        );
    }
    for links in ["{}", "null", r#"{"next": {}}"#, r#"{"next": ""}"#] {
        assert_eq!(led_by("{}", links).await, (vec![first.clone()], Ok(1)), "{links}");
    }
    let (_, broken) = led_by("{}", r#"{"next": {"href": "@/segmentJobs"}}"#).await;
    assert_eq!(broken, Err(ErrorKind::Malformed), "the list is not silently short");
}
