//! Every oddity of the job object, one row or test each.

use aep_export_model::*;
use serde_json::{Value, json};

use super::{read, written};

#[allow(clippy::needless_pass_by_value, reason = "tables read better without references")]
fn job(document: Value) -> ExportJob {
    read(&document)
}

#[test]
fn ids_come_as_numbers_floats_and_texts() {
    let table = [
        (json!(100), Some("100")),
        (json!(100.0), Some("100")),
        (json!(1e2), Some("100")),
        (json!(24_115), Some("24115")),
        (json!(18_446_744_073_709_551_615_u64), Some("18446744073709551615")),
        (json!("100"), Some("100")),
        (json!("0f5c6a52-5f6c"), Some("0f5c6a52-5f6c")),
        // What serde_json hands out with `arbitrary_precision` on.
        (
            json!({"$serde_json::private::Number": "123456789012345678901"}),
            Some("123456789012345678901"),
        ),
        (json!({"$serde_json::private::Number": []}), None),
        (json!("<number>"), Some("<number>")),
        (json!(""), None),
        (json!(100.5), None),
        (json!(1e25), None),
        (json!(null), None),
        (json!(true), None),
        (json!([100]), None),
        (json!({"id": 100}), None),
    ];
    for (id, expected) in table {
        let read = job(json!({"id": id, "status": "NEW"}));
        assert_eq!(read.id.as_ref().map(JobId::as_str), expected, "{id}");
        assert_eq!(read.status, Some(JobStatus::New), "what follows is read: {id}");
    }
}

#[test]
fn times_come_in_every_spelling_of_a_number() {
    let table = [
        (json!(123_456_789_000_i64), Some(123_456_789_000)),
        (json!(1.234_567_89e11), Some(123_456_789_000)),
        (json!(123_456_789_000.0), Some(123_456_789_000)),
        (json!("123456789000"), Some(123_456_789_000)),
        (json!("1.23456789E+11"), Some(123_456_789_000)),
        (json!(0), Some(0)),
        (json!(-1), Some(-1)),
        (json!(0.5), None),
        (json!("<long>"), None),
        (json!(null), None),
        (json!([]), None),
    ];
    for (time, expected) in table {
        let read = job(json!({"creationTime": time, "updateTime": 7}));
        assert_eq!(read.creation_time.map(EpochMillis::get), expected, "{time}");
        assert_eq!(read.update_time, Some(EpochMillis::new(7)));
    }
    // Written with a capital E and a plus, as in the service's own definition.
    let read: ExportJob = serde_json::from_str(r#"{"creationTime": 1.23456789E+11}"#).unwrap();
    assert_eq!(read.creation_time, Some(EpochMillis::new(123_456_789_000)));
}

#[test]
fn statuses_are_open() {
    let table = [
        ("NEW", JobStatus::New, false, false),
        ("QUEUED", JobStatus::Queued, false, false),
        ("PROCESSING", JobStatus::Processing, false, false),
        ("CANCELLING", JobStatus::Cancelling, false, false),
        ("CANCELLED", JobStatus::Cancelled, true, false),
        ("SUCCEEDED", JobStatus::Succeeded, true, true),
        ("FAILED", JobStatus::Failed, true, false),
        ("PAUSED", JobStatus::from("PAUSED"), false, false),
        ("succeeded", JobStatus::from("succeeded"), false, false),
        ("", JobStatus::from(""), false, false),
    ];
    for (text, status, terminal, success) in table {
        let read = job(json!({"status": text}));
        assert_eq!(read.status, Some(status), "{text}");
        assert_eq!((read.is_terminal(), read.is_success()), (terminal, success), "{text}");
        assert_eq!(written(&read), json!({"status": text}), "given back as it came");
    }
    for odd in [json!(null), json!(1), json!({}), json!(["NEW"])] {
        let read = job(json!({"status": odd}));
        assert_eq!((read.status.clone(), read.is_terminal()), (None, false), "{odd}");
    }
}

#[test]
fn dataset_ids_in_every_spelling() {
    for key in ["datasetId", "dataSetId", "dataset_id"] {
        let read = job(json!({"destination": {key: "6123456789abcdef01234567"}}));
        assert_eq!(read.dataset_id(), Some(&DatasetId::new("6123456789abcdef01234567")), "{key}");
        let expected = json!({"destination": {"datasetId": "6123456789abcdef01234567"}});
        assert_eq!(written(&read), expected);
    }
    let both = job(json!({"destination": {"dataSetId": "a", "datasetId": "b", "batchId": "c"}}));
    assert_eq!(both.dataset_id(), Some(&DatasetId::new("b")), "the last one counts");
    let one_empty = job(json!({"destination": {"dataSetId": "a", "datasetId": ""}}));
    assert_eq!(one_empty.dataset_id(), Some(&DatasetId::new("a")), "empty says nothing");
}

#[test]
fn batches_come_as_object_list_or_not_at_all() {
    let one =
        json!({"segmentId": "s1", "segmentNs": "ups", "status": ["realized"], "batchId": "b1"});
    let two =
        json!({"segmentId": "s2", "segmentNs": "AdCloud", "status": "exited", "batchId": "b2"});
    let table = [
        (json!({"batchId": "b1", "batches": one}), vec!["b1"], 1),
        (json!({"batches": [one, two]}), vec!["b1", "b2"], 2),
        (json!({"batchId": "b0", "batches": [one, two, one]}), vec!["b0", "b1", "b2"], 3),
        (json!({"batchId": "b1"}), vec!["b1"], 0),
        (json!({"batchId": "b1", "batches": {}}), vec!["b1"], 0),
        (json!({"batchId": "b1", "batches": []}), vec!["b1"], 0),
        (json!({"batchId": "b1", "batches": null}), vec!["b1"], 0),
        (json!({"batchId": "", "batches": [{"segmentId": "s1", "batchId": ""}]}), vec![], 1),
        (json!({"batchId": ""}), vec![], 0),
        (json!({"batches": "b1"}), vec![], 0),
        (json!({"batches": [null, 1, [one], one]}), vec!["b1"], 1),
        (json!({}), vec![], 0),
    ];
    for (destination, ids, count) in table {
        let read = job(json!({"destination": destination}));
        let found: Vec<_> = read.batch_ids().iter().map(|id| id.as_str()).collect();
        assert_eq!(found, ids, "{destination}");
        assert_eq!(read.destination.unwrap().batches.len(), count, "{destination}");
    }
    assert!(job(json!({})).batch_ids().is_empty());
}

#[test]
fn an_empty_batch_id_is_none_and_is_not_written() {
    let mut read = job(json!({"destination": {"batchId": ""}}));
    assert_eq!(read.destination.as_ref().unwrap().batch_id, None);
    assert_eq!(written(&read), json!({"destination": {}}));
    read.destination.as_mut().unwrap().batch_id = Some(BatchId::new(""));
    assert!(read.batch_ids().is_empty());
    assert_eq!(written(&read), json!({"destination": {}}));
}

#[test]
fn a_segments_status_comes_as_list_or_text() {
    use MembershipStatus::{Existing, Exited, Realized};
    let table = [
        (json!(["realized", "existing"]), vec![Realized, Existing]),
        (json!("exited"), vec![Exited]),
        (json!(["exiting"]), vec![MembershipStatus::from("exiting")]),
        (json!(["<string>", 7, null]), vec![MembershipStatus::from("<string>")]),
        (json!([]), vec![]),
        (json!(null), vec![]),
    ];
    for (status, expected) in table {
        let document = json!({"filter": {"segments": [{"segmentId": "s", "status": status}]}});
        assert_eq!(job(document).filter.unwrap().segments[0].status, expected, "{status}");
    }
}

#[test]
fn errors_in_both_spellings() {
    let rows = [
        json!({"code": "0090000009", "msg": "no", "callStack": "at x"}),
        json!({"error-code": "0090000009", "error-message": "no", "callStack": "at x"}),
        json!({"code": "0090000009", "message": "no", "call-stack": "at x"}),
        json!({"code": "0090000009", "description": "no", "callStack": "at x"}),
    ];
    for row in rows {
        let read = job(json!({"status": "FAILED", "errors": [row]}));
        let expected = json!([{"code": "0090000009", "msg": "no", "callStack": "at x"}]);
        assert_eq!(written(&read)["errors"], expected, "{row}");
    }
    let unknown = job(json!({"errors": [{"code": "unknown", "msg": "Job aborted."}]}));
    assert_eq!(unknown.errors[0].code.as_deref(), Some("unknown"));
    let odd = job(json!({"errors": ["broken", {"code": 90}, null]}));
    assert_eq!(odd.errors[0].message.as_deref(), Some("broken"));
    assert_eq!(odd.errors[1].code.as_deref(), Some("90"));
    assert_eq!(odd.errors.len(), 2);
    assert!(job(json!({"errors": []})).errors.is_empty());
}

#[test]
fn a_succeeded_job_may_have_errors() {
    let read = job(json!({"status": "SUCCEEDED", "errors": [{"code": "0100000007"}]}));
    assert!(read.is_success() && read.errors.len() == 1);
}

#[test]
fn engine_jobs_grow_from_an_empty_object() {
    let table = [
        (json!({}), None, None),
        (json!({"exportJob": ""}), Some(""), None),
        (json!({"exportJob": "e"}), Some("e"), None),
        (json!({"exportJob": "e", "pushJob": "p"}), Some("e"), Some("p")),
        (json!("e"), Some("e"), None),
    ];
    for (jobs, export, push) in table {
        let read = job(json!({"computeGatewayJobId": jobs})).compute_gateway_job_id.unwrap();
        assert_eq!(
            (read.export_job.as_deref(), read.push_job.as_deref()),
            (export, push),
            "{jobs}"
        );
    }
    let new = job(json!({"computeGatewayJobId": {}}));
    assert_eq!(written(&new), json!({"computeGatewayJobId": {}}), "an empty object stays one");
}

#[test]
fn the_merge_policys_version_comes_as_float_too() {
    for version in [json!(1), json!(1.0), json!("1")] {
        let read = job(json!({"mergePolicy": {"id": "mp", "version": version}}));
        assert_eq!(read.merge_policy.unwrap().version, Some(1), "{version}");
    }
}

/// A sample in which nobody filled in the placeholders.
#[test]
fn placeholders_are_absent_where_they_are_no_value() {
    let read = job(json!({
        "id": "<number>", "jobType": "STREAMING", "creationTime": "<long>",
        "destination": {"datasetId": "<string>", "segmentPerBatch": "<boolean>"},
        "filter": {"emptyProfiles": "<boolean>", "fromIngestTimestamp": "<string>"},
        "mergePolicy": {"id": "<string>", "version": "<number>"},
        "metrics": {"totalTime": {"startTimeInMs": "<number>"}}
    }));
    assert_eq!(read.job_type, Some(JobType::Streaming));
    assert_eq!(read.creation_time, None);
    assert_eq!(read.destination.unwrap().segment_per_batch, None);
    let filter = read.filter.unwrap();
    assert_eq!(filter.empty_profiles, None);
    assert_eq!(filter.from_ingest_timestamp, Some("<string>".into()));
    assert_eq!(read.merge_policy.unwrap().version, None);
}

#[test]
fn a_new_job_has_next_to_nothing() {
    let read = job(json!({
        "id": 24_115, "status": "PROCESSING", "computeGatewayJobId": {},
        "metrics": {"totalTime": {"startTimeInMs": 1_559_674_261_657_i64}}
    }));
    assert!(read.metrics.unwrap().total_time.unwrap().is_running());
    assert!(read.errors.is_empty() && read.filter.is_none() && read.destination.is_none());
}

#[test]
fn unknown_keys_are_tolerated_and_not_kept() {
    let read = job(json!({
        "sandbox": {"sandboxName": "prod", "deep": [[[{"er": 1}]]]}, "id": 1, "\u{1f600}": null,
        "filter": {"snapshotName": "x"}
    }));
    assert_eq!(written(&read), json!({"id": "1", "filter": {}}));
}

#[test]
fn repeated_keys_and_wrong_kinds_fail_nothing() {
    let twice = r#"{"status": "NEW", "status": "FAILED", "status": null, "id": 1}"#;
    let read: ExportJob = serde_json::from_str(twice).unwrap();
    assert_eq!(read.status, Some(JobStatus::Failed), "the last one that says something");
    let wrong = json!({
        "destination": [1], "filter": "all", "metrics": 5, "errors": {"code": "1"},
        "schema": null, "mergePolicy": [], "additionalFields": false, "fields": {"a": 1}, "id": 2
    });
    let read = job(wrong);
    assert_eq!(written(&read), json!({"id": "2", "errors": [{"code": "1"}]}));
}

#[test]
fn only_an_object_is_a_document() {
    for text in ["[]", "[1]", "null", "\"NEW\"", "7", "true", "", "{", r#"{"id": 1"#] {
        let error = serde_json::from_str::<ExportJob>(text).unwrap_err().to_string();
        assert!(!error.is_empty(), "{text}");
    }
    let error = serde_json::from_str::<ExportJob>("[]").unwrap_err().to_string();
    assert!(error.contains("expected a JSON object (ExportJob)"), "{error}");
}

#[test]
fn depth_does_not_matter() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for key in ["unknown", "id", "status", "errors", "destination", "metrics", "fields"] {
        let text = format!(r#"{{"{key}": [{deep}], "jobType": "BATCH"}}"#);
        let read: ExportJob = serde_json::from_str(&text).unwrap();
        assert_eq!(read.job_type, Some(JobType::Batch), "{key}");
    }
}
