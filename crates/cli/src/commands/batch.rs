//! `batch`: what an export has written.

use aep_export_api::GetBatch;
use aep_export_model::{Batch, BatchId};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::jobs::moment;
use crate::output::Block;
use crate::transfer::bytes_shown;

/// Batches: what an export has written
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export batch get 01EP3YJY0000000000000000AB")]
pub(crate) enum Command {
    Get(GetArgs),
}

/// Show a batch
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export batch get 01EP3YJY0000000000000000AB")]
pub(crate) struct GetArgs {
    /// The batch
    #[arg(value_name = "ID")]
    id: BatchId,
}

impl Command {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let Self::Get(args) = self;
        let operation = GetBatch { id: args.id };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let id = operation.id.clone();
        let batch = client
            .execute(&operation)
            .await
            .map_err(|error| Failure::of(&error, &format!("get batch {id}")))?;
        context.out.document(batch.raw(), id.as_str(), || block(&id, &batch))?;
        Ok(())
    }
}

fn block(id: &BatchId, batch: &Batch) -> Block {
    let metrics = batch.metrics.as_ref();
    let mut block = vec![
        ("batch", Some(id.to_string())),
        ("status", batch.status.as_ref().map(ToString::to_string)),
        ("dataset", batch.related("dataSet").map(str::to_owned)),
        ("created", batch.created.map(moment)),
        ("rows", batch.records().map(|rows| rows.to_string())),
        ("files", metrics.and_then(|metrics| Some(metrics.output_file_count?.to_string()))),
        ("size", metrics.and_then(|metrics| metrics.output_byte_size.map(bytes_shown))),
    ];
    block.extend(batch.errors.iter().map(|error| {
        let parts = [error.code.as_deref(), error.description.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        ("error", Some(parts.join(": ")))
    }));
    block
}
