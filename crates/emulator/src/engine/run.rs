//! One export from the first profile to the last file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use serde_json::Value;

use super::filter::{self, EVENTS, Object};
use super::project::{self, RowMaker};
use super::request::ExportRequest;
use super::shape::Shape;
use super::shorten::shortened;
use super::spool::Spool;
use super::uuid::uuid;
use super::write::{BatchWriter, failed};
use super::{ExportError, ExportOptions, Exported, ExportedBatch, Progress};

/// The only schema that profiles have (documented in every sample).
const PROFILE_SCHEMA: &str = "_xdm.context.profile";

/// The column that even an export of nothing has: Parquet files without columns are unreadable.
const LAST_RESORT_COLUMN: &str = "_id";

/// Profiles that lend their columns to an export that lets none through.
const LENDERS: u64 = 100;

/// More columns than these mean that keys are data where XDM knows no map; writing and reading
/// such files would not end.
const MOST_COLUMNS: usize = 5_000;

/// A batch while profiles are read.
struct Batch {
    spool: Spool,
    profiles_by_namespace: BTreeMap<String, u64>,
}

/// What reading the profiles came to.
struct Selection {
    batches: Vec<Batch>,
    shape: Shape,
    read: u64,
    selected: u64,
}

pub(super) fn run(
    request: &ExportRequest,
    profiles: impl Iterator<Item = io::Result<String>>,
    output_dir: &Path,
    options: &ExportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    if request.schema_name() != PROFILE_SCHEMA {
        return Err(ExportError::UnknownSchema(shortened(request.schema_name())));
    }
    fs::create_dir_all(output_dir).map_err(failed)?;
    let selection = select(request, profiles, output_dir, progress)?;
    let batches = selection.batches.len();
    write(selection, output_dir, options, progress).inspect_err(|_| {
        // Half a batch looks like a whole one to whoever lists the folder.
        for number in 0..batches {
            let _ = fs::remove_dir_all(folder_of(output_dir, number));
        }
    })
}

/// Reads every profile once; the rows to export go to the spools of their batches.
fn select(
    request: &ExportRequest,
    profiles: impl Iterator<Item = io::Result<String>>,
    output_dir: &Path,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Selection, ExportError> {
    let rows = RowMaker::new(request);
    let mut batches = empty_batches(request, output_dir)?;
    let mut shape = Shape::rows();
    let mut lent = Shape::rows();
    let (mut read, mut selected) = (0, 0);
    for (line, number) in profiles.zip(1..) {
        // One profile may be a lot of work: long, or compared with many segments.
        report(progress, Progress::ReadingProfiles { read, selected })?;
        let Some(profile) = parse(number, line)? else { continue };
        read += 1;
        let places = filter::batches_of(request, &profile);
        if !places.is_empty() {
            selected += 1;
            let namespaces: Vec<String> = filter::namespaces(&profile).map(str::to_owned).collect();
            let row = rows.row(profile);
            shape.observe_row(&row);
            let text = serde_json::to_vec(&row).map_err(failed)?;
            for place in places {
                if let Some(batch) = batches.get_mut(place) {
                    batch.add(&text, &namespaces)?;
                }
            }
        } else if selected == 0 && read <= LENDERS {
            lent.observe_row(&rows.row(profile));
        }
    }
    report(progress, Progress::ReadingProfiles { read, selected })?;
    if selected == 0 {
        shape = lent;
    }
    expect_columns(request, &mut shape);
    Ok(Selection { batches, shape, read, selected })
}

fn write(
    mut selection: Selection,
    output_dir: &Path,
    options: &ExportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    let columns = selection.shape.columns();
    if columns > MOST_COLUMNS {
        let problem = format!("the profiles have {columns} columns, more than {MOST_COLUMNS}");
        return Err(failed(problem));
    }
    let total = selection.batches.iter().map(|batch| batch.spool.rows()).sum();
    let mut written = 0;
    let writer = BatchWriter::new(&selection.shape, options);
    let mut names = Rng::with_seed(options.seed);
    let mut batches = Vec::new();
    for (number, batch) in selection.batches.iter_mut().enumerate() {
        // Batches without rows are work too, and there may be many.
        report(progress, Progress::WritingDataset { written, total })?;
        let folder = folder_of(output_dir, number);
        let files = writer.write(&mut batch.spool, &folder, &uuid(&mut names), |rows| {
            written += rows;
            progress(Progress::WritingDataset { written, total })
        })?;
        batches.push(ExportedBatch {
            files,
            rows: batch.spool.rows(),
            profiles_by_namespace: std::mem::take(&mut batch.profiles_by_namespace),
        });
    }
    Ok(Exported { batches, profiles_read: selection.read, profiles: selection.selected })
}

fn folder_of(output_dir: &Path, batch: usize) -> PathBuf {
    output_dir.join(batch.to_string())
}

fn empty_batches(request: &ExportRequest, output_dir: &Path) -> Result<Vec<Batch>, ExportError> {
    (0..request.batches().len()).map(|number| Batch::new(number, output_dir)).collect()
}

impl Batch {
    fn new(number: usize, output_dir: &Path) -> Result<Self, ExportError> {
        let spool = Spool::new(output_dir.join(format!("{number}.rows"))).map_err(failed)?;
        Ok(Self { spool, profiles_by_namespace: BTreeMap::new() })
    }

    fn add(&mut self, row: &[u8], namespaces: &[String]) -> Result<(), ExportError> {
        self.spool.push(row).map_err(failed)?;
        for namespace in namespaces {
            match self.profiles_by_namespace.get_mut(namespace) {
                Some(count) => *count += 1,
                None => {
                    self.profiles_by_namespace.insert(namespace.clone(), 1);
                }
            }
        }
        Ok(())
    }
}

/// What was asked for by name has a column, whatever the profiles have.
fn expect_columns(request: &ExportRequest, shape: &mut Shape) {
    for path in project::record_paths(request).unwrap_or_default() {
        shape.expect_field(path);
    }
    if let Some(events) = request.events() {
        shape.observe_row(&Object::from_iter([(EVENTS.to_owned(), Value::Array(Vec::new()))]));
        let all = [LAST_RESORT_COLUMN.to_owned()];
        for path in events.fields.as_deref().unwrap_or(&all) {
            shape.expect_field(&format!("{EVENTS}.{path}"));
        }
    }
    if shape.is_empty() {
        shape.expect_field(LAST_RESORT_COLUMN);
    }
}

/// One profile; a blank line is none.
fn parse(number: u64, line: io::Result<String>) -> Result<Option<Object>, ExportError> {
    let unreadable = |reason: String| ExportError::Profile { line: number, reason };
    let line = line.map_err(|error| unreadable(error.to_string()))?;
    if line.trim().is_empty() {
        return Ok(None);
    }
    match serde_json::from_str(&line) {
        Ok(Value::Object(profile)) => Ok(Some(profile)),
        Ok(_) => Err(unreadable("it is not a JSON object".to_owned())),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

fn report(
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    state: Progress,
) -> Result<(), ExportError> {
    match progress(state) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ExportError::Cancelled),
    }
}
