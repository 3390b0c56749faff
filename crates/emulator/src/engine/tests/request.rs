//! What the engine reads out of a create body, and what it refuses.

use serde_json::{Value, json};

use super::super::request::{ExportRequest, MembershipStatus};
use super::{DATASET, body, request};

fn refusal(members: &Value) -> String {
    ExportRequest::parse(body(members).to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn everything_that_a_body_can_say_is_read() {
    let request = request(&json!({
        "fields": "identityMap, person.name ,loyalty",
        "mergePolicy": {"id": "mp-1", "version": 2.0},
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
    assert_eq!(request.merge_policy().unwrap().version, Some(2));
    assert_eq!(request.segments()[0].namespace, "AAM");
    assert_eq!(request.segments()[0].statuses, [MembershipStatus::Exited]);
    assert_eq!(request.segments()[1].namespace, "ups");
    let default = [MembershipStatus::Realized, MembershipStatus::Existing];
    assert_eq!(request.segments()[1].statuses, default);
    assert_eq!(request.qualified_from().unwrap().to_string(), "2026-01-01T07:00:00Z");
    assert_eq!(request.qualified_until().unwrap().to_string(), "2026-02-01T00:00:00Z");
    assert_eq!(request.ingested_after().unwrap().to_string(), "2026-03-01T00:00:00Z");
    assert!(request.empty_profiles() && request.segment_per_batch());
    assert!(request.events().is_some());
}

#[test]
fn the_smallest_body_means_everything_in_one_batch() {
    let request = request(&json!({}));

    assert_eq!(request.fields(), None);
    assert_eq!(request.merge_policy(), None);
    assert_eq!(request.segments(), []);
    assert_eq!(request.batches(), [None]);
    assert!(!request.empty_profiles() && !request.segment_per_batch());
    assert!(request.events().is_none());
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
    let long = "x".repeat(80);
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
            "mergePolicy.version: must be a whole number, not \"1\"",
        ),
        (
            json!({"mergePolicy": {"id": "a", "version": 1.5}}),
            "mergePolicy.version: must be a whole number, not 1.5",
        ),
        (
            json!({"mergePolicy": {"id": "a", "version": -1}}),
            "mergePolicy.version: must be a whole number, not -1",
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
            json!({"evaluationInfo": {"segmentation": 1}}),
            "evaluationInfo.segmentation: must be true or false, not 1",
        ),
        (
            json!({"filter": {"emptyProfiles": long}}),
            "filter.emptyProfiles: must be true or false, \
             not \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
    ];
    for (members, expected) in cases {
        assert_eq!(refusal(&members), expected);
    }
}

#[test]
fn a_path_may_have_as_many_names_as_columns_can_nest() {
    let path = |names: usize| vec!["a"; names].join(".");
    let deepest = path(32);
    let members = json!({
        "fields": format!("b,{deepest}"),
        "additionalFields": {"eventList": {"fields": deepest}},
    });
    assert_eq!(request(&members).fields().unwrap()[1], deepest);

    let problem = "path 2 has 33 names, more than 32 (a limit of this emulator)";
    let fields = format!("b,{}", path(33));
    assert_eq!(refusal(&json!({"fields": fields})), format!("fields: {problem}"));
    let members = json!({"additionalFields": {"eventList": {"fields": fields}}});
    let place = "additionalFields.eventList.fields";
    assert_eq!(refusal(&members), format!("{place}: {problem}"));
}

#[test]
fn a_thousand_segments_are_the_most() {
    let members = |count: u32| {
        let segments: Vec<Value> =
            (0..count).map(|n| json!({"segmentId": n.to_string()})).collect();
        json!({"filter": {"segments": segments}})
    };
    assert_eq!(request(&members(1_000)).segments().len(), 1_000);
    let expected = "filter.segments: has 1001 elements, more than 1000 (a limit of this emulator)";
    assert_eq!(refusal(&members(1_001)), expected);
}

#[test]
fn times_are_those_of_rfc_3339() {
    let read = |text: &str| {
        let body = body(&json!({"filter": {"fromIngestTimestamp": text}}));
        let request = ExportRequest::parse(body.to_string().as_bytes()).ok()?;
        Some(request.ingested_after().unwrap().to_string())
    };
    let times = [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00-07:00", "2026-01-01T07:00:00Z"),
        ("2026-01-01T00:00:00+05:30", "2025-12-31T18:30:00Z"),
        ("2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00Z"),
        ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.5Z"),
        ("2026-01-01T00:00:00.123456789123Z", "2026-01-01T00:00:00.123456789Z"),
        ("2024-02-29T23:59:59+00:00", "2024-02-29T23:59:59Z"),
    ];
    for (text, expected) in times {
        assert_eq!(read(text).as_deref(), Some(expected), "{text}");
    }
    let others = [
        "",
        "2026-01-01",
        "2026-01-01 00:00Z[UTC]",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00Z[UTC]",
        "2026-01-01T00:00:00+01:00[Europe/Paris]",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+01",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+01:00:00",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00.5",
        "20260101T000000Z",
        "+002026-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00Zé",
        "2026-01-01T00:00:0é",
        " 2026-01-01T00:00:00Z",
    ];
    for text in others {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_window_must_not_end_before_it_starts() {
    let qualified = |start: &str, end: &str| json!({"filter": {"segmentQualificationTime": {"startTime": start, "endTime": end}}});
    let ingested = |start: &str, end: &str| {
        let filter = json!({"fromIngestTimestamp": start, "toIngestTimestamp": end});
        json!({"additionalFields": {"eventList": {"filter": filter}}})
    };
    // The offset makes the first the later one.
    let (late, early) = ("2026-01-01T00:00:00-07:00", "2026-01-01T06:59:59Z");
    assert_eq!(
        refusal(&qualified(late, early)),
        "filter.segmentQualificationTime.startTime: must not be after endTime"
    );
    assert_eq!(
        refusal(&ingested(late, early)),
        "additionalFields.eventList.filter.fromIngestTimestamp: must not be after toIngestTimestamp"
    );
    for (start, end) in [(early, late), (late, late)] {
        request(&qualified(start, end));
        request(&ingested(start, end));
    }
}

#[test]
fn a_refusal_repeats_little_of_what_was_sent() {
    let long = "é".repeat(100_000);
    for members in [
        json!({"fields": format!("a..{long}")}),
        json!({"filter": {"fromIngestTimestamp": long}}),
        json!({"filter": {"segments": long}}),
        json!({"filter": {"segments": [{"segmentId": "a", "status": [long]}]}}),
        json!({"mergePolicy": {"id": {long.clone(): 1}}}),
    ] {
        let refusal = refusal(&members);
        assert!(refusal.contains("éé") && refusal.contains('…'), "{refusal}");
        assert!(refusal.chars().count() < 160, "{refusal}");
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
