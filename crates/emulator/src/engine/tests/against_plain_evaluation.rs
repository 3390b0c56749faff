//! The engine and the plain evaluation agree, whatever is asked of whatever profiles.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::plain_evaluation::{PlainBatch, evaluate};
use super::strategies::{members, profile};
use super::{DATASET, ExportOptions, body, request, rows_of, run};
use crate::engine::{Exported, sample};

/// The same value whether a number was written as whole or not.
fn with_plain_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(values) => values.into_iter().map(with_plain_numbers).collect(),
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(key, value)| (key, with_plain_numbers(value))).collect(),
        ),
        other => other,
    }
}

fn plain_numbers(rows: Vec<Value>) -> Vec<Value> {
    rows.into_iter().map(with_plain_numbers).collect()
}

fn check(members: &Value, profiles: &[Value], options: &ExportOptions) -> Exported {
    let folder = tempfile::tempdir().unwrap();
    let exported = run(&request(members), profiles, folder.path(), options).unwrap();
    let expected = evaluate(&body(members), profiles);
    assert_eq!(exported.batches.len(), expected.len());
    for (number, (batch, plain)) in exported.batches.iter().zip(expected).enumerate() {
        assert_eq!(batch.rows, u64::try_from(plain.rows.len()).unwrap());
        let read_back = PlainBatch {
            rows: plain_numbers(rows_of(folder.path(), number, batch)),
            profiles_by_namespace: batch.profiles_by_namespace.clone(),
        };
        assert_eq!(read_back, PlainBatch { rows: plain_numbers(plain.rows), ..plain });
    }
    exported
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn on_invented_profiles_and_requests(
        profiles in vec(profile(), 0..7),
        members in members(),
        rows_per_file in 1..4_u64,
        chunk_rows in 1..4_usize,
    ) {
        let options = ExportOptions { rows_per_file, chunk_rows, seed: 0 };
        check(&members, &profiles, &options);
    }
}

#[test]
fn on_the_sample_set() {
    let profiles: Vec<Value> =
        sample::profiles(3, 400).map(|line| serde_json::from_str(&line).unwrap()).collect();
    let segment = |index: usize| json!({"segmentId": sample::audiences()[index].id});
    let members = json!({
        "destination": {"datasetId": DATASET, "segmentPerBatch": true},
        "fields": "identityMap,person.name,loyalty.points,commerceSummary",
        "filter": {
            "segments": [segment(0), segment(1), {"segmentId": "4821763", "segmentNs": "AAM"}],
            "segmentQualificationTime": {"startTime": "2026-03-01T00:00:00Z"},
            "fromIngestTimestamp": "2026-02-01T00:00:00Z",
        },
        "additionalFields": {"eventList": {"fields": "_id,web.webPageDetails.name"}},
    });
    let exported = check(&members, &profiles, &ExportOptions::default());
    assert_eq!(exported.profiles_read, 400);
    assert!(exported.batches.iter().all(|batch| batch.rows > 0));
    assert!(exported.batches.iter().map(|batch| batch.rows).sum::<u64>() > exported.profiles);
}
