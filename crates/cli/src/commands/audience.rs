//! `audience`: whom to export.

use aep_export_api::{GetAudience, ListAudiences, Record};
use aep_export_model::{SegmentDefinition, SegmentId};

use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::jobs::moment;
use crate::listing::{Shown, Wanted, list};
use crate::output::Block;
use crate::output::table::Column;

const COLUMNS: [Column; 3] = [Column::left("ID"), Column::text("NAME"), Column::left("CREATED")];

/// Audiences: whom to export
///
/// The service calls them segment definitions.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export audience list")]
pub(crate) enum Command {
    List(ListArgs),
    Get(GetArgs),
}

/// List audiences
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export audience list
  aep-export audience list -o id")]
pub(crate) struct ListArgs {
    /// At most so many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// Show an audience
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export audience get 4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10")]
pub(crate) struct GetArgs {
    /// The audience
    #[arg(value_name = "ID")]
    id: SegmentId,
}

impl Command {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::List(args) => args.execute(context).await,
            Self::Get(args) => args.execute(context).await,
        }
    }
}

impl ListArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = ListAudiences::default();
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let wanted = Wanted::up_to(self.limit, "audiences", &COLUMNS, &show);
        list(context, client.audiences().pages(operation), wanted).await
    }
}

impl GetArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let operation = GetAudience { id: self.id };
        if context.global.only_shows() {
            return DryRun::new(context)?.then(&operation)?.show(context, None);
        }
        let client = context.connect().await?;
        let id = operation.id.clone();
        let audience = client
            .execute(&operation)
            .await
            .map_err(|error| Failure::of(&error, &format!("get audience {id}")))?;
        context.out.document(audience.raw(), id.as_str(), || block(&audience))?;
        Ok(())
    }
}

fn show(record: &Record<SegmentDefinition>) -> Shown {
    let known = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let id = record.id.as_ref().map(ToString::to_string);
    Shown {
        row: vec![
            known(id.clone()),
            known(record.name.clone()),
            known(record.creation_time.map(moment)),
        ],
        id: id.unwrap_or_default(),
        raw: record.raw.to_vec(),
    }
}

fn block(audience: &SegmentDefinition) -> Block {
    vec![
        ("audience", audience.id.as_ref().map(ToString::to_string)),
        ("name", audience.name.clone()),
        ("description", audience.description.clone()),
        ("merge policy", audience.merge_policy_id.as_ref().map(ToString::to_string)),
        ("created", audience.creation_time.map(moment)),
    ]
}
