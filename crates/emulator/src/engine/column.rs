//! The columns of an export, worked out from what the profiles have and what was asked for.
//!
//! The fields of all profiles of the store have columns, in alphabetical order, whichever profiles
//! an export lets through: every export of a store has the same schema. All are optional. Texts stay
//! texts, times among them. Objects become structs, except where the keys are data (`identityMap`,
//! `segmentMembership` and the map inside it, `idSpecific` of consents): these become maps. Where
//! Parquet has no type that fits all values of a field (a text here and an object there, an object
//! without any field, a whole number beyond 64 bits) the column is text, and what is not a text is
//! written as its JSON, as Spark does. The same happens to objects and lists that lie deeper than
//! [`DEEPEST`], and to objects with more than [`MOST_FIELDS`](super::shape::MOST_FIELDS) fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::filter::{ENVELOPE, EVENTS};
use super::project::{self, Projection};
use super::request::ExportRequest;
use super::shape::{DEEPEST, Fields, Kinds, Shape, map_levels};

/// The column that even an export of nothing has: Parquet files without columns are unreadable.
const LAST_RESORT_COLUMN: &str = "_id";

/// What is written for the values in one place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Column {
    Bool,
    Int,
    Float,
    Text,
    /// No one type fits: JSON as text.
    Json,
    Struct(BTreeMap<String, Column>),
    Map(Box<Column>),
    List(Box<Column>),
}

/// The columns of an export's rows.
pub(super) fn columns(request: &ExportRequest, fields: &Fields) -> BTreeMap<String, Column> {
    let wanted = project::of_profile(request);
    let mut columns = of_fields(fields, &wanted, DEEPEST);
    columns.remove(ENVELOPE);
    columns.remove(EVENTS);
    if let Some(wanted) = project::of_event(request) {
        columns.insert(EVENTS.to_owned(), of_events(fields.get(EVENTS), &wanted));
    }
    if columns.is_empty() {
        columns.insert(LAST_RESORT_COLUMN.to_owned(), Column::Text);
    }
    columns
}

fn of_events(events: Option<&Shape>, wanted: &Projection) -> Column {
    let event = events.and_then(|events| events.elements.as_deref()).unwrap_or(&NOTHING);
    let mut column = Column::new(event, wanted, 0, DEEPEST - 1);
    if let Column::Text | Column::Json = column
        && event.kinds.and(Kinds::BULK) == Kinds::NONE
    {
        // No event has anything.
        column = Column::Struct(BTreeMap::new());
    }
    if let Column::Struct(fields) = &mut column
        && !wanted.goes_on()
    {
        fields.entry(LAST_RESORT_COLUMN.to_owned()).or_insert(Column::Text);
    }
    Column::List(Box::new(column))
}

/// What was never seen.
static NOTHING: Shape =
    Shape { kinds: Kinds::NONE, fields: BTreeMap::new(), values: None, elements: None };

/// Columns of the fields that are asked for: all that there are, or those that are named, whether
/// there are any or not. `room` is how many levels there may be from here on.
fn of_fields(fields: &Fields, wanted: &Projection, room: usize) -> BTreeMap<String, Column> {
    let column = |name: &String, shape: &Shape, wanted: &Projection| {
        (name.clone(), Column::new(shape, wanted, map_levels(name), room.saturating_sub(1)))
    };
    match wanted {
        Projection::Keys(keys) => {
            let named = keys.iter();
            named
                .map(|(name, wanted)| column(name, fields.get(name).unwrap_or(&NOTHING), wanted))
                .collect()
        }
        all => {
            let kept = fields.iter().filter_map(|it| Some((it, all.below(it.0)?)));
            kept.map(|((name, shape), wanted)| column(name, shape, wanted)).collect()
        }
    }
}

impl Column {
    /// `levels` of maps begin at this place by its name.
    fn new(shape: &Shape, wanted: &Projection, levels: u8, room: usize) -> Self {
        // What a path goes on from is an object or a list; nothing else there is kept.
        let kinds = if wanted.goes_on() { shape.kinds.and(Kinds::CONTAINERS) } else { shape.kinds };
        match kinds {
            Kinds::NONE if levels > 0 => Self::Map(Box::new(Self::unknown(levels - 1))),
            Kinds::NONE if wanted.goes_on() && room > 0 => {
                Self::Struct(of_fields(&shape.fields, wanted, room))
            }
            Kinds::NONE | Kinds::TEXT => Self::Text,
            Kinds::BOOL => Self::Bool,
            Kinds::INT => Self::Int,
            Kinds::FLOAT => Self::Float,
            Kinds::OBJECT => Self::Struct(of_fields(&shape.fields, wanted, room)).if_not_empty(),
            Kinds::MAP => Self::Map(Box::new(Self::of_values(shape, wanted, levels, room))),
            Kinds::LIST => {
                let elements = shape.elements.as_deref().unwrap_or(&NOTHING);
                Self::List(Box::new(Self::new(elements, wanted, 0, room.saturating_sub(1))))
            }
            kinds if kinds == Kinds::INT | Kinds::FLOAT => Self::Float,
            _ => Self::Json,
        }
    }

    /// Where nothing is known, but for `levels` of maps.
    fn unknown(levels: u8) -> Self {
        (0..levels).fold(Self::Text, |values, _| Self::Map(Box::new(values)))
    }

    /// The values of a map: those under the keys that are named.
    fn of_values(shape: &Shape, wanted: &Projection, levels: u8, room: usize) -> Self {
        let levels = levels.saturating_sub(1);
        let Some(values) = shape.values.as_deref().filter(|it| it.kinds != Kinds::NONE) else {
            return Self::unknown(levels);
        };
        let wanted = match wanted {
            Projection::Keys(keys) => &Projection::any_of(keys.values()),
            all => all,
        };
        Self::new(values, wanted, levels, room.saturating_sub(1))
    }

    /// An object without any field has no columns.
    fn if_not_empty(self) -> Self {
        match self {
            Self::Struct(fields) if fields.is_empty() => Self::Json,
            column => column,
        }
    }

    /// Leaf columns.
    pub(super) fn leaves(&self) -> usize {
        match self {
            Self::Struct(fields) => fields.values().map(Self::leaves).sum(),
            Self::Map(values) => 1 + values.leaves(),
            Self::List(elements) => elements.leaves(),
            _ => 1,
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Struct(fields) => DataType::Struct(fields.iter().map(field_of).collect()),
            Self::List(elements) => DataType::List(optional("element", elements)),
            // The names of the Parquet specification, which Spark writes too.
            Self::Map(values) => {
                let key = Arc::new(Field::new("key", DataType::Utf8, false));
                let entry =
                    DataType::Struct([key, optional("value", values)].into_iter().collect());
                DataType::Map(Arc::new(Field::new("key_value", entry, false)), false)
            }
        }
    }
}

/// The Arrow schema of rows with these columns.
pub(super) fn schema(columns: &BTreeMap<String, Column>) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(field_of).collect::<Vec<_>>()))
}

fn field_of((name, column): (&String, &Column)) -> FieldRef {
    optional(name, column)
}

fn optional(name: &str, column: &Column) -> FieldRef {
    Arc::new(Field::new(name, column.data_type(), true))
}
