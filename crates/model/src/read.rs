//! Tolerant reading: how a JSON value becomes a field, whatever the service really sent.
//!
//! The service writes numbers as `100`, `100.0`, `1E+2` and `"100"`, one thing where a list is
//! promised, and placeholders where a sample was never filled in. Here each type says what it can
//! make of a scalar, a list and an object; whatever it can make nothing of is *absent*, never an
//! error. The types are finite, so reading never goes deeper than they do: what lies below is
//! skipped by the format's own (iterative) skipping.

mod field;
mod key;
mod scalar;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;

pub(crate) use field::{Field, Wire, Written, read_wire, write_wire};
pub(crate) use key::Key;
pub(crate) use scalar::Scalar;

/// A type that can be made from a JSON value, or not, without failing.
pub(crate) trait Value: Serialize + Sized {
    /// What the type makes of a text, number or boolean.
    fn from_scalar(_scalar: Scalar<'_>) -> Option<Self> {
        None
    }

    /// What the type makes of a list. The list is always read to its end.
    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Option<Self>, A::Error> {
        skip_list(list)?;
        Ok(None)
    }

    /// What the type makes of an object. The object is always read to its end.
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        // A program that turns on serde_json's `arbitrary_precision` gets numbers in this shape.
        let number = match object.next_key::<Key<'de>>()? {
            Some(key) if key.is_number() => object.next_value::<Maybe<String>>()?.0,
            Some(_) => {
                object.next_value::<IgnoredAny>()?;
                None
            }
            None => return Ok(None),
        };
        skip_object(object)?;
        Ok(number.and_then(|text| Self::from_scalar(Scalar::number(text))))
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
    from.deserialize_any(Tolerant(PhantomData))
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
    from.deserialize_any(Whole { expected, kind: PhantomData })
}

/// An element of a list or a value of an object.
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<'de, T: Value> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        value(from).map(Self)
    }
}

fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

struct Tolerant<T>(PhantomData<T>);

impl<'de, T: Value> Visitor<'de> for Tolerant<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Integer(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Integer(value.into())))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Integer(value)))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Self::Value, E> {
        Ok(i128::try_from(value).ok().and_then(|value| T::from_scalar(Scalar::Integer(value))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Text(value.into())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Text(value.into())))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object)
    }
}

struct Whole<T> {
    expected: &'static str,
    kind: PhantomData<T>,
}

impl<'de, T: Value> Visitor<'de> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::from_object(object)?
            .ok_or_else(|| A::Error::invalid_type(serde::de::Unexpected::Map, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)?.ok_or_else(|| A::Error::invalid_type(serde::de::Unexpected::Seq, &self))
    }
}
