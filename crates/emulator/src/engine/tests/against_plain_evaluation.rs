//! The engine and the plain evaluation agree, whatever is asked of whatever profiles.

use std::ops::ControlFlow;

use fastrand::Rng;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::plain_evaluation::evaluate;
use super::spelling::spelled;
use super::strategies::{members, profile};
use super::{DATASET, ExportOptions, Stored, body, export, request, rows_of, stored, try_stored};
use crate::engine::{Exported, sample};

/// The same value whether a number was written as whole or not, and without members that are null.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(values) => values.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(fields.map(|(name, value)| (name, plain(value))).collect())
        }
        other => other,
    }
}

/// Whether a value was exported as what it should be; what has no column of its own is exported as
/// its JSON.
fn is_same(exported: &Value, expected: &Value) -> bool {
    match (exported, expected) {
        (Value::String(text), expected) if !expected.is_string() => {
            let parsed: Value = serde_json::from_str(text).unwrap();
            plain(parsed) == *expected
        }
        (Value::Array(some), Value::Array(others)) => {
            some.len() == others.len() && some.iter().zip(others).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(some), Value::Object(others)) => {
            let is_same = |(name, value)| {
                some.get(name).is_some_and(|exported: &Value| is_same(exported, value))
            };
            some.len() == others.len() && others.iter().all(is_same)
        }
        (exported, expected) => exported == expected,
    }
}

struct Case<'a> {
    members: &'a Value,
    profiles: &'a Stored,
    /// The same profiles, read by others.
    plain: &'a [Value],
    imported: Option<&'a str>,
    options: &'a ExportOptions,
}

fn check(case: &Case<'_>) -> Exported {
    let folder = tempfile::tempdir().unwrap();
    let (request, profiles) = (request(case.members), &case.profiles.profiles);
    let go_on = &mut |_| ControlFlow::Continue(());
    let exported = export(&request, profiles, folder.path(), case.options, go_on).unwrap();
    let expected = evaluate(&body(case.members), case.plain, &json!(case.imported));
    assert_eq!(exported.batches.len(), expected.len());
    for (number, (batch, expected)) in exported.batches.iter().zip(expected).enumerate() {
        assert_eq!(batch.profiles_by_namespace, expected.profiles_by_namespace);
        let rows: Vec<Value> =
            rows_of(folder.path(), number, batch).into_iter().map(plain).collect();
        let expected: Vec<Value> = expected.rows.into_iter().map(plain).collect();
        assert_eq!(batch.rows, u64::try_from(rows.len()).unwrap());
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(&expected) {
            assert!(is_same(row, expected), "exported {row}\nexpected {expected}");
        }
    }
    exported
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn on_invented_profiles_and_requests(
        profiles in vec(profile(), 0..9),
        members in members(),
        imported in option::of(select(vec!["2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"])),
        seed in any::<u64>(),
        rows_per_file in 1..4_u64,
        block in 1..3_000_usize,
    ) {
        let mut rng = Rng::with_seed(seed);
        let lines: Vec<String> = profiles.iter().map(|it| spelled(it, &mut rng)).collect();
        let read: Vec<Value> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let time = imported.map(|time| time.parse::<Timestamp>().unwrap().as_millisecond());
        let stored = try_stored(lines.join("\n").as_bytes(), block, time).unwrap();
        let options = ExportOptions { rows_per_file, threads: 2, seed: 0 };
        check(&Case {
            members: &members,
            profiles: &stored,
            plain: &read,
            imported,
            options: &options,
        });
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
    let exported = check(&Case {
        members: &members,
        profiles: &stored(&profiles, 10_000),
        plain: &profiles,
        imported: None,
        options: &ExportOptions::default(),
    });
    assert_eq!(exported.profiles_read, 400);
    assert!(exported.batches.iter().all(|batch| batch.rows > 0));
    assert!(exported.batches.iter().map(|batch| batch.rows).sum::<u64>() > exported.profiles);
}
