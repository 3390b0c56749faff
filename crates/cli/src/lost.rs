//! Looking for what a create without an answer has made.

use std::future::Future;

use aep_export_api::{Error, Reconciled, Record};
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::interruption::Stage;

/// What can be created, and so be lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thing {
    pub(crate) name: &'static str,
    /// What its id is called in JSON.
    key: &'static str,
    /// The command that shows all of them.
    pub(crate) list: &'static str,
}

pub(crate) const JOB: Thing = Thing { name: "job", key: "job_id", list: "list" };
pub(crate) const SEGMENT_JOB: Thing =
    Thing { name: "segment job", key: "segment_job_id", list: "segment-job list" };
pub(crate) const DATASET: Thing =
    Thing { name: "dataset", key: "dataset_id", list: "dataset list" };

/// What the create of `thing` has made that ended with `failure`, if `search` can tell.
pub(crate) async fn find<T>(
    context: &mut Context,
    thing: Thing,
    failure: Failure,
    search: impl Future<Output = Result<Reconciled<T>, Error>>,
    id: impl Fn(&T) -> Option<String>,
) -> Result<Record<T>, Failure> {
    let Thing { name, key, .. } = thing;
    context.talk.warn(&format!("no usable answer to the create; looking whether it made a {name}"));
    let failure = match search.await {
        Ok(Reconciled::Found(found)) => {
            let id = id(&found.value).unwrap_or_default();
            let event = json!({ "event": "found", key: id });
            context.talk.event(&event, &format!("{name} {id} found, which the create has made"));
            return Ok(*found);
        }
        Ok(Reconciled::Ambiguous(some)) => {
            let ids: Vec<_> = some.iter().filter_map(|one| id(&one.value)).collect();
            let which =
                if ids.len() == 1 { name.to_owned() } else { format!("any of the {name}s") };
            failure.adding(&format!("it may be {which} {}", ids.join(", ")))
        }
        Ok(_) => failure.adding(&format!("no such {name} is listed yet")),
        Err(error) => failure.adding(&format!("nor can it be looked for: {}", error.message())),
    };
    Err(look_first(context, failure, thing))
}

/// An unknown outcome says how to find out; the stage is over either way.
pub(crate) fn look_first(context: &mut Context, failure: Failure, thing: Thing) -> Failure {
    context.stage = Stage::Plain;
    if failure.kind() != Kind::UnknownOutcome {
        return failure;
    }
    failure.hint(format!("look before you create another one: {}", context.again(thing.list)))
}
