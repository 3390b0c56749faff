//! `batch`: what an export has written.

use aep_export_api::GetBatch;
use aep_export_model::{Batch, BatchError, BatchId};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::output::{Block, Facts, fact};
use crate::transfer::bytes_shown;

/// What is told of a batch.
pub(crate) static KIND: Kind = Kind {
    name: "batch",
    columns: &[
        Column::left("id"),
        Column::left("status"),
        Column::left("dataset"),
        Column::left("created"),
        Column::right("rows"),
        Column::right("files"),
        Column::right("bytes"),
        Column::text("error"),
        Column::left("updated").for_programs(),
        Column::right("duration").for_programs(),
        Column::right("rows_read").for_programs(),
        Column::right("rows_failed").for_programs(),
    ],
    keyed: true,
};

/// Batches: what an export has written
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export batch get 01EP3YJY0000000000000000AB
  aep-export batch get 01EP3YJY0000000000000000AB -o env")]
pub(crate) enum Command {
    Get(GetArgs),
}

/// Show a batch: its status, and what was counted while it was written
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export batch get 01EP3YJY0000000000000000AB
  aep-export batch get 01EP3YJY0000000000000000AB -o env")]
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
        context.out.document(batch.raw(), id.as_str(), || Facts {
            row: row(&id, &batch),
            block: block(&id, &batch),
        })?;
        Ok(())
    }
}

fn row(id: &BatchId, batch: &Batch) -> Vec<Cell> {
    let metrics = batch.metrics.as_ref();
    vec![
        id.as_str().into(),
        batch.status.as_ref().map(ToString::to_string).into(),
        batch.related("dataSet").into(),
        batch.created.into(),
        batch.records().into(),
        metrics.and_then(|metrics| metrics.output_file_count).into(),
        batch.bytes().into(),
        Some(errors(batch).join("; ")).filter(|errors| !errors.is_empty()).into(),
        batch.updated.into(),
        batch.duration().into(),
        batch.records_read().into(),
        batch.records_failed().into(),
    ]
}

fn block(id: &BatchId, batch: &Batch) -> Block {
    let metrics = batch.metrics.as_ref();
    let mut block = vec![
        fact("batch", Some(id.to_string())),
        fact("status", batch.status.as_ref().map(ToString::to_string)),
        fact("dataset", batch.related("dataSet").map(str::to_owned)),
        fact("created", batch.created),
        fact("updated", batch.updated),
        fact("duration", batch.duration()),
        fact("rows", batch.records()),
        fact("rows read", batch.records_read()),
        fact("rows failed", batch.records_failed()),
        fact("files", metrics.and_then(|metrics| metrics.output_file_count)),
        fact("size", batch.bytes().map(|bytes| format!("{bytes} ({})", bytes_shown(bytes)))),
    ];
    block.extend(errors(batch).into_iter().map(|error| fact("error", Some(error))));
    block
}

/// What went wrong, each thing with how many records it concerns.
fn errors(batch: &Batch) -> Vec<String> {
    let reason = batch.metrics.as_ref().and_then(|metrics| metrics.failure_reason.clone());
    reason.into_iter().chain(batch.errors.iter().map(explain)).collect()
}

fn explain(error: &BatchError) -> String {
    let parts = [error.code.as_deref(), error.description.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    let of = error.record_count.map(|records| format!(" ({records} records)"));
    format!("{}{}", parts.join(": "), of.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::when::When;

    fn shown(json: &str) -> Vec<(&'static str, String)> {
        let batch = serde_json::from_str(json).unwrap();
        let block = block(&"B1".into(), &batch).into_iter();
        let known = block.filter(|(_, value)| *value != Cell::Missing);
        known.map(|(label, value)| (label, value.told(&When::default()))).collect()
    }

    #[test]
    fn metrics_and_errors_are_shown() {
        let shown = shown(
            r#"{"status":"success","created":1538615973895,"updated":1538616233239,
                "started":1538615974000,"completed":1538616034000,
                "relatedObjects":[{"type":"dataSet","id":"D1"}],
                "metrics":{"inputRecordCount":9,"outputRecordCount":7,"failedRecordCount":2,
                           "outputFileCount":3,"outputByteSize":2048},
                "errors":[{"code":"106","description":"Empty.","recordCount":2},{"code":"x"}]}"#,
        );
        let expected = [
            ("batch", "B1"),
            ("status", "success"),
            ("dataset", "D1"),
            ("created", "2018-10-04T01:19:33Z"),
            ("updated", "2018-10-04T01:23:53Z"),
            ("duration", "1m 0s"),
            ("rows", "7"),
            ("rows read", "9"),
            ("rows failed", "2"),
            ("files", "3"),
            ("size", "2048 (2.0 KiB)"),
            ("error", "106: Empty. (2 records)"),
            ("error", "x"),
        ];
        assert_eq!(shown, expected.map(|(label, value)| (label, value.to_owned())));
    }

    #[test]
    fn an_old_batch_and_one_that_says_nothing() {
        let old = r#"{"status":"failed","metrics":{"recordsRead":9,"recordsFailed":9,
            "startTime":0,"endTime":1500,"failureReason":"no room"}}"#;
        let old = shown(old);
        for line in [("rows read", "9"), ("rows failed", "9"), ("duration", "1.5s")] {
            assert!(old.contains(&(line.0, line.1.to_owned())), "{old:?}");
        }
        assert!(old.contains(&("error", "no room".to_owned())), "{old:?}");
        assert_eq!(shown("{}"), [("batch", "B1".to_owned())]);
    }
}
