//! Building, checking, reading and writing the request.

use aep_export_model::*;
use serde_json::{Value, json};

use super::{read, written};

const DATASET: &str = "6123456789abcdef01234567";

fn problems(result: Result<ExportJobRequest, InvalidRequest>) -> Vec<(String, String)> {
    let invalid = result.expect_err("a problem");
    invalid.problems().iter().map(|one| (one.path.clone(), one.message.clone())).collect()
}

fn paths(result: Result<ExportJobRequest, InvalidRequest>) -> Vec<String> {
    problems(result).into_iter().map(|(path, _)| path).collect()
}

fn minimal() -> ExportJobRequestBuilder {
    ExportJobRequest::builder(DATASET)
}

#[test]
fn the_smallest_request() {
    let expected = json!({
        "destination": {"datasetId": DATASET}, "schema": {"name": "_xdm.context.profile"}
    });
    assert_eq!(written(&minimal().build().unwrap()), expected);
}

#[test]
fn everything_that_can_be_asked_for() {
    let request = minimal()
        .schema("_xdm.context.experienceevent")
        .fields(["identityMap", "a.b"])
        .merge_policy("mp", None)
        .segment(SegmentFilter::new("s1"))
        .segment(SegmentFilter::new("s2").namespace("AAM").status("exited".into()))
        .qualified_after("2018-10-25T13:22:04-07:00")
        .qualified_before("2018-10-25T20:22:04.123456789Z")
        .ingested_after("2018-10-25t13:22:04z")
        .empty_profiles(false)
        .events(
            EventFields::new()
                .fields(["environment.browserDetails.name"])
                .ingested_after("2020-01-01T00:00:00Z")
                .ingested_before("2020-02-01T00:00:00+02:00"),
        )
        .segment_per_batch(true)
        .evaluate_segments(true)
        .build()
        .unwrap();
    let expected = json!({
        "fields": "identityMap,a.b",
        "mergePolicy": {"id": "mp"},
        "filter": {
            "segments": [
                {"segmentId": "s1"},
                {"segmentId": "s2", "segmentNs": "AAM", "status": ["exited"]}
            ],
            "segmentQualificationTime": {
                "startTime": "2018-10-25T13:22:04-07:00",
                "endTime": "2018-10-25T20:22:04.123456789Z"
            },
            "fromIngestTimestamp": "2018-10-25t13:22:04z",
            "emptyProfiles": false
        },
        "additionalFields": {"eventList": {
            "fields": "environment.browserDetails.name",
            "filter": {
                "fromIngestTimestamp": "2020-01-01T00:00:00Z",
                "toIngestTimestamp": "2020-02-01T00:00:00+02:00"
            }
        }},
        "destination": {"datasetId": DATASET, "segmentPerBatch": true},
        "schema": {"name": "_xdm.context.experienceevent"},
        "evaluationInfo": {"segmentation": true}
    });
    assert_eq!(written(&request), expected, "times as given, fields as one text");
    assert_eq!(read::<ExportJobRequest>(&expected), request);
    assert!(!serde_json::to_string(&request).unwrap().contains("null"));
    assert_eq!(request.field_paths().collect::<Vec<_>>(), ["identityMap", "a.b"]);
}

#[test]
fn all_problems_are_reported_at_once() {
    let result = ExportJobRequest::builder("")
        .schema(" ")
        .fields(["a", "a..b"])
        .merge_policy("", None)
        .segment(SegmentFilter::new("").namespace("").status("".into()))
        .qualified_after("2020-02-01T00:00:00Z")
        .qualified_before("2020-01-01T00:00:00Z")
        .ingested_after("yesterday")
        .events(
            EventFields::new()
                .fields([""])
                .ingested_after("2020-01-01T00:00:00Z")
                .ingested_before("2019-01-01T00:00:00Z"),
        )
        .build();
    let invalid = result.clone().unwrap_err();
    assert_eq!(
        paths(result),
        [
            "fields[1]",
            "mergePolicy.id",
            "filter.segments[0].segmentId",
            "filter.segments[0].segmentNs",
            "filter.segments[0].status[0]",
            "filter.segmentQualificationTime.startTime",
            "filter.fromIngestTimestamp",
            "additionalFields.eventList.fields",
            "additionalFields.eventList.filter.fromIngestTimestamp",
            "destination.datasetId",
            "schema.name",
        ]
    );
    let sentence = invalid.to_string();
    for problem in invalid.problems() {
        assert!(sentence.contains(&problem.to_string()), "{sentence}");
    }
}

#[test]
fn field_paths_have_no_empty_steps() {
    let table: [(&[&str], &[&str]); 10] = [
        (&["a.b", "c"], &[]),
        (&["identityMap"], &[]),
        (&["a..b"], &["fields[0]"]),
        (&[".a", "b", "c."], &["fields[0]", "fields[2]"]),
        (&["a", ""], &["fields[1]"]),
        (&["a,,b"], &["fields[1]"]),
        (&["a b"], &["fields[0]"]),
        (&["a,", " "], &["fields[1]", "fields[2]"]),
        (&[""], &["fields"]),
        (&[], &["fields"]),
    ];
    for (fields, expected) in table {
        let found = match minimal().fields(fields).build() {
            Ok(_) => vec![],
            invalid => paths(invalid),
        };
        assert_eq!(found, expected, "{fields:?}");
    }
    let spaced = minimal().fields([" a", "b , c "]).events(EventFields::new().fields([" d "]));
    let written = written(&spaced.build().unwrap());
    assert_eq!(written["fields"], "a,b,c", "spaces are passed over, so they are not sent");
    assert_eq!(written["additionalFields"]["eventList"]["fields"], "d");
    let (_, message) = problems(minimal().fields(["a..b"]).build()).remove(0);
    assert_eq!(message, "has an empty step in its path: `a..b`");
}

#[test]
fn periods_may_be_open_and_may_not_be_reversed() {
    let early = "2020-01-01T00:00:00+10:00"; // 2019-12-31T14:00Z
    let late = "2019-12-31T15:00:00Z";
    minimal().qualified_after(early).build().unwrap();
    minimal().qualified_before(early).build().unwrap();
    minimal().qualified_after(early).qualified_before(late).build().unwrap();
    minimal().qualified_after(late).qualified_before(late).build().unwrap();
    let reversed = minimal().qualified_after(late).qualified_before(early).build();
    let expected = "(2019-12-31T15:00:00Z) lies after endTime (2020-01-01T00:00:00+10:00)";
    assert_eq!(problems(reversed)[0].1, expected);
    let both_wrong = minimal().qualified_after("x").qualified_before("").build();
    assert_eq!(
        paths(both_wrong),
        ["filter.segmentQualificationTime.startTime", "filter.segmentQualificationTime.endTime"]
    );
    let event_end = minimal().events(EventFields::new().ingested_before("2020")).build();
    assert_eq!(
        problems(event_end),
        [(
            "additionalFields.eventList.filter.toIngestTimestamp".to_owned(),
            "has a wrong time: `2020` is not an RFC 3339 time such as 2018-01-01T00:00:00Z"
                .to_owned()
        )]
    );
}

#[test]
fn names_have_no_white_space() {
    let result = ExportJobRequest::builder("a b").segment(SegmentFilter::new("s\n")).build();
    assert_eq!(paths(result), ["filter.segments[0].segmentId", "destination.datasetId"]);
}

/// A request that somebody wrote by hand is read as far as possible and then checked.
#[test]
fn a_request_that_was_read_is_checked_too() {
    let table = [
        (json!({}), vec!["destination.datasetId", "schema.name"]),
        (json!({"destination": {"dataSetId": DATASET}, "schema": {"name": "x"}}), vec![]),
        (
            json!({"destination": {"datasetId": ""}, "schema": {}, "mergePolicy": {"version": 1}}),
            vec!["destination.datasetId", "mergePolicy.id", "schema.name"],
        ),
        (
            json!({"destination": {"datasetId": DATASET}, "schema": {"name": "x"},
                   "filter": {"segments": [{"segmentNs": "ups"}], "fromIngestTimestamp": 1_500_000_000}}),
            vec!["filter.segments[0].segmentId", "filter.fromIngestTimestamp"],
        ),
        (
            json!({"destination": {"datasetId": DATASET}, "schema": {"name": "x"},
                   "fields": "a, b", "additionalFields": {"eventList": {}}}),
            vec![],
        ),
    ];
    for (document, expected) in table {
        let request: ExportJobRequest = read(&document);
        let found = request.validate().map(|()| request);
        let found = if found.is_ok() { vec![] } else { paths(found) };
        assert_eq!(found, expected, "{document}");
    }
}

/// People write lists, the service takes a text.
#[test]
fn a_list_of_fields_is_read_and_written_as_one_text() {
    let request: ExportJobRequest = read(&json!({"fields": ["a.b", "c"]}));
    assert_eq!(written(&request), json!({"fields": "a.b,c"}));
}

#[test]
fn a_request_is_never_lost_in_its_unusual_forms() {
    let documents: [Value; 3] = [
        json!({"fields": "identityMap", "additionalFields": {"eventList": {"fields": "a.b"}},
               "destination": {"datasetId": DATASET, "segmentPerBatch": false},
               "schema": {"name": "_xdm.context.profile"}}),
        json!({"filter": {"segments": [{"segmentId": "{{SEGMENT}}"}]},
               "destination": {"datasetId": "{{DATASET}}"}, "schema": {"name": "x"},
               "mergePolicy": {"id": "{{MERGE_POLICY}}", "version": 1}}),
        json!({"filter": {}, "additionalFields": {}, "destination": {"datasetId": DATASET},
               "schema": {"name": "x"}, "evaluationInfo": {"segmentation": false}}),
    ];
    for document in documents {
        let request: ExportJobRequest = read(&document);
        assert_eq!(written(&request), document);
        request.validate().unwrap();
    }
}
