//! What an export reports while it works, and how it ends when it cannot.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use super::{
    DATASET, ExportError, ExportOptions, ExportRequest, Profiles, export, request, run, stored,
};
use crate::engine::Progress;

fn people(count: u64) -> Vec<Value> {
    (0..count).map(|n| json!({"_id": format!("p{n}")})).collect()
}

/// Exports five people, each in a block of its own and too long for chunks of several, stopping at
/// the report that `stop` picks.
fn watched(folder: &Path, stop: impl Fn(Progress) -> bool) -> (Vec<Progress>, Result<(), String>) {
    let long = "x".repeat(5 * 1024 * 1024);
    let people: Vec<Value> = (0..5).map(|_| json!({"_id": long})).collect();
    let stored = stored(&people, 1);
    let options = ExportOptions::default();
    let mut seen = Vec::new();
    let request = request(&json!({}));
    let outcome = export(&request, &stored.profiles, folder, &options, &mut |progress| {
        seen.push(progress);
        if stop(progress) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (seen, outcome.map(|_| ()).map_err(|error| error.message()))
}

#[test]
fn each_phase_is_reported_from_zero_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, outcome) = watched(folder.path(), |_| false);
    let reading = (0..=5).map(|count| Progress::ReadingProfiles { read: count, selected: count });
    let writing = (0..=5).map(|written| Progress::WritingDataset { written, total: 5 });
    assert_eq!(seen, reading.chain(writing).collect::<Vec<_>>());
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_cancelled_export_leaves_nothing() {
    let stops: [fn(Progress) -> bool; 3] = [
        |progress| progress == Progress::ReadingProfiles { read: 4, selected: 4 },
        |progress| matches!(progress, Progress::WritingDataset { written: 0, .. }),
        |progress| matches!(progress, Progress::WritingDataset { written: 4, .. }),
    ];
    for stop in stops {
        let folder = tempfile::tempdir().unwrap();
        let (_, outcome) = watched(folder.path(), stop);
        assert_eq!(outcome, Err("Export Job was cancelled".to_owned()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_export_can_be_stopped_before_each_batch_though_no_rows_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let segments: Vec<Value> = ["a", "b", "c"].map(|id| json!({"segmentId": id})).to_vec();
    let members = json!({
        "destination": {"segmentPerBatch": true}, "filter": {"segments": segments},
    });
    let mut reports = 0;
    let options = ExportOptions::default();
    let nobody = Profiles::default();
    let error = export(&request(&members), &nobody, folder.path(), &options, &mut |progress| {
        reports += i32::from(matches!(progress, Progress::WritingDataset { .. }));
        if reports == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap_err();
    assert!(matches!(error, ExportError::Cancelled));
    assert_eq!(reports, 3);
}

#[test]
fn profiles_that_cannot_be_read_fail_the_export() {
    let stored = stored(&people(3), 1);
    let file = fs::read_dir(stored.folder.path()).unwrap().next().unwrap().unwrap().path();
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions::default();
    let request = request(&json!({}));
    let outcome = export(&request, &stored.profiles, folder.path(), &options, &mut |_| {
        ControlFlow::Continue(())
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), "0100000003");
    let begin = "Error in Export Job: profiles could not be read: ";
    assert!(error.message().starts_with(begin), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn another_schema_cannot_be_exported() {
    let body = json!({"destination": {"datasetId": DATASET}, "schema": {"name": "_xdm.other"}});
    let request = ExportRequest::parse(body.to_string().as_bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = run(&request, &[], folder.path(), &ExportOptions::default()).unwrap_err();
    assert!(matches!(error, ExportError::UnknownSchema(_)));
    assert!(error.message().contains("_xdm.other"), "{error}");
}

#[test]
fn a_long_schema_name_is_not_repeated_as_a_whole() {
    let members = json!({"schema": {"name": "x".repeat(100_000)}});
    let folder = tempfile::tempdir().unwrap();
    let error = run(&request(&members), &[], folder.path(), &ExportOptions::default()).unwrap_err();
    assert!(error.message().len() < 160, "{error}");
}

#[test]
fn an_output_folder_that_cannot_be_written_fails_the_export() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("file");
    fs::write(&taken, "").unwrap();
    let error = run(&request(&json!({})), &people(1), &taken, &ExportOptions::default());
    let error = error.unwrap_err();
    assert_eq!(error.code(), "0090000009");
    assert!(error.message().starts_with("Error writing profiles to output path: "), "{error}");
}

#[test]
fn more_columns_than_can_be_written_fail_the_export_before_they_are() {
    let wide = |count: u64| -> Value {
        (0..count).map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into()
    };
    let profile = json!({
        "_id": "1", "a": wide(1_000), "b": wide(1_000), "c": wide(1_000), "d": wide(1_000),
        "e": wide(1_000),
    });
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions::default();
    let profiles = [profile];
    let error = run(&request(&json!({})), &profiles, folder.path(), &options).unwrap_err();
    assert!(error.message().contains("5001 columns"), "{error}");
    let fields = request(&json!({"fields": "a,b.k1"}));
    run(&fields, &profiles, folder.path(), &options).unwrap();
}

#[test]
fn identities_are_counted_by_namespace_once_a_profile() {
    let profiles = [
        json!({"_id": "1", "identityMap": {"Email": [{"id": "a"}, {"id": "b"}], "ECID": []}}),
        json!({"_id": "2", "identityMap": {"Email": [{"id": "c"}], "CRMId": [{"id": "d"}]}}),
        json!({"_id": "3"}),
    ];
    let folder = tempfile::tempdir().unwrap();
    let request = request(&json!({"fields": "_id"}));
    let exported = run(&request, &profiles, folder.path(), &ExportOptions::default()).unwrap();
    let counts: Vec<(&str, u64)> = exported.batches[0]
        .profiles_by_namespace
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(counts, [("CRMId", 1), ("Email", 2)]);
}
