//! Audiences by their names, which the service cannot look up.

use std::pin::pin;

use aep_export_api::{Client, ErrorKind, ListAudiences, Record};
use aep_export_model::{SegmentDefinition, SegmentId};
use futures_util::TryStreamExt;

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::nearest::nearest;

/// The id of the one audience called `name`.
pub(crate) async fn find_audience(
    context: &Context,
    client: &Client,
    name: &str,
) -> Result<SegmentId, Failure> {
    let none = format!("there is no audience called {name:?}");
    let hint = "choose one of them with --segment ID";
    let found = the_audience(context, client, name, none.clone(), hint).await?;
    found.value.id.ok_or_else(|| Failure::new(Kind::NotFound, format!("{none} that has an id")))
}

/// The one audience called `name`; `none` is said where there is none, and `choose` where there are
/// several.
pub(crate) async fn the_audience(
    context: &Context,
    client: &Client,
    name: &str,
    none: String,
    choose: &str,
) -> Result<Record<SegmentDefinition>, Failure> {
    let mut found = client.audiences().named(name).await.map_err(|error| {
        let failure = Failure::of(&error, &format!("look up the audience {name:?}"));
        match error.kind() {
            // Of one of them; to look it up by its id reads no other.
            ErrorKind::Malformed => failure.also_hint("an audience can also be given by its id"),
            _ => failure,
        }
    })?;
    match (found.pop(), found.as_slice()) {
        (Some(one), []) => Ok(one),
        (Some(last), others) => {
            let all = others.iter().chain([&last]);
            let ids: Vec<&str> =
                all.filter_map(|one| one.id.as_ref()).map(SegmentId::as_str).collect();
            let (number, ids) = (others.len() + 1, ids.join(", "));
            let message = format!("{number} audiences are called {name:?}: {ids}");
            Err(Failure::usage(message).hint(choose))
        }
        (None, _) => {
            let all = format!("all of them: {}", context.again("audience list"));
            let hint = match meant(client, name).await {
                Some(meant) => format!("did you mean {meant:?}? {all}"),
                None => all,
            };
            Err(Failure::new(Kind::NotFound, none).hint(hint))
        }
    }
}

/// The name most like `name`. The list is read a second time for it, as only a slip needs it; when
/// that fails nothing is suggested.
async fn meant(client: &Client, name: &str) -> Option<String> {
    let mut names = Vec::new();
    let mut audiences = pin!(client.audiences().stream(ListAudiences::default()));
    while let Ok(Some(audience)) = audiences.try_next().await {
        names.extend(audience.value.name);
    }
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}
