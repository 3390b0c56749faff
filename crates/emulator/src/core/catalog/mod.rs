//! Catalog: datasets and batches.

mod batches;
mod datasets;

use std::cmp::Ordering;

use http::Method;
use serde_json::{Map, Value};

use super::gateway::{Caller, json_only};
use super::listing::{BadParameter, Direction, number, slice};
use super::{Answered, Core, is_read, wrong_method};
use crate::answer::{Answer, not_emulated, problem};
use crate::call::Call;

pub(super) use batches::batch_status;

/// Objects in a listing when no limit is given, and at most (documented).
const DEFAULT_LIMIT: u64 = 20;
const MOST: u64 = 100;

impl Core {
    pub(super) fn catalog(
        &self,
        call: &Call,
        caller: &Caller,
        rest: &[&str],
        now: i64,
    ) -> Answered {
        let is_read = is_read(call);
        match rest {
            ["dataSets"] if is_read => self.list_datasets(call, caller, now),
            ["dataSets"] if call.method == Method::POST => match json_only(call) {
                Ok(()) => self.create_dataset(call, caller, now),
                Err(refusal) => Ok(refusal),
            },
            ["dataSets", id] if is_read => self.get_dataset(call, caller, id, now),
            ["dataSets", id, "views", _, "files"] if is_read => {
                Ok(not_emulated(&format!("the file listing of dataset {id}")))
            }
            ["batches"] if is_read => self.list_batches(call, caller, now),
            ["batches", id] if is_read => self.get_batch(caller, id, now),
            ["dataSets" | "batches", ..] if !is_read && call.method != Method::POST => {
                Ok(not_emulated(&format!("{} {}", call.method, call.shown_path())))
            }
            ["dataSets" | "batches", _] => Ok(wrong_method(call, "GET, HEAD")),
            _ => Ok(not_emulated(&call.shown_path())),
        }
    }
}

fn bad_request(bad: &BadParameter) -> Answer {
    problem(400, "BadRequestError", &bad.sentence())
}

/// The object under its id, as Catalog answers.
fn under_id(id: &str, object: Value) -> Map<String, Value> {
    Map::from_iter([(id.to_owned(), object)])
}

/// Cuts a listing out of `objects` by the parameters that all of Catalog's listings take. There is
/// no link to the next page: one asks on until there are fewer than asked for (documented).
fn listing(
    call: &Call,
    mut objects: Vec<(String, Value)>,
) -> Result<Map<String, Value>, BadParameter> {
    let limit = number(call, "limit", 1)?.unwrap_or(DEFAULT_LIMIT);
    if limit > MOST {
        return Err(BadParameter::new("limit", format!("at most {MOST}")));
    }
    let start = number(call, "start", 0)?.unwrap_or(0);
    let created = |name| moment(call, name);
    let (after, before) = (created("createdAfter")?, created("createdBefore")?);
    objects.retain(|(_, object)| {
        let at = object.get("created").and_then(Value::as_i64).unwrap_or_default();
        after.is_none_or(|after| at > after) && before.is_none_or(|before| at < before)
    });
    for (name, value) in &call.query {
        objects.retain(|(_, object)| passes(object, name, value));
    }
    let (fields, direction) = order(call)?;
    objects.sort_by(|(a_id, a), (b_id, b)| {
        let by_fields = fields.iter().map(|field| compare(a.get(field), b.get(field)));
        let ascending =
            by_fields.fold(Ordering::Equal, Ordering::then).then_with(|| a_id.cmp(b_id));
        direction.apply(ascending)
    });
    let page = slice(objects, start, limit).into_iter();
    Ok(page.map(|(id, object)| (id, picked(call, object))).collect())
}

/// The filters on plain properties; `property` is understood as `name~^text` and `name==text`
/// without regular expressions (a simplification).
fn passes(object: &Value, name: &str, value: &str) -> bool {
    match name {
        "name" | "status" | "version" | "createdClient" => {
            object.get(name).and_then(Value::as_str) == Some(value)
        }
        "property" => {
            let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
            if let Some((field, start)) = value.split_once("~^") {
                text(field).starts_with(start)
            } else if let Some((field, wanted)) = value.split_once("==") {
                text(field) == wanted
            } else {
                true
            }
        }
        _ => true,
    }
}

/// A moment in milliseconds, when the parameter is there.
fn moment(call: &Call, name: &'static str) -> Result<Option<i64>, BadParameter> {
    let Some(text) = call.parameter(name) else { return Ok(None) };
    let bad = |_| BadParameter::new(name, "milliseconds since 1970");
    text.parse().map(Some).map_err(bad)
}

/// `orderBy=desc:created,updated`; oldest first when absent (assumed).
fn order(call: &Call) -> Result<(Vec<String>, Direction), BadParameter> {
    let text = call.parameter("orderBy").unwrap_or("asc:created");
    let bad = || BadParameter::new("orderBy", "asc: or desc: and names of properties");
    let (direction, fields) = text.split_once(':').ok_or_else(bad)?;
    let direction = Direction::parse(direction).ok_or_else(bad)?;
    Ok((fields.split(',').map(ToOwned::to_owned).collect(), direction))
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let number = |value: Option<&Value>| value.and_then(Value::as_i64);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(ToOwned::to_owned);
    number(a).cmp(&number(b)).then_with(|| text(a).cmp(&text(b)))
}

/// Only the properties that `properties=a,b` names.
fn picked(call: &Call, object: Value) -> Value {
    let Some(names) = call.parameter("properties") else { return object };
    match object {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| names.split(',').any(|wanted| wanted.trim() == name))
            .collect(),
        other => other,
    }
}

/// The headers that Catalog adds (observed: the version twice, quoted and bare).
fn with_catalog_headers(answer: Answer, caller: &Caller) -> Answer {
    answer
        .with("etag", format!("\"{VERSION}\""))
        .with("e-tag", VERSION)
        .with("x-sandbox-name", &caller.tenant.sandbox)
}

/// The version of every object: none is ever changed by a caller.
const VERSION: &str = "1.0.0";
