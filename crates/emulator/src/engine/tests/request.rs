//! What the engine reads out of a create body, and what it refuses.

use serde_json::{Value, json};

use super::super::{ExportRequest, MembershipStatus};
use super::{DATASET, body, request};

fn refusal(members: &Value) -> String {
    ExportRequest::parse(body(members).to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn everything_that_a_body_can_say_is_read() {
    let request = request(&json!({
        "fields": "identityMap, person.name ,loyalty",
        "mergePolicy": {"id": "mp-1", "version": 2},
        "filter": {
            "segments": [
                {"segmentId": "a", "segmentNs": "AAM", "status": ["exited"]},
                {"segmentId": "b"},
            ],
            "segmentQualificationTime": {
                "startTime": "2026-01-01T00:00:00-07:00",
                "endTime": "2026-02-01T00:00:00Z",
            },
            "fromIngestTimestamp": "2026-03-01T00:00:00Z",
            "emptyProfiles": true,
        },
        "additionalFields": {"eventList": {}},
        "destination": {"segmentPerBatch": true},
        "evaluationInfo": {"segmentation": true},
    }));

    assert_eq!(request.dataset_id(), DATASET);
    assert_eq!(request.schema_name(), "_xdm.context.profile");
    assert_eq!(request.fields().unwrap(), ["identityMap", "person.name", "loyalty"]);
    assert_eq!(request.merge_policy().unwrap().id, "mp-1");
    assert_eq!(request.merge_policy().unwrap().version, Some(2.0));
    assert_eq!(request.segments()[0].namespace, "AAM");
    assert_eq!(request.segments()[0].statuses, [MembershipStatus::Exited]);
    assert_eq!(request.segments()[1].namespace, "ups");
    let default = [MembershipStatus::Realized, MembershipStatus::Existing];
    assert_eq!(request.segments()[1].statuses, default);
    assert_eq!(request.qualified_from().unwrap().to_string(), "2026-01-01T07:00:00Z");
    assert_eq!(request.qualified_until().unwrap().to_string(), "2026-02-01T00:00:00Z");
    assert_eq!(request.ingested_after().unwrap().to_string(), "2026-03-01T00:00:00Z");
    assert!(request.empty_profiles() && request.wants_events());
    assert!(request.segment_per_batch() && request.evaluate_segments());
}

#[test]
fn the_smallest_body_means_everything_in_one_batch() {
    let request = request(&json!({}));

    assert_eq!(request.fields(), None);
    assert_eq!(request.merge_policy(), None);
    assert_eq!(request.segments(), []);
    assert_eq!(request.batches(), [None]);
    assert!(!request.empty_profiles() && !request.wants_events());
    assert!(!request.segment_per_batch() && !request.evaluate_segments());
}

#[test]
fn null_and_blank_are_the_same_as_left_out() {
    let given = json!({
        "fields": " ", "filter": null, "mergePolicy": null, "additionalFields": {"eventList": null},
    });
    assert_eq!(request(&given), request(&json!({})));
}

#[test]
fn unknown_keys_pass() {
    let given = json!({"snapshotName": 7, "filter": {"new": []}, "destination": {"x": {}}});
    assert_eq!(request(&given), request(&json!({})));
}

#[test]
fn one_segment_named_twice_is_one_segment_with_both_statuses() {
    let request = request(&json!({
        "destination": {"segmentPerBatch": true},
        "filter": {"segments": [
            {"segmentId": "a", "status": ["exited"]},
            {"segmentId": "b"},
            {"segmentId": "a", "segmentNs": "UPS", "status": ["realized", "exited"]},
        ]},
    }));

    let statuses = [MembershipStatus::Exited, MembershipStatus::Realized];
    assert_eq!(request.segments()[0].statuses, statuses);
    let ids: Vec<_> = request.batches().iter().map(|batch| batch.unwrap().id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn a_refusal_says_where_and_what() {
    let long = "x".repeat(60);
    let cases = [
        (json!({"destination": null}), "destination.datasetId: is required"),
        (json!({"destination": []}), "destination: must be an object, not []"),
        (json!({"destination": {"datasetId": 7}}), "destination.datasetId: must be a text, not 7"),
        (json!({"destination": {"datasetId": " "}}), "destination.datasetId: must not be empty"),
        (json!({"schema": {"name": null}}), "schema.name: is required"),
        (
            json!({"destination": {"segmentPerBatch": "true"}}),
            "destination.segmentPerBatch: must be true or false, not \"true\"",
        ),
        (json!({"fields": ["a"]}), "fields: must be a text, not [\"a\"]"),
        (json!({"fields": "a,,b"}), "fields: path 2 of \"a,,b\" has an empty name"),
        (json!({"fields": "a,b."}), "fields: path 2 of \"a,b.\" has an empty name"),
        (
            json!({"mergePolicy": {"id": "a", "version": "1"}}),
            "mergePolicy.version: must be a number, not \"1\"",
        ),
        (json!({"filter": {"segments": {}}}), "filter.segments: must be a list, not {}"),
        (
            json!({"filter": {"segments": ["a"]}}),
            "filter.segments[0]: must be an object, not \"a\"",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a"}, {}]}}),
            "filter.segments[1].segmentId: is required",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a", "status": "exited"}]}}),
            "filter.segments[0].status: must be a list, not \"exited\"",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a", "status": ["exiting"]}]}}),
            "filter.segments[0].status[0]: must be realized, existing or exited, not \"exiting\"",
        ),
        (
            json!({"filter": {"segmentQualificationTime": {"startTime": "yesterday"}}}),
            "filter.segmentQualificationTime.startTime: must be an RFC 3339 time, \
             not \"yesterday\"",
        ),
        (
            json!({"filter": {"fromIngestTimestamp": 1}}),
            "filter.fromIngestTimestamp: must be a text, not 1",
        ),
        (
            json!({"additionalFields": {"eventList": {"filter": {"toIngestTimestamp": "x"}}}}),
            "additionalFields.eventList.filter.toIngestTimestamp: must be an RFC 3339 time, \
             not \"x\"",
        ),
        (
            json!({"filter": {"emptyProfiles": long}}),
            "filter.emptyProfiles: must be true or false, \
             not \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
    ];
    for (members, expected) in cases {
        assert_eq!(refusal(&members), expected);
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    let refused = ExportRequest::parse(b"{").unwrap_err();
    assert_eq!(refused.path(), "");
    assert!(refused.to_string().starts_with("request body: is not JSON: "));
    let refused = ExportRequest::parse(b"[]").unwrap_err();
    assert_eq!(refused.to_string(), "request body: must be an object, not []");
}
