//! Fields of documents: what may be absent, what may come once where a list is promised.

use std::collections::BTreeMap;

use serde::de::{MapAccess, SeqAccess};
use serde::ser::{Serialize, Serializer};

use super::{Key, Maybe, Scalar, Value};

/// A field that knows when it is absent, and then is not written.
pub(crate) trait Field {
    /// Takes over the next value of `object`, if it says anything. Where a key is repeated, or two
    /// spellings of it are there, the last one that says something counts.
    fn read<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error>;
    fn is_absent(&self) -> bool;
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

/// A field on its way out.
pub(crate) struct Written<'a, F>(pub(crate) &'a F);

impl<F: Field> Serialize for Written<'_, F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

impl<T: Value> Field for Option<T> {
    fn read<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        if let Some(value) = object.next_value::<Maybe<T>>()?.0 {
            *self = Some(value);
        }
        Ok(())
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(Value::is_void)
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }
}

impl<T: Value> Field for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        if let Some(list) = object.next_value::<Maybe<Self>>()?.0.filter(|list| !list.is_empty()) {
            *self = list;
        }
        Ok(())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }
}

impl<K: Ord + From<String> + Serialize, T: Value> Field for BTreeMap<K, T> {
    fn read<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        if let Some(map) = object.next_value::<Maybe<Self>>()?.0.filter(|map| !map.is_empty()) {
            *self = map;
        }
        Ok(())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }
}

/// A list; one thing that comes without its list is a list of one.
impl<T: Value> Value for Vec<T> {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        Some(vec![T::from_scalar(scalar)?])
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut all = Self::new();
        while let Some(Maybe(element)) = list.next_element()? {
            all.extend(element);
        }
        Ok(Some(all))
    }

    fn from_object<'de, A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        // `"batches": {}` is no batch at all.
        Ok(T::from_object(object)?.filter(|one| !one.is_blank()).map(|one| vec![one]))
    }
}

impl<K: Ord + From<String> + Serialize, T: Value> Value for BTreeMap<K, T> {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut all = Self::new();
        while let Some(key) = object.next_key::<Key<'de>>()? {
            if let Maybe(Some(value)) = object.next_value()? {
                all.insert(K::from(key.into_string()), value);
            }
        }
        Ok(Some(all))
    }
}

/// How a field looks on the wire, where that is not how it looks in Rust: `{"href": "..."}`.
pub(crate) trait Wire: Value {
    type Inner;
    fn unwrap(self) -> Option<Self::Inner>;
    fn wrap(inner: &Self::Inner) -> Self;
}

pub(crate) fn read_wire<'de, W: Wire, A: MapAccess<'de>>(
    field: &mut Option<W::Inner>,
    object: &mut A,
) -> Result<(), A::Error> {
    if let Some(inner) = object.next_value::<Maybe<W>>()?.0.and_then(W::unwrap) {
        *field = Some(inner);
    }
    Ok(())
}

/// The wire's form of a field that is not absent.
pub(crate) fn write_wire<W: Wire>(field: &Option<W::Inner>) -> Option<W> {
    field.as_ref().map(W::wrap)
}
