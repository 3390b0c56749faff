//! What others read out of the files: pyarrow, DuckDB and Polars find every row as the plain
//! evaluation has it.
//!
//! They are Python's. `.ci/run` installs them beside the build's results; where they are missing
//! the tests say so and check nothing, but on the machine that judges changes that is a failure.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fastrand::Rng;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::plain_evaluation::evaluate;
use super::spelling::spelled;
use super::strategies::profile;
use super::{ExportOptions, body, export, request, try_stored};
use crate::engine::sample;

/// Python with the readers, if it is there.
fn python() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let folders = program.ancestors().map(|folder| folder.join("tools/python"));
    // The list of what is installed is written last.
    let installed = folders.into_iter().find(|folder| folder.join("packages").exists());
    let python = installed.map(|folder| folder.join("bin/python"));
    assert!(python.is_some() || !is_ci(), "the readers are not installed: run .ci/run");
    if python.is_none() {
        println!("skipped: pyarrow, DuckDB and Polars are not installed; .ci/run installs them");
    }
    python
}

#[expect(clippy::disallowed_methods, reason = "the one setting of these tests")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Exports the profiles in these lines, and has the readers look at every batch.
fn check(members: &Value, lines: &[String]) {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let stored = try_stored(lines.join("\n").as_bytes(), 20_000, None).unwrap();
    // Few rows a file, so that there are several.
    let options = ExportOptions { rows_per_file: 150, threads: 2, seed: 1 };
    let go_on = &mut |_| ControlFlow::Continue(());
    export(&request(members), &stored.profiles, folder.path(), &options, go_on).unwrap();

    let profiles: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut child = Command::new(python)
        .args(["-c", include_str!("readers.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut counts = String::new();
    for (number, batch) in evaluate(&body(members), &profiles, &Value::Null).iter().enumerate() {
        counts.push_str(&format!("{}\n", batch.rows.len()));
        let folder = folder.path().join(number.to_string());
        // What went wrong is on standard error.
        let _ = writeln!(input, "{}", json!({"folder": folder, "rows": batch.rows}));
    }
    drop(input);
    let said = child.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(String::from_utf8(said.stdout).unwrap(), counts);
}

#[test]
fn the_sample_set_with_its_events() {
    let lines: Vec<String> = sample::profiles(2, 700).collect();
    check(
        &json!({"filter": {"emptyProfiles": true}, "additionalFields": {"eventList": {}}}),
        &lines,
    );
}

#[test]
fn filtered_and_projected_batches() {
    let lines: Vec<String> = sample::profiles(3, 700).collect();
    let segments: Vec<Value> = sample::audiences()
        .iter()
        .map(|audience| json!({"segmentId": audience.id}))
        .chain([json!({"segmentId": "nobody", "segmentNs": "AAM"})])
        .collect();
    let members = json!({
        "destination": {"segmentPerBatch": true},
        "fields": "_id,identityMap.Email,segmentMembership.AAM,person.name.firstName,interests,no.no",
        "filter": {
            "segments": segments,
            "segmentQualificationTime": {"startTime": "2026-03-01T00:00:00Z"},
        },
        "additionalFields": {"eventList": {"fields": "timestamp,commerce.order"}},
    });
    check(&members, &lines);
}

#[test]
fn profiles_with_everything_that_json_has() {
    let mut runner = TestRunner::deterministic();
    let mut rng = Rng::with_seed(4);
    let lines: Vec<String> = (0..400)
        .map(|_| spelled(&profile().new_tree(&mut runner).unwrap().current(), &mut rng))
        .collect();
    for members in [
        json!({"filter": {"emptyProfiles": true}, "additionalFields": {"eventList": {}}}),
        json!({"fields": "odd.a,person,tags.k", "filter": {"emptyProfiles": true}}),
    ] {
        check(&members, &lines);
    }
}
