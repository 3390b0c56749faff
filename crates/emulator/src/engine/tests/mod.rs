//! Tests of the engine as a whole, through its public functions and the files it writes.

mod against_plain_evaluation;
mod columns;
mod depth;
mod files;
mod filters;
mod outcomes;
mod plain_evaluation;
mod projection;
mod request;
mod sample;
mod strategies;

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use arrow_json::LineDelimitedWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

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

/// Exports without anybody watching.
fn run(
    request: &ExportRequest,
    profiles: &[Value],
    folder: &Path,
    options: &ExportOptions,
) -> Result<Exported, ExportError> {
    let lines = profiles.iter().map(|profile| Ok(profile.to_string()));
    export(request, lines, folder, options, &mut |_| ControlFlow::Continue(()))
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
