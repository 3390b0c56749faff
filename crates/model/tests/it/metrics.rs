//! Durations and counts of jobs.

use std::time::Duration;

use aep_export_model::*;
use serde_json::{Value, json};

use super::{read, written};

#[allow(clippy::needless_pass_by_value, reason = "tables read better without references")]
fn metrics(document: Value) -> Metrics {
    read::<ExportJob>(&json!({"metrics": document})).metrics.unwrap()
}

#[test]
fn phases_begin_before_they_end() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let table = [
        (
            json!({"startTimeInMs": 1000, "endTimeInMs": 6000, "totalTimeInMs": 5000}),
            seconds(5),
            false,
        ),
        (json!({"startTimeInMs": 1000, "endTimeInMs": 6000}), seconds(5), false),
        // The service's own figure counts.
        (json!({"startTimeInMs": 1, "endTimeInMs": 2, "totalTimeInMs": 5000}), seconds(5), false),
        (json!({"totalTimeInMs": 5000}), seconds(5), false),
        (json!({"startTimeInMs": 1.0e3, "endTimeInMs": "6000"}), seconds(5), false),
        (json!({"startTimeInMs": 1000, "endTimeInMs": 1000}), seconds(0), false),
        (json!({"startTimeInMs": 1000}), None, true),
        (json!({"startTimeInMs": 6000, "endTimeInMs": 1000}), None, false),
        (json!({"startTimeInMs": i64::MIN, "endTimeInMs": i64::MAX}), None, false),
        (
            json!({"startTimeInMs": 1000, "endTimeInMs": 2000, "totalTimeInMs": -5}),
            seconds(1),
            false,
        ),
        (json!({"startTimeInMs": "<number>"}), None, false),
        (json!({}), None, false),
    ];
    for (phase, duration, running) in table {
        let read = metrics(json!({"totalTime": phase})).total_time.unwrap();
        assert_eq!((read.duration(), read.is_running()), (duration, running), "{phase}");
    }
    assert_eq!(metrics(json!({"totalTime": null})).total_time, None);
}

#[test]
fn the_odd_capitals_of_the_write_time() {
    let document = json!({"aCPDatasetWriteTime": {"totalTimeInMs": 543}});
    let read = metrics(document.clone());
    assert_eq!(read.dataset_write_time.as_ref().unwrap().total_ms, Some(543));
    assert_eq!(written(&read), document);
    assert_eq!(metrics(json!({"acpDatasetWriteTime": {}})).dataset_write_time, None);
}

#[test]
fn profile_counts_of_a_single_batch() {
    let document = json!({
        "totalExportedProfileCounter": 20,
        "exportedProfileByNamespaceCounter": {"email": 10, "crmId": 5}
    });
    let read = metrics(document.clone());
    assert_eq!(read.profiles(), Some(20));
    assert_eq!(read.profiles_of(&SegmentId::new("s1")), None);
    let counter = read.exported_profile_by_namespace_counter.as_ref().unwrap();
    assert!(matches!(counter, NamespaceCounter::Single(_)));
    assert_eq!((counter.of_namespace("email"), counter.of_namespace("none")), (Some(10), None));
    assert_eq!(written(&read), document);
}

#[test]
fn profile_counts_with_a_batch_per_segment() {
    let document = json!({
        "totalExportedProfileCounter": 20,
        "exportedProfileCounter": {"s1": 10, "s2": 5},
        "exportedProfileByNamespaceCounter": {
            "s1": {"email": 8, "crmId": 5}, "s2": {"email": 3, "crmId": 5}
        }
    });
    let read = metrics(document.clone());
    assert_eq!(read.profiles(), Some(20));
    assert_eq!(read.profiles_of(&SegmentId::new("s2")), Some(5));
    let counter = read.exported_profile_by_namespace_counter.as_ref().unwrap();
    assert!(matches!(counter, NamespaceCounter::PerSegment(_)));
    assert_eq!(counter.of_namespace("email"), Some(11));
    assert_eq!(written(&read), document);
}

#[test]
fn profile_counts_that_are_missing_or_odd() {
    let by_segment = metrics(json!({"exportedProfileCounter": {"s1": "10", "s2": 5.0, "s3": "?"}}));
    assert_eq!(by_segment.profiles(), Some(15));
    let huge = metrics(json!({"exportedProfileCounter": {"s1": u64::MAX, "s2": 1}}));
    assert_eq!(huge.profiles(), Some(u64::MAX));
    let none = metrics(json!({"exportedProfileByNamespaceCounter": {"email": 10}}));
    assert_eq!(none.profiles(), None, "identities are not profiles");
    let empty = metrics(json!({"exportedProfileByNamespaceCounter": {}}));
    assert_eq!(written(&empty), json!({"exportedProfileByNamespaceCounter": {}}));
    for odd in [json!(7), json!("x"), json!([1]), json!(null)] {
        let read = metrics(json!({"exportedProfileByNamespaceCounter": odd}));
        assert_eq!(read.exported_profile_by_namespace_counter, None, "{odd}");
    }
}

/// What serde_json hands out with `arbitrary_precision` on.
#[test]
fn numbers_that_come_as_objects_are_numbers() {
    let number = |digits: &str| json!({"$serde_json::private::Number": digits});
    let read = metrics(json!({
        "totalExportedProfileCounter": number("5.0"),
        "exportedProfileCounter": {"s1": number("1e1"), "s2": number("?")},
        "exportedProfileByNamespaceCounter": {"email": number("5.0"), "crmId": number("7")}
    }));
    assert_eq!((read.profiles(), read.exported_profile_counter.len()), (Some(5), 1));
    let counter = read.exported_profile_by_namespace_counter.as_ref().unwrap();
    assert!(matches!(counter, NamespaceCounter::Single(_)), "{counter:?}");
    assert_eq!((counter.of_namespace("email"), counter.of_namespace("crmId")), (Some(5), Some(7)));
    let odd: ExportJob = super::read(&json!({
        "errors": [number("404")], "computeGatewayJobId": number("8"),
        "filter": number("1"), "destination": {"batches": number("2")}
    }));
    assert_eq!(odd.errors[0].message.as_deref(), Some("404"), "as a bare number would be read");
    assert_eq!(odd.compute_gateway_job_id.unwrap().export_job.as_deref(), Some("8"));
    assert_eq!((odd.filter, odd.destination.unwrap().batches.len()), (None, 0));
}

#[test]
fn an_id_that_would_read_back_as_a_number_is_none() {
    let text = r#"{"exportedProfileCounter": {"a": 1, "$serde_json::private::Number": 2}}"#;
    let metrics: Metrics = serde_json::from_str(text).unwrap();
    assert_eq!(metrics.exported_profile_counter.len(), 1);
    let text = r#"{"exportedProfileCounter": {"a": "x", "$serde_json::private::Number": 2}}"#;
    let metrics: Metrics = serde_json::from_str(text).unwrap();
    let written = serde_json::to_string(&metrics).unwrap();
    assert_eq!(serde_json::from_str::<Metrics>(&written).unwrap(), metrics);
}
