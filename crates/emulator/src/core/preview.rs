//! The first rows of what an export wrote, as JSON.

use std::fs::File;
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::records::JobRecord;

/// Rows in a preview, at most (documented).
const ROWS: usize = 100;

/// The first rows of the job's part files, in order.
pub(super) fn rows(
    exports: &Path,
    job: &JobRecord,
) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let mut rows = Vec::new();
    for place in 0..job.batches.len() {
        let dir = crate::work::batch_dir(exports, job.id, place);
        let files = job.written(place).map(|written| written.files.as_slice()).unwrap_or_default();
        for file in files.iter().filter(|file| file.rows > 0) {
            let left = ROWS - rows.len();
            if left == 0 {
                return Ok(rows);
            }
            rows.extend(first_rows(&dir.join(&file.name), left)?);
        }
    }
    Ok(rows)
}

fn first_rows(file: &Path, count: usize) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?
        .with_batch_size(count)
        .with_limit(count)
        .build()?;
    let mut writer = arrow_json::ArrayWriter::new(Vec::new());
    for batch in reader {
        writer.write(&batch?)?;
    }
    writer.finish()?;
    let text = writer.into_inner();
    if text.is_empty() { Ok(Vec::new()) } else { Ok(serde_json::from_slice(&text)?) }
}
