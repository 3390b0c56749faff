//! Rows of an export, made from the stored profiles that were selected.

use std::collections::BTreeMap;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};

use super::build::{Builder, ListBuilder};
use super::column::{self, Column};
use super::filter::{BlockFilter, EVENTS, Filter, IDENTITIES};
use super::profiles::{Damaged, StoredBlock, Tape};
use super::project::{self, Projection};
use super::request::{EventRequest, ExportRequest};
use super::select::rows_of;

/// What rows are made of, the same for all of an export.
#[derive(Debug)]
pub(super) struct Recipe<'r> {
    request: &'r ExportRequest,
    pub(super) filter: Filter<'r>,
    kept: Projection,
    kept_of_event: Option<Projection>,
    columns: BTreeMap<String, Column>,
    pub(super) schema: SchemaRef,
}

/// Rows, and how many of them have an identity in each namespace.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) batch: RecordBatch,
    pub(super) by_namespace: BTreeMap<String, u64>,
}

/// Rows that are being made.
#[derive(Debug)]
pub(super) struct RowMaker<'r> {
    recipe: &'r Recipe<'r>,
    columns: Vec<(&'r str, Builder)>,
    by_namespace: BTreeMap<String, u64>,
}

impl<'r> Recipe<'r> {
    pub(super) fn new(request: &'r ExportRequest, columns: BTreeMap<String, Column>) -> Self {
        Self {
            request,
            filter: Filter::new(request),
            kept: project::of_profile(request),
            kept_of_event: project::of_event(request),
            schema: column::schema(&columns),
            columns,
        }
    }

    /// Whether the column of this name has to be read. Identities are counted in any case.
    pub(super) fn needs(&self, column: &str) -> bool {
        column == IDENTITIES || self.columns.contains_key(column)
    }

    pub(super) fn begin(&'r self) -> RowMaker<'r> {
        let columns = self.columns.iter();
        RowMaker {
            recipe: self,
            columns: columns.map(|(name, it)| (name.as_str(), Builder::new(it))).collect(),
            by_namespace: BTreeMap::new(),
        }
    }
}

impl RowMaker<'_> {
    /// Adds the rows of a block whose bits are set.
    pub(super) fn add(&mut self, block: &StoredBlock, bits: &[u8]) -> Result<(), Damaged> {
        let rows: Vec<usize> = rows_of(bits).collect();
        let names = block.names();
        let filter = self.recipe.filter.for_block(block);
        for (name, builder) in &mut self.columns {
            builder.begin_block(&names);
            let stored = block.column(name);
            let values = rows.iter().map(|row| stored.and_then(|stored| stored.get(*row)));
            match (&mut *builder, &self.recipe.kept_of_event, self.recipe.request.events()) {
                (Builder::List(list), Some(kept), Some(wanted)) if *name == EVENTS => {
                    for value in values {
                        add_events(list, value, kept, wanted, &filter, &names)?;
                    }
                }
                _ => {
                    let kept = self.recipe.kept.below(name);
                    for value in values {
                        match (value, kept) {
                            (Some(mut tape), Some(kept)) => {
                                builder.append(&mut tape, kept, &names)?;
                            }
                            _ => builder.append_null(),
                        }
                    }
                }
            }
        }
        self.count_identities(block, &rows, &names)
    }

    /// Counts the namespaces in which each row has at least one identity.
    fn count_identities(
        &mut self,
        block: &StoredBlock,
        rows: &[usize],
        names: &[&str],
    ) -> Result<(), Damaged> {
        let Some(identities) = block.column(IDENTITIES) else { return Ok(()) };
        let mut counts = vec![0; names.len()];
        for mut tape in rows.iter().filter_map(|row| identities.get(*row)) {
            tape.object()?;
            while let Some(id) = tape.name()? {
                let count = counts.get_mut(id as usize).ok_or(Damaged)?;
                *count += u64::from(tape.is_at_filled_list());
                tape.skip()?;
            }
        }
        for (name, count) in names.iter().zip(counts).filter(|(_, count)| *count > 0) {
            *self.by_namespace.entry((*name).to_owned()).or_default() += count;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Rows, ArrowError> {
        let fields = self.recipe.schema.fields().iter();
        let built = self.columns.iter_mut().zip(fields);
        let arrays = built.map(|((_, builder), field)| builder.finish(field.data_type()));
        let arrays = arrays.collect::<Result<Vec<ArrayRef>, _>>()?;
        let batch = RecordBatch::try_new(self.recipe.schema.clone(), arrays)?;
        Ok(Rows { batch, by_namespace: self.by_namespace })
    }
}

/// Adds a row's events. Every row has the list, if only an empty one.
fn add_events(
    list: &mut ListBuilder,
    stored: Option<Tape<'_>>,
    kept: &Projection,
    wanted: &EventRequest,
    filter: &BlockFilter<'_, '_>,
    names: &[&str],
) -> Result<(), Damaged> {
    if let Some(mut tape) = stored {
        tape.list()?;
        while tape.has_element()? {
            if filter.keeps_event(wanted, tape)? {
                list.append_element(&mut tape, kept, names)?;
            } else {
                tape.skip()?;
            }
        }
    }
    list.end_list();
    Ok(())
}
