//! TOML, read as what JSON has.

use std::ops::Range;

use serde_json::{Number, Value};
use toml_edit::{Document, Item, TableLike};

use super::language::Unreadable;
use super::node::{Is, Node};
use crate::place::Place;

pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let unreadable = |span: Option<Range<usize>>, why: &str| Unreadable {
        place: span.map(|span| Place::of(text, span.start)),
        why: why.to_owned(),
    };
    let document =
        Document::parse(text).map_err(|error| unreadable(error.span(), error.message()))?;
    let is = of_table(document.as_table(), text)
        .map_err(|span| unreadable(span, "JSON has no such number"))?;
    Ok(Node { place: Place::of(text, 0), is })
}

/// Where a number stands that JSON does not have.
type NoNumber = Option<Range<usize>>;

fn of_table(table: &dyn TableLike, text: &str) -> Result<Is, NoNumber> {
    let members = table.iter().filter(|(_, item)| !item.is_none());
    let members = members.map(|(key, item)| Ok((key.to_owned(), of_item(item, text)?)));
    members.collect::<Result<_, NoNumber>>().map(Is::Object)
}

fn of_item(item: &Item, text: &str) -> Result<Node, NoNumber> {
    let is = match item {
        Item::None => Is::Scalar(Value::Null),
        Item::Value(value) => return of_value(value, text),
        Item::Table(table) => of_table(table, text)?,
        Item::ArrayOfTables(tables) => {
            let node = |table: &toml_edit::Table| {
                Ok(Node { place: place(table.span(), text), is: of_table(table, text)? })
            };
            Is::List(tables.iter().map(node).collect::<Result<_, NoNumber>>()?)
        }
    };
    Ok(Node { place: place(item.span(), text), is })
}

fn of_value(value: &toml_edit::Value, text: &str) -> Result<Node, NoNumber> {
    let is = match value {
        toml_edit::Value::String(text) => Is::Scalar(text.value().as_str().into()),
        toml_edit::Value::Integer(number) => Is::Scalar((*number.value()).into()),
        toml_edit::Value::Float(number) => {
            let number = Number::from_f64(*number.value()).ok_or(value.span())?;
            Is::Scalar(Value::Number(number))
        }
        toml_edit::Value::Boolean(truth) => Is::Scalar((*truth.value()).into()),
        // A time keeps its offset as it is written.
        toml_edit::Value::Datetime(time) => Is::Scalar(time.value().to_string().into()),
        toml_edit::Value::Array(elements) => {
            let elements = elements.iter().map(|element| of_value(element, text));
            Is::List(elements.collect::<Result<_, NoNumber>>()?)
        }
        toml_edit::Value::InlineTable(table) => of_table(table, text)?,
    };
    Ok(Node { place: place(value.span(), text), is })
}

fn place(span: Option<Range<usize>>, text: &str) -> Place {
    Place::of(text, span.map_or(0, |span| span.start))
}
