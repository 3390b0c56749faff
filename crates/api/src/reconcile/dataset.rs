//! A lost create of a dataset.

use std::time::Duration;

use aep_export_model::{Dataset, DatasetId, EpochMillis, NewDataset};

use super::Lost;
use crate::likeness::Likeness;
use crate::newest::PAGE_SIZE;
use crate::{Keyed, ListDatasets};

/// A create of a dataset whose outcome is not known: its error says so, or its future was dropped
/// before it had ended, or the program ended with it.
///
/// A dataset does not tell what it was created by, so it is recognised by its name and its schema.
#[derive(Debug, Clone, PartialEq)]
pub struct LostDataset {
    dataset: NewDataset,
    age: Duration,
}

impl LostDataset {
    /// A create of this dataset that was begun at most `age` ago.
    pub fn new(dataset: NewDataset, age: Duration) -> Self {
        Self { dataset, age }
    }
}

impl Lost for LostDataset {
    type List = ListDatasets;

    /// It is asked for with the newest first (documented).
    fn list(&self) -> ListDatasets {
        ListDatasets { limit: Some(PAGE_SIZE), start: 0 }
    }

    fn age(&self) -> Duration {
        self.age
    }

    fn sent_id(&self) -> Option<&str> {
        None
    }

    fn created(dataset: &Keyed<DatasetId, Dataset>) -> Option<EpochMillis> {
        dataset.object.created
    }

    fn carried_id(_: &Keyed<DatasetId, Dataset>) -> Option<&str> {
        None
    }

    /// Names need not be unique. One that is older, or does not tell its age, is another one or
    /// perhaps another one.
    fn likeness(&self, dataset: &Keyed<DatasetId, Dataset>) -> Likeness {
        let (asked, is) = (&self.dataset, &dataset.object);
        if is.name.is_none() || is.name != asked.name {
            return Likeness::Different;
        }
        let [asked, schema] = [&asked.schema_ref, &is.schema_ref]
            .map(|schema| schema.as_ref().and_then(|schema| schema.id.as_deref()));
        match schema {
            None => Likeness::Unclear,
            schema if schema != asked => Likeness::Different,
            _ if is.created.is_none() => Likeness::Unclear,
            _ => Likeness::Equal,
        }
    }
}
