//! One export from the first profile to the last file.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::column::{self, Column};
use super::profiles::Profiles;
use super::request::ExportRequest;
use super::rows::Recipe;
use super::select::{Chosen, Selection, select};
use super::shorten::shortened;
use super::uuid::uuid;
use super::write::{BatchWriter, failed};
use super::{ExportError, ExportOptions, Exported, Progress};

/// The only schema that profiles have (documented in every sample).
const PROFILE_SCHEMA: &str = "_xdm.context.profile";

/// More columns than these mean that keys are data where XDM knows no map; writing and reading
/// such files would not end.
const MOST_COLUMNS: usize = 5_000;

pub(super) fn run(
    request: &ExportRequest,
    profiles: &Profiles,
    output_dir: &Path,
    options: &ExportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    if request.schema_name() != PROFILE_SCHEMA {
        return Err(ExportError::UnknownSchema(shortened(request.schema_name())));
    }
    fs::create_dir_all(output_dir).map_err(failed)?;
    let recipe = recipe(request, profiles)?;
    let selection = select(request, profiles, output_dir, options, progress)?;
    let batches = selection.batches.len();
    let writer = BatchWriter::new(&recipe, profiles, options);
    write(selection, &writer, output_dir, options, progress).inspect_err(|_| {
        // Half a batch looks like a whole one to whoever lists the folder.
        for number in 0..batches {
            let _ = fs::remove_dir_all(folder_of(output_dir, number));
        }
    })
}

fn recipe<'r>(request: &'r ExportRequest, profiles: &Profiles) -> Result<Recipe<'r>, ExportError> {
    let columns = column::columns(request, &profiles.fields());
    let leaves: usize = columns.values().map(Column::leaves).sum();
    if leaves > MOST_COLUMNS {
        let problem = format!("the profiles have {leaves} columns, more than {MOST_COLUMNS}");
        return Err(failed(problem));
    }
    Ok(Recipe::new(request, columns))
}

fn write(
    mut selection: Selection,
    writer: &BatchWriter<'_>,
    output_dir: &Path,
    options: &ExportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    let total = selection.batches.iter().map(Chosen::rows).sum();
    let mut written = 0;
    let mut names = Rng::with_seed(options.seed);
    let mut batches = Vec::new();
    for (number, chosen) in selection.batches.iter_mut().enumerate() {
        // Batches without rows are work too, and there may be many.
        report(progress, Progress::WritingDataset { written, total })?;
        let folder = folder_of(output_dir, number);
        batches.push(writer.write(chosen, &folder, &uuid(&mut names), |rows| {
            written += rows;
            report(progress, Progress::WritingDataset { written, total })
        })?);
    }
    Ok(Exported { batches, profiles_read: selection.read, profiles: selection.selected })
}

fn folder_of(output_dir: &Path, batch: usize) -> PathBuf {
    output_dir.join(batch.to_string())
}

pub(super) fn report(
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    state: Progress,
) -> Result<(), ExportError> {
    match progress(state) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ExportError::Cancelled),
    }
}
