//! Requests that can be read in part only: nothing of them may be lost unsaid, as a request without
//! its filter asks for every profile.

use aep_export_model::*;
use serde_json::{Value, json};

use super::{read, written};

/// A request that is fine but for what `part` puts into it.
fn with(part: &Value) -> Value {
    let mut document = json!({
        "destination": {"datasetId": "6123456789abcdef01234567"},
        "schema": {"name": "_xdm.context.profile"}
    });
    for (key, value) in part.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

fn problems(document: &Value) -> Vec<String> {
    match read::<ExportJobRequest>(document).validate() {
        Ok(()) => vec![],
        Err(invalid) => invalid.problems().iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_loss_is_a_problem() {
    let table = [
        (json!({"filter": "gold"}), "filter is not an object, but text"),
        (json!({"filter": []}), "filter is not an object, but a list"),
        (json!({"filter": true}), "filter is not an object, but a boolean"),
        (json!({"filter": {"segments": "gold"}}), "filter.segments is not a list, but text"),
        (json!({"filter": {"segments": {}}}), "filter.segments is not a list, but an object"),
        (
            json!({"filter": {"segments": ["gold"]}}),
            "filter.segments[0] is not an object, but text",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a"}, null]}}),
            "filter.segments[1] is not an object, but null",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": ""}]}}),
            "filter.segments[0].segmentId is empty",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": ["a"]}]}}),
            "filter.segments[0].segmentId is not text, but a list",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a", "segmentNs": {}}]}}),
            "filter.segments[0].segmentNs is not text, but an object",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a", "status": [1]}]}}),
            "filter.segments[0].status[0] is not text, but a number",
        ),
        (
            json!({"filter": {"segments": [{"segmentId": "a", "status": {}}]}}),
            "filter.segments[0].status is not a list, but an object",
        ),
        (
            json!({"filter": {"segmentQualificationTime": "x"}}),
            "filter.segmentQualificationTime is not an object, but text",
        ),
        (
            json!({"filter": {"segmentQualificationTime": {"endTime": {}}}}),
            "filter.segmentQualificationTime.endTime is not text, but an object",
        ),
        (
            json!({"filter": {"fromIngestTimestamp": []}}),
            "filter.fromIngestTimestamp is not text, but a list",
        ),
        (
            json!({"filter": {"emptyProfiles": "True"}}),
            "filter.emptyProfiles is not true or false, but text",
        ),
        (
            json!({"mergePolicy": {"id": "m", "version": 1.5}}),
            "mergePolicy.version is no whole number, or out of range",
        ),
        (
            json!({"mergePolicy": {"id": "m", "version": -1}}),
            "mergePolicy.version is no whole number, or out of range",
        ),
        (
            json!({"mergePolicy": {"id": "m", "version": "latest"}}),
            "mergePolicy.version is not a whole number, but text",
        ),
        (json!({"mergePolicy": "m"}), "mergePolicy is not an object, but text"),
        (json!({"additionalFields": 7}), "additionalFields is not an object, but a number"),
        (
            json!({"additionalFields": {"eventList": ["a"]}}),
            "additionalFields.eventList is not an object, but a list",
        ),
        (
            json!({"additionalFields": {"eventList": {"filter": "x"}}}),
            "additionalFields.eventList.filter is not an object, but text",
        ),
        (json!({"fields": {"a": 1}}), "fields is not text, but an object"),
        (json!({"fields": ["a", null]}), "fields[1] is not text, but null"),
        (
            json!({"evaluationInfo": {"segmentation": "yes"}}),
            "evaluationInfo.segmentation is not true or false, but text",
        ),
        (json!({"destination": ["a"]}), "destination is not an object, but a list"),
        (
            json!({"destination": {"datasetId": "a", "segmentPerBatch": 1}}),
            "destination.segmentPerBatch is not true or false, but a number",
        ),
        (json!({"schema": "_xdm.context.profile"}), "schema is not an object, but text"),
        (json!({"schema": {"name": []}}), "schema.name is not text, but a list"),
    ];
    for (part, expected) in table {
        assert_eq!(problems(&with(&part)), [expected], "{part}");
    }
}

#[test]
fn all_losses_are_told_with_all_other_problems() {
    let document = json!({
        "filter": {"segments": [null, {"segmentNs": "ups"}, 7, {"segmentId": "a b"}],
                   "fromIngestTimestamp": "yesterday"},
        "schema": {"name": "x"}
    });
    let expected = [
        "filter.segments[0] is not an object, but null",
        "filter.segments[2] is not an object, but a number",
        "filter.segments[1].segmentId is missing",
        "filter.segments[3].segmentId has white space in it: \"a b\"",
        "filter.fromIngestTimestamp has a wrong time: `yesterday` is not an RFC 3339 time such as \
         2018-01-01T00:00:00Z",
        "destination.datasetId is missing",
    ];
    assert_eq!(problems(&document), expected, "places are those of the document");
}

/// `null` is how some tools write "not given"; absent and empty parts lose nothing.
#[test]
fn what_was_not_given_is_not_lost() {
    let nothing_lost = [
        json!({}),
        json!({"filter": null, "fields": null, "mergePolicy": null}),
        json!({"filter": {}}),
        json!({"filter": {"segments": []}}),
        json!({"filter": {"segments": [{"segmentId": "a", "status": []}], "emptyProfiles": null}}),
        json!({"additionalFields": {"eventList": {}}}),
    ];
    for part in nothing_lost {
        let request: ExportJobRequest = read(&with(&part));
        assert_eq!(request.validate(), Ok(()), "{part}");
        assert!(request.unknown_keys().is_empty() && request.unusual_values().is_empty(), "{part}");
    }
}

/// Which of the two the service takes is not known, and one of them may be empty.
#[test]
fn a_key_that_is_there_twice_is_a_problem() {
    let twice = r#"{"filter": {"segments": [{"segmentId": "a"}]}, "filter": {},
        "destination": {"datasetId": "d", "dataSetId": "e"}, "schema": {"name": "x"}}"#;
    let request: ExportJobRequest = serde_json::from_str(twice).unwrap();
    let invalid = request.validate().unwrap_err();
    let found: Vec<_> = invalid.problems().iter().map(ToString::to_string).collect();
    let expected =
        ["filter is there more than once", "destination.dataSetId is there more than once"];
    assert_eq!(found, expected);
}

#[test]
fn unknown_keys_are_named_with_their_paths() {
    let request: ExportJobRequest = read(&with(&json!({
        "fitler": {"segments": [{"segmentId": "a"}]},
        "filter": {"segments": [{"segmentId": "a"}, {"segmentId": "b", "segmentid": "c"}],
                   "snapshot": null},
        "evaluationInfo": {"": 1}
    })));
    let mut found = request.unknown_keys().to_vec();
    found.sort();
    let expected = ["evaluationInfo.", "filter.segments[1].segmentid", "filter.snapshot", "fitler"];
    assert_eq!(found, expected);
    assert_eq!(request.validate(), Ok(()), "what is documented is not complete");
}

#[test]
fn values_of_another_kind_are_named_with_their_paths() {
    let request: ExportJobRequest = read(&with(&json!({
        "fields": ["a", "b"],
        "filter": {"segments": {"segmentId": 7}, "emptyProfiles": "true"},
        "mergePolicy": {"id": "m", "version": "1"}
    })));
    assert_eq!(request.validate(), Ok(()));
    let mut found: Vec<_> = request.unusual_values().iter().map(ToString::to_string).collect();
    found.sort();
    let expected = [
        "fields should be text, not a list",
        "filter.emptyProfiles should be true or false, not text",
        "filter.segments should be a list, not an object",
        "filter.segments.segmentId should be text, not a number",
        "mergePolicy.version should be a whole number, not text",
    ];
    assert_eq!(found, expected);
    let again: ExportJobRequest = read(&written(&request));
    assert!(again.unusual_values().is_empty(), "it is written as it should be");
}

/// What a request says is compared, not how it came.
#[test]
fn losses_take_no_part_in_comparisons() {
    let damaged: ExportJobRequest = read(&with(&json!({"filter": "gold", "fitler": 1})));
    let whole: ExportJobRequest = read(&with(&json!({})));
    assert_eq!(damaged, whole);
    assert!(damaged.validate().is_err() && whole.validate().is_ok());
    assert!(damaged.clone().validate().is_err(), "a copy is as damaged");
}

/// A damage stays a damage when the field is set again: the document had something else to say.
#[test]
fn losses_are_kept_to_the_end() {
    let mut request: ExportJobRequest = read(&with(&json!({"filter": "gold"})));
    request.filter = Some(Filter::default());
    assert!(request.validate().is_err());
}

/// An answer that is read in part is better than none.
#[test]
fn jobs_are_read_as_far_as_possible() {
    let job: ExportJob = read(&json!({"id": 1, "filter": {"segments": ["gold"]}, "fitler": 1}));
    assert!(job.filter.unwrap().segments.is_empty());
}
