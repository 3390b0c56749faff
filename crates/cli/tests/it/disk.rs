//! What a download writes, whatever the service calls its files and whoever has been there before.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;

use crate::script::{Reply, Script};
use crate::world::World;

const ROWS: &str = "PAR1 rows PAR1";

/// A service with a finished job that wrote one batch of files with these names.
fn service(batch: &str, names: &[&str]) -> Script {
    let file = |name: &&str| json!({"name": name, "length": ROWS.len()});
    let files: Vec<_> = names.iter().map(file).collect();
    serving(&json!({"batchId": batch}), &files)
}

/// A service with a finished job that wrote to this destination, and these files in each batch.
fn serving(destination: &serde_json::Value, files: &[serde_json::Value]) -> Script {
    let json = |value: serde_json::Value| Reply::Json(200, value.to_string());
    let job = json!({"id": 7, "status": "SUCCEEDED", "destination": destination});
    Script::start(&[
        ("GET /data/core/ups/export/jobs/7", json(job)),
        ("GET /data/foundation/export/batches/", json(json!({"data": [{"dataSetFileId": "F1"}]}))),
        ("GET /data/foundation/export/files/F1?path=", Reply::Json(200, ROWS.to_owned())),
        ("GET /data/foundation/export/files/F1", json(json!({"data": files}))),
    ])
}

/// Everything below a folder, links as links.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        found.push(entry.path().display().to_string());
        if entry.file_type().unwrap().is_dir() {
            found.extend(tree(&entry.path()));
        }
    }
    found.sort();
    found
}

#[test]
fn names_from_the_service_lead_nowhere_else() {
    let long = "x".repeat(300);
    for names in [
        &["../evil"][..],
        &["../../evil"],
        &["/tmp/aep-export-evil"],
        &["a/../../evil"],
        &["..\\evil"],
        &["C:\\evil"],
        &["evil\0.parquet"],
        &["CON"],
        &["con.parquet"],
        &["evil."],
        &["evil "],
        &[&long],
        &["same.parquet", "same.parquet"],
        &["same.parquet", "SAME.parquet"],
        &["same", "same.part"],
        &[".."],
    ] {
        let script = service("B1", names);
        let world = World::at(&script.url);
        let ran = world.run(&["download", "7", "--to", "out"]);
        assert_eq!(ran.code, 12, "{names:?}: {ran:?}");
        let left = tree(&world.path("."));
        let inside = |path: &String| path.contains("/out");
        assert!(left.iter().all(inside), "{names:?}: {left:?}");
        let fetched = script.all().iter().any(|came| came.line.contains("?path="));
        assert!(!fetched, "{names:?}: nothing is fetched that cannot be kept");
    }
    assert!(!Path::new("/tmp/aep-export-evil").exists());
}

#[test]
fn batch_ids_from_the_service_lead_nowhere_else() {
    let long = "x".repeat(300);
    for batch in ["..", "../evil", "/tmp", "a\\b", "NUL", ".ssh", ".", "x.", "a\nb", &long] {
        let script = service(batch, &["a.parquet"]);
        let world = World::at(&script.url);
        let ran = world.run(&["download", "7", "--to", "out"]);
        assert!(matches!(ran.code, 2 | 12), "{batch:?}: {ran:?}");
        let left = tree(&world.path("."));
        assert!(left.iter().all(|path| path.ends_with("/out")), "{batch:?}: {left:?}");
    }
}

#[test]
fn batches_that_some_system_takes_for_one_are_not_fetched() {
    let batches = json!({"batches": [{"batchId": "B1"}, {"batchId": "b1"}]});
    let script = serving(&batches, &[json!({"name": "a.csv"})]);
    let world = World::at(&script.url);
    let ran = world.run(&["download", "7", "--to", "out"]);
    assert_eq!(ran.code, 12, "{ran:?}");
    assert!(tree(&world.path(".")).is_empty());
}

#[test]
fn lengths_beyond_all_disks_are_an_error() {
    let huge = |name: &str| json!({"name": name, "length": u64::MAX.to_string()});
    let script = serving(&json!({"batchId": "B1"}), &[huge("a.csv"), huge("b.csv")]);
    let ran = World::at(&script.url).run(&["download", "7", "--to", "out"]);
    assert_eq!(ran.code, 12, "{ran:?}");
    assert!(ran.stderr.contains("where the service lists 18446744073709551615"), "{ran:?}");
}

#[test]
fn planted_links_are_errors_and_their_targets_stay() {
    let script = service("B1", &["a.parquet"]);
    for (place, to) in [
        ("out/B1", "victims"),
        ("out/B1/a.parquet", "victims/file"),
        ("out/B1/a.parquet.part", "victims/file"),
        ("out/B1/a.parquet", "victims/new"),
        ("out/B1/a.parquet.part", "victims/new"),
        ("out/B1/a.parquet.part.log", "victims/file"),
        ("out/B1/.aep-export.lock", "victims/file"),
        ("out/manifest.json", "victims/file"),
    ] {
        let world = World::at(&script.url);
        fs::create_dir_all(world.path("victims")).unwrap();
        // As long as the file that is fetched, so that it could be taken for it.
        fs::write(world.path("victims/file"), "precious bytes").unwrap();
        let planted = world.path(place);
        fs::create_dir_all(planted.parent().unwrap()).unwrap();
        symlink(world.path(to), &planted).unwrap();

        let ran = world.run(&["download", "7", "--to", "out"]);
        assert_eq!(ran.code, 1, "{place} -> {to}: {ran:?}");
        assert!(ran.stderr.contains(place), "{place} -> {to}: {ran:?}");
        assert_eq!(fs::read_to_string(world.path("victims/file")).unwrap(), "precious bytes");
        assert_eq!(tree(&world.path("victims")).len(), 1, "{place} -> {to}");
        assert!(fs::symlink_metadata(&planted).unwrap().is_symlink());
    }
}

#[test]
fn a_target_that_is_a_link_is_the_users_own() {
    let script = service("B1", &["a.csv"]);
    let world = World::at(&script.url);
    fs::create_dir(world.path("disk")).unwrap();
    symlink(world.path("disk"), world.path("out")).unwrap();
    world.run(&["download", "7", "--to", "out"]).ok();
    assert_eq!(fs::read_to_string(world.path("disk/B1/a.csv")).unwrap(), ROWS);
}
