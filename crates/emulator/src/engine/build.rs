//! Stored values on their way into columns.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, NullBufferBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, ListArray, MapArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, FieldRef};

use super::column::Column;
use super::json;
use super::profiles::{Damaged, Tape, Token};
use super::project::Projection;

/// The values of a column so far.
#[derive(Debug)]
pub(super) enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Json(StringBuilder),
    Struct(StructBuilder),
    Map(MapBuilder),
    List(ListBuilder),
}

#[derive(Debug)]
pub(super) struct StructBuilder {
    fields: Vec<(String, Builder)>,
    /// By the id of a name in the block that is read from.
    places: Vec<Place>,
    valid: NullBufferBuilder,
}

/// Where among the fields of a struct a name is.
#[derive(Debug, Clone, Copy)]
enum Place {
    NotLookedFor,
    At(usize),
    Nowhere,
}

#[derive(Debug)]
pub(super) struct MapBuilder {
    keys: StringBuilder,
    values: Box<Builder>,
    ends: Vec<i32>,
    valid: NullBufferBuilder,
}

#[derive(Debug)]
pub(super) struct ListBuilder {
    elements: Box<Builder>,
    ends: Vec<i32>,
    valid: NullBufferBuilder,
}

impl Builder {
    pub(super) fn new(column: &Column) -> Self {
        match column {
            Column::Bool => Self::Bool(BooleanBuilder::new()),
            Column::Int => Self::Int(Int64Builder::new()),
            Column::Float => Self::Float(Float64Builder::new()),
            Column::Text => Self::Text(StringBuilder::new()),
            Column::Json => Self::Json(StringBuilder::new()),
            Column::Struct(fields) => Self::Struct(StructBuilder {
                fields: fields.iter().map(|(name, it)| (name.clone(), Self::new(it))).collect(),
                places: Vec::new(),
                valid: NullBufferBuilder::new(0),
            }),
            Column::Map(values) => Self::Map(MapBuilder {
                keys: StringBuilder::new(),
                values: Box::new(Self::new(values)),
                ends: vec![0],
                valid: NullBufferBuilder::new(0),
            }),
            Column::List(elements) => Self::List(ListBuilder::new(Self::new(elements))),
        }
    }

    /// From here on values are of a block that has these names.
    pub(super) fn begin_block(&mut self, names: &[&str]) {
        match self {
            Self::Struct(it) => {
                it.places.clear();
                it.places.resize(names.len(), Place::NotLookedFor);
                it.fields.iter_mut().for_each(|(_, field)| field.begin_block(names));
            }
            Self::Map(it) => it.values.begin_block(names),
            Self::List(it) => it.elements.begin_block(names),
            _ => {}
        }
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::Bool(it) => it.append_null(),
            Self::Int(it) => it.append_null(),
            Self::Float(it) => it.append_null(),
            Self::Text(it) | Self::Json(it) => it.append_null(),
            Self::Struct(it) => {
                it.fields.iter_mut().for_each(|(_, field)| field.append_null());
                it.valid.append_null();
            }
            Self::Map(it) => {
                it.ends.push(end(it.values.len()));
                it.valid.append_null();
            }
            Self::List(it) => it.append_null(),
        }
    }

    /// Appends what is kept of the value that follows in `tape`. What does not fit the column is not
    /// kept: a text where a path goes on, for example.
    pub(super) fn append(
        &mut self,
        tape: &mut Tape<'_>,
        kept: &Projection,
        names: &[&str],
    ) -> Result<(), Damaged> {
        if kept.goes_on() && !tape.is_at_container() {
            self.append_null();
            return tape.skip();
        }
        let before = *tape;
        match (&mut *self, tape.token()?) {
            (Self::Bool(it), Token::Bool(value)) => it.append_value(value),
            (Self::Int(it), Token::Number(spelled)) => it.append_option(spelled.parse().ok()),
            (Self::Float(it), Token::Number(spelled)) => it.append_option(spelled.parse().ok()),
            (Self::Text(it) | Self::Json(it), Token::Text(text)) => it.append_value(text),
            (Self::Json(it), token) if token != Token::Null => {
                *tape = before;
                let mut text = String::new();
                json::write(&mut text, tape, kept, names)?;
                it.append_value(text);
            }
            (Self::Struct(it), Token::Object) => it.append(tape, kept, names)?,
            (Self::Map(it), Token::Object) => it.append(tape, kept, names)?,
            (Self::List(it), Token::List) => {
                while tape.has_element()? {
                    it.append_element(tape, kept, names)?;
                }
                it.end_list();
            }
            _ => {
                *tape = before;
                tape.skip()?;
                self.append_null();
            }
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder as _;
        match self {
            Self::Bool(it) => it.len(),
            Self::Int(it) => it.len(),
            Self::Float(it) => it.len(),
            Self::Text(it) | Self::Json(it) => it.len(),
            Self::Struct(it) => it.valid.len(),
            Self::Map(it) => it.valid.len(),
            Self::List(it) => it.valid.len(),
        }
    }

    /// The values so far, as an array of the type that the column has.
    pub(super) fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        Ok(match (self, data_type) {
            (Self::Bool(it), _) => Arc::new(it.finish()),
            (Self::Int(it), _) => Arc::new(it.finish()),
            (Self::Float(it), _) => Arc::new(it.finish()),
            (Self::Text(it) | Self::Json(it), _) => Arc::new(it.finish()),
            (Self::Struct(it), DataType::Struct(fields)) => {
                let length = it.valid.len();
                let built = it.fields.iter_mut().zip(fields);
                let arrays = built.map(|((_, column), field)| column.finish(field.data_type()));
                let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
                let valid = it.valid.finish();
                Arc::new(StructArray::try_new_with_length(fields.clone(), arrays, valid, length)?)
            }
            (Self::Map(it), DataType::Map(entry, ordered)) => it.finish(entry, *ordered)?,
            (Self::List(it), DataType::List(element)) => it.finish(element)?,
            (_, other) => return Err(ArrowError::SchemaError(format!("not built as {other}"))),
        })
    }
}

impl StructBuilder {
    /// Where the field with this name is.
    #[inline]
    fn place(&mut self, id: u32, names: &[&str]) -> Result<Option<usize>, Damaged> {
        let place = self.places.get_mut(id as usize).ok_or(Damaged)?;
        if let Place::NotLookedFor = place {
            let name = names.get(id as usize).ok_or(Damaged)?;
            let found = self.fields.binary_search_by(|(field, _)| field.as_str().cmp(name));
            *place = found.map_or(Place::Nowhere, Place::At);
        }
        Ok(if let Place::At(place) = *place { Some(place) } else { None })
    }

    fn append(
        &mut self,
        tape: &mut Tape<'_>,
        kept: &Projection,
        names: &[&str],
    ) -> Result<(), Damaged> {
        let row = self.valid.len();
        while let Some(id) = tape.name()? {
            let field = self.place(id, names)?.and_then(|place| self.fields.get_mut(place));
            match field.and_then(|(name, field)| Some((field, kept.below(name)?))) {
                Some((field, kept)) if field.len() == row => field.append(tape, kept, names)?,
                _ => tape.skip()?,
            }
        }
        for (_, field) in self.fields.iter_mut().filter(|(_, field)| field.len() == row) {
            field.append_null();
        }
        self.valid.append_non_null();
        Ok(())
    }
}

impl MapBuilder {
    fn append(
        &mut self,
        tape: &mut Tape<'_>,
        kept: &Projection,
        names: &[&str],
    ) -> Result<(), Damaged> {
        while let Some(id) = tape.name()? {
            let name = names.get(id as usize).ok_or(Damaged)?;
            match kept.below(name) {
                Some(kept) if !kept.goes_on() || tape.is_at_container() => {
                    self.keys.append_value(name);
                    self.values.append(tape, kept, names)?;
                }
                _ => tape.skip()?,
            }
        }
        self.ends.push(end(self.values.len()));
        self.valid.append_non_null();
        Ok(())
    }

    fn finish(&mut self, entry: &FieldRef, ordered: bool) -> Result<ArrayRef, ArrowError> {
        let DataType::Struct(fields) = entry.data_type() else {
            return Err(ArrowError::SchemaError("the entries of a map are structs".to_owned()));
        };
        let values = match fields.get(1) {
            Some(value) => self.values.finish(value.data_type())?,
            None => return Err(ArrowError::SchemaError("a map has values".to_owned())),
        };
        let keys: ArrayRef = Arc::new(self.keys.finish());
        let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
        let ends = OffsetBuffer::new(std::mem::replace(&mut self.ends, vec![0]).into());
        let map = MapArray::try_new(entry.clone(), ends, entries, self.valid.finish(), ordered)?;
        Ok(Arc::new(map))
    }
}

impl ListBuilder {
    pub(super) fn new(elements: Builder) -> Self {
        Self { elements: Box::new(elements), ends: vec![0], valid: NullBufferBuilder::new(0) }
    }

    /// Appends what is kept of an element of the list that is being built.
    pub(super) fn append_element(
        &mut self,
        tape: &mut Tape<'_>,
        kept: &Projection,
        names: &[&str],
    ) -> Result<(), Damaged> {
        if kept.goes_on() && !tape.is_at_container() {
            return tape.skip();
        }
        self.elements.append(tape, kept, names)
    }

    pub(super) fn end_list(&mut self) {
        self.ends.push(end(self.elements.len()));
        self.valid.append_non_null();
    }

    fn append_null(&mut self) {
        self.ends.push(end(self.elements.len()));
        self.valid.append_null();
    }

    fn finish(&mut self, element: &FieldRef) -> Result<ArrayRef, ArrowError> {
        let elements = self.elements.finish(element.data_type())?;
        let ends = OffsetBuffer::new(std::mem::replace(&mut self.ends, vec![0]).into());
        Ok(Arc::new(ListArray::try_new(element.clone(), ends, elements, self.valid.finish())?))
    }
}

/// Where a list or map ends among the elements of all. A chunk of rows has fewer than fit.
fn end(elements: usize) -> i32 {
    i32::try_from(elements).unwrap_or(i32::MAX)
}
