//! `dataset`: what exports write into.

use std::borrow::Cow;

use aep_export_api::{CreateDataset, GetDataset, Keyed, ListDatasets, Record};
use aep_export_model::{Dataset, DatasetId, NewDataset};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::fitness;
use crate::listing::{Shown, Wanted, list};
use crate::making::create_dataset;
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::output::{Block, Facts, fact};

/// What is told of a dataset.
pub(crate) static KIND: Kind = Kind {
    name: "dataset",
    columns: &[
        Column::left("id"),
        Column::text("name"),
        Column::left("for_exports"),
        Column::left("created"),
        Column::left("updated").for_programs(),
        Column::text("description").for_programs(),
        Column::left("state").for_programs(),
        Column::text("schema").for_programs(),
        Column::left("last_batch").for_programs(),
        Column::left("last_batch_status").for_programs(),
    ],
    keyed: true,
};

/// Datasets: what exports write into
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export dataset list
  aep-export dataset create gold")]
pub(crate) enum Command {
    Create(CreateArgs),
    Get(GetArgs),
    List(ListArgs),
}

/// Make a dataset that exports can write to
///
/// It is on the union schema of profiles, and its files are Parquet. Names need not be unique: a second
/// one of the same name is another dataset.
///
/// When no answer comes, the dataset that it may have made is looked for, as the only new one of this
/// name. Exit code 9 means that it could not be told: look with `dataset list` before you create another
/// one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export dataset create gold
  aep-export dataset create gold -o id")]
pub(crate) struct CreateArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Show a dataset
///
/// What speaks against exporting into it is a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export dataset get 6123456789abcdef01234567
  aep-export dataset get 6123456789abcdef01234567 --columns name,for_exports,last_batch")]
pub(crate) struct GetArgs {
    /// The dataset
    #[arg(value_name = "ID")]
    id: DatasetId,
}

/// List datasets, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export dataset list
  aep-export dataset list --limit 5 -o json")]
pub(crate) struct ListArgs {
    /// At most so many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

impl Command {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Create(args) => args.execute(context).await,
            Self::Get(args) => args.execute(context).await,
            Self::List(args) => args.execute(context).await,
        }
    }
}

impl CreateArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if self.name.trim().is_empty() {
            return Err(Failure::usage("the name of the dataset is empty"));
        }
        if context.global.only_shows() {
            let dataset = NewDataset::for_exports(&self.name);
            return DryRun::new(context)?.then(&CreateDataset { dataset })?.show(context, None);
        }
        let client = context.connect().await?;
        let (id, raw) = create_dataset(context, &client, &self.name).await?;
        context.out.document(&raw, id.as_str(), || Facts {
            row: vec![id.as_str().into(), self.name.as_str().into()],
            block: vec![
                fact("dataset", Some(id.to_string())),
                fact("name", Some(self.name.clone())),
            ],
        })?;
        Ok(())
    }
}

impl GetArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = GetDataset { id: self.id };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let id = operation.id.clone();
        let dataset = client
            .execute(&operation)
            .await
            .map_err(|error| Failure::of(&error, &format!("get dataset {id}")))?;
        context.out.document(dataset.raw(), id.as_str(), || Facts {
            row: row(&id, &dataset),
            block: block(&id, &dataset),
        })?;
        fitness::warn(context, &id, &dataset);
        Ok(())
    }
}

impl ListArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let limit = self.limit.and_then(|limit| u32::try_from(limit.min(100)).ok());
        let operation = ListDatasets { limit, ..ListDatasets::default() };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let wanted =
            Wanted::up_to(self.limit, "datasets", &show, &|keyed| row(&keyed.id, &keyed.object));
        list(context, client.datasets().pages(operation), wanted).await
    }
}

/// The catalog keeps the id outside of the object: both go into the record.
fn show(record: &Record<Keyed<DatasetId, Dataset>>) -> Shown<'_> {
    let id = record.id.as_str().to_owned();
    let key = serde_json::Value::from(id.as_str()).to_string();
    let raw = [b"{", key.as_bytes(), b":", &record.raw, b"}"].concat();
    Shown { id, raw: Cow::Owned(raw) }
}

fn row(id: &DatasetId, dataset: &Dataset) -> Vec<Cell> {
    vec![
        id.as_str().into(),
        dataset.name.clone().into(),
        dataset.is_for_exports().into(),
        dataset.created.into(),
        dataset.updated.into(),
        dataset.description.clone().into(),
        dataset.state.clone().into(),
        schema(dataset).into(),
        dataset.last_batch_id.as_ref().map(ToString::to_string).into(),
        dataset.last_batch_status.as_ref().map(ToString::to_string).into(),
    ]
}

fn schema(dataset: &Dataset) -> Option<String> {
    dataset.schema_ref.as_ref()?.id.clone()
}

fn block(id: &DatasetId, dataset: &Dataset) -> Block {
    vec![
        fact("dataset", Some(id.to_string())),
        fact("name", dataset.name.clone()),
        fact("description", dataset.description.clone()),
        fact("state", dataset.state.clone()),
        fact("schema", schema(dataset)),
        fact("format", dataset.file_description.as_ref().and_then(|files| files.format.clone())),
        fact("for exports", dataset.is_for_exports()),
        fact("created", dataset.created),
        fact("updated", dataset.updated),
        fact("last batch", dataset.last_batch_id.as_ref().map(ToString::to_string)),
        fact("its status", dataset.last_batch_status.as_ref().map(ToString::to_string)),
    ]
}
