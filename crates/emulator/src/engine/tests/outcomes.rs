//! What an export reports while it works, and how it ends when it cannot.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use super::{DATASET, ExportError, ExportOptions, ExportRequest, export, request, run};
use crate::engine::Progress;

fn people(count: u64) -> Vec<Value> {
    (0..count).map(|n| json!({"_id": format!("p{n}")})).collect()
}

/// Exports five people in chunks of two, stopping at the report that `stop` picks.
fn watched(folder: &Path, stop: impl Fn(Progress) -> bool) -> (Vec<Progress>, Result<(), String>) {
    let options = ExportOptions { chunk_rows: 2, ..ExportOptions::default() };
    let lines = people(5).into_iter().map(|profile| Ok(profile.to_string()));
    let mut seen = Vec::new();
    let outcome = export(&request(&json!({})), lines, folder, &options, &mut |progress| {
        seen.push(progress);
        if stop(progress) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (seen, outcome.map(|_| ()).map_err(|error| error.message()))
}

#[test]
fn each_phase_is_reported_from_zero_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, outcome) = watched(folder.path(), |_| false);
    let reading = |count| Progress::ReadingProfiles { read: count, selected: count };
    let writing = |written| Progress::WritingDataset { written, total: 5 };
    let expected = [
        reading(0),
        reading(1),
        reading(2),
        reading(3),
        reading(4),
        reading(5),
        writing(0),
        writing(2),
        writing(4),
        writing(5),
    ];
    assert_eq!(seen, expected);
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
    let error = export(&request(&members), [], folder.path(), &options, &mut |progress| {
        reports += i32::from(matches!(progress, Progress::WritingDataset { .. }));
        if reports == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap_err();
    assert!(matches!(error, ExportError::Cancelled));
    assert_eq!(reports, 3);
}

#[test]
fn long_rows_are_written_in_chunks_of_few() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(5 * 1024 * 1024);
    let lines = (0..5).map(|_| Ok(json!({"_id": long}).to_string()));
    let mut reports = Vec::new();
    let options = ExportOptions::default();
    export(&request(&json!({})), lines, folder.path(), &options, &mut |progress| {
        if let Progress::WritingDataset { written, .. } = progress {
            reports.push(written);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(reports, [0, 2, 4, 5]);
}

#[test]
fn a_profile_that_cannot_be_read_names_its_line() {
    let cases = [
        ("{\"_id\": ", "Error in Export Job: profile 3 could not be read: EOF"),
        ("[]", "Error in Export Job: profile 3 could not be read: it is not a JSON object"),
    ];
    for (bad, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        let lines = ["{\"_id\": \"1\"}", "", bad].map(|line| Ok(line.to_owned()));
        let options = ExportOptions::default();
        let error = export(&request(&json!({})), lines, folder.path(), &options, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap_err();
        assert_eq!(error.code(), "0100000003");
        assert!(error.message().starts_with(message), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_store_that_cannot_be_read_fails_the_export() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [Ok("{}".to_owned()), Err(io::Error::other("disk gone"))];
    let options = ExportOptions::default();
    let error = export(&request(&json!({})), lines, folder.path(), &options, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap_err();
    assert_eq!(error.code(), "0100000003");
    assert_eq!(error.message(), "Error in Export Job: profile 2 could not be read: disk gone");
}

#[test]
fn blank_lines_are_no_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let lines = ["{\"_id\": \"1\"}", "  ", "", "{\"_id\": \"2\"}"].map(|line| Ok(line.to_owned()));
    let options = ExportOptions::default();
    let exported = export(&request(&json!({})), lines, folder.path(), &options, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((exported.profiles_read, exported.profiles), (2, 2));
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
fn profiles_whose_keys_are_data_are_refused_before_they_become_columns() {
    let wide: serde_json::Map<String, Value> =
        (0..5_001).map(|n| (format!("k{n}"), json!(n))).collect();
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions::default();
    let error = run(&request(&json!({})), &[Value::Object(wide)], folder.path(), &options);
    assert!(error.unwrap_err().message().contains("5001 columns"));
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
