//! The second half of an export: Parquet part files, and the marker that says a batch is whole.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::ordered::in_order;
use super::profiles::{BlockAt, Profiles};
use super::rows::{Recipe, Rows};
use super::select::{Chosen, ChosenReader};
use super::{ExportError, ExportOptions, ExportedBatch, ExportedFile};

/// The empty file that Hadoop-like writers leave in a finished folder.
const MARKER: &str = "_SUCCESS";

/// A row group is closed when it has this many bytes: half of Spark's default, because the writer
/// keeps the open one in memory.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

/// Rows that are made at a time, about: a chunk has the selected rows of whole blocks.
const CHUNK_ROWS: u64 = 1_024;

/// A chunk gets no more blocks when its rows have about this many bytes, however few they are: it
/// is in memory as a whole, and nobody can stop an export within it.
const CHUNK_BYTES: u64 = 4 * 1024 * 1024;

/// Writes batches whose rows are made by the same recipe.
pub(super) struct BatchWriter<'a> {
    recipe: &'a Recipe<'a>,
    profiles: &'a Profiles,
    blocks: Vec<BlockAt>,
    options: &'a ExportOptions,
}

/// Blocks, and the bits of the rows that are selected of each.
type Chunk = Vec<(BlockAt, Vec<u8>)>;

impl<'a> BatchWriter<'a> {
    pub(super) fn new(
        recipe: &'a Recipe<'a>,
        profiles: &'a Profiles,
        options: &'a ExportOptions,
    ) -> Self {
        Self { recipe, profiles, blocks: profiles.blocks().collect(), options }
    }

    /// Writes the chosen rows into `folder`, which begins empty. A batch without rows gets one
    /// part file with the columns and no rows, as from Spark. `written` is told of each chunk.
    pub(super) fn write(
        &self,
        chosen: &mut Chosen,
        folder: &Path,
        name: &str,
        mut written: impl FnMut(u64) -> Result<(), ExportError>,
    ) -> Result<ExportedBatch, ExportError> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(failed)?;
        }
        fs::create_dir_all(folder).map_err(failed)?;

        let schema = &self.recipe.schema;
        let mut parts = Parts::new(folder, name, schema, self.options.rows_per_file.max(1));
        let mut by_namespace = BTreeMap::new();
        let mut reader = chosen.read().map_err(failed)?;
        let next = || self.next_chunk(&mut reader).transpose();
        let made = |chunk: io::Result<Chunk>| self.rows(&chunk.map_err(failed)?);
        let outcome = in_order(self.options.threads, next, made, |rows| {
            let taken = rows.and_then(|rows| {
                parts.write(&rows.batch)?;
                for (name, count) in rows.by_namespace {
                    *by_namespace.entry(name).or_default() += count;
                }
                written(count(rows.batch.num_rows()))
            });
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            }
        });
        if let ControlFlow::Break(error) = outcome {
            return Err(error);
        }
        let mut files = parts.finish()?;
        File::create_new(folder.join(MARKER)).map_err(failed)?;
        files.push(ExportedFile { name: MARKER.to_owned(), bytes: 0, rows: 0 });
        Ok(ExportedBatch { files, rows: chosen.rows(), profiles_by_namespace: by_namespace })
    }

    fn next_chunk(&self, reader: &mut ChosenReader) -> io::Result<Option<Chunk>> {
        let mut chunk = Chunk::new();
        let (mut rows, mut bytes) = (0, 0);
        while rows < CHUNK_ROWS && bytes < CHUNK_BYTES {
            let Some((number, bits)) = reader.next().transpose()? else { break };
            let block = self.blocks.get(number).ok_or(io::ErrorKind::InvalidData)?;
            let selected: u64 = bits.iter().map(|byte| u64::from(byte.count_ones())).sum();
            rows += selected;
            bytes += selected.saturating_mul(block.bytes() / block.rows().max(1));
            chunk.push((*block, bits));
        }
        Ok(if chunk.is_empty() { None } else { Some(chunk) })
    }

    fn rows(&self, chunk: &Chunk) -> Result<Rows, ExportError> {
        let unreadable = |error: &dyn Display| ExportError::Store(error.to_string());
        let mut maker = self.recipe.begin();
        for (block, bits) in chunk {
            let block = self.profiles.read(*block, |column| self.recipe.needs(column));
            let block = block.map_err(|error| unreadable(&error))?;
            maker.add(&block, bits).map_err(|error| unreadable(&error))?;
        }
        maker.finish().map_err(failed)
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
