//! Tolerant reading: how a JSON value becomes a field, whatever the service really sent.
//!
//! The service writes numbers as `100`, `100.0`, `1E+2` and `"100"`, one thing where a list is
//! promised, and placeholders where a sample was never filled in. Here each type says what it can
//! make of a scalar, a list and an object; whatever it can make nothing of is *absent*, never an
//! error, and noted where a document wants to know. The types are finite, so reading never goes deeper than they do: what lies below is
//! skipped by the format's own (iterative) skipping.

mod container;
mod field;
mod key;
mod kind;
mod notes;
mod scalar;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

pub(crate) use container::{List, Object};
pub(crate) use field::{Field, Form, Wire, Written, read_form, write_wire};
pub(crate) use key::Key;
pub(crate) use kind::Kind;
pub(crate) use notes::{LeftOut, Notes};
pub(crate) use scalar::Scalar;

/// A type that can be made from a JSON value, or not, without failing.
pub(crate) trait Value: Sized {
    /// What the documents promise for the type, and what is written.
    const KIND: Kind;

    /// What the type makes of a text, number or boolean.
    fn from_scalar(_scalar: Scalar<'_>) -> Option<Self> {
        None
    }

    /// What the type makes of a list. The list is always read to its end.
    fn from_list<'de, A: SeqAccess<'de>>(list: List<'_, A>) -> Result<Option<Self>, A::Error> {
        list.skip()?;
        Ok(None)
    }

    /// What the type makes of an object. The object is always read to its end.
    fn from_object<'de, A: MapAccess<'de>>(
        object: Object<'_, 'de, A>,
    ) -> Result<Option<Self>, A::Error> {
        object.skip()?;
        Ok(None)
    }

    /// Whether the value stands for nothing and so is not written, such as an empty id.
    fn is_void(&self) -> bool {
        false
    }

    /// Whether the value is an object in which nothing was found.
    fn is_blank(&self) -> bool {
        false
    }
}

/// Reads any JSON value; what `T` can make nothing of is `None`.
pub(crate) fn value<'de, T: Value, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Tolerant::new(Place::Field, &mut Notes::none()).deserialize(from)
}

/// A scalar of its own, outside of a document: here an unreadable value is an error.
pub(crate) fn scalar<'de, T: Value, D>(from: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    value(from)?.ok_or_else(|| D::Error::custom(format_args!("expected {expected}")))
}

/// A whole document: anything but an object (or a list, where `T` takes one) is an error.
pub(crate) fn document<'de, T: Value, D>(from: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    noted_document(from, expected, &mut Notes::none())
}

/// The same, with notes on what was left out.
pub(crate) fn noted_document<'de, T: Value, D>(
    from: D,
    expected: &'static str,
    notes: &mut Notes,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    from.deserialize_any(Whole { expected, notes, kind: PhantomData })
}

/// A part of a document that somebody else's type holds: what it can make nothing of is empty.
pub(crate) fn part<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: Value + Default,
    D: Deserializer<'de>,
{
    value(from).map(Option::unwrap_or_default)
}

/// Where a value stands: a field that is `null` was left out, an element that is `null` is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Field,
    List,
}

struct Tolerant<'n, T> {
    place: Place,
    notes: &'n mut Notes,
    kind: PhantomData<T>,
}

impl<'n, T: Value> Tolerant<'n, T> {
    fn new(place: Place, notes: &'n mut Notes) -> Self {
        Self { place, notes, kind: PhantomData }
    }

    fn null(self) -> Option<T> {
        match self.place {
            Place::Field => None,
            Place::List => self.note(None, Kind::Null),
        }
    }

    fn scalar(self, scalar: Scalar<'_>) -> Option<T> {
        let found = scalar.kind();
        self.note(T::from_scalar(scalar), found)
    }

    fn note(self, read: Option<T>, found: Kind) -> Option<T> {
        match &read {
            None => self.notes.unreadable(T::KIND, found),
            Some(_) if found != T::KIND => self.notes.unusual(T::KIND, found),
            Some(_) => {}
        }
        read
    }
}

impl<'de, T: Value> DeserializeSeed<'de> for Tolerant<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: Value> Visitor<'de> for Tolerant<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(self.null())
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(self.null())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Integer(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Integer(value.into())))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Integer(value)))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Self::Value, E> {
        match i128::try_from(value) {
            Ok(value) => Ok(self.scalar(Scalar::Integer(value))),
            Err(_) => Ok(self.note(None, Kind::Number)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Text(value.into())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Text(value.into())))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Ok(self.note(None, Kind::List))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let read = T::from_list(List::new(list, &mut *self.notes))?;
        Ok(self.note(read, Kind::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let first = object.next_key::<Key<'de>>()?;
        if first.as_ref().is_some_and(Key::is_number) {
            return Ok(match number(object)? {
                Some(number) => self.scalar(number),
                None => self.note(None, Kind::Object),
            });
        }
        let read = T::from_object(Object::begun(first, object, &mut *self.notes))?;
        Ok(self.note(read, Kind::Object))
    }
}

/// The number behind the key that was just read: a program that turns on serde_json's
/// `arbitrary_precision` gets all its numbers as objects.
fn number<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Scalar<'static>>, A::Error> {
    let mut notes = Notes::none();
    let digits = object.next_value_seed(Tolerant::<String>::new(Place::Field, &mut notes))?;
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(digits.map(Scalar::number))
}

struct Whole<'n, T> {
    expected: &'static str,
    notes: &'n mut Notes,
    kind: PhantomData<T>,
}

impl<'de, T: Value> Visitor<'de> for Whole<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::from_object(Object::new(object, &mut *self.notes))?
            .ok_or_else(|| A::Error::invalid_type(serde::de::Unexpected::Map, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(List::new(list, &mut *self.notes))?
            .ok_or_else(|| A::Error::invalid_type(serde::de::Unexpected::Seq, &self))
    }
}
