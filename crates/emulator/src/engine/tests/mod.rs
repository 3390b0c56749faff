//! Tests of the engine as a whole, through its public functions and the files it writes.

mod against_plain_evaluation;
mod columns;
mod damage;
mod depth;
mod files;
mod filters;
mod outcomes;
mod plain_evaluation;
mod projection;
mod readers;
mod request;
mod sample;
mod spelling;
mod strategies;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use arrow_json::LineDelimitedWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::profiles::{ProfileFile, Profiles, Source, TakeError, TakeOptions, take};
use super::{ExportError, ExportOptions, ExportRequest, Exported, ExportedBatch, export};

const DATASET: &str = "6123456789abcdef01234567";

/// A create body with these members beside the two that are required.
fn body(members: &Value) -> Value {
    let mut body = json!({
        "destination": {"datasetId": DATASET},
        "schema": {"name": "_xdm.context.profile"},
    });
    merge(&mut body, members);
    body
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn request(members: &Value) -> ExportRequest {
    ExportRequest::parse(body(members).to_string().as_bytes()).unwrap()
}

/// Profiles that were taken in; their file goes with them.
struct Stored {
    profiles: Profiles,
    folder: TempDir,
}

/// Takes in the profiles of a text; blocks have about so many bytes of it.
fn try_stored(text: &[u8], block: usize, imported: Option<i64>) -> Result<Stored, TakeError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("profiles");
    let source = Source::Reader(Box::new(io::Cursor::new(text.to_vec())));
    let options = TakeOptions { threads: 2, block, imported };
    take(vec![source], &file, &options, &mut |_| ControlFlow::Continue(()))?;
    let file = Arc::new(ProfileFile::open(&file).unwrap());
    Ok(Stored { profiles: Profiles::of(vec![file]), folder })
}

fn stored(profiles: &[Value], block: usize) -> Stored {
    let lines: Vec<String> = profiles.iter().map(Value::to_string).collect();
    try_stored(lines.join("\n").as_bytes(), block, None).unwrap()
}

/// Exports without anybody watching.
fn run(
    request: &ExportRequest,
    profiles: &[Value],
    folder: &Path,
    options: &ExportOptions,
) -> Result<Exported, ExportError> {
    let stored = stored(profiles, 1024 * 1024);
    export(request, &stored.profiles, folder, options, &mut |_| ControlFlow::Continue(()))
}

/// Exports with default options into a folder that goes away, and reads every batch back.
fn rows_of_all(members: &Value, profiles: &[Value]) -> Vec<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let request = request(members);
    let exported = run(&request, profiles, folder.path(), &ExportOptions::default()).unwrap();
    let numbered = exported.batches.iter().enumerate();
    numbered.map(|(number, batch)| rows_of(folder.path(), number, batch)).collect()
}

/// The rows of an export that writes one batch.
fn rows(members: &Value, profiles: &[Value]) -> Vec<Value> {
    let mut batches = rows_of_all(members, profiles);
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

/// The rows of a batch as JSON, part after part; nulls are left out.
fn rows_of(folder: &Path, number: usize, batch: &ExportedBatch) -> Vec<Value> {
    let mut lines = LineDelimitedWriter::new(Vec::new());
    for file in batch.files.iter().filter(|file| file.name != "_SUCCESS") {
        for chunk in reader(&folder.join(number.to_string()).join(&file.name)).build().unwrap() {
            lines.write(&chunk.unwrap()).unwrap();
        }
    }
    lines.finish().unwrap();
    let text = String::from_utf8(lines.into_inner()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn reader(path: &Path) -> ParquetRecordBatchReaderBuilder<File> {
    ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap()
}
