//! Fields of documents: what may be absent, what may come once where a list is promised.

use std::collections::BTreeMap;

use serde::de::{MapAccess, SeqAccess};
use serde::ser::{Serialize, Serializer};

use super::{Key, Kind, List, Object, Scalar, Value};

/// A field that knows when it is absent, and then is not written.
pub(crate) trait Field {
    /// Takes over the value under `key` of `object`, if it says anything. Where a key is repeated, or two
    /// spellings of it are there, the last one that says something counts.
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &Key<'de>,
        object: &mut Object<'_, 'de, A>,
    ) -> Result<(), A::Error>;
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

impl<T: Value + Serialize> Field for Option<T> {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &Key<'de>,
        object: &mut Object<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        if let Some(value) = object.value(key)? {
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

impl<T: Value + Serialize> Field for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &Key<'de>,
        object: &mut Object<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        if let Some(list) = object.value::<Self>(key)?.filter(|list| !list.is_empty()) {
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

impl<K: Ord + From<String> + Serialize, T: Value + Serialize> Field for BTreeMap<K, T> {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &Key<'de>,
        object: &mut Object<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        if let Some(map) = object.value::<Self>(key)?.filter(|map| !map.is_empty()) {
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
    const KIND: Kind = Kind::List;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        Some(vec![T::from_scalar(scalar)?])
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: List<'_, A>) -> Result<Option<Self>, A::Error> {
        list.read().map(Some)
    }

    fn from_object<'de, A: MapAccess<'de>>(
        object: Object<'_, 'de, A>,
    ) -> Result<Option<Self>, A::Error> {
        // `"batches": {}` is no batch at all.
        Ok(T::from_object(object)?.filter(|one| !one.is_blank()).map(|one| vec![one]))
    }
}

impl<K: Ord + From<String>, T: Value> Value for BTreeMap<K, T> {
    const KIND: Kind = Kind::Object;

    fn from_object<'de, A: MapAccess<'de>>(
        mut object: Object<'_, 'de, A>,
    ) -> Result<Option<Self>, A::Error> {
        let mut all = Self::new();
        while let Some(key) = object.next_key()? {
            if let Some(value) = object.value(&key)? {
                all.insert(K::from(key.into_string()), value);
            }
        }
        Ok(Some(all))
    }
}

/// A form that a field is read from, where that is not how it looks in Rust.
pub(crate) trait Form: Value {
    type Inner;
    fn unwrap(self) -> Option<Self::Inner>;
}

/// A form that a field is written in too: `{"href": "..."}`.
pub(crate) trait Wire: Form {
    fn wrap(inner: &Self::Inner) -> Self;
}

pub(crate) fn read_form<'de, F: Form, A: MapAccess<'de>>(
    field: &mut Option<F::Inner>,
    key: &Key<'de>,
    object: &mut Object<'_, 'de, A>,
) -> Result<(), A::Error> {
    if let Some(inner) = object.value::<F>(key)?.and_then(F::unwrap) {
        *field = Some(inner);
    }
    Ok(())
}

/// The wire's form of a field that is not absent.
pub(crate) fn write_wire<W: Wire>(field: &Option<W::Inner>) -> Option<W> {
    field.as_ref().map(W::wrap)
}
