use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A request that asks for something in every part.
fn full() -> Value {
    json!({
        "destination": {"datasetId": "6123456789abcdef01234567", "segmentPerBatch": true},
        "schema": {"name": "_xdm.context.profile"},
        "fields": "identityMap,person.name",
        "mergePolicy": {"id": "policy", "version": 2},
        "filter": {
            "segments": [
                {"segmentId": "a", "segmentNs": "AAM", "status": ["realized", "exited"]},
                {"segmentId": "b"},
            ],
            "segmentQualificationTime": {
                "startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z",
            },
            "fromIngestTimestamp": "2026-01-01T00:00:00+01:00",
            "emptyProfiles": true,
        },
        "additionalFields": {"eventList": {
            "fields": "timestamp,_id",
            "filter": {
                "fromIngestTimestamp": "2026-01-01T00:00:00Z",
                "toIngestTimestamp": "2026-01-03T00:00:00Z",
            },
        }},
        "evaluationInfo": {"segmentation": true},
    })
}

/// A request that asks for nothing but what the service does anyway.
fn least() -> Value {
    json!({
        "destination": {"datasetId": "6123456789abcdef01234567"},
        "schema": {"name": "_xdm.context.profile"},
    })
}

fn compare(request: &Value, job: &Value) -> Likeness {
    let request = serde_json::from_str(&request.to_string()).unwrap();
    likeness(&request, &serde_json::from_str(&job.to_string()).unwrap())
}

fn with(document: &Value, pointer: &str, value: Value) -> Value {
    let mut document = document.clone();
    *document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    document
}

fn without(document: &Value, pointer: &str) -> Value {
    let mut document = document.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.remove(key).unwrap();
    document
}

#[test]
fn a_job_that_repeats_everything_is_equal_however_it_is_written() {
    assert_eq!(compare(&full(), &full()), Likeness::Equal);
    assert_eq!(compare(&least(), &least()), Likeness::Equal);
    for (pointer, value) in [
        ("/fields", json!(" person.name , identityMap")),
        ("/fields", json!(["identityMap", "person.name"])),
        ("/filter/segmentQualificationTime/startTime", json!("2025-12-31T16:00:00-08:00")),
        ("/filter/segmentQualificationTime/endTime", json!("2026-01-02T00:00:00.000Z")),
        ("/filter/fromIngestTimestamp", json!("2025-12-31T23:00:00Z")),
        ("/additionalFields/eventList/fields", json!("_id,timestamp")),
        (
            "/additionalFields/eventList/filter/toIngestTimestamp",
            json!("2026-01-03T01:00:00+01:00"),
        ),
        ("/filter/segments/0/segmentNs", json!("aam")),
        ("/filter/segments/0/status", json!(["exited", "realized"])),
        // Defaults, written out.
        ("/filter/segments/1", json!({"segmentId": "b", "segmentNs": "UPS"})),
        ("/filter/segments/1", json!({"segmentId": "b", "status": ["realized"]})),
        ("/filter/segments/1", json!({"segmentId": "b", "status": ["existing", "realized"]})),
        ("/destination", json!({"dataSetId": "6123456789abcdef01234567", "segmentPerBatch": true})),
        // Never echoed.
        ("/evaluationInfo", json!(null)),
    ] {
        let job = with(&full(), pointer, value);
        assert_eq!(compare(&full(), &job), Likeness::Equal, "{job}");
    }
    let mut job = full();
    job["filter"]["segments"].as_array_mut().unwrap().reverse();
    assert_eq!(compare(&full(), &job), Likeness::Equal);
}

#[test]
fn any_other_value_is_another_job() {
    for (pointer, value) in [
        ("/destination/datasetId", json!("ffffffffffffffffffffffff")),
        ("/destination/datasetId", json!(null)),
        ("/destination/segmentPerBatch", json!(false)),
        ("/schema/name", json!("_xdm.context.experienceevent")),
        ("/fields", json!("identityMap")),
        ("/mergePolicy/version", json!(3)),
        ("/filter/segments/0/segmentId", json!("c")),
        ("/filter/segments/0/segmentNs", json!("ups")),
        ("/filter/segments/0/status", json!(["realized"])),
        ("/filter/segments/1", json!({"segmentId": "b", "segmentNs": "AAM"})),
        ("/filter/segments/1", json!({"segmentId": "b", "status": ["exited"]})),
        ("/filter/segments", json!([{"segmentId": "b"}])),
        ("/filter/segmentQualificationTime/startTime", json!("2026-01-01T00:00:00+01:00")),
        ("/filter/segmentQualificationTime/endTime", json!("2026-01-02T00:00:00.001Z")),
        ("/filter/fromIngestTimestamp", json!("2026-01-01T00:00:00Z")),
        ("/filter/emptyProfiles", json!(false)),
        ("/additionalFields/eventList/fields", json!("timestamp")),
        ("/additionalFields/eventList/filter/fromIngestTimestamp", json!("2026-01-02T00:00:00Z")),
        ("/additionalFields/eventList/filter/toIngestTimestamp", json!("2026-01-04T00:00:00Z")),
    ] {
        let job = with(&full(), pointer, value);
        assert_eq!(compare(&full(), &job), Likeness::Different, "{job}");
    }
    // What was not asked for is another job too.
    for part in ["fields", "filter", "additionalFields"] {
        let mut job = least();
        job[part] = full()[part].clone();
        assert_eq!(compare(&least(), &job), Likeness::Different, "{job}");
    }
    let job = with(&least(), "/destination", full()["destination"].clone());
    assert_eq!(compare(&least(), &job), Likeness::Different);
}

#[test]
fn what_was_asked_for_and_is_not_repeated_leaves_it_open() {
    for pointer in [
        "/fields",
        "/filter",
        "/filter/segments",
        "/filter/segments/0/segmentNs",
        "/filter/segments/0/status",
        "/filter/segmentQualificationTime",
        "/filter/segmentQualificationTime/startTime",
        "/filter/segmentQualificationTime/endTime",
        "/filter/fromIngestTimestamp",
        "/filter/emptyProfiles",
        "/additionalFields",
        "/additionalFields/eventList/fields",
        "/additionalFields/eventList/filter",
        "/additionalFields/eventList/filter/toIngestTimestamp",
        "/mergePolicy",
        "/mergePolicy/version",
        "/destination/segmentPerBatch",
    ] {
        let job = without(&full(), pointer);
        assert_eq!(compare(&full(), &job), Likeness::Unclear, "{job}");
    }
    // The service may answer another policy than was asked for.
    let job = with(&full(), "/mergePolicy/id", json!("another"));
    assert_eq!(compare(&full(), &job), Likeness::Unclear);
    // Nothing of a difference is hidden by what is not repeated.
    let job = with(&without(&full(), "/fields"), "/filter/emptyProfiles", json!(false));
    assert_eq!(compare(&full(), &job), Likeness::Different);
}

#[test]
fn a_request_that_leaves_the_choice_takes_what_the_service_chose() {
    let mut job = least();
    job["mergePolicy"] = json!({"id": "default", "version": 1});
    job["filter"] = json!({"emptyProfiles": false, "segments": []});
    job["destination"]["segmentPerBatch"] = json!(false);
    job["fields"] = json!("");
    assert_eq!(compare(&least(), &job), Likeness::Equal);
    let mut request = least();
    request["mergePolicy"] = json!({"id": "default"});
    assert_eq!(compare(&request, &job), Likeness::Equal);
    assert_eq!(compare(&least(), &without(&least(), "/schema")), Likeness::Equal);
}

#[test]
fn a_key_that_nobody_knows_cannot_be_compared() {
    let mut request = least();
    request["snapshotName"] = json!("yesterday");
    assert_eq!(compare(&request, &least()), Likeness::Unclear);
}

#[test]
fn times_that_are_none_are_equal_to_the_letter_alone() {
    let broken = with(&full(), "/filter/fromIngestTimestamp", json!("yesterday"));
    assert_eq!(compare(&broken, &broken), Likeness::Equal);
    assert_eq!(compare(&broken, &full()), Likeness::Unclear);
}

proptest! {
    /// A part less, wherever, never makes an equal job of another one, and never a different one of
    /// an equal one.
    #[test]
    fn the_less_is_repeated_the_less_is_known(keep in prop::collection::vec(any::<bool>(), 5)) {
        let parts = ["fields", "filter", "additionalFields", "mergePolicy", "schema"];
        let mut job = full();
        for (part, _) in parts.iter().zip(&keep).filter(|(_, keep)| !**keep) {
            job.as_object_mut().unwrap().remove(*part);
        }
        let expected = match keep.as_slice() {
            [true, true, true, true, _] => Likeness::Equal,
            _ => Likeness::Unclear,
        };
        prop_assert_eq!(compare(&full(), &job), expected);
    }
}
