//! What lies in the output folder after an export.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parquet::basic::Compression;
use serde_json::{Value, json};

use super::{ExportOptions, reader, request, rows_of, run};

fn people(count: u64) -> Vec<Value> {
    (0..count).map(|n| json!({"_id": format!("p{n}"), "number": n})).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn rows_are_spread_over_part_files_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions { rows_per_file: 4, ..ExportOptions::default() };
    let exported = run(&request(&json!({})), &people(10), folder.path(), &options).unwrap();

    let batch = &exported.batches[0];
    let rows: Vec<u64> = batch.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [4, 4, 2, 0]);
    assert_eq!((batch.rows, exported.profiles, exported.profiles_read), (10, 10, 10));
    assert_eq!(rows_of(folder.path(), 0, batch), people(10));
    for (number, file) in batch.files[..3].iter().enumerate() {
        let parquet = reader(&folder.path().join("0").join(&file.name));
        let metadata = parquet.metadata();
        assert_eq!(u64::try_from(metadata.file_metadata().num_rows()).unwrap(), file.rows);
        assert_eq!(metadata.num_row_groups(), 1, "Spark goes by bytes, not by rows");
        assert_eq!(metadata.row_group(0).column(0).compression(), Compression::SNAPPY);
        assert!(file.name.starts_with(&format!("part-{number:05}-")), "{}", file.name);
    }
}

#[test]
fn the_folder_holds_the_listed_files_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions { rows_per_file: 4, ..ExportOptions::default() };
    let exported = run(&request(&json!({})), &people(9), folder.path(), &options).unwrap();

    assert_eq!(names(folder.path()), ["0"]);
    let on_disk: BTreeMap<String, u64> = names(&folder.path().join("0"))
        .into_iter()
        .map(|name| {
            let length = fs::metadata(folder.path().join("0").join(&name)).unwrap().len();
            (name, length)
        })
        .collect();
    let listed: BTreeMap<String, u64> =
        exported.batches[0].files.iter().map(|file| (file.name.clone(), file.bytes)).collect();
    assert_eq!(on_disk, listed);
    assert_eq!(exported.batches[0].files.last().unwrap().name, "_SUCCESS");
    assert_eq!(on_disk["_SUCCESS"], 0);
}

#[test]
fn part_files_are_named_as_spark_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let members = json!({
        "destination": {"segmentPerBatch": true},
        "filter": {"segments": [{"segmentId": "a"}, {"segmentId": "b"}]},
    });
    let options = ExportOptions { seed: 7, ..ExportOptions::default() };
    let exported = run(&request(&members), &[], folder.path(), &options).unwrap();

    let uuid = |batch: usize| {
        let name = &exported.batches[batch].files[0].name;
        let uuid = name.strip_prefix("part-00000-").unwrap();
        uuid.strip_suffix("-c000.snappy.parquet").unwrap().to_owned()
    };
    let lengths: Vec<usize> = uuid(0).split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert_eq!(uuid(0).as_bytes()[14], b'4');
    assert!(b"89ab".contains(&uuid(0).as_bytes()[19]));
    assert_ne!(uuid(0), uuid(1));

    let again = run(&request(&members), &[], folder.path(), &options).unwrap();
    assert_eq!(again, exported);
    let other = ExportOptions { seed: 8, ..options };
    assert_ne!(run(&request(&members), &[], folder.path(), &other).unwrap(), exported);
}

#[test]
fn what_an_unfinished_run_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("0")).unwrap();
    fs::write(folder.path().join("0").join("part-00000-old-c000.snappy.parquet"), "PAR1").unwrap();
    fs::write(folder.path().join("0.rows"), "{\"_id\": \"old\"}\n").unwrap();
    let exported =
        run(&request(&json!({})), &people(2), folder.path(), &ExportOptions::default()).unwrap();

    assert_eq!(names(folder.path()), ["0"]);
    assert_eq!(names(&folder.path().join("0")).len(), 2);
    assert_eq!(rows_of(folder.path(), 0, &exported.batches[0]), people(2));
}

#[test]
fn an_export_of_nothing_is_one_file_with_columns_and_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    let members = json!({"filter": {"segments": [{"segmentId": "nobody"}]}});
    let exported =
        run(&request(&members), &people(3), folder.path(), &ExportOptions::default()).unwrap();

    let files = &exported.batches[0].files;
    assert_eq!(files.len(), 2);
    let parquet = reader(&folder.path().join("0").join(&files[0].name));
    assert_eq!(parquet.metadata().file_metadata().num_rows(), 0);
    let columns: Vec<_> = parquet.schema().fields().iter().map(|field| field.name()).collect();
    assert_eq!(columns, ["_id", "number"]);
    assert_eq!((exported.profiles, exported.profiles_read), (0, 3));
}

#[test]
fn even_an_empty_store_gives_a_readable_file() {
    let folder = tempfile::tempdir().unwrap();
    let exported =
        run(&request(&json!({})), &[], folder.path(), &ExportOptions::default()).unwrap();
    let parquet = reader(&folder.path().join("0").join(&exported.batches[0].files[0].name));
    assert_eq!(parquet.schema().fields()[0].name(), "_id");
}

#[test]
fn rows_larger_than_the_buffers_arrive_whole() {
    let long = "é".repeat(50_000);
    let profiles: Vec<Value> =
        (0..5).map(|n| json!({"_id": format!("{n}"), "text": long})).collect();
    let folder = tempfile::tempdir().unwrap();
    let exported =
        run(&request(&json!({})), &profiles, folder.path(), &ExportOptions::default()).unwrap();
    assert_eq!(rows_of(folder.path(), 0, &exported.batches[0]), profiles);
}
