//! A create without an answer: found again, or honestly not.

use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{LostCreate, LostDataset, LostSegmentJob, Reconciled};
use aep_export_model::{ExportJobRequest, NewDataset, SegmentFilter, SegmentJobRequest};
use aep_export_transport::Clock;
use aep_export_transport::testing::{ManualClock, Scripted};
use serde_json::{Value, json};

use crate::clients::over;

/// 2026-01-01T00:00:00Z, where the tests' clocks begin.
const NOW: i64 = 1_767_225_600_000;

fn request() -> ExportJobRequest {
    ExportJobRequest::builder("6123456789abcdef01234567")
        .segment(SegmentFilter::new("5afe34ae-8c98-4513-8a1d-67ccaa54bc05"))
        .fields(["a.b", "c"])
        .ingested_after("2025-12-31T00:00:00Z")
        .build()
        .unwrap()
}

/// A job made by `request`, two seconds ago.
fn job(id: u64, changes: &[(&str, Value)]) -> Value {
    let mut job = json!({
        "id": id, "status": "NEW", "creationTime": NOW - 2_000, "requestId": "of somebody else",
        "destination": {"dataSetId": "6123456789abcdef01234567"},
        "fields": "c, a.b",
        "filter": {"segments": [{"segmentId": "5afe34ae-8c98-4513-8a1d-67ccaa54bc05", "segmentNs": "ups"}],
                   "fromIngestTimestamp": "2025-12-31T00:00:00Z"},
    });
    for (pointer, value) in changes {
        *job.pointer_mut(pointer).unwrap() = value.clone();
    }
    job
}

async fn look(pages: &[Vec<Value>], lost: LostCreate) -> Reconciled {
    let mut script = Scripted::new();
    for (index, jobs) in pages.iter().enumerate() {
        let more = pages.len() > index + 1;
        let link = if more { format!("/export/jobs?offset=1_{index}") } else { String::new() };
        let body = json!({"records": jobs, "link": {"next": link}}).to_string();
        script = script.answer(200, body);
    }
    let empty = json!({"records": pages.last(), "link": {}}).to_string();
    let script = script.answer(200, empty.clone()).answer(200, empty);
    let client = over(Arc::new(script), &ManualClock::new());
    client.export_jobs().reconcile(&lost).await.unwrap()
}

fn lost() -> LostCreate {
    LostCreate::new(request(), Duration::from_secs(60))
}

fn found(reconciled: &Reconciled) -> Option<&str> {
    match reconciled {
        Reconciled::Found(job) => job.id.as_ref().map(aep_export_model::JobId::as_str),
        _ => None,
    }
}

#[tokio::test]
async fn the_id_that_was_sent_decides() {
    let ours = job(7, &[("/requestId", json!("ours")), ("/fields", json!("x"))]);
    let jobs = vec![job(9, &[]), job(8, &[]), ours];
    assert_eq!(found(&look(&[jobs], lost().request_id("ours")).await), Some("7"));
}

#[tokio::test]
async fn the_only_equal_job_of_the_time_is_the_one() {
    let others = [
        job(1, &[("/destination/dataSetId", json!("another"))]),
        job(2, &[("/fields", json!("c"))]),
        job(3, &[("/filter/segments/0/segmentId", json!("another"))]),
        job(4, &[("/filter/fromIngestTimestamp", json!("2024-01-01T00:00:00Z"))]),
        job(5, &[("/creationTime", json!(NOW - 66_000))]),
        json!({"id": 6}),
    ];
    assert!(matches!(look(&[others.to_vec()], lost()).await, Reconciled::None));
    let mut jobs = others.to_vec();
    jobs.insert(0, job(7, &[]));
    assert_eq!(found(&look(&[jobs], lost()).await), Some("7"));
}

#[tokio::test]
async fn two_equal_jobs_are_not_decided_between() {
    let answer = look(&[vec![job(8, &[]), job(7, &[])]], lost()).await;
    assert!(matches!(answer, Reconciled::Ambiguous(jobs) if jobs.len() == 2));
}

#[tokio::test]
async fn a_job_that_repeats_too_little_may_be_the_one_but_is_not_taken_for_it() {
    let mut vague = job(7, &[]);
    vague.as_object_mut().unwrap().remove("fields");
    let answer = look(&[vec![vague.clone()]], lost()).await;
    assert!(matches!(answer, Reconciled::Ambiguous(jobs) if jobs.len() == 1));
    assert_eq!(found(&look(&[vec![vague, job(8, &[])]], lost()).await), Some("8"));
}

#[tokio::test]
async fn the_search_goes_back_as_far_as_the_create_may_lie_and_no_further() {
    let young = vec![job(9, &[("/fields", json!("x"))])];
    assert_eq!(found(&look(&[young.clone(), vec![job(7, &[])]], lost()).await), Some("7"));
    let old = vec![job(8, &[("/creationTime", json!(NOW - 3_600_000))])];
    // Behind a page of old jobs nothing is looked for: the third page would be ambiguous.
    let pages = [young, old, vec![job(7, &[])]];
    assert!(matches!(look(&pages[..2], lost()).await, Reconciled::None));
}

#[tokio::test]
async fn a_job_that_is_listed_late_is_found() {
    let page = |jobs: &[Value]| json!({"records": jobs, "link": {"next": ""}}).to_string();
    let script = Scripted::new()
        .answer(200, page(&[]))
        .answer(200, page(&[]))
        .answer(200, page(&[job(7, &[])]));
    let client = over(Arc::new(script), &ManualClock::new());
    let answer = client.export_jobs().reconcile(&lost()).await.unwrap();
    assert_eq!(found(&answer), Some("7"));
}

#[tokio::test]
async fn another_ones_job_is_not_taken_before_our_own_had_time_to_be_listed() {
    let page = |jobs: &[Value]| json!({"records": jobs, "link": {"next": ""}}).to_string();
    let (theirs, ours) = (job(8, &[]), job(9, &[("/requestId", json!("ours"))]));
    let mut vague = job(7, &[]);
    vague.as_object_mut().unwrap().remove("fields");
    for (first, later, expected) in [
        (&theirs, Some(vec![ours.clone(), theirs.clone()]), "9"),
        (&vague, Some(vec![ours.clone(), vague.clone()]), "9"),
        // Ours never shows, or the service has ids of its own: an equal job is all there is.
        (&theirs, Some(vec![theirs.clone()]), "8"),
        (&theirs, None, "8"),
        // A list may lose sight of a job again.
        (&theirs, Some(Vec::new()), "8"),
    ] {
        let mut script = Scripted::new().answer(200, page(std::slice::from_ref(first)));
        for _ in 0..2 {
            script = match &later {
                Some(jobs) => script.answer(200, page(jobs)),
                None => script.answer(400, "{}"),
            };
        }
        let client = over(Arc::new(script), &ManualClock::new());
        let answer = client.export_jobs().reconcile(&lost().request_id("ours")).await.unwrap();
        assert_eq!(found(&answer), Some(expected), "{first} {later:?}");
    }
}

#[tokio::test]
async fn a_job_without_an_id_is_not_waited_for() {
    let clock = ManualClock::new();
    let jobs = [job(7, &[("/requestId", Value::Null)])];
    let page = json!({"records": jobs, "link": {"next": ""}}).to_string();
    let client = over(Arc::new(Scripted::new().answer(200, page)), &clock);
    let answer = client.export_jobs().reconcile(&lost().request_id("ours")).await.unwrap();
    assert_eq!((found(&answer), clock.elapsed()), (Some("7"), Duration::ZERO));
}

#[test]
fn a_document_that_is_no_object_is_recognised_by_nothing() {
    assert!(LostCreate::of_document(&"[1]".into(), Duration::ZERO).is_err());
}

/// What a search came to: `found 7`, `none`, `perhaps 7 8`.
fn told<T>(reconciled: Reconciled<T>, id: impl Fn(&T) -> String) -> String {
    match reconciled {
        Reconciled::Found(one) => format!("found {}", id(&one.value)),
        Reconciled::Ambiguous(some) => {
            let ids: Vec<_> = some.iter().map(|one| id(&one.value)).collect();
            format!("perhaps {}", ids.join(" "))
        }
        _ => "none".to_owned(),
    }
}

/// The same list at every look.
fn always(list: &Value) -> Arc<Scripted> {
    Arc::new((0..3).fold(Scripted::new(), |script, _| script.answer(200, list.to_string())))
}

#[tokio::test]
async fn a_segment_job_is_known_by_its_id_or_by_its_segments() {
    let job = |id: &str, segments: &[&str], age: i64| {
        let segments: Vec<_> = segments.iter().map(|id| json!({"segmentId": id})).collect();
        json!({"id": id, "source": "api", "requestId": format!("for {id}"),
               "segments": segments, "creationTime": NOW - age})
    };
    let scheduled = |mut job: Value| {
        job["source"] = json!("scheduler");
        job
    };
    let some = SegmentJobRequest::of(["s", "t"]);
    for (request, sent_id, jobs, expected) in [
        (&some, "for 7", vec![job("8", &["s", "t"], 1), job("7", &["x"], 1)], "found 7"),
        (&some, "ours", vec![job("8", &["t", "s"], 1)], "found 8"),
        (&some, "ours", vec![job("8", &["s"], 1), job("7", &["s", "t", "u"], 1)], "none"),
        (&some, "ours", vec![job("8", &["s", "t"], 70_000)], "none"),
        (&some, "ours", vec![job("8", &["s", "t"], 1), job("7", &["s", "t"], 2)], "perhaps 8 7"),
        (&some, "ours", vec![scheduled(job("8", &["s", "t"], 1))], "none"),
        (&some, "ours", vec![job("8", &[], 1)], "perhaps 8"),
        (&SegmentJobRequest::All, "ours", vec![job("8", &["*"], 1)], "found 8"),
        // The service may name them one by one.
        (&SegmentJobRequest::All, "ours", vec![job("8", &["s", "t"], 1)], "perhaps 8"),
        (&SegmentJobRequest::All, "ours", vec![scheduled(job("8", &["*"], 1))], "none"),
    ] {
        let list = json!({"children": jobs, "_page": {}, "_links": {}});
        let script = always(&list);
        let client = over(script.clone(), &ManualClock::new());
        let lost =
            LostSegmentJob::new(request.clone(), Duration::from_secs(60)).request_id(sent_id);
        let answer = client.segment_jobs().reconcile(&lost).await.unwrap();
        assert_eq!(told(answer, |job| job.id.clone().unwrap().to_string()), expected, "{jobs:?}");
        let query = script.requests()[0].uri().query().unwrap().to_owned();
        assert_eq!(query, "limit=100&sort=creationTime%3Adesc");
    }
}

#[tokio::test]
async fn a_dataset_is_known_by_its_name_its_schema_and_its_age() {
    let union = "https://ns.adobe.com/xdm/context/profile__union";
    let dataset = |name: &str, schema: &str, age: i64| json!({"name": name, "schemaRef": {"id": schema}, "created": NOW - age});
    let without = |mut dataset: Value, key: &str| {
        dataset.as_object_mut().unwrap().remove(key);
        dataset
    };
    let ours = || dataset("gold", union, 1);
    for (datasets, expected) in [
        (json!({"a": dataset("silver", union, 1), "b": ours()}), "found b"),
        (json!({"a": dataset("gold", union, 70_000), "b": dataset("Gold", union, 1)}), "none"),
        (json!({"a": dataset("gold", "another", 1)}), "none"),
        (json!({"a": ours(), "b": ours()}), "perhaps a b"),
        (json!({"a": without(ours(), "schemaRef")}), "perhaps a"),
        (json!({"a": without(ours(), "created")}), "perhaps a"),
        (json!({"a": without(ours(), "name")}), "none"),
        (json!({}), "none"),
    ] {
        let client = over(always(&datasets), &ManualClock::new());
        let lost = LostDataset::new(NewDataset::for_exports("gold"), Duration::from_secs(60));
        let answer = client.datasets().reconcile(&lost).await.unwrap();
        assert_eq!(told(answer, |dataset| dataset.id.to_string()), expected, "{datasets}");
    }
}
