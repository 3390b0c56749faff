//! Writing a batch: Parquet part files and the marker that says it is whole.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_json::ReaderBuilder;
use arrow_json::reader::Decoder;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use super::shape::Shape;
use super::spool::Spool;
use super::{ExportError, ExportOptions, ExportedFile};

/// The empty file that Hadoop-like writers leave in a finished folder.
const MARKER: &str = "_SUCCESS";

/// A row group is closed when it has this many bytes: half of Spark's default, because the writer
/// keeps the open one in memory.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

/// A chunk of rows ends when it has this many bytes, however few rows that are: it is in memory as
/// a whole, and nobody can stop an export within it.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Writes batches whose rows have the same shape.
pub(super) struct BatchWriter<'a> {
    shape: &'a Shape,
    schema: SchemaRef,
    options: &'a ExportOptions,
    chunk_rows: usize,
    has_json: bool,
}

impl<'a> BatchWriter<'a> {
    pub(super) fn new(shape: &'a Shape, options: &'a ExportOptions) -> Self {
        let chunk_rows = options.chunk_rows.max(1);
        Self { shape, schema: shape.schema(), options, chunk_rows, has_json: shape.has_json() }
    }

    /// Writes the rows of `spool` into `folder`, which begins empty. A batch without rows gets one
    /// part file with the columns and no rows, as from Spark. `written` is told of each chunk.
    pub(super) fn write(
        &self,
        spool: &mut Spool,
        folder: &Path,
        name: &str,
        mut written: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<ExportedFile>, ExportError> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(failed)?;
        }
        fs::create_dir_all(folder).map_err(failed)?;

        let mut parts = Parts::new(folder, name, &self.schema, self.options.rows_per_file.max(1));
        let mut rows = spool.read().map_err(failed)?;
        let mut decoder = ReaderBuilder::new(self.schema.clone())
            .with_batch_size(self.chunk_rows)
            .build_decoder()
            .map_err(failed)?;
        while let Some(chunk) = self.next_chunk(&mut *rows, &mut decoder)? {
            parts.write(&chunk)?;
            if written(count(chunk.num_rows())).is_break() {
                return Err(ExportError::Cancelled);
            }
        }
        let mut files = parts.finish()?;
        File::create_new(folder.join(MARKER)).map_err(failed)?;
        files.push(ExportedFile { name: MARKER.to_owned(), bytes: 0, rows: 0 });
        Ok(files)
    }

    fn next_chunk(
        &self,
        rows: &mut dyn BufRead,
        decoder: &mut Decoder,
    ) -> Result<Option<RecordBatch>, ExportError> {
        let mut line = Vec::new();
        let mut bytes = 0;
        for _ in 0..self.chunk_rows {
            if bytes >= CHUNK_BYTES {
                break;
            }
            line.clear();
            if rows.read_until(b'\n', &mut line).map_err(failed)? == 0 {
                break;
            }
            bytes += line.len();
            if self.has_json {
                let mut row: Value = serde_json::from_slice(&line).map_err(failed)?;
                self.shape.write_json_as_text(&mut row);
                line = serde_json::to_vec(&row).map_err(failed)?;
            }
            decoder.decode(&line).map_err(failed)?;
        }
        decoder.flush().map_err(failed)
    }
}

/// The part files of one batch, one open at a time.
struct Parts<'a> {
    folder: &'a Path,
    name: &'a str,
    schema: &'a SchemaRef,
    rows_per_file: u64,
    open: Option<Part>,
    files: Vec<ExportedFile>,
}

struct Part {
    name: String,
    path: PathBuf,
    writer: ArrowWriter<File>,
    rows: u64,
}

impl<'a> Parts<'a> {
    fn new(folder: &'a Path, name: &'a str, schema: &'a SchemaRef, rows_per_file: u64) -> Self {
        Self { folder, name, schema, rows_per_file, open: None, files: Vec::new() }
    }

    fn write(&mut self, chunk: &RecordBatch) -> Result<(), ExportError> {
        let mut offset = 0;
        while offset < chunk.num_rows() {
            let room = match &self.open {
                Some(part) => self.rows_per_file - part.rows,
                None => self.rows_per_file,
            };
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let length = room.min(chunk.num_rows() - offset);
            let part = match &mut self.open {
                Some(part) => part,
                none => none.insert(Part::create(
                    self.folder,
                    self.name,
                    self.files.len(),
                    self.schema,
                )?),
            };
            part.writer.write(&chunk.slice(offset, length)).map_err(failed)?;
            part.rows += count(length);
            offset += length;
            if part.rows == self.rows_per_file {
                self.close()?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<ExportedFile>, ExportError> {
        if self.open.is_none() && self.files.is_empty() {
            self.open = Some(Part::create(self.folder, self.name, 0, self.schema)?);
        }
        self.close()?;
        Ok(self.files)
    }

    fn close(&mut self) -> Result<(), ExportError> {
        if let Some(part) = self.open.take() {
            part.writer.close().map_err(failed)?;
            let bytes = fs::metadata(&part.path).map_err(failed)?.len();
            self.files.push(ExportedFile { name: part.name, bytes, rows: part.rows });
        }
        Ok(())
    }
}

impl Part {
    fn create(
        folder: &Path,
        name: &str,
        number: usize,
        schema: &SchemaRef,
    ) -> Result<Self, ExportError> {
        let name = format!("part-{number:05}-{name}-c000.snappy.parquet");
        let path = folder.join(&name);
        let file = File::create_new(&path).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .set_created_by(concat!("aep-export-emulator ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            // Spark writes no Arrow schema, and readers must do without it.
            .with_skip_arrow_metadata(true)
            .with_schema_root("spark_schema".to_owned());
        let writer =
            ArrowWriter::try_new_with_options(file, schema.clone(), options).map_err(failed)?;
        Ok(Self { name, path, writer, rows: 0 })
    }
}

pub(super) fn failed(error: impl Display) -> ExportError {
    ExportError::Write(error.to_string())
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
