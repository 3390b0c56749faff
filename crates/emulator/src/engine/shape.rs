//! The columns of an export, learnt from its rows.
//!
//! The schema is the union of the fields of all rows, in alphabetical order, every one optional.
//! Texts stay texts, times among them. Objects become structs, except where the keys are data
//! (`identityMap`, `segmentMembership` and the map inside it, `idSpecific` of consents): these
//! become maps. Where Parquet has no type that fits all values of a field (a text here and an
//! object there, an object without any field, a whole number beyond 64 bits) the column is text,
//! and what is not a text is written as its JSON, as Spark does. The same happens to objects and
//! lists that lie deeper than [`DEEPEST`]: writers and readers of Parquet go down level by level,
//! and imported profiles may be as deep as the JSON reader allows (127).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use serde_json::Value;

use super::filter::Object;
use super::request::DEEPEST_PATH;

/// Levels of nesting that become columns, from the fields of a row on; lists and maps count too.
/// What a request can ask for by its path has its column, unless lists lie on its way. The Parquet
/// writer needs 32 KiB of stack a level in an unoptimised build, and its thread has 2 MiB.
const DEEPEST: usize = DEEPEST_PATH;

/// What is known about the values in one place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Nothing but nulls, or nothing at all.
    Unknown,
    Bool,
    Int,
    Float,
    Text,
    /// No one type fits: JSON as text.
    Json,
    Struct(BTreeMap<String, Shape>),
    Map(Box<Shape>),
    List(Box<Shape>),
}

/// How many levels of maps begin at a field: XDM's fields whose keys are data.
fn map_levels(field: &str) -> u8 {
    match field {
        "identityMap" => 1,
        "segmentMembership" | "idSpecific" => 2,
        _ => 0,
    }
}

impl Shape {
    /// The shape of rows that were not seen yet.
    pub(super) fn rows() -> Self {
        Self::Struct(BTreeMap::new())
    }

    /// Makes room for one more row.
    pub(super) fn observe_row(&mut self, row: &Object) {
        self.observe_fields(row, DEEPEST);
    }

    /// Makes room for a field that was asked for, so that it has a column even if no row has it.
    pub(super) fn expect_field(&mut self, path: &str) {
        self.expect_names(&mut path.split('.'), 0, DEEPEST);
    }

    /// Whether there is any column.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Struct(fields) if fields.is_empty())
    }

    /// Leaf columns.
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Struct(fields) => fields.values().map(Self::columns).sum(),
            Self::Map(values) => 1 + values.columns(),
            Self::List(elements) => elements.columns(),
            _ => 1,
        }
    }

    /// Whether some values must be turned into their JSON before they are written.
    pub(super) fn has_json(&self) -> bool {
        match self {
            Self::Json => true,
            Self::Struct(fields) => fields.is_empty() || fields.values().any(Self::has_json),
            Self::Map(inner) | Self::List(inner) => inner.has_json(),
            _ => false,
        }
    }

    /// Turns those values of a row into texts.
    pub(super) fn write_json_as_text(&self, value: &mut Value) {
        match (self, value) {
            (_, Value::Null) | (Self::Json, Value::String(_)) => {}
            (Self::Json, value) => *value = Value::String(value.to_string()),
            (Self::Struct(fields), value) if fields.is_empty() => {
                *value = Value::String(value.to_string());
            }
            (Self::Struct(fields), Value::Object(object)) => {
                for (name, value) in object {
                    if let Some(shape) = fields.get(name) {
                        shape.write_json_as_text(value);
                    }
                }
            }
            (Self::Map(inner), Value::Object(object)) => {
                object.values_mut().for_each(|value| inner.write_json_as_text(value));
            }
            (Self::List(inner), Value::Array(elements)) => {
                elements.iter_mut().for_each(|element| inner.write_json_as_text(element));
            }
            _ => {}
        }
    }

    /// The Arrow schema of rows with this shape.
    pub(super) fn schema(&self) -> SchemaRef {
        let columns = match self {
            Self::Struct(fields) => fields.iter().map(field_of).collect(),
            _ => Vec::new(),
        };
        Arc::new(Schema::new(columns))
    }

    /// `room` is how many levels there may be below this place.
    fn observe(&mut self, value: &Value, map_levels: u8, room: usize) {
        let seen = match value {
            Value::Null => return,
            Value::Object(_) | Value::Array(_) if room == 0 => Self::Json,
            Value::Object(entries) if map_levels > 0 => {
                return self.observe_map(entries, map_levels, room);
            }
            Value::Object(fields) => return self.observe_struct(fields, room),
            Value::Array(elements) => return self.observe_list(elements, room),
            Value::Bool(_) => Self::Bool,
            Value::String(_) => Self::Text,
            Value::Number(number) if number.is_i64() => Self::Int,
            Value::Number(number) if number.is_f64() => Self::Float,
            Value::Number(_) => Self::Json,
        };
        self.join_scalar(seen);
    }

    fn join_scalar(&mut self, seen: Self) {
        let joined = match (&*self, &seen) {
            (Self::Unknown, _) => seen,
            (known, _) if *known == seen => return,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            _ => Self::Json,
        };
        *self = joined;
    }

    fn observe_struct(&mut self, object: &Object, room: usize) {
        match self {
            Self::Unknown => *self = Self::rows(),
            Self::Struct(_) => {}
            _ => return *self = Self::Json,
        }
        self.observe_fields(object, room);
    }

    fn observe_fields(&mut self, object: &Object, room: usize) {
        let Self::Struct(fields) = self else { return };
        let below = room.saturating_sub(1);
        for (name, value) in object {
            match fields.get_mut(name) {
                Some(shape) => shape.observe(value, map_levels(name), below),
                None => {
                    let mut shape = Self::Unknown;
                    shape.observe(value, map_levels(name), below);
                    fields.insert(name.clone(), shape);
                }
            }
        }
    }

    fn observe_map(&mut self, entries: &Object, levels: u8, room: usize) {
        if *self == Self::Unknown {
            *self = Self::unknown_map(levels);
        }
        match self {
            Self::Map(inner) => {
                let below = room.saturating_sub(1);
                entries.values().for_each(|value| inner.observe(value, levels - 1, below));
            }
            _ => *self = Self::Json,
        }
    }

    fn observe_list(&mut self, elements: &[Value], room: usize) {
        if *self == Self::Unknown {
            *self = Self::List(Box::new(Self::Unknown));
        }
        match self {
            Self::List(inner) => {
                let below = room.saturating_sub(1);
                elements.iter().for_each(|element| inner.observe(element, 0, below));
            }
            _ => *self = Self::Json,
        }
    }

    fn unknown_map(levels: u8) -> Self {
        (0..levels).fold(Self::Unknown, |inner, _| Self::Map(Box::new(inner)))
    }

    fn expect_names(&mut self, names: &mut dyn Iterator<Item = &str>, levels: u8, room: usize) {
        let below = room.saturating_sub(1);
        match self {
            _ if room == 0 => {}
            Self::Unknown if levels > 0 => *self = Self::unknown_map(levels),
            // The key is data; what follows it is expected of values whose kind was seen.
            Self::Map(inner) if **inner != Self::Unknown && names.next().is_some() => {
                inner.expect_names(names, 0, below);
            }
            Self::List(inner) => inner.expect_names(names, 0, below),
            Self::Unknown | Self::Struct(_) => {
                let Some(name) = names.next() else { return };
                if *self == Self::Unknown {
                    *self = Self::rows();
                }
                let Self::Struct(fields) = self else { return };
                let field = fields.entry(name.to_owned()).or_insert(Self::Unknown);
                field.expect_names(names, map_levels(name), below);
            }
            _ => {}
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Unknown | Self::Text | Self::Json => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Struct(fields) if fields.is_empty() => DataType::Utf8,
            Self::Struct(fields) => DataType::Struct(fields.iter().map(field_of).collect()),
            Self::List(inner) => DataType::List(optional("element", inner)),
            // The names of the Parquet specification, which Spark writes too.
            Self::Map(inner) => {
                let key = Arc::new(Field::new("key", DataType::Utf8, false));
                let entry = DataType::Struct([key, optional("value", inner)].into_iter().collect());
                DataType::Map(Arc::new(Field::new("key_value", entry, false)), false)
            }
        }
    }
}

fn field_of((name, shape): (&String, &Shape)) -> FieldRef {
    optional(name, shape)
}

fn optional(name: &str, shape: &Shape) -> FieldRef {
    Arc::new(Field::new(name, shape.data_type(), true))
}
