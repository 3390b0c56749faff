//! The request that creates a job: what validation finds nothing wrong with is written as the very
//! document that was read, and what is wrong is told without harm.

use aep_export_model::{ExportJobRequest, Rfc3339, TimeText};
use serde_json::{Map, Value};

pub(super) fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    time(text);
    let Ok(request) = serde_json::from_str::<ExportJobRequest>(text) else { return };
    let valid = request.validate();
    if let Err(invalid) = &valid {
        assert!(!invalid.problems().is_empty());
        assert!(invalid.problems().iter().all(|problem| !problem.message.is_empty()));
        assert!(invalid.to_string().len() > 40);
    }
    for time in times(&request) {
        self::time(time.as_str());
    }
    let written = serde_json::to_value(&request).expect("what was read can be written");
    // What is sent from a request that is right cannot be wrong, and needs no good will.
    let again: ExportJobRequest = serde_json::from_value(written.clone()).expect("a request");
    assert!(again.unknown_keys().is_empty() && again.unusual_values().is_empty(), "{written}");
    if valid.is_ok() {
        assert_eq!(again.validate(), Ok(()), "{written}");
    }
    let is_plain = request.unknown_keys().is_empty() && request.unusual_values().is_empty();
    if valid.is_ok() && is_plain {
        let said: Value = serde_json::from_str(text).expect("it was read before");
        assert_eq!(written, meant(said), "something was lost unsaid");
    }
}

/// A document without what says nothing: `null`, an empty list, the other spellings of a key.
fn meant(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| (spelt(key), meant(value)));
            let says_something = |value: &Value| !value.is_null() && *value != Value::Array(vec![]);
            Value::Object(members.filter(|(_, value)| says_something(value)).collect::<Map<_, _>>())
        }
        Value::Array(list) => list.into_iter().map(meant).collect(),
        // `3.0` is the version 3.
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => Value::from(float as u64),
            _ => Value::Number(number),
        },
        other => other,
    }
}

fn spelt(key: String) -> String {
    match key.as_str() {
        "dataSetId" | "dataset_id" => "datasetId".to_owned(),
        _ => key,
    }
}

fn times(request: &ExportJobRequest) -> impl Iterator<Item = &TimeText> {
    let filter = request.filter.iter();
    let period = filter.clone().filter_map(|filter| filter.segment_qualification_time.as_ref());
    filter
        .filter_map(|filter| filter.from_ingest_timestamp.as_ref())
        .chain(period.flat_map(|period| [&period.start_time, &period.end_time]).flatten())
}

/// A time keeps its text, and stands for the moment that it is shown as.
fn time(text: &str) {
    let Ok(time) = Rfc3339::parse(text) else { return };
    assert_eq!(time.as_str(), text);
    assert!(!time.is_after(&time));
    let shown = time.to_millis().to_string();
    let again = Rfc3339::parse(&shown).expect("a time is shown as a time");
    assert_eq!(again.to_millis(), time.to_millis(), "{shown}");
    assert!(!again.is_after(&time), "parts of a millisecond are cut off");
}
