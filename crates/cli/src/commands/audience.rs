//! `audience`: whom to export.

use std::borrow::Cow;

use aep_export_api::{Client, ErrorKind, GetAudience, ListAudiences, Record};
use aep_export_model::{SegmentDefinition, SegmentId};

use crate::audience_name::the_audience;
use crate::context::Context;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::listing::{Shown, Wanted, list};
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::output::{Block, Facts, fact};

/// What is told of an audience.
pub(crate) static KIND: Kind = Kind {
    name: "audience",
    columns: &[
        Column::left("id"),
        Column::text("name"),
        Column::left("created"),
        Column::text("description").for_programs(),
        Column::left("merge_policy").for_programs(),
    ],
    keyed: false,
};

/// Audiences: whom to export
///
/// The service calls them segment definitions.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  aep-export audience list
  aep-export audience get \"Gold members\"")]
pub(crate) enum Command {
    List(ListArgs),
    Get(GetArgs),
}

/// List audiences
///
/// The service cannot look one up by its name: with --name the whole list is read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export audience list
  aep-export audience list --name gold -o id")]
pub(crate) struct ListArgs {
    /// Only those with this in their name, in capitals or not
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,

    /// At most so many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// Show an audience
///
/// What is no id is looked up as a name. Names need not be unique: if several audiences have it, their
/// ids are named (exit code 2). If one in the list cannot be read and may have that name, nothing is
/// chosen (exit code 1): give the id. All that holds for --audience of other commands, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export audience get 4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10
  aep-export audience get \"Gold members\"")]
pub(crate) struct GetArgs {
    /// The audience, by its id or its name
    #[arg(value_name = "ID|NAME")]
    audience: String,
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
        let text = self.name.unwrap_or_default().to_lowercase();
        let named = |audience: &SegmentDefinition| {
            let name = audience.name.as_deref().unwrap_or_default();
            name.to_lowercase().contains(&text)
        };
        let wanted = Wanted { keep: &named, ..Wanted::up_to(self.limit, "audiences", &show, &row) };
        list(context, client.audiences().pages(operation), wanted).await
    }
}

impl GetArgs {
    async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let wanted = self.audience;
        if wanted.trim().is_empty() {
            return Err(Failure::usage("the id or name of the audience is empty"));
        }
        if context.global.only_shows() {
            let dry = DryRun::new(context)?;
            if !may_be_id(&wanted) {
                return dry.then(&ListAudiences::default())?.show(context, None);
            }
            let dry = dry.then(&GetAudience { id: wanted.into() })?;
            return dry.show(context, Some("if there is none, it is looked up as a name"));
        }
        let client = context.connect().await?;
        let audience = match by_id(&client, &wanted).await? {
            Some(audience) => audience,
            None => by_name(context, &client, &wanted).await?,
        };
        let id = audience.id.as_ref().map_or("", SegmentId::as_str).to_owned();
        context.out.document(&audience.raw, &id, || facts(&audience))?;
        Ok(())
    }
}

/// No id has white space in it (assumed), nor what cannot stand in a path.
fn may_be_id(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || c.is_control() || "/\\%?#".contains(c))
}

async fn by_id(
    client: &Client,
    wanted: &str,
) -> Result<Option<Record<SegmentDefinition>>, Failure> {
    if !may_be_id(wanted) {
        return Ok(None);
    }
    match client.audiences().get(&wanted.into()).await {
        Ok(audience) => Ok(Some(audience.into_record())),
        // What is no id at all may be refused as well as not found.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected) => Ok(None),
        Err(error) => Err(Failure::of(&error, &format!("get audience {wanted}"))),
    }
}

async fn by_name(
    context: &Context,
    client: &Client,
    wanted: &str,
) -> Result<Record<SegmentDefinition>, Failure> {
    let none = format!("there is no audience with the id or the name {wanted:?}");
    the_audience(context, client, wanted, none, "choose one of them by its id").await
}

fn show(record: &Record<SegmentDefinition>) -> Shown<'_> {
    let id = record.id.as_ref().map(ToString::to_string).unwrap_or_default();
    Shown { id, raw: Cow::Borrowed(&record.raw) }
}

fn row(audience: &SegmentDefinition) -> Vec<Cell> {
    vec![
        audience.id.as_ref().map(ToString::to_string).into(),
        audience.name.clone().into(),
        audience.creation_time.into(),
        audience.description.clone().into(),
        audience.merge_policy_id.as_ref().map(ToString::to_string).into(),
    ]
}

fn facts(audience: &SegmentDefinition) -> Facts {
    Facts { row: row(audience), block: block(audience) }
}

fn block(audience: &SegmentDefinition) -> Block {
    vec![
        fact("audience", audience.id.as_ref().map(ToString::to_string)),
        fact("name", audience.name.clone()),
        fact("description", audience.description.clone()),
        fact("merge policy", audience.merge_policy_id.as_ref().map(ToString::to_string)),
        fact("created", audience.creation_time),
    ]
}
