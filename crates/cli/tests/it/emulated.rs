//! The roads that users take, against the emulator inside the program.

use std::fs;
use std::path::Path;

use crate::world::World;

const RUN: [&str; 8] = [
    "--emulator",
    "run",
    "--audience",
    "Gold members",
    "--create-dataset",
    "gold",
    "--to",
    "gold/",
];

fn parquet_files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    for batch in entries.filter(|path| path.is_dir()) {
        for file in fs::read_dir(batch).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{path:?}");
            found.push(path.display().to_string());
        }
    }
    found.sort();
    found
}

fn value<'a>(block: &'a str, label: &str) -> &'a str {
    let line = block.lines().find(|line| line.starts_with(label)).unwrap();
    line.strip_prefix(label).unwrap().trim()
}

/// The first command of the README, twice, and what people type next.
#[test]
fn from_an_audience_to_files_and_once_more() {
    let world = World::bare();
    let first = world.run(&RUN);
    let summary = first.ok();
    assert_eq!(value(summary, "status"), "SUCCEEDED");
    let rows: u64 = value(summary, "rows").parse().unwrap();
    assert!(rows > 0, "{summary}");
    assert!(first.stderr.contains("created"), "{first:?}");
    let files = parquet_files(&world.path("gold"));
    assert_eq!(value(summary, "files"), files.len().to_string());

    let second = world.run(&RUN);
    assert_ne!(value(summary, "job"), value(second.ok(), "job"));
    assert_eq!(value(second.ok(), "rows"), rows.to_string());
    assert!(second.stderr.contains("each batch has a folder of its own"), "{second:?}");
    let both = parquet_files(&world.path("gold"));
    assert!(both.len() == 2 * files.len() && files.iter().all(|file| both.contains(file)));

    // What is there is not fetched again.
    let job = value(second.ok(), "job");
    let again = world.run(&["--emulator", "download", job, "--to", "gold", "-o", "ndjson"]);
    assert!(again.ok().lines().all(|line| line.contains(r#""kept":true"#)), "{again:?}");
    let listed = world.run(&["files", job, "--emulator", "-o", "json"]);
    let listed: serde_json::Value = serde_json::from_str(listed.ok()).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), files.len());
}

#[test]
fn three_commands_share_what_the_emulator_keeps() {
    let world = World::bare();
    let dataset = world.run(&["--emulator", "dataset", "create", "gold", "-o", "id"]);
    let dataset_id = dataset.ok().to_owned();
    let dataset = dataset_id.trim();
    let create = ["--emulator", "create", "--dataset", dataset, "--audience", "Gold members"];
    let created = world.run(&[&create[..], &["-o", "id"]].concat());
    let id = created.ok().trim();
    let waited = world.run(&["--emulator", "wait", id, "-o", "json"]);
    let job: serde_json::Value = serde_json::from_str(waited.ok()).unwrap();
    assert_eq!(job["status"], "SUCCEEDED");
    assert_eq!(world.run(&["--emulator", "list", "-o", "id"]).ok(), format!("{id}\n"));
    let batch = job["destination"]["batchId"].as_str().unwrap();
    let batch = world.run(&["--emulator", "batch", "get", batch]);
    assert_eq!(value(batch.ok(), "status"), "success");
    let dataset = world.run(&["--emulator", "dataset", "get", dataset]);
    assert_eq!(value(dataset.ok(), "for exports"), "yes");
    assert!(world.run(&["--emulator", "dataset", "list"]).ok().contains("gold"));

    let waited = world.run(&[&create[..3], &[dataset_id.trim(), "--wait", "-o", "json"]].concat());
    assert!(waited.ok().contains(r#""status":"SUCCEEDED""#), "{waited:?}");

    // Another folder is another world.
    let elsewhere = world.run(&["--emulator", "--emulator-dir", "other", "list", "-o", "json"]);
    assert_eq!(elsewhere.ok(), "[]\n");
    assert!(world.path("other").is_dir());
}

#[test]
fn a_batch_for_each_segment_has_a_folder_for_each_batch() {
    let world = World::bare();
    let ids = world.run(&["--emulator", "audience", "list", "--limit", "2", "-o", "id"]);
    // There is no --all to point to here.
    assert!(ids.stderr.contains("without --limit all are shown"), "{ids:?}");
    let ids: Vec<&str> = ids.ok().lines().collect();
    assert_eq!(ids.len(), 2);
    let audience = world.run(&["--emulator", "audience", "get", ids[0]]);
    assert_eq!(value(audience.ok(), "audience"), ids[0]);
    let ran = world.run(&[
        "--emulator",
        "run",
        "--create-dataset",
        "two",
        "--segment",
        ids[0],
        "--segment",
        ids[1],
        "--segment-per-batch",
        "--to",
        "two",
    ]);
    assert_eq!(ran.ok().matches("\nfolder").count(), 2, "{ran:?}");
    let entries = fs::read_dir(world.path("two")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(entries.filter(|path| path.is_dir()).count(), 2);
}

#[test]
fn the_emulator_cannot_be_told_to_be_elsewhere() {
    let world = World::bare().with("AEP_BASE_URL", "http://127.0.0.1:1");
    // The environment gives way.
    assert_eq!(world.run(&["--emulator", "list", "-o", "json"]).ok(), "[]\n");
    // A flag does not.
    let ran = world.run(&["--emulator", "--base-url", "http://127.0.0.1:1", "list"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_name_that_is_almost_right_is_understood_and_not_taken() {
    let world = World::bare();
    let create = ["--emulator", "create", "--create-dataset", "x", "--audience", "gold member"];
    let ran = world.run(&create);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("did you mean \"Gold members\"?"), "{ran:?}");
    let ran = world.with("AEP_OUTPUT", "jsno").run(&["list"]);
    assert!(ran.stderr.contains("hint: did you mean json?"), "{ran:?}");
}
