//! The keys of a create request that are known, and what belongs under them.
//!
//! The service's documents are incomplete, so a key that is not here passes with a warning. Under
//! a known key something of the wrong kind is a mistake.

use serde_json::Value;

/// What belongs under a key.
enum Shape {
    Text,
    Bool,
    Number,
    ListOf(&'static Shape),
    Object(&'static [(&'static str, Shape)]),
    /// Text, or a list of it.
    TextOrList,
}

use Shape::{Bool, ListOf, Number, Object, Text, TextOrList};

/// The request as the guides and the service's definition have it (documented).
const REQUEST: Shape = Object(&[
    ("destination", Object(&[("datasetId", Text), ("dataSetId", Text), ("segmentPerBatch", Bool)])),
    ("schema", Object(&[("name", Text)])),
    ("fields", Text),
    ("mergePolicy", Object(&[("id", Text), ("version", Number)])),
    (
        "filter",
        Object(&[
            (
                "segments",
                ListOf(&Object(&[
                    ("segmentId", Text),
                    ("segmentNs", Text),
                    ("status", TextOrList),
                ])),
            ),
            ("segmentQualificationTime", Object(&[("startTime", Text), ("endTime", Text)])),
            ("fromIngestTimestamp", Text),
            ("emptyProfiles", Bool),
        ]),
    ),
    (
        "additionalFields",
        Object(&[(
            "eventList",
            Object(&[
                ("fields", Text),
                ("filter", Object(&[("fromIngestTimestamp", Text), ("toIngestTimestamp", Text)])),
            ]),
        )]),
    ),
    ("evaluationInfo", Object(&[("segmentation", Bool)])),
]);

/// What was noticed in a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Noticed {
    /// Keys that are not known, as dotted paths.
    pub(crate) unknown: Vec<String>,
    /// Values of the wrong kind, as sentences.
    pub(crate) wrong: Vec<String>,
}

/// Looks through `request`.
pub(crate) fn look_through(request: &Value) -> Noticed {
    let mut noticed = Noticed::default();
    compare(request, &REQUEST, "", &mut noticed);
    noticed
}

fn compare(value: &Value, shape: &Shape, path: &str, noticed: &mut Noticed) {
    let expected = match (shape, value) {
        // `null` is how some tools write "not given".
        (_, Value::Null) if !path.is_empty() => return,
        (Text | TextOrList, Value::String(_))
        | (Bool, Value::Bool(_))
        | (Number, Value::Number(_)) => return,
        (TextOrList, Value::Array(items)) => return each(items, &Text, path, noticed),
        (ListOf(item), Value::Array(items)) => return each(items, item, path, noticed),
        (Object(members), Value::Object(map)) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match members.iter().find(|(name, _)| name == key) {
                    Some((_, shape)) => compare(value, shape, &path, noticed),
                    None => noticed.unknown.push(path),
                }
            }
            return;
        }
        (Text, _) => "text",
        (TextOrList, _) => "a list of texts",
        (Bool, _) => "true or false",
        (Number, _) => "a number",
        (ListOf(_), _) => "a list",
        (Object(_), _) => "an object",
    };
    let subject = if path.is_empty() { "the request".to_owned() } else { format!("`{path}`") };
    noticed.wrong.push(format!("{subject} must be {expected}"));
}

fn each(items: &[Value], shape: &Shape, path: &str, noticed: &mut Noticed) {
    for (index, item) in items.iter().enumerate() {
        compare(item, shape, &format!("{path}[{index}]"), noticed);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_request_is_known() {
        let request = json!({
            "fields": "identities.id,personalEmail.address",
            "mergePolicy": {"id": "abc", "version": 1},
            "filter": {
                "segments": [{"segmentId": "x", "segmentNs": "ups", "status": ["realized"]}],
                "segmentQualificationTime": {"startTime": "a", "endTime": "b"},
                "fromIngestTimestamp": "c", "emptyProfiles": true
            },
            "additionalFields": {"eventList": {"fields": "x", "filter": {
                "fromIngestTimestamp": "d", "toIngestTimestamp": "e"}}},
            "destination": {"datasetId": "61", "segmentPerBatch": false},
            "schema": {"name": "_xdm.context.profile"},
            "evaluationInfo": {"segmentation": true}
        });
        assert_eq!(look_through(&request), Noticed::default());
    }

    #[test]
    fn unknown_keys_and_wrong_kinds_are_told_with_their_path() {
        let noticed = look_through(&json!({
            "destintion": {},
            "fields": ["a"],
            "filter": {"segments": [{"segmentid": "x"}, 7], "emptyProfiles": "yes"},
            "mergePolicy": null
        }));
        assert_eq!(noticed.unknown, ["destintion", "filter.segments[0].segmentid"]);
        assert_eq!(
            noticed.wrong,
            [
                "`fields` must be text",
                "`filter.segments[1]` must be an object",
                "`filter.emptyProfiles` must be true or false",
            ]
        );
        assert_eq!(look_through(&json!([])).wrong, ["the request must be an object"]);
    }
}
